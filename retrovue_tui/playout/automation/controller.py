"""The controller of a channel: carries out every change of the channel's rundown and output.

Commands run one after another. The controller turns a command into an air change, applies the change to the channel,
writes the rundown and its history to disk, and returns a receipt. A dry run, or a command that is refused, changes
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.playout.automation.air_change import AirChange, Decision
from retrovue_tui.playout.automation.edits.edit_lock import LOCK_S
from retrovue_tui.playout.automation.edits.late_edits import LateEditPreroll
from retrovue_tui.playout.automation.edits.rundown_edits import RundownEdits
from retrovue_tui.playout.automation.late_save import LateSave
from retrovue_tui.playout.automation.live_commands import LiveCommands
from retrovue_tui.playout.automation.receipts import accepted, airs, forecast, off_air, refused, seen_in, splits_of
from retrovue_tui.playout.automation.rundown_file import RundownFile
from retrovue_tui.playout.automation.rundown_view import view_of
from retrovue_tui.playout.automation.spot_pool import SpotPool
from retrovue_tui.playout.automation.standby_deck import StandbyDeck
from retrovue_tui.protocol.answers.rundown import HistoryRow, HistorySnapshot
from retrovue_tui.protocol.commands import EDITS
from retrovue_tui.rundown.break_edits import EditError, EditResult
from retrovue_tui.rundown.plan_marks import without_marks
from retrovue_tui.threads import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from pathlib import Path

    from retrovue_tui.playout.automation.rundown_file import RundownPaths, RundownVersion
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.decks.queued_deck import QueuedDeck
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.rundown.break_fill import Clip
    from retrovue_tui.rundown.entries import Entry, Rundown
    from retrovue_tui.rundown.positions import Stretch
    from retrovue_tui.schedule.spots.pool_file import FolderRules

REST_TRIES: Final = 3
"""The maximum number of times that `_deck_of_rest` tries to start a deck for the last frames of a removed entry. It
tries again when the deck queue changed meanwhile."""
RESCUE_S: Final = 3.0
"""The longest time that a command waits until a failed deck is replaced (s); see `_wait_for_rescue`."""
MOST_WAIT_S: Final = 0.05
"""The longest time that a cut waits for its first picture before the rundown is written (s)."""
SENDING_S: Final = 0.002
"""How long the sending of a picture takes (s)."""
_STEP_S: Final = 0.02
LIVE: Final = ("break_now", "return", "skip", "hold", "release")
"""The commands that act on the entry on air."""
SWITCHES: Final = ("stop", "start")
"""The commands that take the whole channel off the air, or put it on."""
UNWRITTEN: Final = ("skip", *SWITCHES)
"""The commands that do not change the rundown. They do not wait for an edit of the rundown file."""


class ChannelController:
    """Carries out an operator's commands on one channel."""

    def __init__(
        self,
        channel: Channel,
        paths: RundownPaths,
        clips: Callable[[], Sequence[Clip]],
        events: EventLog,
        rules: Callable[[], FolderRules | None] = lambda: None,
    ) -> None:
        """`clips` returns the spots of the channel's pool, and `rules` the rules of its pool files, if it has any."""
        self.held: str | None = None
        self.replan: Callable[[bool], Awaitable[Receipt]] = self._no_plan
        """Carries out the command `replan`; its argument is True for a dry run. Set by the channel's scheduler."""
        self._channel = channel
        self._events = events
        self._lock = asyncio.Lock()
        self._file = RundownFile(paths, channel.house.rate)
        self._pool = SpotPool(channel, clips, paths.names, paths.spot_folders, rules)
        self._standby = StandbyDeck(channel, self._pool, self._lock.locked)
        self._edits = RundownEdits(channel, self._pool)
        self._live = LiveCommands(channel, self._pool, self._standby, self._edits)
        self._late = LateEditPreroll(channel)
        self.late_save = LateSave(channel.id, self._file, events, self._lock, self._take_up_file)
        channel.listeners.append(self._aired)

    @property
    def revision(self) -> int:
        """How often the rundown has changed. Every change adds one."""
        return self._file.history.revision

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of the current rundown."""
        return self._file.rundown.entries

    # ── start and stop ───────────────────────────────────────────────────────────────────────────

    async def open(self) -> tuple[Entry, ...]:
        """Read the rundown and its history; return the rundown's entries. Raises `RundownError` for a broken file."""
        warning = await self._file.open()
        if warning:
            self._events.publish("warning", warning, channel=self._channel.id, level="warning")
        return self._file.rundown.entries

    async def recall(self, airings: Iterable[tuple[Path, float]]) -> None:
        """Count spots that aired before the station's start: files with Unix times."""
        await self._pool.recall(airings)

    def start(self) -> None:
        """Start the task that keeps a deck ready for the next break."""
        self._standby.start()

    def standby_files(self) -> list[Path]:
        """Return the spots of the stand-by deck."""
        deck = self._standby.deck
        return [] if deck is None else [*dict.fromkeys(item.stretch.entry.file for item in deck.airlist.items)]

    async def close(self) -> None:
        """Close the deck that was kept ready for the next break."""
        await self.late_save.close()
        await self._standby.close()

    def _aired(self, stretch: Stretch) -> None:
        if stretch.entry.kind == "spot":
            self._pool.aired(stretch.entry.file)

    # ── commands ─────────────────────────────────────────────────────────────────────────────────

    async def execute(self, command: Command) -> Receipt:
        """Carry out a command after all earlier ones; return a receipt with the result."""
        if command.name == "replan":
            try:
                return await self.replan(command.dry_run)
            except RetrovueError as error:
                return self._refuse(command.name, error.message)
        async with self._lock:
            try:
                if command.name not in UNWRITTEN:
                    await self._take_up_file()
                if command.revision is not None and command.revision != self.revision:
                    raise EditError(
                        f"made against revision {command.revision} of the rundown, which is at {self.revision}"
                        " by now; look at what has changed, and try again"
                    )
                await self._wait_for_rescue()
                if command.name in SWITCHES:
                    return await self._switch(command.name, command.dry_run)
                if command.name in LIVE and self._channel.state == "stopped":
                    raise EditError(f"{self._channel.name} is stopped and airs nothing; `start` it first")
                if command.dry_run:
                    return await self._dry_run(command)
                decision = await self._decide(command)
                return await self._carry_out(self._unmarked(decision) if decision.version is None else decision)
            except RetrovueError as error:
                return self._refuse(command.name, error.message)

    async def _no_plan(self, dry_run: bool) -> Receipt:
        if self._channel.config.plan is not None:  # the station has just started
            raise EditError(f"{self._channel.name} is not planned yet; try again in a moment")
        raise EditError(f"{self._channel.name} has no plan: add [channel.plan] to its [[channel]]")

    async def rewrite(
        self, edit: Callable[[Rundown], EditResult], revision: int, *, dry_run: bool = False, undoable: bool = True
    ) -> Receipt | None:
        """Apply an edit of the whole rundown by the schedule. The edit was computed for `revision`; return None if the
        rundown has another revision now. An edit that is not `undoable` is no step of the history. Raises
        `EditError`."""
        async with self._lock:
            await self._take_up_file()
            if self.revision != revision:
                return None
            await self._wait_for_rescue()
            made = edit(self._file.rundown)
            change = await self._edits.moved(self._file.rundown, made, made.changes[0])
            if dry_run:
                return await forecast(self._channel, self.revision, change, whole=True)
            return await self._carry_out(Decision(change, self.held, undoable=undoable))

    def _unmarked(self, decision: Decision) -> Decision:
        """Return the decision for a rundown in which the planned entries that the operator changed are no longer marked
        as planned."""
        change, old = decision.change, self._file.rundown
        if change.rundown is old:
            return decision
        moved = (decision.held or self.held) if decision.held != self.held else None
        entries = without_marks(old.entries, change.rundown.entries, moved)
        return replace(decision, change=replace(change, rundown=replace(change.rundown, entries=tuple(entries))))

    async def _dry_run(self, command: Command) -> Receipt:
        """Compute the changes of a command, and return them as a receipt. Nothing is changed."""
        edits = command.name not in LIVE or command.name == "hold"
        change = (await (self._edit(command, LOCK_S) if edits else self._decide(command))).change
        if change.deck is not None:
            self._standby.put_back(change.deck)
        return await forecast(self._channel, self.revision, change, whole=command.name == "apply")

    async def _decide(self, command: Command) -> Decision:
        """Compute the changes of a command, and return them as a decision. Nothing is applied yet. Raises
        `EditError`."""
        held, rundown = self.held, self._file.rundown
        match command.name:
            case "break_now":
                return Decision(await self._live.break_now(rundown, command.arguments), held)
            case "return":
                return Decision(await self._live.leave_break(rundown), held)
            case "skip":
                return Decision(await self._live.skip(rundown), held)
            case "release":
                if held is None or all(entry.break_id != held and entry.id != held for entry in rundown.entries):
                    raise EditError("no break is held")
                return Decision(await self._live.release(rundown, held), None)
        return await self._late.in_time(partial(self._edit, command))

    async def _edit(self, command: Command, lock_s: float) -> Decision:
        """Compute the changes of an edit of the rundown, and return them as a decision. The frames that air within the
        next `lock_s` seconds stay unchanged. Raises `EditError`."""
        rundown = self._file.rundown
        match command.name:
            case "hold":
                return await self._live.hold(rundown)
            case "apply":
                return Decision(await self._edits.edited(rundown, command.arguments["edits"], lock_s), self.held)
            case "undo" | "redo":
                version = await self._file.stepped(command.name)
                return Decision(await self._edits.rewritten(rundown, version.rundown, version.label), None, version)
            case name if name in EDITS:
                return Decision(await self._edits.edited(rundown, (command,), lock_s), self.held)
        raise EditError(f"{command.name!r} is not a command for a channel")

    async def _switch(self, name: str, dry_run: bool) -> Receipt:
        channel = self._channel
        if (channel.state == "stopped") == (name == "stop"):
            raise EditError(f"{channel.name} is {'stopped' if name == 'stop' else 'on air'} already")
        if not dry_run and name == "stop":
            await self.close()
            await channel.stop()
        elif not dry_run:
            point = channel.resume_point()
            if point is None:  # the end of the list is reached
                channel.start(self._file.rundown.entries, channel.position)
            else:
                channel.resume(self._file.rundown.entries, point)
            self.start()
        if name == "stop":
            return accepted(channel, self.revision, None, (f"{channel.name} is off air; its viewers are disconnected",))
        return accepted(channel, self.revision, channel.next_due_at(), (f"{channel.name} is on air",))

    async def _wait_for_rescue(self) -> None:
        """Wait until a failed deck is replaced, because only then is it certain which entry is on air."""
        for _ in range(int(RESCUE_S / _STEP_S)):
            if not self._channel.decks.troubled:
                return
            await asyncio.sleep(_STEP_S)

    # ── edits of the file by other programs ──────────────────────────────────────────────────────

    async def file_changed(self) -> str | None:
        """Apply a change that another program may have made to the rundown file. If the file is broken, report its
        fault and return it; otherwise return None."""
        with contextlib.suppress(RetrovueError):  # the fault is reported when the file is applied
            await self._file.know_files()  # outside the lock, so that commands do not wait for it
        async with self._lock:
            return await self._take_up_file()

    async def _take_up_file(self) -> str | None:
        """Apply a change of the rundown file by another program, so that no later edit overwrites it. Every such change
        is applied here. If the file is broken, report its fault once and return it; otherwise return None."""
        known = self._file.fault
        version = await self._file.outside_edit()
        if version is not None:
            try:
                await self._air_version(version)
            except RetrovueError as error:
                self._file.fault = error
        fault = self._file.fault
        if fault is not None and fault is not known:
            self._refuse("the rundown file", fault.message)
        return None if fault is None else fault.message

    async def _air_version(self, version: RundownVersion) -> None:
        async def work_out(lock_s: float) -> Decision:
            change = await self._edits.rewritten(self._file.rundown, version.rundown, version.label)
            return Decision(change, self.held, version)

        await self._wait_for_rescue()
        try:
            decision = await self._late.in_time(work_out)
        except EditError:  # the next entry is not prepared yet: apply the change anyway
            decision = await work_out(LOCK_S)
        before = self._file.rundown
        await self._carry_out(decision)
        entries = tuple(without_marks(before.entries, self._file.rundown.entries))
        if entries != self._file.rundown.entries:
            made = EditResult(
                replace(self._file.rundown, entries=entries), ("entries changed by hand stay as they are",)
            )
            change = await self._edits.moved(self._file.rundown, made, made.changes[0])
            await self._carry_out(Decision(change, self.held))

    # ── applying changes ─────────────────────────────────────────────────────────────────────────

    async def _carry_out(self, decision: Decision) -> Receipt:
        """Apply the air change to the channel, then write the new rundown to the disk. Returns after it is written."""
        channel, change = self._channel, decision.change
        if change.keep == 0:
            channel.log.left(change.leaves, "" if change.leaves == "skipped" else change.label)
        rest = await self._deck_of_rest(change)
        seen, splits = seen_in(channel, change), splits_of(channel, change)
        channel.apply(change.rundown.entries, change.position, keep=change.keep, agreement=change.agreement, rest=rest)
        if change.deck is not None:
            channel.decks.adopt(change.deck)
        self._pool.usual_s = change.break_s or self._pool.usual_s
        applied_at = channel.next_due_at()  # only now: another frame may have become due meanwhile
        if change.keep == 0:
            await self._picture_sent(applied_at)
        frames, split = await COMMANDS.run(lambda: (seen(), splits()))
        airs_at, changes = airs(channel, applied_at, frames, (*change.changes, *split))
        warnings = (*change.warnings, *await self._save(decision))
        channel.on_moved()
        if not change.rundown.entries and channel.decks.on_air is not None:
            warnings = (*warnings, "the rundown has no entries: the slate follows the entry on air")
        if stopped := off_air(channel):
            airs_at, changes = None, change.changes
        self.held = decision.held
        receipt = accepted(channel, self.revision, airs_at, changes, (*warnings, *stopped))
        self._events.publish(
            "edit_applied", f"{channel.name}: {change.news}", channel=channel.id,
            revision=self.revision, generation=channel.generation, on_air_in_s=receipt.on_air_in_s,
        )  # fmt: skip
        return receipt

    async def _picture_sent(self, due_at: float) -> None:
        """Wait until a cut's first picture, due at this Unix time, is sent: the work that follows would delay it."""
        await asyncio.sleep(min(max(0.0, due_at - time.time()), MOST_WAIT_S) + SENDING_S)

    async def _save(self, decision: Decision) -> tuple[str, ...]:
        """After the change is on air, write the rundown if the change altered it; return the warnings."""
        change, version = decision.change, decision.version
        if change.rundown is self._file.rundown:
            return ()
        if version is None:
            return await self.late_save.finish(
                self._file.save_edit(change.rundown, change.label, undoable=decision.undoable)
            )
        return await self.late_save.finish(self._file.save(version))

    async def _deck_of_rest(self, change: AirChange) -> QueuedDeck | None:
        """Return a deck that plays the last frames of the entry on air, which the change removes. None if the queued
        decks play these frames, or if the deck does not start."""
        channel, decks = self._channel, self._channel.decks
        if change.rest is None:
            return None
        airing = channel.position
        for _ in range(REST_TRIES):
            last, edition = decks.committed()[-1], decks.edition
            if (last.loop, last.index) != (airing.loop, airing.index):
                break
            rest = channel.planner.rest_of_entry(last.following)
            deck = None if rest is None else await decks.preroll(rest)
            if deck is None:
                break
            if decks.edition == edition and decks.committed()[-1] == last:
                return deck
            decks.discard(deck)  # the queue was extended meanwhile
        return None

    def _refuse(self, what: str, reason: str) -> Receipt:
        channel = self._channel
        self._events.publish(
            "edit_refused", f"{channel.name}: {what} refused: {reason}", channel=channel.id, level="warning"
        )
        return refused(channel, self.revision, reason)

    # ── the rundown ──────────────────────────────────────────────────────────────────────────────

    def rundown(self) -> RundownSnapshot:
        """Return the current rundown. For each entry it gives the time at which the entry airs or aired in the current
        pass through the rundown."""
        return self.view()()

    def view(self, *, grid: bool = True) -> Callable[[], RundownSnapshot]:
        """Return a function that builds the rundown's snapshot; another thread can call it. The snapshot shows the
        rundown as it is when `view` is called. `grid`: with the lines of the plan's grid."""
        return view_of(self._channel, self.revision, self._file.rundown.entries, grid=grid)

    def history(self) -> HistorySnapshot:
        """Return the edits that can be undone, and those that can be redone."""
        done, edits = self._file.history.done, self._file.history.edits
        steps = (HistoryRow(edit.label, edit.at, number >= done) for number, edit in enumerate(edits))
        return HistorySnapshot(self.revision, tuple(steps))
