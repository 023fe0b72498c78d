"""The base of the timeline room: fetches the rundown while the room is on screen, and draws the channel's board. The
keys are in subclasses."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from textual.actions import parse
from textual.containers import Horizontal

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.base import Room
from retrovue_tui.tui.rooms.bin.placement import EntryFrame
from retrovue_tui.tui.rooms.timeline.frame_preview import NOTHING, FramePreviews, Still
from retrovue_tui.tui.rooms.timeline.inspector import Look, TimelineInspector
from retrovue_tui.tui.rooms.timeline.model.board import Board
from retrovue_tui.tui.rooms.timeline.model.cues import nearest_cue
from retrovue_tui.tui.rooms.timeline.model.geometry import Axis
from retrovue_tui.tui.rooms.timeline.model.lanes import Heads, Note
from retrovue_tui.tui.rooms.timeline.model.staging import Staging
from retrovue_tui.tui.rooms.timeline.view import TimelineView
from retrovue_tui.tui.text import formats, glyphs
from retrovue_tui.tui.widgets.key_bar import KeyBar
from retrovue_tui.tui.widgets.lost_banner import LostBanner
from retrovue_tui.tui.widgets.station_header import StationHeader
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ComposeResult

    from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetFacts
    from retrovue_tui.protocol.events import Event
    from retrovue_tui.tui.command_dispatch import ChannelLocks
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

WIDTHS: Final = [(0, "-narrow"), (110, "-wide"), (170, "-broad")]
REFRESH_S: Final = 10.0
"""How often the room fetches the rundown if no event arrives (s), because its start times drift."""
RETRY_S: Final = 1.0
NOTE_S: Final = 12.0
"""How long a note at the cursor stays (s), unless the cursor moves."""
PAST_ROWS: Final = 200
MOST_INSIDES: Final = 4
"""How many files the room asks about (cues and audio envelope) before it draws again."""
STATES: Final = {"slate": "SLATE", "starting": "starting", "stopped": "stopped"}
NEWS: Final = ("entry_started", "slate", "state", "take", "edit_applied", "library")
_ON_RUNDOWN: Final = {parse(binding.action)[1] for binding in keys.TIMELINE.bindings} - {"preview"}


@dataclass(frozen=True)
class _TimedNote:
    note: Note
    cursor: int
    until: float


class BoardScreen(Room):
    """Draws the timeline of the chosen channel, and fetches its rundown whenever it may have changed."""

    AUTO_FOCUS = "#timeline"
    HORIZONTAL_BREAKPOINTS = WIDTHS

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine, turns: ChannelLocks) -> None:
        super().__init__(view, clock, line)
        self.turns = turns
        self._header = StationHeader(view, clock())
        self._banner = LostBanner(view, clock())
        self._line_view = TimelineView()
        self._inspector = TimelineInspector()
        self._frames = FramePreviews(line)
        self._boards: dict[str, Board] = {}
        self._facts: dict[str, AssetFacts] = {}
        self._unknown: set[str] = set()
        self._outdated: set[str] = set()
        self._cue_turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._stale = True
        self._said: _TimedNote | None = None
        self._problem = ""
        self._seen_state: object = None

    @property
    def pane(self) -> keys.Pane:
        return keys.TIMELINE

    @property
    def board(self) -> Board | None:
        """The board of the chosen channel: the state of its timeline. None until the channel and the house rate are
        known."""
        channel, snapshot = self.chosen, self._view.snapshot
        rate = formats.frame_rate(snapshot.rate) if snapshot else None
        if channel is None or snapshot is None or rate is None:
            return None
        known = self._boards.get(channel.id)
        if known is None or known.axis.rate != rate:
            axis = Axis.of_day(self.now, rate)
            known = self._boards[channel.id] = Board(axis, Staging(self._line, channel.id), snapshot.lock_s)
        known.lock_s = snapshot.lock_s
        return known

    @property
    def ready(self) -> Board | None:
        """The board of the chosen channel, if its rundown has arrived; otherwise None."""
        board = self.board
        return board if board is not None and board.shown is not None else None

    @property
    def now(self) -> float:
        """The Unix time (s) on the station's clock, which may differ from this machine's clock."""
        snapshot = self._view.snapshot
        return self._clock() + (snapshot.at - self._view.since if snapshot and not self._view.stale else 0.0)

    @property
    def pointed(self) -> EntryFrame | None:
        board = self.ready
        item = board.item if board else None
        if board is None or item is None or item.index < 0:
            return None
        return EntryFrame(item.row.id, item.asset(board.cursor))

    @property
    def unsent(self) -> str:
        parts = [
            f"{formats.plural(len(board.staging.steps), 'staged edit')} on {channel.name}"
            for channel in self._view.channels
            if (board := self._boards.get(channel.id)) and board.staging
        ]
        return ", ".join(parts)

    def obstacle(self, action: str) -> str:
        """Return why an action is impossible: it needs the rundown, and that has not arrived. Empty if the action is
        possible."""
        if action not in _ON_RUNDOWN or self.ready is not None:
            return ""
        if self.chosen is None:
            return "There is no channel yet"
        return self._problem.rstrip(".") or f"The rundown of {formats.clean(self.chosen.name)} has not arrived yet"

    def compose(self) -> ComposeResult:
        """Yield the timeline; below it the inspector and the pictures at the cursor."""
        yield self._header
        yield self._banner
        yield self._faults
        yield self._line_view
        with Horizontal(id="below"):
            yield self._inspector
            yield self._frames
        yield KeyBar()

    def on_screen_resume(self) -> None:
        """Start to fetch the rundown, and the cues and audio envelopes of its files."""
        self._stale = True
        self._news.set()
        start_worker(self, self._follow, group="rundown", exclusive=True)
        start_worker(self, self._look_inside, group="insides", exclusive=True)

    def on_screen_suspend(self) -> None:
        """Stop fetching if another room is on screen; a dialog over this room changes nothing."""
        if not self.is_current and self.app.screen.is_modal:
            return
        self.workers.cancel_group(self, "rundown")
        self.workers.cancel_group(self, "insides")

    # --- state of the station ---------------------------------------------------------------------------------------

    def show(self, view: StationView) -> None:
        """Draw the station's state. If the rundown's revision or the air list has changed, fetch the rundown."""
        super().show(view)
        channel = self.chosen
        on_air = channel.on_air.entry if channel and channel.on_air else ""
        state = (view.link, channel.id, channel.revision, channel.generation, on_air) if channel else view.link
        if state != self._seen_state:
            self._seen_state = state
            self._ask_again()
        with self.app.batch_update():
            self.draw()

    def tick(self) -> None:
        """Move the playhead, remove expired notes, and have the station check the staged edits if the first of them is
        about to become too late."""
        if (board := self.ready) and board.is_due(self.now):
            board.asks = True
            self._ask_again()
        self.draw()

    def receive(self, events: Iterable[Event]) -> None:
        """Fetch the rundown if an event may have changed it, and a file's candidates if they have changed."""
        events = tuple(events)
        changed = {str(event.data.get("file")) for event in events if event.kind == "breaks"}
        self._outdated |= changed & self._facts.keys()
        self._unknown -= changed
        channel = self.chosen
        if any(event.kind in NEWS and channel and event.channel in (channel.id, None) for event in events):
            self._ask_again()

    def choose(self, channel_id: str | None) -> None:
        """Show the timeline of another channel. The edits staged for this one stay staged."""
        super().choose(channel_id)
        self._said = None
        if self.is_mounted:
            self._ask_again()
            self.draw()

    def _ask_again(self) -> None:
        self._stale = True
        self._news.set()

    async def _follow(self) -> None:
        """Fetch the rundown for ever: at once when it may have changed, otherwise every `REFRESH_S`."""
        while True:
            self._news.clear()
            board = self.board
            if board is not None:
                async with board.turn:
                    await self.fetch(board)
                self.draw()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S if self._problem else REFRESH_S):
                    await self._news.wait()

    async def fetch(self, board: Board) -> None:
        """Fetch the rundown, and have the station check the staged edits against it. The caller holds the board's
        lock."""
        channel_id = board.staging.channel_id
        try:
            rundown = await self._line.rundown(channel_id)
            aired = await self._line.asrun(channel_id, limit=PAST_ROWS)
        except (RetrovueError, OSError, ValueError) as error:
            self._problem = formats.clean(str(error) or type(error).__name__)
            return
        self._problem = ""
        board.take(rundown, aired, self.now)
        outcome = await board.staging.rebase(rundown.revision, again=board.asks)
        board.asks = False
        if outcome is not None:
            board.lay_out(self.now)
            if not outcome.lost:
                self.say(board, outcome.text, "plain" if outcome.done else "bad")

    async def inside(self, file: str) -> AssetFacts | None:
        """Return the cues and the audio envelope of a file; ask the station if they are unknown or incomplete. None if
        the station has none."""
        known = self._facts.get(file)
        if known is not None and not self.is_stale(file):
            return known
        self._outdated.discard(file)
        try:
            found = await self._line.facts(file)
        except (RetrovueError, OSError, ValueError):
            self._unknown.add(file)
            return known
        if found != known:
            self._facts = {**self._facts, file: found}
        return found

    def know(self, breaks: AssetBreaks) -> None:
        """Set a file's break candidates, and draw them."""
        known = self._facts.get(breaks.file)
        if known is not None:
            changed = replace(known, cues=breaks.cues, analysed=breaks.analysed)
            self._facts = {**self._facts, breaks.file: changed}
            self.draw()

    def is_stale(self, file: str) -> bool:
        """Return whether the station has to be asked about a file, because nothing, or something old, is known."""
        known = self._facts.get(file)
        return known is None or not known.complete or file in self._outdated

    async def _look_inside(self) -> None:
        """Fetch cues and audio envelopes of the files in view, for ever. Fetch them again while the station still
        analyses the file."""
        while True:
            files = self._files_wanted()
            for file in files[:MOST_INSIDES]:
                await self.inside(file)
            if files:
                self.draw()
            await asyncio.sleep(0.25 if len(files) > MOST_INSIDES else 1.0)

    def _files_wanted(self) -> list[str]:
        board = self.ready
        if board is None or board.shown is None or board.view is None:
            return []
        if board.view.step > 60 * board.axis.rate.nominal:
            return []
        files = dict.fromkeys(item.row.file for item in board.shown.items(board.view.left, board.view.end))
        return [file for file in files if file not in self._unknown and self.is_stale(file)]

    # --- drawing ----------------------------------------------------------------------------------------------------

    def say(self, board: Board, text: str, kind: str = "plain") -> None:
        """Show a note at the board's cursor. `kind`: `plain`, `good` or `bad`."""
        if board is self.board:
            note = Note(formats.clean(text), "bad" if kind == "bad" else "good" if kind == "good" else "plain")
            self._said = _TimedNote(note, board.cursor, self._clock() + NOTE_S)
            self.draw()

    def draw(self) -> None:
        """Draw the changed parts of the room."""
        if not self.is_mounted or not self._line_view.size.width:
            return
        self._header.show(self._view, self._clock())
        self._banner.show(self._view, self._clock())
        board = self.ready
        if board is None or board.shown is None or not board.length:
            waiting = "This rundown is empty. Press 3 for the bin, and insert programmes."
            self._line_view.say(self._problem or (waiting if board else "Waiting for the rundown …"))
            self._inspector.show(None)
            self._frames.show(NOTHING, NOTHING, NOTHING)
            return
        air = board.axis.frame(self.now)
        scene = board.scene(self._facts, self._line_view.columns, air)
        said = self._said
        if said is not None and (said.cursor != board.cursor or self._clock() > said.until):
            said = self._said = None
        chosen = board.chosen.extent(board.shown) if board.chosen else None
        on_air = self.chosen is not None and self.chosen.state == "on_air"
        heads = Heads(
            board.cursor, air if on_air else None, air + board.axis.frames(board.lock_s) if on_air else None,
            *board.marks, None if on_air else board.axis.frame(board.taken_at), chosen,
        )  # fmt: skip
        self._line_view.show(scene, heads, said.note if said else None)
        self._inspector.show(self._look(board))
        self._show_pictures(board)
        self._show_title(board)

    def _look(self, board: Board) -> Look:
        scene, item = board.scene(self._facts, self._line_view.columns, 0), board.item
        pairs = zip((board.mark_in, board.mark_out), board.marks, strict=True)
        first, last = (mark.asset if mark and there is not None else None for mark, there in pairs)
        return Look(
            scene, board.cursor, board.snap, board.speed,
            board.chosen.kind if board.chosen else "",
            (first, last), tuple(step.label for step in board.staging.steps), len(board.staging.dropped),
            board.staging.outdated,
            board.plan if board.staging else None, board.applied, board.search, board.turn.locked(),
            cue=nearest_cue(scene.plan, self._facts, board.cursor),
            analysed=item is None or item.row.file not in self._facts or self._facts[item.row.file].analysed,
        )  # fmt: skip

    def _show_pictures(self, board: Board) -> None:
        if self.has_class("-blind"):
            return
        self._frames.show(*(self._still(board, board.cursor + by) for by in (0, -1, 1)))

    def _still(self, board: Board, frame: int) -> Still:
        item = board.shown.at(frame) if board.shown else None
        if item is None:
            return Still("", 0, "nothing is planned for this time")
        if item.row.status == "missing":
            return Still("", 0, f"{item.row.title}: the file is missing")
        asset = item.asset(frame)
        name = f"{item.row.title} " if frame == board.cursor else ""
        return Still(item.row.file, asset, f"{name}{board.axis.rate.timecode(asset)}")

    def _show_title(self, board: Board) -> None:
        channel = self.chosen
        if channel is None or board.shown is None:
            return
        words = [f"{channel.number} {channel.name}", f"revision {board.shown.revision}"]
        if channel.state != "on_air":
            words.append(f"{STATES.get(channel.state, channel.state)}: goes on at {glyphs.HOLD}")
        if self._view.stale or self._problem:
            words.append(f"last known, {formats.wall_time(self._view.since)}")
        if count := len(board.staging.steps):
            words.append(f"{glyphs.STAGED} {formats.plural(count, 'staged edit')}: w applies")
        title = f" {formats.clean(f' {glyphs.DOT} '.join(words))} ".replace("[", r"\[")
        if self._line_view.border_title != title:  # Textual repaints the pane whenever this is set.
            self._line_view.border_title = title
