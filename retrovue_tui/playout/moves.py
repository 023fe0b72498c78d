"""Each command of the operator as a move: the rundown it makes, where the air is in that, and the deck it brings."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.playout.planner import AirList
from retrovue_tui.rundown import edits
from retrovue_tui.rundown.airlist import AirItem, Position, span
from retrovue_tui.rundown.carry import carry_over
from retrovue_tui.rundown.edits import EditError, Spot
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.fill import Clip, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from retrovue_tui.playout.channel import Channel
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.playout.rack import Cue

BREAK_S: Final = 60.0
"""How long a break is that nobody gave a length."""
TRIES: Final = 3
READY_S: Final = 5.0
"""How long a command waits for a piece that is being rendered, or for a deck to begin."""
STEP_S: Final = 0.005
LOCK_S: Final = 0.3
"""What leaves so soon is on its way already: no edit can change it any more."""


@dataclass(frozen=True)
class Move:
    """What a command comes to. `keep`: frames that still air as planned before the air goes on at `position`; None
    where it is compared what stays. `cue` is a prerolled deck that airs from `position` on, to be adopted."""

    rundown: Rundown
    position: Position
    changes: tuple[str, ...]
    label: str
    keep: int | None = None
    cue: Cue | None = None


async def deck_for(channel: Channel, airlist: AirList) -> Cue:
    """A deck with its first picture ready, that airs once it is adopted; raises `EditError`."""
    cue = await channel.rack.preroll(airlist)
    if cue is None:
        raise EditError("no deck could be started; see the log")
    for _ in range(int(READY_S / STEP_S)):
        if cue.usable():
            return cue
        await asyncio.sleep(STEP_S)
    channel.rack.discard(cue)
    raise EditError("the deck for this gave no pictures; nothing was changed")


def anchored(channel: Channel, cue: Cue, rundown: Rundown, at: Position) -> Cue:
    """The deck's list under the entries that it airs for; what it has beyond them is left out. Raises `EditError`."""
    planned = channel.planner.with_entries(rundown.entries).stretches(at)
    items: list[AirItem] = []
    for item in cue.airlist.items:
        stretch = next(planned, None)
        if stretch is None:
            break
        one, other = item.stretch, stretch
        if (one.entry.file, one.first, one.end) != (other.entry.file, other.first, other.end):
            break
        items.append(replace(item, stretch=stretch))
    if not items:
        raise EditError("the deck for this does not fit the rundown; nothing was changed")
    cue.air(AirList.of(items, cue.airlist.skip))
    return cue


