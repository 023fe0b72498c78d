"""The spots for a channel's breaks: the spots of its pool, and spots that a command names."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.playout.automation.ruled_spots import NOW, RuledSpots, local_time
from retrovue_tui.rundown.break_edits import EditError, Spot
from retrovue_tui.rundown.break_fill import NEAR, Clip, fill, nearest
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.schedule.spots.airing_times import AiringTimes
from retrovue_tui.threads import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.entry_kind import EntryKind
    from retrovue_tui.playout.automation.file_names import FileNames
    from retrovue_tui.playout.automation.ruled_spots import BreakSlot
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.schedule.spots.pool_file import FolderRules

BREAK_S: Final = 60.0
"""The length of a break if no length is given (s)."""
RECENT: Final = 20
"""How many spots count as recently aired: the last ones recorded by `SpotPool.aired` and `SpotPoolSnapshot.taken`."""
REMEMBERED_S: Final = 7 * 86_400.0
"""For how long an airing counts for the rules of pool files (s)."""
_FORGET_EVERY: Final = 100


@dataclass
class SpotPoolSnapshot:
    """A channel's spots at one moment. Another thread can choose from them. Chosen spots count as recently aired, so
    that consecutive breaks differ."""

    channel: Channel
    clips: tuple[Clip, ...]
    """The spots of the pool. `ready` has the spots that can air now; a later break may also use the others."""
    ready: tuple[Clip, ...]
    recent: tuple[Path, ...]
    names: Callable[[], FileNames] = field(repr=False)
    folders: tuple[Path, ...] = ()
    """The folders whose files are spots."""
    ruled: RuledSpots | None = None
    """The spots with their rules; None if the pool has no pool file."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Notes for the operator about the spots chosen so far: for example, which rules gave way."""
        return () if self.ruled is None else tuple(self.ruled.warnings)

    def spots(self, arguments: Mapping[str, Any], *, slot: BreakSlot = NOW, prepared_only: bool = True) -> list[Spot]:
        """Return the spots that a command names, or spots that fill the number of seconds that it gives. With
        `prepared_only`, choose only prepared spots, because the break airs soon. Raises `EditError`."""
        if (named := arguments.get("spots")) is not None:
            return [self.spot(each, slot) for each in named]
        return self.filling(float(arguments.get("seconds", BREAK_S)), slot=slot, prepared_only=prepared_only)

    def filling(
        self,
        seconds: float,
        aired: Sequence[Entry] = (),
        frames: int = 0,
        *,
        slot: BreakSlot = NOW,
        prepared_only: bool = True,
    ) -> list[Spot]:
        """Return spots of the pool that fill the rest of a break of `seconds`. `aired` are the break's spots that have
        already begun, and `frames` is their total length. Raises `EditError` if no spot fits and none has begun."""
        left = self.channel.house.rate.count(seconds) - frames
        chosen = self._filling(left, aired, slot, prepared_only)
        if not chosen and not aired:
            raise self.none_for(f"{seconds:g} s", prepared_only=prepared_only)
        return self.taken(chosen)

    def _filling(self, frames: int, aired: Sequence[Entry], slot: BreakSlot, prepared_only: bool) -> Sequence[Clip]:
        pool = self._choice(prepared_only)
        if self.ruled is None:
            return fill(pool, frames, self.recent, after=aired[-1].file if aired else None)
        return self.ruled.choose(pool, frames, replace(slot, begun=tuple(entry.file for entry in aired)))

    def instead(
        self, gone: Sequence[Entry], frames: int, *, slot: BreakSlot = NOW, prepared_only: bool = True
    ) -> list[Spot]:
        """Return spots of the pool that replace the entries `gone`. Their total length is as near to `frames`, the
        length of these entries, as possible. A replaced spot is chosen again only together with other spots, and only
        if the other spots alone do not come near that length. Raises `EditError` if no spot is left."""

        def off(row: Sequence[Clip]) -> int:
            return abs(frames - sum(clip.frames for clip in row))

        def near(clips: Sequence[Clip]) -> Sequence[Clip]:
            if self.ruled is None:
                return nearest(clips, frames, self.recent)
            return self.ruled.choose(clips, frames, slot)

        pool, files = self._choice(prepared_only), [entry.file for entry in gone]
        chosen = near([clip for clip in pool if clip.file not in files])
        if off(chosen) > frames // NEAR and (self.ruled is None or not chosen):
            mixed = near(pool)
            if off(mixed) < off(chosen) and not set(files) >= {clip.file for clip in mixed}:
                chosen = mixed
        if not chosen:
            other = " other" if any(clip.file in files for clip in pool) else ""
            raise self.none_for(
                f"{float(self.channel.house.rate.seconds(frames)):.2f} s", prepared_only=prepared_only, other=other
            )
        return self.taken(chosen)

    def _choice(self, prepared_only: bool) -> Sequence[Clip]:
        if prepared_only:
            return self.ready
        return [clip for clip in self.clips if self.channel.planner.length(Entry("", "spot", clip.file)) is not None]

    def none_for(self, time: str, *, prepared_only: bool = True, other: str = "") -> EditError:
        """Return the error that says that no spot of the pool fits into the length `time`."""
        pool = self.channel.config.pool
        ready = " prepared" if prepared_only else ""
        rules = " and may air then" if self.ruled is not None else ""
        reason = f"pool {pool!r} has no{other}{ready} spot that fits into {time}{rules}" if pool else "it has no pool"
        return EditError(f"no spots for {self.channel.name}: {reason}; name some spots, or give more seconds")

    def taken(self, chosen: Sequence[Clip]) -> list[Spot]:
        """Return clips as the spots of a break, and remember them as recently aired."""
        self.recent = (*self.recent, *(clip.file for clip in chosen))[-RECENT:]
        return [Spot(clip.file, clip.title) for clip in chosen]

    def for_break(self, frames: int) -> list[Spot]:
        """Return prepared spots for a break that begins now. Empty if there are none."""
        return self.taken(self._filling(frames, (), NOW, prepared_only=True))

    def spot(self, named: str, slot: BreakSlot | None = None) -> Spot:
        """Return a usable spot by its file's name; raises `EditError`. With `slot`, warn if it may not air there."""
        file = self.file(named)
        if self.ruled is not None and slot is not None:
            self.ruled.check(file, slot.frames_away)
        return Spot(file, self.titles.get(file, ""))

    @cached_property
    def files(self) -> FileNames:
        """The lookup of files by name."""
        return self.names()

    @cached_property
    def titles(self) -> Mapping[Path, str]:
        """The titles of the pool's spots."""
        return {clip.file: clip.title for clip in self.clips}

    def kind(self, file: Path) -> EntryKind:
        """Return the kind of a new entry of this file, for a command that gives no kind."""
        return "spot" if any(file.is_relative_to(folder) for folder in self.folders) else "programme"

    def file(self, named: str) -> Path:
        """Return a usable media file by its name; raises `EditError`."""
        file = self.files.find(named)
        if self.channel.planner.length(Entry("", "spot", file)) is None:
            raise EditError(f"{file} does not exist or cannot be used; choose another file")
        return file


