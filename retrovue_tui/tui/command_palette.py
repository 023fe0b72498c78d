"""The entries of the command palette: all actions of the room and the app, all channels, all themes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from textual.actions import parse
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from retrovue_tui.tui.keys.keymap_file import bindings
from retrovue_tui.tui.text import tally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.screen import Screen

HIDDEN_ACTIONS: Final = frozenset({"app.focus_next", "app.focus_previous", "app.command_palette", "app.interrupt"})
"""Actions that make no sense when run from the palette."""


class Shell(Protocol):
    """The parts of the app that the palette uses; the app has their full descriptions."""

    @property
    def listed(self) -> Iterable[tuple[str, str]]:
        """All channels of all stations: the id in the list of all stations, and number and name as text."""

    @property
    def theme_names(self) -> tuple[str, ...]:
        """The names of the available themes."""

    def keys_of(self, binding: Binding) -> str:
        """Return the keys of a binding, written for people."""

    def choose(self, listed: str) -> None:
        """Choose a channel for every room, by its id in the list of all stations."""

    def choose_here(self, channel_id: str) -> None:
        """Choose another channel of the same station for every room, by its own id."""

    async def apply_theme(self, theme: str) -> None:
        """Use a theme."""

    @property
    def picture_choices(self) -> tuple[str, ...]:
        """How pictures can be drawn; none if there is no choice."""

    async def draw_pictures(self, choice: str) -> None:
        """Draw pictures in another way."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now; False or None: it is not."""

    def run_action(self, action: str, default_namespace: DOMNode | None = None) -> Awaitable[bool]:
        """Run an action."""


@dataclass(frozen=True)
class Action:
    """A palette entry: the name of an action that is possible now, its keys as text, its description, and the function
    that runs it."""

    title: str
    keys: str
    help: str
    do: Callable[[], object]

    def shown(self, title: Content) -> Content:
        """Return the title with the keys after it. `title` may already have the matched letters highlighted."""
        return title + Content.styled(f"   {self.keys}", f"bold {tally.NEXT}") if self.keys else title


def actions(app: Shell, screen: Screen[Any]) -> Iterator[Action]:
    """Yield all actions of a screen that are possible now: channel commands first, then actions of the room, of the
    app, and the rest."""
    ours, seen = bindings(), set[str]()
    active = {active.binding.id for active in screen.active_bindings.values()}
    for node, bound in _bindings(screen):
        if node in (screen, app) and bound.id not in active:
            continue  # the focused widget uses these keys for its own action, for example the timeline's undo
        binding = ours.get(str(bound.id))
        if binding is None or str(bound.id) in seen or binding.action in HIDDEN_ACTIONS:
            continue
        seen.add(str(bound.id))
        namespace, name, arguments = parse(binding.action)
        target: Shell | DOMNode = app if namespace == "app" else screen if namespace == "screen" else node
        if target.check_action(name, arguments):
            run = partial(app.run_action, binding.action, node)
            yield Action(_titled(binding), app.keys_of(binding), binding.tooltip, run)
    for listed, name in app.listed:
        yield Action(f"Go to channel {name}", "", "Choose this channel in every room", partial(app.choose, listed))
    for theme in app.theme_names:
        yield Action(f"Theme: {theme}", "", "Use this theme", partial(app.apply_theme, theme))
    for choice in app.picture_choices:
        yield Action(f"Pictures: {choice}", "", "Draw pictures this way", partial(app.draw_pictures, choice))


def _titled(binding: Binding) -> str:
    return f"Go to {binding.description}" if binding.action.startswith("app.room(") else binding.description


def _bindings(screen: Screen[Any]) -> Iterator[tuple[DOMNode, Binding]]:
    """Yield bindings with the node that owns them: channel commands first, then those of the panes (the focused pane
    first), the screen and the app."""
    nodes: list[DOMNode] = []
    for widget in (screen.focused, *screen.focus_chain):
        for node in widget.ancestors_with_self if widget else ():
            if node not in nodes and node is not screen and node is not screen.app:
                nodes.append(node)
    nodes += [screen, cast("DOMNode", screen.app)]
    every = [(node, binding) for node in nodes for _, binding in node._bindings]
    return iter(sorted(every, key=lambda each: not str(each[1].id).startswith("air.")))


class ActionProvider(Provider):
    """Finds actions by their names (letters may be left out) and by their descriptions."""

    def _all(self) -> Iterator[Action]:
        return actions(cast("Shell", self.app), self.screen)

    async def discover(self) -> Hits:
        """Yield all entries, for an empty search field."""
        for action in self._all():
            yield DiscoveryHit(action.shown(Content(action.title)), action.do, text=action.title, help=action.help)

    async def search(self, query: str) -> Hits:
        """Yield the actions that match the query."""
        matcher = self.matcher(query)
        # The match must begin at the start of a word: "undo" must not match "rundown".
        pattern = re.compile(rf"\b{re.escape(query)}", re.IGNORECASE)
        for action in self._all():
            score = matcher.match(action.title)
            if score > 0:
                shown = action.shown(matcher.highlight(action.title))
                yield Hit(score, shown, action.do, text=action.title, help=action.help)
            elif pattern.search(action.help):
                yield Hit(0.01, action.shown(Content(action.title)), action.do, text=action.title, help=action.help)
