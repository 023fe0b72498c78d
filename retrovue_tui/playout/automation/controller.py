"""The controller of a channel: every change of its rundown and of what it airs goes through here.

Commands run one after another. A command becomes an air change, which is applied to the channel; the rundown and its
history are written to disk, and the answer is a receipt. A command that is refused changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError, RundownError
from retrovue_tui.file_watch import STILL_S, stamp_of
from retrovue_tui.playout.automation.air_change import LOCK_S, AirChange
from retrovue_tui.playout.automation.late_edits import LateEditPreroll
from retrovue_tui.playout.automation.live_commands import LiveCommands
from retrovue_tui.playout.automation.receipts import accepted, airs, forecast, off_air, refused, seen_in
from retrovue_tui.playout.automation.rundown_edits import RundownEdits
from retrovue_tui.playout.automation.rundown_file import RundownPaths, _keep_copy
from retrovue_tui.playout.automation.rundown_view import view_of
from retrovue_tui.playout.automation.spot_pool import SpotPool
from retrovue_tui.protocol.commands import EDITS
from retrovue_tui.protocol.rundown import HistoryRow, HistorySnapshot
from retrovue_tui.rundown import ffconcat, undo_history
from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.entries import Rundown
from retrovue_tui.rundown.ffconcat_syntax import HEADER
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from retrovue_tui.file_watch import Stamp
    from retrovue_tui.playout.automation.late_edits import LateEdit
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.deck_queue import QueuedDeck
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.protocol.receipts import Receipt
    from retrovue_tui.protocol.rundown import RundownSnapshot
    from retrovue_tui.rundown.break_fill import Clip
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.positions import Stretch

TRIES: Final = 3
"""How often an edit is worked out again because the channel aired past what was prepared for it."""
CALM_S: Final = 3.0
"""How long a command waits for a failed deck's successor."""
_STEP_S: Final = 0.02
STANDBY_EVERY_S: Final = 1.0
KNOWN: Final = 8
LIVE: Final = ("break_now", "return", "skip", "hold", "release")
"""Commands that act on what is on air."""
UNWRITTEN: Final = ("skip", "stop", "start")
"""Commands that do not change the rundown."""

Decision = tuple[AirChange, undo_history.History | None, str | None]
"""An air change, the undo history after it (None unless it is an undo, a redo or an edit of the file), and the break
that is then held."""


