"""The operator's desk of a channel: every change of the rundown and of the air goes through here.

One after another: a command becomes a move, the move changes the air, the rundown and its history are written down,
and the answer is a receipt. What is refused changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.control.receipts import Downstream, Receipt, RundownRow, RundownSnapshot, Status
from retrovue_tui.errors import RetrovueError
from retrovue_tui.playout.moves import LOCK_S, Move, Moves
from retrovue_tui.rundown import ffconcat, history
from retrovue_tui.rundown.airlist import span
from retrovue_tui.rundown.edits import EditError
from retrovue_tui.rundown.entries import Rundown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from retrovue_tui.control.commands import Command
    from retrovue_tui.control.events import EventLog
    from retrovue_tui.playout.channel import Channel
    from retrovue_tui.rundown.airlist import Stretch
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.fill import Clip

CALM_S: Final = 3.0
"""How long a command waits for a failed deck's successor."""
_STEP_S: Final = 0.02
STANDBY_EVERY_S: Final = 1.0
RECENT: Final = 20
KNOWN: Final = 8
MOST_DOWNSTREAM: Final = 200


@dataclass(frozen=True)
class Papers:
    """Where a channel's rundown and its history lie, and the folders whose files are spots."""

    rundown: Path
    history: Path
    spot_folders: Sequence[Path] = ()


