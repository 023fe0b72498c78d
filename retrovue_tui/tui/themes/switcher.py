"""Switches the app's theme. Knows the shipped themes and the operator's own, and reads changed files again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.tui.themes.loader import ThemeSet, changes, load_themes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import App
    from textual.theme import Theme

    from retrovue_tui.tui.user_paths import UserPaths

REMEMBERED: Final = "theme"
BETWEEN: Final = "textual-dark"
"""A theme that always exists in Textual; see `_apply`."""


class ThemeSwitcher:
    """Reads the themes, applies one, remembers it for the next start, and reads the operator's files again when they
    change."""

    def __init__(self, app: App[Any], places: UserPaths) -> None:
        self._app = app
        self._places = places
        self._theme_set = ThemeSet()
        self._wanted: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the themes, in the order in which the key `t` steps through them."""
        return tuple(theme.name for theme in self._theme_set.themes)

    async def open(self) -> None:
        """Read the themes, and apply the theme of the last session."""
        self._wanted = await asyncio.to_thread(self._places.recall, REMEMBERED)
        await self._read()

    async def apply_theme(self, name: str) -> None:
        """Apply a theme, and remember it for the next start."""
        self._app.theme = self._wanted = name
        await asyncio.to_thread(self._places.remember, REMEMBERED, name)

    @property
    def following(self) -> str:
        """The name of the theme after the current one; after the last theme, the first."""
        names, worn = self.names, self._app.theme
        return names[(names.index(worn) + 1) % len(names)] if worn in names else next(iter(names), worn)

    async def keep_up(self) -> None:
        """Read the themes again after each change in the operator's folders, until cancelled."""
        if self._places.themes:
            async for _ in changes(self._places.themes):
                await self._read()

    async def _read(self) -> None:
        before = self._theme_set
        self._theme_set = theme_set = await asyncio.to_thread(load_themes, self._places.themes, before)
        app = self._app
        old = {theme.name: theme for theme in before.themes}
        new = {theme.name: theme for theme in theme_set.themes}
        for theme in new.values():
            app.register_theme(theme)
        self._apply(old, new)
        for name in old.keys() - new.keys():
            app.unregister_theme(name)
        if theme_set.problems and theme_set.problems != before.problems:
            message = "\n".join(theme_set.problems)
            app.notify(message, title="Themes: skipped", severity="warning", timeout=12, markup=False)

    def _apply(self, old: Mapping[str, Theme], new: Mapping[str, Theme]) -> None:
        """Apply the wanted theme; if it does not exist (any more), the house theme."""
        app, wanted = self._app, self._wanted
        name = wanted if wanted and wanted in new else next(iter(new), app.theme)
        if name == app.theme and old.get(name) != new.get(name):
            # Textual does nothing if the name stays the same: apply another theme in between.
            app.theme = BETWEEN
        app.theme = name