class SpotPool:
    """The spots that can fill a channel's breaks, with a record of which aired recently."""

    def __init__(
        self,
        channel: Channel,
        clips: Callable[[], Sequence[Clip]],
        names: Callable[[], FileNames],
        folders: Sequence[Path] = (),
        rules: Callable[[], FolderRules | None] = lambda: None,
    ) -> None:
        """`rules` returns the rules of the pool's files; None if it has no pool file."""
        self._channel = channel
        self._rules = rules
        self._airings = AiringTimes()
        self._aired = 0
        self._folders = tuple(folders)
        self._clips = clips
        self._names = names
        self._recent: tuple[Path, ...] = ()
        self.usual_s = BREAK_S
        """The expected length of the next break: the length of the last `break_now` (s)."""

    def aired(self, file: Path) -> None:
        """Record that a spot has begun to air."""
        self._recent = (*self._recent, file)[-RECENT:]
        self._airings.add(file, local_time(time.time()))
        self._aired += 1
        if self._aired % _FORGET_EVERY == 0:
            self._airings.forget(local_time(time.time() - REMEMBERED_S))

    async def recall(self, airings: Iterable[tuple[Path, float]]) -> None:
        """Add airings from before the station's start: files with Unix times."""
        earlier = await COMMANDS.run(lambda: AiringTimes((file, local_time(at)) for file, at in airings))
        earlier.merge(self._airings)
        self._airings = earlier

    @property
    def inputs(self) -> tuple[object, ...]:
        """The values on which the choice of spots for the usual break depends; with rules, they include the minute of
        the day. Equal values give an equal choice."""
        rules = self._rules()
        minute = None if rules is None else int(time.time()) // 60
        return self._channel.planning.inputs, self._channel.config.pool, self._recent, self.usual_s, rules, minute

    def snapshot(self) -> SpotPoolSnapshot:
        """Return a snapshot of the spots, for another thread."""
        clips = tuple(self._clips())
        ready = tuple(clip for clip in clips if self._channel.planner.prepared(clip.file))
        rules = self._rules()
        ruled = None if rules is None else RuledSpots.of(rules, clips, self._channel, self._airings.copy())
        return SpotPoolSnapshot(self._channel, clips, ready, self._recent, self._names, self._folders, ruled)

    async def usual(self) -> list[Spot]:
        """Return the spots for a break of the usual length. Empty if the pool has no prepared spots."""
        return await COMMANDS.run(self.snapshot().for_break, self._channel.house.rate.count(self.usual_s))
