"""The bin room: all programmes and spots of the station, how much of each is prepared, and commands to insert them into
a rundown."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui import command_dispatch, keys
from retrovue_tui.tui.keys.pane import unshown
from retrovue_tui.tui.rooms.bin import prepare_requests
from retrovue_tui.tui.rooms.bin.insert_dialog import InsertScreen
from retrovue_tui.tui.rooms.bin.placement import Trim
from retrovue_tui.tui.rooms.bin.rows import LABELS, arrange, machines_of
from retrovue_tui.tui.rooms.bin.selection import MarkedFiles
from retrovue_tui.tui.rooms.bin.side_panel import BinSide
from retrovue_tui.tui.rooms.bin.table import BinTable, Order
from retrovue_tui.tui.rooms.list_room import SOON_S, ListRoom
from retrovue_tui.tui.terminal.external_player import PlayerError, play
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.library import LibraryRow
    from retrovue_tui.protocol.answers.snapshots import StationSnapshot
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.timecode import FrameRate
    from retrovue_tui.tui.rooms.bin.rows import Column, Work
    from retrovue_tui.tui.rooms.bin.selection import Edge
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

REFRESH_S: Final = 3.0
"""How often the room fetches the bin while it is on screen (s). It fetches a long bin less often: fetching takes at
most a twentieth of the time."""
NEWS: Final = ("library", "prepare", "entry_ended")
PICTURE_FROM: Final = 30
"""In a terminal of at least this height (lines), the room opens with the picture shown."""
_COLUMNS: Final = tuple(LABELS)
_ON_MARKED: Final = {"prepare", "copy_path"}
_ON_FILE: Final = _ON_MARKED | {"mark", "mark_all", "frames", "seconds", "trim", "clear_trim", "play"}


class BinScreen(ListRoom):
    """The bin room. It fetches the rows while it is on screen. Sort order, filter, marks and trims are the operator's
    and stay in this room."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.BIN.bindings, *unshown(keys.AIR), *unshown(keys.EVERYWHERE)]
    AUTO_FOCUS = "#bin-table"

    class LibraryRows(Message):
        """The result of a request: the rows, or the reason of its failure."""

        def __init__(self, rows: tuple[LibraryRow, ...], problem: str = "") -> None:
            super().__init__()
            self.rows = rows
            self.problem = problem

    _table: BinTable

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._table = BinTable(clock)
        self._side = BinSide(line, clock)
        self._filter = Input(id="bin-filter", placeholder="words of title, path, pool, format or problem")
        self._all: tuple[LibraryRow, ...] = ()
        self._order = Order()
        self._selection = MarkedFiles()
        self._work: dict[str, Work] = {}
        self._machines: dict[str, str] = {}
        self._fetched = False

    @property
    def pane(self) -> keys.Pane:
        return keys.BIN

    @property
    def marked(self) -> list[LibraryRow]:
        """The marked files, in the order in which they were marked."""
        return self._selection.marked(self._all)

    def compose(self) -> ComposeResult:
        """Yield the table, and the panel about the file under the cursor."""
        yield self._header
        yield self._banner
        yield self._faults
        with Vertical(id="bin-body"):
            with Vertical(id="bin-list"):
                yield self._table
                yield self._filter
            yield self._side
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the picture if the terminal is tall enough."""
        self._side.unfold(self.size.height >= PICTURE_FROM)

    # --- state of the station ---------------------------------------------------------------------------------------

    def show(self, view: StationView) -> None:
        """Draw the station's state. Rows are fetched separately."""
        super().show(view)
        self._work = _work(view.snapshot)
        self._machines = machines_of(view.snapshot.jobs if view.snapshot else ())
        with self.app.batch_update():
            self.tick()
            self._draw()

    def receive(self, events: Iterable[Event]) -> None:
        """Fetch the rows again if an event may have changed them."""
        if any(event.kind in NEWS for event in events):
            self._news.set()

    def choose(self, channel_id: str | None) -> None:
        """Make another channel the target of insertions."""
        super().choose(channel_id)
        if self.is_mounted:
            self._draw()

    def back(self) -> bool:
        """Clear the text filter first; if there is none, the marks."""
        if super().back():
            return True
        if not self._selection.marks:
            return False
        self._selection.unmark()
        self._draw()
        return True

    async def _fetch(self) -> tuple[float, float]:
        """Fetch all rows. Returns the waits until the next fetch (s): without an event, and after an event."""
        began = time.monotonic()
        try:
            rows, problem = await self._changed(), ""
        except (RetrovueError, OSError, ValueError) as error:
            rows, problem = (), _why(error)
        self.post_message(self.LibraryRows(rows, problem))
        took = time.monotonic() - began
        return max(REFRESH_S, 20 * took), max(SOON_S, 4 * took)

    async def _changed(self) -> tuple[LibraryRow, ...]:
        """Fetch the rows. Returns the previous tuple if nothing has changed; the comparison runs in a thread, because
        there may be thousands of rows."""
        rows, before = (await self._line.library()).rows, self._all
        return before if await asyncio.to_thread(rows.__eq__, before) else rows

    @on(LibraryRows)
    def _take(self, message: LibraryRows) -> None:
        message.stop()
        fresh = not message.problem and (not self._fetched or message.rows is not self._all)
        changed = fresh or message.problem != self._problem
        self._problem = message.problem
        if fresh:
            self._fetched, self._all = True, message.rows
            self._selection.unmark(but=(row.file for row in self._all))
        if changed:
            self._arrange()

    def _arrange(self) -> None:
        rows = arrange(self._all, self._order.column, reverse=self._order.reverse, wanted=self._filter.value)
        self._table.fill(rows, self._order, self._nothing())
        self._draw()

    def _nothing(self) -> str:
        if self._problem and not self._fetched:
            return formats.clean(self._problem)
        if not self._fetched:
            return "Waiting for the station's library …"
        if self._all:
            return "No file has these words; esc shows all files."
        return "No media. Put files into the folders of [library] and [pools] in retrovue.toml."

    def _draw(self) -> None:
        """Draw marks, trims and renders in the table, the panel about the file under the cursor, and the title."""
        self._table.annotate(
            self._selection.marks, self._selection.trimmed, self._work, self._machines, stale=self._stale
        )
        self._point()
        self._show_title()

    @on(BinTable.CursorMoved)
    def _point(self) -> None:
        row, snapshot = self._table.row, self._view.snapshot
        trim = self._selection.trim_of(row.file) if row else Trim()
        work = self._work.get(row.file, "") if row else ""
        machines = self._machines.get(row.file, "") if row else ""
        self._side.show(row, trim, work, machines, snapshot.rate if snapshot else "")

    def _show_title(self) -> None:
        shown, total = len(self._table.rows), len(self._all)
        files = f"{formats.number(total)} {'file' if total == 1 else 'files'}"
        broken = sum(bool(row.problem) for row in self._all)
        marked = self.marked
        length = formats.short(sum(self._selection.clip(row).duration_s for row in marked))
        self._entitle(
            f"Bin · {files}" if shown == total else f"Bin · {formats.number(shown)} of {files}",
            f"{broken} broken" if broken else "",
            f"{len(marked)} marked, {length}" if marked else "",
            f"by {LABELS[self._order.column]}{', reversed' if self._order.reverse else ''}",
            f"last known, {formats.wall_time(self._view.since)}" if self._stale and self._fetched else "",
            f"b inserts into {self.chosen.name}" if self.chosen else "",
        )

    # --- input from the operator ----------------------------------------------------------------------------------

    def obstacle(self, action: str) -> str:
        """Return why an action is impossible: it needs a file, and there is none. Empty if the action is possible."""
        if action in _ON_FILE and not self._table.row and not (action in _ON_MARKED and self.marked):
            return "There is no file here"
        return ""

    def action_mark(self) -> None:
        """Mark or unmark the file under the cursor, and move the cursor to the next one."""
        if row := self._table.row:
            self._selection.mark(row.file)
            self._table.move(1)
            self._draw()

    def action_mark_all(self) -> None:
        """Mark all listed files that can air; if all of them are marked already, unmark them."""
        self._selection.mark_all([row.file for row in self._table.rows if not row.problem])
        self._draw()

    def action_sort(self) -> None:
        """Sort by the next column; after the last one, by the first."""
        column: Column = _COLUMNS[(_COLUMNS.index(self._order.column) + 1) % len(_COLUMNS)]
        self._order = Order(column)
        self._arrange()

    def action_reverse(self) -> None:
        """Reverse the sort order."""
        self._order = replace(self._order, reverse=not self._order.reverse)
        self._arrange()

    @on(BinTable.Picked)
    def action_preview(self) -> None:
        """Show or hide the picture."""
        self._side.unfold(not self._side.is_open)

    def action_frames(self, by: int) -> None:
        """Move the preview by `by` frames."""
        self._side.step(by)

    def action_seconds(self, by: int) -> None:
        """Move the preview by `by` seconds."""
        rate = self._rate()
        self._side.step(by * (rate.nominal if rate else 25))

    def action_trim(self, edge: Edge) -> None:
        """Set the in or out point of the file at the frame in the preview; the out point includes that frame."""
        row = self._table.row
        if row is None or row.problem:
            self._say("There is nothing to trim.", "Bin")
        elif not self._side.is_open:
            self._say("Press p first: in and out are set at the frame in the preview.", "Bin")
        else:
            self._selection.trim(row.file, edge, self._side.frame)
            self._draw()

    def action_clear_trim(self) -> None:
        """Remove the in and out points, so that the whole file airs."""
        if row := self._table.row:
            self._selection.untrim(row.file)
            self._draw()

    def action_insert(self) -> None:
        """Open the insert dialog for the marked files, or for the file under the cursor."""
        channel, rows = self.chosen, self._wanted()
        if reason := command_dispatch.obstacle(self._view, channel, "undo") or _cannot_air(rows):
            self._say(f"{reason[:1].upper()}{reason[1:]}.", "Bin")
        elif channel is not None:
            clips = [self._selection.clip(row) for row in rows]
            self.app.push_screen(InsertScreen(channel, clips, self._line, self._cursor), self._inserted)

    def _inserted(self, order: command_dispatch.PendingCommand | None) -> None:
        if order is not None:
            self._selection.unmark()
            self._draw()
            self.post_message(command_dispatch.SendCommand(order, self._line))

    def action_prepare(self) -> None:
        """Ask the station to prepare the marked files, or the file under the cursor, now."""
        if rows := self._wanted():
            start_worker(self, self._prepare, rows, group="prepare")

    async def _prepare(self, rows: Sequence[LibraryRow]) -> None:
        asked = await prepare_requests.prepare(self._line, [row.file for row in rows])
        self._news.set()
        if asked.taken:
            what = formats.clean(rows[0].title) if len(rows) == 1 else formats.plural(asked.taken, "file")
            self._say(f"{what}: prepared after the media that airs soon.", "Prepare", severity="information")
        if asked.refused:
            self._say("\n".join(map(formats.clean, asked.reasons.splitlines())), "Refused: Prepare", severity="error")

    def action_copy_path(self) -> None:
        """Copy the paths of the marked files, or of the file under the cursor (by OSC 52), and show a note."""
        if files := [row.file for row in self._wanted()]:
            self.app.copy_to_clipboard("\n".join(files))
            more = f"\nand {len(files) - 1} more" if len(files) > 1 else ""
            self._say(f"{formats.clean(files[0])}{more}", "Copied", severity="information")

    def action_play(self) -> None:
        """Open the file under the cursor in an external player, if the file is on this machine."""
        if row := self._table.row:
            self._say(formats.clean(row.file), "Opening in the player", severity="information")
            start_worker(self, self._play, row.file, group="play")

    async def _play(self, file: str) -> None:
        try:
            await play(file)
        except PlayerError as error:
            self._say(f"{formats.clean(error.message)}.", "Not opened")

    def _wanted(self) -> list[LibraryRow]:
        """Return the marked files; without marks, the file under the cursor."""
        return self.marked or ([self._table.row] if self._table.row else [])

    def _rate(self) -> FrameRate | None:
        return formats.frame_rate(self._view.snapshot.rate) if self._view.snapshot else None


def _why(error: Exception) -> str:
    """Return the reason of a failed request, in words."""
    if isinstance(error, Refused) and error.status == 404:
        return "This station cannot show its library: it is an old version."
    return str(error) or type(error).__name__


def _cannot_air(rows: Sequence[LibraryRow]) -> str:
    """Return why the files cannot be inserted; empty if they can."""
    if not rows:
        return "there is no file to insert"
    broken = next((row for row in rows if row.problem), None)
    return f"{formats.clean(broken.title)} cannot air: {formats.clean(broken.problem)}" if broken else ""


def _work(snapshot: StationSnapshot | None) -> dict[str, Work]:
    """Return file → state of its render, for files that are being rendered or wait for a render."""
    jobs = snapshot.jobs if snapshot else ()
    return {job.file: "running" if job.state == "running" else "waiting" for job in jobs if job.state != "failed"}
