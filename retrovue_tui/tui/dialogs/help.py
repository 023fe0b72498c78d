"""The help: all keys, the current pane's first, then the meaning of the words and figures on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.keys import format_key
from textual.screen import ModalScreen
from textual.widgets import Static

from retrovue_tui.tui import keys
from retrovue_tui.tui.text import glyphs, tally
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import Binding, BindingType
_KEYS = {"escape": "esc", "pageup": "page up", "pagedown": "page down", "plus": "+", "minus": "-", "space": "space"}
LABEL = 18
FIGURES = (
    ("fps, speed", "FFmpeg's rate on air; speed is 1.00× in real time"),
    ("frames, out", "frames and time since this FFmpeg began"),
    ("dup, drop", "frames duplicated or dropped by FFmpeg; 0 is right"),
    ("joins", "measured joins so far: ends of entries, breaks, edits, restarts"),
    ("v-jumps", "joins where the picture's time stamps were not one frame apart; 0 is right"),
    ("audio", "the largest audio time stamp error at a join; up to one AAC frame (21.4 ms) is right"),
    ("cc-err", "continuity counter errors of the transport stream; 0 is right"),
    ("takes", "switches from one FFmpeg to another, without a cut in the stream"),
    ("restarts", "takes because FFmpeg had failed"),
    ("list", "number of the air list; every edit makes a new one"),
    ("ready", "how long the prepared media lasts on air"),
    ("pending", "coming entries that wait for a render"),
    ("behind", "how far the stream of a client is behind the live one: the data that waits for it"),
    ("jumps", "how often a client was moved forward because it was too slow; 0 is right"),
    ("stayed", "the share of the viewers at the start of an airing who were still there at its end"),
    ("seen", "viewer-hours: one viewer for an hour, or sixty for a minute"),
    ("left/h, before", "viewers who left per hour of viewing; the same in the programmes directly before the breaks"),
    (f"{glyphs.CUE_STRONG} {glyphs.CUE} {glyphs.CUE_WEAK}", "break candidates with a score from 0.75, from 0.5, below"),
    (f"{glyphs.DONE} {glyphs.RIGHT} {glyphs.MISSING}", "break candidates that the operator accepted, moved, rejected"),
    (f"{glyphs.GRID_TICK} {glyphs.GRID_LINE}", "the grid: the times at which aligned programmes of the plan may begin"),
)
KEYMAP = (
    ("keymap", 'keymap = "vim" (or "default") at the top of keymap.toml: h j k l in the timeline, ctrl+d, ctrl+u, …'),
    ("[keys]", 'below that, a line for each action: "air.skip" = "f9", "bin.up" = ["up", "k"]; the ids are above'),
    ("", "Mistakes are skipped, and reported with their line when the control room opens; everything else applies."),
)


def key_names(key: str) -> str:
    """Return keys written for people, like `↑ k` for the binding `up,k`."""
    return " ".join(_name(each) for each in key.split(","))


def _name(key: str) -> str:
    *modifiers, base = key.split("+")
    return "+".join([*modifiers, _KEYS.get(base) or format_key(base)])


class HelpText(Sheet):
    """The text of the help, laid out for any width."""

    def __init__(
        self, panes: Sequence[keys.Pane], keys_of: Callable[[Binding], str], own_files: Sequence[tuple[str, str]]
    ) -> None:
        super().__init__()
        self._keys_of = keys_of
        self._panes = panes
        self._own_files = own_files

    def lines(self, width: int) -> Sequence[Content]:
        """Return the keys, then the meaning of the states, then the meaning of the figures."""
        return [each for row in self._rows() for each in _wrapped(row, width)]

    def _rows(self) -> list[tuple[Content, str]]:
        """Return pairs of a term and its explanation, in the order of the help."""
        rows: list[tuple[Content, str]] = []
        for pane in self._panes:
            rows.append((line((pane.title, "bold $primary")), ""))
            rows += [_row(self._keys_of(binding), binding) for binding in pane.bindings]
            rows.append((line(""), ""))
        rows.append((line(("Your own keys and themes", "bold $primary")), ""))
        rows += [(line(f"  {name}"), meaning) for name, meaning in (*self._own_files, *KEYMAP)]
        rows += [(line(""), ""), (line(("States", "bold $primary")), "")]
        channel_states = (*tally.CHANNEL_STATES.values(), tally.HELD, tally.DEAD)
        for state in (*channel_states, *tally.LINKS.values(), *tally.CLIENT_STATES.values()):
            rows.append((line("  ", (f" {state.text} ", state.loud)), state.meaning))
        rows.append((line("  ", (f"{tally.SPOT_GLYPH} title", tally.SPOT)), "a spot: a commercial, a promo"))
        rows.append((line("  ", ("? STATE", tally.QUIET)), "the last known state; the station does not answer"))
        rows += [(line(""), ""), (line(("Figures", "bold $primary")), "")]
        return rows + [(line(f"  {name}"), meaning) for name, meaning in FIGURES]


def _row(names: str, binding: Binding) -> tuple[Content, str]:
    """Return a row of the help: the keys, and the description of their action with the id that `keymap.toml` uses for
    it."""
    return line(f"  {names}"), f"{binding.tooltip}  {glyphs.DOT} {binding.id}"


def _wrapped(row: tuple[Content, str], width: int) -> list[Content]:
    label, text = row
    if not text:
        return [label]
    wrapped = [Content(" " * LABEL) + part for part in Content(text).wrap(max(20, width - LABEL)) or [Content("")]]
    if label.cell_length >= LABEL:  # a keymap may list many keys for one action
        return [label, *wrapped]
    return [label.pad_right(LABEL - label.cell_length) + wrapped[0][LABEL:], *wrapped[1:]]


class HelpScreen(ModalScreen[None]):
    """The dialog with the help, over the control room; `esc` closes it."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.HELP.bindings)
    AUTO_FOCUS = "#help"

    def __init__(
        self, first: keys.Pane, keys_of: Callable[[Binding], str], own_files: Sequence[tuple[str, str]] = ()
    ) -> None:
        """`first`: the pane whose keys come first. `keys_of` returns the current keys of a binding. `own_files`: pairs
        of a kind and a path, for the operator's own files."""
        super().__init__()
        self._own_files = own_files
        self._keys_of = keys_of
        self._panes = [first, *(pane for pane in keys.PANES if pane is not first)]

    def compose(self) -> ComposeResult:
        """Yield the text in a centred box."""
        with VerticalScroll(id="help") as box:
            box.border_title = "Help"
            box.border_subtitle = "esc closes"
            yield HelpText(self._panes, self._keys_of, self._own_files)
            yield Static("")
        yield KeyBar()

    def action_scroll(self, by: int) -> None:
        """Scroll the text by `by` lines."""
        self.query_one("#help").scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """Scroll by a page minus one line."""
        self.action_scroll(by * (self.query_one("#help").size.height - 1))

    def action_end(self, to: int) -> None:
        """Scroll to the top (-1) or the end (1)."""
        box = self.query_one("#help")
        box.scroll_to(y=0 if to < 0 else box.max_scroll_y, animate=False)

    async def action_dismiss(self, result: None = None) -> None:
        """Close the help. Do not await this: the key that calls it is handled by the screen that closes."""
        self.dismiss(result)