class Moves:
    """Works moves out for one channel; nothing here changes the air or the rundown."""

    def __init__(self, channel: Channel, clips: Callable[[], Sequence[Clip]], resolve: Callable[[str], Path]) -> None:
        self.recent: list[Path] = []
        self.standby: Cue | None = None
        self.lock_s = LOCK_S
        self._channel = channel
        self._clips = clips
        self._resolve = resolve

    # ── spots ────────────────────────────────────────────────────────────────────────────────────

    def clips(self) -> list[Clip]:
        """The spots of the channel's pool that can air now."""
        return [clip for clip in self._clips() if self._channel.planner.prepared(clip.file)]

    def spots(self, arguments: dict[str, Any]) -> list[Spot]:
        """The spots that a command names, or that fill the seconds it gives; raises `EditError`."""
        if (named := arguments.get("spots")) is not None:
            return [self._spot(each) for each in named]
        seconds = float(arguments.get("seconds", BREAK_S))
        chosen = fill(self.clips(), self._channel.house.rate.count(seconds), self.recent)
        if not chosen:
            pool = self._channel.config.pool
            reason = f"pool {pool!r} has none prepared that fits into {seconds:g} s" if pool else "it has no pool"
            raise EditError(f"no spots for {self._channel.name}: {reason}; name some, or give more seconds")
        return [Spot(clip.file, clip.title) for clip in chosen]

    def _spot(self, named: str) -> Spot:
        file = self._resolve(named)
        known = next((clip for clip in self._clips() if clip.file == file), None)
        if self._channel.planner.length(Entry("", "spot", file)) is None:
            raise EditError(f"{file} is not there, or not usable; choose another spot")
        return Spot(file, known.title if known else "")

    async def keep_standby(self) -> None:
        """Hold a deck prerolled that plays what `break_now` would choose, while a programme is on air."""
        chosen = fill(self.clips(), self._channel.house.rate.count(BREAK_S), self.recent)
        files = [clip.file for clip in chosen]
        if self.standby is not None:
            planned = [item.stretch.entry.file for item in self.standby.airlist.items]
            if self.standby.usable() and list(dict.fromkeys(planned)) == list(dict.fromkeys(files)):
                return
            self.drop_standby()
        airlist = self._list_of([Spot(clip.file, clip.title) for clip in chosen])
        if airlist is not None:
            self.standby = await self._channel.rack.preroll(airlist)

    def drop_standby(self) -> None:
        """End the deck that was held."""
        cue, self.standby = self.standby, None
        if cue is not None:
            self._channel.rack.discard(cue)

    def _list_of(self, spots: Sequence[Spot]) -> AirList | None:
        entries = [Entry(f"spot {number}", "spot", spot.file) for number, spot in enumerate(spots)]
        return self._channel.planner.with_entries(entries, loop=False).compile(Position(0, 0, 0))

    async def _cue_for(self, spots: Sequence[Spot]) -> Cue:
        """A deck with its first picture ready that begins with these spots: the one held, if it does."""
        held = self.standby
        if held is not None and held.usable() and held.airlist.items[0].stretch.entry.file == spots[0].file:
            self.standby = None
            return held
        airlist = self._list_of(spots)
        if airlist is None:
            raise EditError(f"{spots[0].file.name} is not prepared yet; try again in a few seconds")
        return await deck_for(self._channel, airlist)

    # ── breaks ───────────────────────────────────────────────────────────────────────────────────

    async def break_now(self, rundown: Rundown, arguments: dict[str, Any]) -> Move:
        """The very next frame belongs to the first spot; the programme goes on behind them at its frame."""
        self._programme()
        spots = self.spots(arguments)
        cue = await self._cue_for(spots)
        try:
            position, entry = self._programme()  # it went on while the deck was made ready
            made = edits.insert_break(rundown, entry.id, position.frame, spots, lengths=self._length, rate=self._rate)
            first = position.index + (made.rundown.entries[position.index].kind == "programme")
            return self._cut_to(made, first, position, cue, f"break now in {_title(entry)}")
        except BaseException:
            self._channel.rack.discard(cue)
            raise

    async def release(self, rundown: Rundown, break_id: str) -> Move:
        """The break that was held airs now."""
        self._programme()
        block = edits.break_entries(rundown, break_id)
        cue = await self._cue_for([Spot(entry.file, entry.title) for entry in block])
        try:
            position, entry = self._programme()
            made = edits.move_break(
                rundown, break_id, entry.id, position.frame, lengths=self._length, rate=self._rate
            )  # fmt: skip
            return self._cut_to(made, made.rundown.index(block[0].id), position, cue, f"break {break_id} released")
        except BaseException:
            self._channel.rack.discard(cue)
            raise

    def _cut_to(self, made: edits.Edited, first: int | None, position: Position, cue: Cue, label: str) -> Move:
        """The move of a break that has been put at the very frame that is next on air; `first` is its first entry."""
        entries = made.rundown.entries
        if first is None or first >= len(entries) or entries[first].kind != "spot":
            raise EditError("the break does not fit there; nothing was changed")
        at = Position(position.loop, first, 0)
        return Move(made.rundown, at, made.changes, label, keep=0, cue=anchored(self._channel, cue, made.rundown, at))

    async def hold(self, rundown: Rundown) -> tuple[Move, str]:
        """Put the next break off to the end of the segment behind it; also says which break that is."""
        position, entry = self._programme()
        entries = rundown.entries
        at = position.index + 1
        if at >= len(entries) or entries[at].kind != "spot":
            raise EditError(f"no break follows {_title(entry)}, so there is nothing to hold")
        break_id = entries[at].break_id or entries[at].id
        behind = next((each for each in entries[at:] if each.kind == "programme"), None)
        if behind is None:
            raise EditError("no programme follows the next break, so it cannot be put off")
        end = span(behind, self._length(behind))[1]
        made = await asyncio.to_thread(
            edits.move_break, rundown, break_id, behind.id, end, lengths=self._length, rate=self._rate
        )
        return await self._edit(rundown, made, f"break {break_id} held"), break_id

    async def insert_break(self, rundown: Rundown, arguments: dict[str, Any]) -> Move:
        """A break at a frame that has not aired yet."""
        entry_id, at = str(arguments["entry"]), self._frame(arguments)
        self._not_aired(rundown, entry_id, at)
        spots = self.spots(arguments)
        made = await asyncio.to_thread(
            edits.insert_break, rundown, entry_id, at, spots, lengths=self._length, rate=self._rate
        )
        self._not_aired(rundown, entry_id, at)  # it went on meanwhile
        return await self._edit(rundown, made, f"break at {self._rate.timecode(at)}")

    async def move_break(self, rundown: Rundown, arguments: dict[str, Any]) -> Move:
        """Another place for a break."""
        break_id, at = str(arguments["break"]), self._frame(arguments)
        block = edits.break_entries(rundown, break_id)
        self._not_on_air(block)
        entry_id = arguments.get("entry") or self._segment_at(rundown, block, at)
        self._not_aired(rundown, str(entry_id), at)
        made = await asyncio.to_thread(
            edits.move_break, rundown, break_id, str(entry_id), at, lengths=self._length, rate=self._rate
        )
        return await self._edit(rundown, made, f"break {break_id} moved to {self._rate.timecode(at)}")

    async def remove_break(self, rundown: Rundown, arguments: dict[str, Any]) -> Move:
        """A break less."""
        break_id = str(arguments["break"])
        made = await asyncio.to_thread(edits.remove_break, rundown, break_id, rate=self._rate)
        return await self._edit(rundown, made, f"break {break_id} removed")

    async def replace_spot(self, rundown: Rundown, arguments: dict[str, Any]) -> Move:
        """Another spot in one's place."""
        spot = self._spot(str(arguments["file"]))
        position, index = self._channel.position, rundown.index(str(arguments["entry"]))
        if index is not None and index == position.index and self._channel.rack.on_air is not None:
            raise EditError("that spot is on air; skip it, or return from the break instead")
        made = await asyncio.to_thread(
            edits.replace_spot, rundown, str(arguments["entry"]), spot.file, rate=self._rate, title=spot.title
        )
        return await self._edit(rundown, made, f"{arguments['entry']} replaced")

    async def rewrite(self, old: Rundown, new: Rundown, label: str) -> Move:
        """Whatever a rundown has become: undone, redone, or edited by hand."""
        return await self._edit(old, edits.Edited(new, (label,)), label)

    # ── jumps ────────────────────────────────────────────────────────────────────────────────────

    async def leave_break(self, rundown: Rundown) -> Move:
        """Back to the programme now; the spots that have not begun are taken out."""
        entry = self._entry(self._channel.position)
        if entry.kind != "spot":
            raise EditError(f"{_title(entry)} is no break, so there is none to return from")
        round_number, block = self._channel.position.loop, self._block(rundown, self._channel.position.index)
        target = self._first_behind(Position(round_number, block[-1], 0))
        cue = await deck_for(self._channel, await self._prepared(self._channel.planner, target))
        try:
            position = self._channel.position  # it went on while the deck was made ready
            if position.loop != round_number or position.index not in block:
                raise EditError("the break has just ended by itself; nothing was changed")
            unaired = [rundown.entries[index].id for index in block if index > position.index]
            made = edits.Edited(rundown, ())
            if unaired:
                made = edits.remove_entries(rundown, unaired, rate=self._rate)
            at = replace(target, index=target.index - (len(unaired) if target.loop == position.loop else 0))
            changes = (*made.changes, f"back to {_title(self._entry(target))}")
            deck = anchored(self._channel, cue, made.rundown, at)
        except BaseException:
            self._channel.rack.discard(cue)
            raise
        return Move(made.rundown, at, changes, "returned from the break", keep=0, cue=deck)

    async def skip(self, rundown: Rundown) -> Move:
        """On to the next entry, now."""
        before = self._channel.position
        left = self._entry(before)
        target = self._first_behind(before)
        cue = await deck_for(self._channel, await self._prepared(self._channel.planner, target))
        now = self._channel.position
        if (now.loop, now.index) != (before.loop, before.index):
            self._channel.rack.discard(cue)
            raise EditError(f"{_title(left)} has just ended by itself; nothing was changed")
        changes = (f"{_title(left)} left for {_title(self._entry(target))}",)
        return Move(rundown, target, changes, "skipped", keep=0, cue=cue)

    def _first_behind(self, position: Position) -> Position:
        following = self._channel.planner.next_entry(position)
        if following is None:
            raise EditError("nothing follows that could air")
        return following.position

    async def _prepared(self, planner: Planner, target: Position) -> AirList:
        """The air list from a position on, waiting for its first piece if that is under way."""
        for _ in range(int(READY_S / 0.02)):
            airlist = planner.compile(target)
            if airlist is not None:
                return airlist
            await asyncio.sleep(0.02)
        raise EditError("what follows is not prepared yet; try again in a few seconds")

    # ── what all need ────────────────────────────────────────────────────────────────────────────

    @property
    def _rate(self) -> Any:
        return self._channel.house.rate

    def _length(self, entry: Entry) -> int | None:
        return self._channel.planner.length(entry)

    def _entry(self, position: Position) -> Entry:
        entries = self._channel.planner.entries
        if not 0 <= position.index < len(entries):
            raise EditError("nothing of the rundown is on air")
        return entries[position.index]

    def _programme(self) -> tuple[Position, Entry]:
        """What is on air, if it is a programme; raises `EditError`."""
        position = self._channel.position
        entry = self._entry(position)
        if self._channel.rack.on_air is None:
            raise EditError(f"{self._channel.name} shows the slate, so there is no programme to break into")
        if entry.kind != "programme":
            raise EditError(f"{_title(entry)} is on air, which is no programme; return from the break first")
        return position, entry

    def _frame(self, arguments: dict[str, Any]) -> int:
        if (frame := arguments.get("at_frame")) is not None:
            return int(frame)
        return int(self._rate.nearest(float(arguments["at_s"])))

    def _not_aired(self, rundown: Rundown, entry_id: str, at: int) -> None:
        position = self._channel.position
        if not 0 <= position.index < len(rundown.entries) or rundown.entries[position.index].id != entry_id:
            return
        earliest = position.frame + max(1, self._rate.count(self.lock_s))
        if at < earliest:
            said = f"frame {at} ({self._rate.timecode(at)}) has left, or leaves within {LOCK_S:g} s"
            raise EditError(f"{said}; the earliest is {earliest} ({self._rate.timecode(earliest)})")

    def _not_on_air(self, block: Sequence[Entry]) -> None:
        position = self._channel.position
        entries = self._channel.planner.entries
        if 0 <= position.index < len(entries) and entries[position.index].id in {entry.id for entry in block}:
            raise EditError("that break is on air; return from it instead")

    def _segment_at(self, rundown: Rundown, block: Sequence[Entry], at: int) -> str:
        """The segment of the programme around a break that has a frame."""
        index = rundown.index(block[0].id) or 0
        around = [each for each in reversed(rundown.entries[:index]) if each.kind == "programme"][:1]
        around += [each for each in rundown.entries[index:] if each.kind == "programme"][:1]
        for segment in around:
            for part in edits.segments(rundown, segment.id):
                first, end = span(part, self._length(part))
                if first <= at <= end:
                    return part.id
        raise EditError(f"the programme around that break has no frame {at}; name an entry to move it to")

    def _block(self, rundown: Rundown, index: int) -> list[int]:
        """The indices of the break that an entry is in."""
        entries = rundown.entries
        first = last = index
        while (
            first > 0 and entries[first - 1].kind == "spot" and entries[first - 1].break_id == entries[index].break_id
        ):
            first -= 1
        while (
            last + 1 < len(entries)
            and entries[last + 1].kind == "spot"
            and entries[last + 1].break_id == entries[index].break_id
        ):
            last += 1
        return list(range(first, last + 1))

    async def _edit(self, old: Rundown, made: edits.Edited, label: str) -> Move:
        """A move that keeps what is on air, as far as the edited rundown still has it. Compared in a thread."""
        before_and_now = old.entries, made.rundown.entries
        for _ in range(TRIES):
            before = self._channel.position
            there = await asyncio.to_thread(carry_over, *before_and_now, before, self._length)
            now = self._channel.position
            if now == before:
                break
            if there is not None and (now.loop, now.index, there.frame) == (before.loop, before.index, before.frame):
                there = replace(there, frame=now.frame)  # it went on in the same entry meanwhile
                if self._has(made.rundown, there):
                    break
        else:
            there = carry_over(*before_and_now, now, self._length)
        return self._towards(old, made, label, now, there)

    def _has(self, rundown: Rundown, position: Position) -> bool:
        entry = rundown.entries[position.index]
        first, end = span(entry, self._length(entry))
        return first <= position.frame < end

    def _towards(
        self, old: Rundown, made: edits.Edited, label: str, position: Position, there: Position | None
    ) -> Move:
        """The move of an edit that takes the air from `position` to where that frame is `there` now."""
        if there is None:
            return Move(made.rundown, Position(position.loop, 0, 0), made.changes, label)
        same = 0 <= position.index < len(old.entries) and 0 <= there.index < len(made.rundown.entries)
        if same:
            before, after = old.entries[position.index], made.rundown.entries[there.index]
            same = (before.file, position.frame) == (after.file, there.frame)
        if same or self._channel.rack.on_air is None:
            return Move(made.rundown, there, made.changes, label)
        keep = 0
        if self._channel.config.on_remove == "finish":
            airing = [s for s in self._channel.rack.committed() if (s.loop, s.index) == (position.loop, position.index)]
            keep = sum(stretch.frames for stretch in airing)
        return Move(made.rundown, there, made.changes, label, keep=keep)


def _title(entry: Entry) -> str:
    return entry.title or entry.file.stem
