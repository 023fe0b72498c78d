"""Chooses a channel's spots within the rules of its pool files, at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from retrovue_tui.rundown.break_fill import NEAR
from retrovue_tui.schedule.spots.airing_times import AiringTimes
from retrovue_tui.schedule.spots.exact_fill import BreakRequest
from retrovue_tui.schedule.spots.spot_choice import choose, warning_of
from retrovue_tui.schedule.spots.variants import version_of, with_versions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.rundown.break_fill import Clip
    from retrovue_tui.rundown.positions import Stretch
    from retrovue_tui.schedule.spots.pool_file import FolderRules
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot
    from retrovue_tui.timecode import FrameRate

AHEAD_S: Final = 86_400.0
"""How far ahead the spots of the rundown count as planned (s)."""
MOST_AHEAD: Final = 2_000
"""The maximum number of entries of the rundown that are searched for planned spots."""
OPEN_S: Final = 0.25
"""The longest rest of a break that may stay open without a warning (s)."""


@dataclass(frozen=True)
class BreakSlot:
    """The place of a break: how many frames from now it begins, its spots that have already begun, and the ids of the
    entries that the new spots replace.

    `inside` is whether the spots go between other spots of a break; no spot with a fixed position is chosen then.
    """

    frames_away: int = 0
    begun: tuple[Path, ...] = ()
    gone: frozenset[str] = frozenset()
    inside: bool = False


NOW: Final = BreakSlot()
"""The place of a break that begins with the next frame."""


@dataclass
class RuledSpots:
    """The spots of a pool that has rules. Use it in a worker thread.

    `now` is the Unix time of the next frame. `aired` are the airings of the last days; chosen spots are added to them.
    `ahead` is what airs from the next frame on.
    """

    rules: FolderRules
    clips: Sequence[Clip]
    rate: FrameRate
    now: float
    aired: AiringTimes = field(default_factory=AiringTimes)
    ahead: Iterable[Stretch] = ()
    rotates: bool = False
    """Whether the rundown repeats: then it names a spot, and each pass through it airs another version of the spot."""
    warnings: list[str] = field(default_factory=list, init=False)
    """Notes for the operator about the spots chosen so far."""

    @classmethod
    def of(cls, rules: FolderRules, clips: Sequence[Clip], channel: Channel, aired: AiringTimes) -> RuledSpots:
        """Return the spots for a channel now. Call it in the event loop's thread."""
        now = channel.next_due_at()
        planner = channel.planner.with_entries(channel.planner.entries)
        ahead = planner.entries_from(channel.position)
        return cls(rules, clips, channel.house.rate, now, aired, ahead, rotates=planner.loop)

    def choose(self, clips: Sequence[Clip], frames: int, slot: BreakSlot = NOW) -> list[Clip]:
        """Choose clips that fill a break of `frames`, and return them in the order in which they air. In later calls,
        the chosen clips count as aired."""
        at = self._time(slot.frames_away)
        pool = with_versions(self._spot(clip) for clip in clips)
        if slot.inside:
            pool = [spot for spot in pool if spot.position == "any"]
        request = BreakRequest(at, max(0, frames), separation=self.rules.separation)
        begun = [self._spot(clip) for clip in self.clips if clip.file in slot.begun]
        filled = choose(pool, request, self._times(slot.gone).history(pool, at), begun)
        for spot in filled.spots:
            self.aired.add(spot.file, at)
        self._warn(warning_of(given, self.rules.separation) for given in filled.gave_way)
        if filled.spots and filled.rest > max(frames // NEAR, self.rate.count(OPEN_S)):
            seconds = float(self.rate.seconds(filled.rest))
            self._warn([f"{seconds:.2f} s of the break stay open: no other spot fits and may air then"])
        by_file = {clip.file: clip for clip in clips}
        if self.rotates:
            return [by_file[spot.file] for spot in filled.spots]
        return [by_file[version_of(spot, f"{at.timestamp():.3f}")] for spot in filled.spots]

    def check(self, file: Path, frames_away: int) -> None:
        """Add a warning if a spot that the operator has named may not air then."""
        at = self._time(frames_away)
        spot = self.rules.spot(file, "", 1)
        if not spot.may_air(at):
            name = spot.title or file.stem
            self._warn([f"{name} airs outside its flight dates or hours: {at:%Y-%m-%d %H:%M}"])

    def _warn(self, texts: Iterable[str]) -> None:
        self.warnings = list(dict.fromkeys((*self.warnings, *texts)))

    def _spot(self, clip: Clip) -> PoolSpot:
        return self.rules.spot(clip.file, clip.title, clip.frames)

    def _time(self, frames_away: int) -> datetime:
        return local_time(self.now + float(self.rate.seconds(frames_away)))

    def _times(self, gone: Collection[str]) -> AiringTimes:
        times = self.aired.copy()
        for file, at, entry in self._planned:
            if entry not in gone:
                times.plan(file, at)
        return times

    @cached_property
    def _planned(self) -> list[tuple[Path, datetime, str]]:
        """The spots of the rundown that have not begun: their files, times, and ids."""
        return list(self._spots_ahead())

    def _spots_ahead(self) -> Iterator[tuple[Path, datetime, str]]:
        frames, most = 0, self.rate.count(AHEAD_S)
        for number, stretch in enumerate(islice(self.ahead, MOST_AHEAD)):
            has_begun = number == 0 and stretch.first != stretch.entry.in_frame
            if stretch.entry.kind == "spot" and not has_begun:
                yield stretch.entry.file, self._time(frames), stretch.entry.id
            frames += stretch.frames
            if frames >= most:
                break


def local_time(at: float) -> datetime:
    """Return a Unix time as a time in the machine's time zone."""
    return datetime.fromtimestamp(at, tz=UTC).astimezone()