class Desk:
    """Carries out commands on one channel."""

    def __init__(self, channel: Channel, papers: Papers, clips: Callable[[], Sequence[Clip]], events: EventLog) -> None:
        self.held: str | None = None
        self._channel = channel
        self._papers = papers
        self._events = events
        self._moves = Moves(channel, clips, self._resolve)
        self._rundown = Rundown()
        self._history = history.History()
        self._known: dict[str, Rundown] = {}
        self._lock = asyncio.Lock()
        self._standby: asyncio.Task[None] | None = None
        channel.listeners.append(self._aired)

    # ── life ─────────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> tuple[Entry, ...]:
        """Read the rundown and its history; the entries to air. Raises `RundownError` for a broken file."""
        text, self._rundown = await asyncio.to_thread(self._read)
        loaded = await asyncio.to_thread(history.load, self._papers.history)
        if loaded.warning:
            self._events.publish("warning", loaded.warning, channel=self._channel.id, level="warning")
        self._history = loaded.history.settled(text)
        return self._rundown.entries

    async def read(self) -> tuple[Entry, ...]:
        """The entries of the rundown file as it is now, without taking them up. Raises `RundownError`."""
        return (await asyncio.to_thread(self._read))[1].entries

    def start(self) -> None:
        """Keep a deck ready for the next break."""
        self._standby = asyncio.create_task(self._keep_standby(), name=f"stand-by of channel {self._channel.id}")

    async def close(self) -> None:
        """Let the deck that was kept ready go."""
        if self._standby is not None:
            self._standby.cancel()
            await asyncio.gather(self._standby, return_exceptions=True)
            self._standby = None
        self._moves.drop_standby()

    async def _keep_standby(self) -> None:
        while True:
            if self._channel.rack.on_air is not None and not self._lock.locked():
                with contextlib.suppress(EditError):
                    await self._moves.keep_standby()
            await asyncio.sleep(STANDBY_EVERY_S)

    def _aired(self, stretch: Stretch) -> None:
        if stretch.entry.kind == "spot":
            self._moves.recent = [*self._moves.recent, stretch.entry.file][-RECENT:]

    # ── commands ─────────────────────────────────────────────────────────────────────────────────

    async def execute(self, command: Command) -> Receipt:
        """Carry a command out, after those that came before it; the receipt says what came of it."""
        async with self._lock:
            try:
                if command.revision is not None and command.revision != self._history.revision:
                    raise EditError(
                        f"made against revision {command.revision} of the rundown, which is at {self._history.revision}"
                        " by now; look at what has changed, and try again"
                    )
                await self._calm()
                return await self._execute(command)
            except RetrovueError as error:
                return self._refused(command.name, error.message)

    async def _execute(self, command: Command) -> Receipt:
        if command.name in ("stop", "start"):
            return await self._switch(command.name, command.dry_run)
        move, stepped, held = await self._move(command)
        if command.dry_run:
            return self._forecast(move)
        receipt = await self._carry_out(move, stepped)
        self.held = held
        return receipt

    async def _move(self, command: Command) -> tuple[Move, history.History | None, str | None]:
        """What a command comes to, the history behind it where the command moves in that, and the break held then."""
        moves, rundown, arguments = self._moves, self._rundown, dict(command.arguments)
        held = self.held
        match command.name:
            case "break_now":
                move = await moves.break_now(rundown, arguments)
            case "return":
                move = await moves.leave_break(rundown)
            case "skip":
                move = await moves.skip(rundown)
            case "hold":
                move, held = moves.hold(rundown)
            case "release":
                if held is None or all(entry.break_id != held and entry.id != held for entry in rundown.entries):
                    raise EditError("no break is held")
                move, held = await moves.release(rundown, held), None
            case "insert_break":
                move = moves.insert_break(rundown, arguments)
            case "move_break":
                move = moves.move_break(rundown, arguments)
            case "remove_break":
                move = moves.remove_break(rundown, arguments)
            case "replace_spot":
                move = moves.replace_spot(rundown, arguments)
            case "undo" | "redo":
                return (*await self._step(command.name), None)
            case _:
                raise EditError(f"{command.name!r} is no command on a channel")
        return move, None, held

    async def _step(self, name: str) -> tuple[Move, history.History]:
        text = self._history.text or ""
        step = self._history.undo(text) if name == "undo" else self._history.redo(text)
        label = f"{'undone' if name == 'undo' else 'done again'}: {step.label}"
        rundown = await asyncio.to_thread(self._parse, step.text)
        return self._moves.rewrite(self._rundown, rundown, label), step.history

    async def _switch(self, name: str, dry_run: bool) -> Receipt:
        channel = self._channel
        if (channel.state == "stopped") == (name == "stop"):
            raise EditError(f"{channel.name} is {'stopped' if name == 'stop' else 'on the air'} already")
        if not dry_run and name == "stop":
            await self.close()
            await channel.stop()
        elif not dry_run:
            channel.start(self._rundown.entries, channel.position)
            self.start()
        return self._receipt(0, (f"{channel.name} {'stopped' if name == 'stop' else 'started'}",))

    async def file_changed(self) -> None:
        """Somebody else may have changed the rundown file: take it up, or say why not."""
        async with self._lock:
            try:
                text, rundown = await asyncio.to_thread(self._read)
            except RetrovueError as error:
                self._refused("the rundown file", error.message)
                return
            if text == self._history.text:
                return
            label = "the rundown file was edited"
            move = self._moves.rewrite(self._rundown, rundown, label)
            changed = self._history.record(self._history.text or "", text, label)
            try:
                await self._calm()
                await self._carry_out(move, changed, save_rundown=False)
            except RetrovueError as error:
                self._refused(label, error.message)

    async def _calm(self) -> None:
        """Wait until a failed deck has its successor: what is on air is known for certain then."""
        for _ in range(int(CALM_S / _STEP_S)):
            if not self._channel.rack.troubled:
                return
            await asyncio.sleep(_STEP_S)

    # ── carrying out ─────────────────────────────────────────────────────────────────────────────

    async def _carry_out(
        self, move: Move, changed: history.History | None = None, *, save_rundown: bool = True
    ) -> Receipt:
        """Change the air, then write down what it was changed to. On the disk when this returns."""
        channel = self._channel
        edited = move.rundown is not self._rundown
        if move.label == "skipped":
            channel.log.skipped()
        frames = channel.apply(move.rundown.entries, move.position, keep=move.keep)
        if move.cue is not None:
            channel.rack.adopt(move.cue)
        airs_at = time.time() + channel.airs_in(frames)
        warnings: tuple[str, ...] = ()
        if edited:
            try:
                await self._write_down(move, changed, save_rundown)
            except RetrovueError as error:
                warnings = (f"on air, but not on the disk: {error.message}",)
        receipt = self._receipt(frames, move.changes, warnings, airs_at=airs_at)
        self._events.publish(
            "edit_applied", f"{channel.name}: {'; '.join(move.changes) or move.label}", channel=channel.id,
            revision=self._history.revision, generation=channel.generation, on_air_in_s=receipt.on_air_in_s,
        )  # fmt: skip
        return receipt

    async def _write_down(self, move: Move, changed: history.History | None, save_rundown: bool) -> None:
        rate, path = self._channel.house.rate, self._papers.rundown
        if changed is None:
            text = await asyncio.to_thread(ffconcat.dump, move.rundown, path, rate)
            self._remember(text, move.rundown)
            changed = self._history.record(self._history.text or "", text, move.label)
        self._rundown, self._history = move.rundown, changed
        await asyncio.to_thread(history.save, changed, self._papers.history)
        if save_rundown:
            await asyncio.to_thread(ffconcat.write, changed.text or "", path)

    def _forecast(self, move: Move) -> Receipt:
        """The receipt of a dry run: what would change, and when each later entry would begin."""
        channel = self._channel
        if move.cue is not None:
            channel.rack.discard(move.cue)
        frames = move.keep
        if frames is None:
            frames = channel.would_change(move.rundown.entries, move.position).frames
        planner = channel.planner.with_entries(move.rundown.entries)
        rate, now = channel.house.rate, time.time()
        rows: list[Downstream] = []
        left = frames if move.keep is not None else 0
        for index in range(move.position.index, len(move.rundown.entries))[:MOST_DOWNSTREAM]:
            entry = move.rundown.entries[index]
            starts = float(rate.seconds(left))
            if index > move.position.index or move.keep is not None:
                rows.append(
                    Downstream(entry.id, entry.title or entry.file.stem, round(now + starts, 3), round(starts, 3))
                )
            duration = planner.duration(entry)
            gone = max(0, move.position.frame - entry.in_frame) if index == move.position.index else 0
            left += max(0, duration - gone)
        return self._receipt(frames, move.changes, downstream=tuple(rows))

    def _receipt(
        self,
        frames: int,
        changes: tuple[str, ...],
        warnings: tuple[str, ...] = (),
        downstream: tuple[Downstream, ...] = (),
        airs_at: float | None = None,
    ) -> Receipt:
        channel = self._channel
        now = time.time()
        at = now + channel.airs_in(frames) if airs_at is None else airs_at
        return Receipt(
            accepted=True, generation=channel.generation, revision=self._history.revision,
            on_air_at=round(at, 3), on_air_in_s=round(max(0.0, at - now), 3), changes=changes,
            locked_until=round(now + LOCK_S, 3), warnings=warnings, downstream=downstream,
        )  # fmt: skip

    def _refused(self, what: str, reason: str) -> Receipt:
        channel = self._channel
        self._events.publish(
            "edit_refused", f"{channel.name}: {what} refused: {reason}", channel=channel.id, level="warning"
        )
        return Receipt(
            accepted=False, generation=channel.generation, revision=self._history.revision, reason=reason,
            locked_until=round(time.time() + LOCK_S, 3),
        )  # fmt: skip

    # ── the rundown ──────────────────────────────────────────────────────────────────────────────

    def rundown(self) -> RundownSnapshot:
        """The rundown as it stands, with the time at which each entry begins, or began, in this round."""
        channel = self._channel
        position, rate, planner = channel.position, channel.house.rate, channel.planner
        spans = [span(entry, planner.length(entry)) for entry in self._rundown.entries]
        aired = sum(end - first for first, end in spans[: position.index])
        if 0 <= position.index < len(spans):
            aired += max(0, position.frame - spans[position.index][0])
        now, begins = time.time(), -aired
        rows: list[RundownRow] = []
        for index, (entry, (first, end)) in enumerate(zip(self._rundown.entries, spans, strict=True)):
            missing = planner.length(entry) is None
            rows.append(
                RundownRow(
                    id=entry.id, kind=entry.kind, title=entry.title or entry.file.stem, file=str(entry.file),
                    in_frame=entry.in_frame, out_frame=entry.out_frame,
                    duration_s=round(float(rate.seconds(end - first)), 3),
                    start_at=None if missing else round(now + float(rate.seconds(1)) * begins, 3),
                    status="missing" if missing else self._status(index, begins, position.index),
                    break_id=entry.break_id,
                )
            )  # fmt: skip
            begins += end - first
        return RundownSnapshot(self._history.revision, tuple(rows))

    def _status(self, index: int, begins: int, airing: int) -> Status:
        channel = self._channel
        if index < airing:
            return "aired"
        if index == airing and channel.rack.on_air is not None:
            return "on_air"
        return "locked" if begins < channel.house.rate.count(LOCK_S) else "planned"

    def _read(self) -> tuple[str, Rundown]:
        text = ffconcat.read(self._papers.rundown)
        return text, self._parse(text)

    def _parse(self, text: str) -> Rundown:
        """The rundown that a text says; those of late are remembered, for they come again with an undo."""
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

    def _resolve(self, named: str) -> Path:
        """The file that a command names: absolute, in a pool's folder, or relative to the rundown."""
        for folder in (*self._papers.spot_folders, self._papers.rundown.parent):
            if (file := folder / named).is_file():
                return file.absolute()
        raise EditError(f"there is no file {named!r}; give its whole path, or its name in a pool's folder")