class ChannelController:
    """Carries out commands on one channel."""

    def __init__(
        self, channel: Channel, papers: RundownPaths, clips: Callable[[], Sequence[Clip]], events: EventLog
    ) -> None:
        self.held: str | None = None
        self._channel = channel
        self._papers = papers
        self._events = events
        self._pool = SpotPool(channel, clips, papers.names, papers.spot_folders)
        self._planned = RundownEdits(channel, self._pool)
        self._jumps = LiveCommands(channel, self._pool, self._planned)
        self._soon = LateEditPreroll(channel)
        self._rundown = Rundown()
        self._history = undo_history.History()
        self._known: dict[str, Rundown] = {}
        self._stamp: Stamp | None = None
        self._lock = asyncio.Lock()
        self._standby: asyncio.Task[None] | None = None
        channel.listeners.append(self._aired)

    @property
    def revision(self) -> int:
        """How often the rundown has changed."""
        return self._history.revision

    # ── start and stop ───────────────────────────────────────────────────────────────────────────

    async def open(self) -> tuple[Entry, ...]:
        """Read the rundown and its history; return the entries to air. Raises `RundownError` for a broken file."""
        text, self._rundown = await self._read_stamped()
        loaded = await AIR.run(undo_history.load, self._papers.history)
        if loaded.warning:
            self._events.publish("warning", loaded.warning, channel=self._channel.id, level="warning")
        self._history = loaded.history.settled(text)
        return self._rundown.entries

    async def read(self) -> tuple[Entry, ...]:
        """Return the entries of the rundown file as it is now, without applying them. Raises `RundownError`."""
        return (await AIR.run(self._read))[1].entries

    def start(self) -> None:
        """Start keeping a deck ready for the next break."""
        self._standby = asyncio.create_task(self._keep_standby(), name=f"stand-by of channel {self._channel.id}")

    async def close(self) -> None:
        """End the deck that was kept ready for the next break."""
        if self._standby is not None:
            self._standby.cancel()
            await asyncio.gather(self._standby, return_exceptions=True)
            self._standby = None
        self._jumps.drop_standby()

    async def _keep_standby(self) -> None:
        while True:
            if self._channel.rack.on_air is not None and not self._lock.locked():
                with contextlib.suppress(EditError):
                    await self._jumps.keep_standby()
            await asyncio.sleep(STANDBY_EVERY_S)

    def _aired(self, stretch: Stretch) -> None:
        if stretch.entry.kind == "spot":
            self._pool.aired(stretch.entry.file)

    # ── commands ─────────────────────────────────────────────────────────────────────────────────

    async def execute(self, command: Command) -> Receipt:
        """Carry out a command, after those that came before it; return a receipt with the result."""
        async with self._lock:
            try:
                warnings = await self._take_up_file() if command.name not in UNWRITTEN else ()
                if command.revision is not None and command.revision != self._history.revision:
                    raise EditError(
                        f"made against revision {command.revision} of the rundown, which is at {self._history.revision}"
                        " by now; look at what has changed, and try again"
                    )
                await self._calm()
                return await self._execute(command, warnings)
            except RetrovueError as error:
                return self._refuse(command.name, error.message)

    async def _execute(self, command: Command, warnings: tuple[str, ...] = ()) -> Receipt:
        if command.name in ("stop", "start"):
            return await self._switch(command.name, command.dry_run)
        if command.name in LIVE and self._channel.state == "stopped":
            raise EditError(f"{self._channel.name} is stopped, so nothing of it is on air; `start` it first")
        if command.dry_run:
            whole = command.name == "apply"
            return await forecast(self._channel, self.revision, (await self._move(command))[0], whole=whole)
        move, stepped, held = await self._in_time(lambda: self._move(command))
        receipt = await self._carry_out(move, stepped, warnings=warnings)
        self.held = held
        return receipt

    async def _in_time(self, work_out: Callable[[], Awaitable[Decision]]) -> Decision:
        """Work out an air change, and again once the deck for a change that airs in a moment is ready: no slate may
        follow."""
        planned, soon = self._planned, self._soon
        cue: QueuedDeck | None = None
        ready: LateEdit | None = None
        try:
            for _ in range(TRIES):
                move, stepped, held = await work_out()
                due = soon.due(move)
                if due is None:
                    return move, stepped, held
                if cue is not None and ready is not None and ready.at == due.at and cue.usable():
                    fitted, cue = soon.fitted(move, due, cue), None
                    return fitted, stepped, held
                if cue is not None:
                    self._channel.rack.discard(cue)
                    cue = None
                planned.lock_s = LOCK_S
                cue, ready = await soon.support(due), due
                planned.lock_s = 0.0  # its deck waits already: any frame that has not been sent can still be changed
            raise EditError("the air went past that frame while it was made ready; nothing was changed")
        finally:
            planned.lock_s = LOCK_S
            if cue is not None:
                self._channel.rack.discard(cue)

    async def _move(self, command: Command) -> Decision:
        """Return the result of a command, the undo history after it (None unless it is an undo or redo), and the break
        then held."""
        jumps, rundown, arguments = self._jumps, self._rundown, command.arguments
        held = self.held
        match command.name:
            case "break_now":
                move = await jumps.break_now(rundown, arguments)
            case "return":
                move = await jumps.leave_break(rundown)
            case "skip":
                move = await jumps.skip(rundown)
            case "hold":
                move, held = await jumps.hold(rundown)
            case "release":
                if held is None or all(entry.break_id != held and entry.id != held for entry in rundown.entries):
                    raise EditError("no break is held")
                move, held = await jumps.release(rundown, held), None
            case "apply":
                move = await self._planned.edited(rundown, arguments["edits"])
            case name if name in EDITS:
                move = await self._planned.edited(rundown, (command,))
            case "undo" | "redo":
                return (*await self._step(command.name), None)
            case _:
                raise EditError(f"{command.name!r} is no command on a channel")
        return move, None, held

    async def _step(self, name: str) -> tuple[AirChange, undo_history.History]:
        text = self._history.text or ""
        step = self._history.undo(text) if name == "undo" else self._history.redo(text)
        label = f"{'undone' if name == 'undo' else 'done again'}: {step.label}"
        rundown = await asyncio.to_thread(self._parse, step.text)
        return await self._planned.rewritten(self._rundown, rundown, label), step.history

    async def _switch(self, name: str, dry_run: bool) -> Receipt:
        channel = self._channel
        if (channel.state == "stopped") == (name == "stop"):
            raise EditError(f"{channel.name} is {'stopped' if name == 'stop' else 'on the air'} already")
        if not dry_run and name == "stop":
            await self.close()
            await channel.stop()
        elif not dry_run:
            point = channel.resume_point()
            if point is None:  # past the end of the list
                channel.start(self._rundown.entries, channel.position)
            else:
                channel.resume(self._rundown.entries, point)
            self.start()
        if name == "stop":
            return accepted(channel, self.revision, None, (f"{channel.name} is off the air; its viewers are let go",))
        return accepted(channel, self.revision, time.time() + channel.airs_in(0), (f"{channel.name} is on the air",))

    async def file_changed(self) -> str | None:
        """Apply the rundown file, which another program may have changed. When it is broken, report and return what is
        wrong; otherwise return None."""
        async with self._lock:
            try:
                await self._take_up(*await self._read_stamped())
            except RetrovueError as error:
                self._refuse("the rundown file", error.message)
                return error.message
        return None

    async def _take_up_file(self) -> tuple[str, ...]:
        """Apply what another program has written, before an edit is written down, so that it is not overwritten. If
        that file is broken it is kept as a copy next to it, and the returned warning names the copy."""
        stamp = await AIR.run(stamp_of, self._papers.rundown)
        if stamp == self._stamp or stamp is None:
            return ()
        for _ in range(int(STILL_S * 4 / _STEP_S)):  # it may be half written
            if time.time() - stamp[2] / 1e9 > STILL_S:
                break
            await asyncio.sleep(_STEP_S)
            stamp = await AIR.run(stamp_of, self._papers.rundown) or stamp
        try:
            await self._take_up(*await self._read_stamped())
        except RetrovueError as error:
            kept = self._papers.rundown.with_suffix(".refused")
            await AIR.run(_keep_copy, self._papers.rundown, kept)
            return (f"{error.message}; it was replaced, and is kept as {kept.name}",)
        return ()

    async def _read_stamped(self) -> tuple[str, Rundown]:
        stamp = await AIR.run(stamp_of, self._papers.rundown)
        found = await AIR.run(self._read)
        self._stamp = stamp
        return found

    async def _take_up(self, text: str, rundown: Rundown) -> None:
        if text == self._history.text:
            return
        if not text.strip() and self._rundown.entries:  # a save that was cut off, or has only begun
            raise RundownError(
                f"the file is empty; a rundown without entries still says {HEADER!r}", self._papers.rundown
            )
        label = "the rundown file was edited"
        changed = await asyncio.to_thread(self._history.record, self._history.text or "", text, label, time.time())

        async def work_out() -> Decision:
            return await self._planned.rewritten(self._rundown, rundown, label), changed, self.held

        await self._calm()
        try:
            move, *_ = await self._in_time(work_out)
        except EditError:  # what it airs next is not prepared: apply it anyway; that airs as soon as it is prepared
            move = await self._planned.rewritten(self._rundown, rundown, label)
        await self._carry_out(move, changed, save_rundown=False)

    async def _calm(self) -> None:
        """Wait until a failed deck has its successor: only then is it certain what is on air."""
        for _ in range(int(CALM_S / _STEP_S)):
            if not self._channel.rack.troubled:
                return
            await asyncio.sleep(_STEP_S)

    # ── applying changes ─────────────────────────────────────────────────────────────────────────

    async def _carry_out(
        self,
        move: AirChange,
        changed: undo_history.History | None = None,
        *,
        save_rundown: bool = True,
        warnings: tuple[str, ...] = (),
    ) -> Receipt:
        """Apply the air change to the channel, then write the new rundown down. It is on the disk when this returns."""
        channel = self._channel
        edited = move.rundown is not self._rundown
        if move.keep == 0:
            channel.log.left(move.leaves, "" if move.leaves == "skipped" else move.label)
        rest = await self._deck_of_rest(move)
        seen = seen_in(channel, move)
        channel.apply(move.rundown.entries, move.position, keep=move.keep, rest=rest)
        if move.cue is not None:
            channel.rack.adopt(move.cue)
        applied_at = time.time() + channel.airs_in(0)  # not earlier: the next frame may have fallen due meanwhile
        airs_at, changes = airs(channel, applied_at, await asyncio.to_thread(seen), move.changes)
        if edited:
            try:
                await self._write_down(move, changed, save_rundown)
            except RetrovueError as error:
                warnings = (*warnings, f"on air, but not on the disk: {error.message}")
        channel.on_moved()
        if not move.rundown.entries and channel.rack.on_air is not None:
            warnings = (*warnings, "the rundown has no entries: after what is on air comes the slate")
        stopped = off_air(channel)
        if stopped:
            airs_at, changes = None, move.changes
        receipt = accepted(channel, self.revision, airs_at, changes, (*warnings, *stopped))
        self._events.publish(
            "edit_applied", f"{channel.name}: {'; '.join(move.changes) or move.label}", channel=channel.id,
            revision=self._history.revision, generation=channel.generation, on_air_in_s=receipt.on_air_in_s,
        )  # fmt: skip
        return receipt

    async def _deck_of_rest(self, move: AirChange) -> QueuedDeck | None:
        """Return a deck that plays to its end the entry on air that the change removes, if the queued decks do not;
        None if they do, or if it cannot be started."""
        channel, rack = self._channel, self._channel.rack
        if move.rest is None:
            return None
        airing = channel.position
        for _ in range(TRIES):
            last, edition = rack.committed()[-1], rack.edition
            if (last.loop, last.index) != (airing.loop, airing.index):
                break
            rest = channel.planner.rest_of_entry(last.following)
            cue = None if rest is None else await rack.preroll(rest)
            if cue is None:
                break
            if rack.edition == edition and rack.committed()[-1] == last:
                return cue
            rack.discard(cue)  # another deck was queued there meanwhile
        return None

    async def _write_down(self, move: AirChange, changed: undo_history.History | None, save_rundown: bool) -> None:
        """Write history and rundown at the same time: after a sudden end, either one is enough to repair the other."""
        rate, path = self._channel.house.rate, self._papers.rundown
        self._rundown = move.rundown
        if changed is None:
            text = await asyncio.to_thread(ffconcat.dump, move.rundown, path, rate)
            self._remember(text, move.rundown)
            before = self._history.text or ""
            changed = await asyncio.to_thread(self._history.record, before, text, move.label, time.time())
        self._history = changed
        work = [AIR.run(undo_history.save, changed, self._papers.history)]
        if save_rundown:
            work.append(AIR.run(self._write, changed.text or ""))
        for failure in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(failure, BaseException):
                raise failure

    def _write(self, text: str) -> None:
        """Write the rundown file; blocking."""
        ffconcat.write(text, self._papers.rundown)
        self._stamp = stamp_of(self._papers.rundown)

    def _refuse(self, what: str, reason: str) -> Receipt:
        channel = self._channel
        self._events.publish(
            "edit_refused", f"{channel.name}: {what} refused: {reason}", channel=channel.id, level="warning"
        )
        return refused(channel, self.revision, reason)

    # ── the rundown ──────────────────────────────────────────────────────────────────────────────

    def rundown(self) -> RundownSnapshot:
        """Return the current rundown, with the time at which each entry begins, or began, in this round."""
        return self.view()()

    def view(self) -> Callable[[], RundownSnapshot]:
        """Return a function that builds this snapshot in another thread, of the rundown as it is when `view` is
        called."""
        return view_of(self._channel, self._history.revision, self._rundown.entries)

    def history(self) -> HistorySnapshot:
        """Return the steps that can be undone, and those that were undone."""
        done, edits = self._history.done, self._history.edits
        steps = (HistoryRow(edit.label, edit.at, number >= done) for number, edit in enumerate(edits))
        return HistorySnapshot(self._history.revision, tuple(steps))

    def _read(self) -> tuple[str, Rundown]:
        text = ffconcat.read(self._papers.rundown)
        return text, self._parse(text)

    def _parse(self, text: str) -> Rundown:
        """Return the rundown that a text describes; recent ones are remembered, since an undo needs them again."""
        known = self._known.get(text)
        if known is None:
            rate, folders = self._channel.house.rate, self._papers.spot_folders
            known = ffconcat.parse(text, self._papers.rundown, rate, folders)
            self._remember(text, known)
        return known

    def _remember(self, text: str, rundown: Rundown) -> None:
        self._known[text] = rundown
        while len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
