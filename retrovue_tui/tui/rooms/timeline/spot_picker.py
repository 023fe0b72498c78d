"""The dialog that picks the spots of a break: the operator types a length in seconds, or marks files of the bin in
their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Vertical
from textual.widgets import Input, Static

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.dialogs.text_entry import EntryLine, TextEntryScreen
from retrovue_tui.tui.keys.timeline import PICKER
from retrovue_tui.tui.rooms.bin.rows import GAIN, gain
from retrovue_tui.tui.rooms.timeline.model.geometry import length_of
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import duration
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content

    from retrovue_tui.protocol.answers.library import LibraryRow
    from retrovue_tui.timecode import FrameRate
    from retrovue_tui.tui.station_link import StationLine

HEIGHTS: Final = [(0, "-tiny"), (30, "-roomy")]


@dataclass(frozen=True)
class SpotChoice:
    """The picked contents of a break: these files; or, if `seconds` is set, spots from the pool for that length."""

    files: tuple[str, ...] = ()
    seconds: float | None = None


def seconds_in(text: str, rate: FrameRate) -> float | None:
    """Return the length that a text states (s); None if the text is a search for words."""
    if not text.strip()[:1].isdigit():
        return None
    try:
        parts = [float(part) for part in text.split(":")]
    except ValueError:
        try:
            return round(float(rate.seconds(length_of(text, rate))), 3) or None
        except RetrovueError:
            return None
    return sum(part * 60**place for place, part in enumerate(reversed(parts))) if len(parts) <= 3 else None


def found(rows: Sequence[LibraryRow], words: str) -> list[LibraryRow]:
    """Return the spots whose title or path contains all these words; spots that cannot air come last."""
    wanted = words.casefold().split()
    fit = [
        row
        for row in rows
        if row.kind == "spot" and all(each in f"{row.title} {row.file}".casefold() for each in wanted)
    ]
    return sorted(fit, key=lambda row: bool(row.problem))


class SpotList(Sheet):
    """A header, then the spots around the cursor with title, length, gain, last airing, and how much is prepared. A
    spot that cannot air shows the reason instead."""

    def __init__(self) -> None:
        super().__init__(id="spots")
        self._rows: Sequence[LibraryRow] = ()
        self._at = 0
        self._marked: Sequence[str] = ()
        self._said = "Asking the station for its spots …"
        self._top = 0

    def show(self, rows: Sequence[LibraryRow], at: int, marked: Sequence[str], said: str) -> None:
        """Draw the spots. `at`: the index of the spot under the cursor. `marked`: the marked files, in their order.
        `said`: a text to show instead of the spots; empty: show the spots."""
        self._rows, self._at, self._marked, self._said = rows, at, tuple(marked), said
        self.redraw()

    def row_at(self, y: int) -> int | None:
        """Return the index of the spot in line `y` of the widget; None if there is none."""
        at = self._top + y - 1
        return at if not self._said and y > 0 and at < len(self._rows) else None

    def lines(self, width: int) -> Sequence[Content]:
        """Return the dialog's lines; while the spots load, one line that says so."""
        height = max(1, self.size.height - 1)
        if self._said:
            return [line((formats.fit(self._said, width), tally.QUIET))]
        self._top = min(max(self._top, self._at - height + 1), self._at)
        shown = enumerate(self._rows[self._top : self._top + height], self._top)
        head = _figures("LENGTH", "GAIN", "LAST", "READY")
        return [
            line((f"    {formats.fit('SPOT', width - len(head) - 4)}{head}", tally.QUIET)),
            *(self._row_line(row, number, width) for number, row in shown),
        ]

    def _row_line(self, row: LibraryRow, number: int, width: int) -> Content:
        here = number == self._at
        if row.problem:
            text = f"{glyphs.MISSING}   {formats.clean(row.title)}: {row.problem}"
            return line((formats.fit(text, width), "bold reverse" if here else tally.QUIET))
        order = self._marked.index(row.file) + 1 if row.file in self._marked else 0
        mark = f"{glyphs.MARKED}{order:<2}" if order else f"{glyphs.UNMARKED}  "
        length = f"{row.duration_s:.0f} s" if row.duration_s >= 10 else f"{row.duration_s:.1f} s"
        last = formats.wall_time(row.last_aired) if row.last_aired is not None else "never"
        ready = glyphs.DONE if row.prepared >= 1 else formats.percent(row.prepared)
        tail = _figures(length, gain(row.gain_db), last, ready)
        style = "bold reverse" if here else "bold $tally-spot" if order else ""
        return line((f"{mark} {formats.fit(row.title, width - len(tail) - 4)}{tail}", style))


def _figures(length: str, gain: str, last: str, ready: str) -> str:
    return (
        f"  {formats.fit_right(length, 7)}  {formats.fit_right(gain, GAIN)}"
        f"  {formats.fit(last, 8)}  {formats.fit_right(ready, 5)}"
    )


class PickerScreen(TextEntryScreen[SpotChoice | None]):
    """The dialog. Its result is the operator's choice; None if the operator cancels."""

    BINDINGS: ClassVar[list[BindingType]] = list(PICKER.bindings)
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(self, title: str, station: StationLine, rate: FrameRate, target: int | None = None) -> None:
        """`rate`: the house rate. `target`: the length of the break to compare with (frames): the requested or the
        present one."""
        hint = "seconds to fill (60, 1:30), or words of a spot's title"
        super().__init__(EntryLine(id="written", placeholder=hint))
        self._title, self._station, self._rate, self._target = title, station, rate, target
        self._list = SpotList()
        self._rows: tuple[LibraryRow, ...] = ()
        self._shown: list[LibraryRow] = []
        self._marked: list[str] = []
        self._at = 0
        self._said = "Asking the station for its spots …"
        self._searched = ""

    def compose(self) -> ComposeResult:
        """Yield the input field, the spots, and the effect of `enter`."""
        with Vertical(id="popup", classes="-picker") as box:
            box.border_title = self._title
            yield self.line
            yield self._list
            yield Static("", id="effect", markup=False)
            yield Static("enter takes · ctrl+t marks several · esc cancels", id="hint", markup=False)

    def on_mount(self) -> None:
        """Start to fetch the spots."""
        start_worker(self, self._look, group="library")
        self._draw()

    async def _look(self) -> None:
        try:
            self._rows, self._said = (await self._station.library()).rows, ""
        except (RetrovueError, OSError, ValueError) as error:
            self._said = formats.clean(str(error) or type(error).__name__)
        self._search()

    @on(Input.Changed)
    def _search(self) -> None:
        self._searched = written = self.line.value
        here = self._shown[self._at].file if self._shown else ""
        self._shown = found(self._rows, "" if self._seconds is not None else written)
        self._at = next((at for at, row in enumerate(self._shown) if row.file == here), 0)
        self._draw()

    def _catch_up(self) -> None:
        """Filter by the present text of the field. A key may arrive before Textual's message about the change of the
        text."""
        if self.line.value != self._searched:
            self._search()

    @property
    def _seconds(self) -> float | None:
        return seconds_in(self.line.value, self._rate)

    @property
    def _picked(self) -> SpotChoice | None:
        if self._seconds is not None:
            return SpotChoice(seconds=self._seconds)
        if self._marked:
            return SpotChoice(files=tuple(self._marked))
        here = self._here
        return SpotChoice(files=(here.file,)) if here is not None and not here.problem else None

    @property
    def _here(self) -> LibraryRow | None:
        return self._shown[self._at] if self._shown else None

    def _draw(self) -> None:
        said = self._said or ("" if self._shown else "No spot has these words.")
        self._list.show(self._shown, self._at, self._marked, said)
        self.query_one("#effect", Static).update(self._effect())

    def _effect(self) -> str:
        picked = self._picked
        if picked is None:
            here = self._here
            return f"{glyphs.MISSING} {formats.clean(here.title)} cannot air" if here else "enter: nothing chosen yet"
        if picked.seconds is not None:
            frames = self._rate.nearest(picked.seconds)
            return f"enter: fill {picked.seconds:g} s from the pool{self._against(frames)}"
        lengths = {row.file: row.duration_s for row in self._rows}
        frames = self._rate.nearest(sum(lengths.get(file, 0.0) for file in picked.files))
        text = f"enter: {formats.plural(len(picked.files), 'spot')}, {duration(frames, self._rate.nominal)}"
        return text + self._against(frames)

    def _against(self, frames: int) -> str:
        """Return how a length in frames compares with the break's requested or present length, as text; empty if
        neither is known."""
        if self._target is None:
            return ""
        nominal, off = self._rate.nominal, frames - self._target
        balance = f"{duration(abs(off), nominal)} {'over' if off > 0 else 'short'}" if off else "on target"
        return f", {balance} (of {duration(self._target, nominal)})"

    def action_step(self, by: int) -> None:
        """Move the cursor by `by` spots."""
        self._catch_up()
        self._at = max(0, min(len(self._shown) - 1, self._at + by))
        self._draw()

    def action_mark(self) -> None:
        """Mark or unmark the spot under the cursor, and move the cursor to the next one."""
        self._catch_up()
        if (here := self._here) is not None and not here.problem:
            file = here.file
            if file in self._marked:
                self._marked.remove(file)
            else:
                self._marked.append(file)
            self.action_step(1)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked spot; a double click picks it."""
        if event.widget is self._list and (at := self._list.row_at(event.y)) is not None:
            self._at = at
            self._draw()
            if event.chain == 2:
                self.action_take()

    def action_take(self) -> None:
        """Close with the operator's choice; do nothing if there is none."""
        self._catch_up()
        if picked := self._picked:
            self.dismiss(picked)

    def action_cancel(self) -> None:
        """Close the dialog without a result."""
        self.dismiss(None)
