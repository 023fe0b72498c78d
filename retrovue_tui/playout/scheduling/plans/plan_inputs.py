"""Gathers what a channel's plan is made from: the programmes of the library, and the spots of the pools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.media.workers.tasks import FILES
from retrovue_tui.rundown.plan_marks import CARD, is_planned, tag
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.break_builder import BreakBuilder
from retrovue_tui.schedule.planner import SchedulePlanner
from retrovue_tui.schedule.series_memory import Chooser, Programme
from retrovue_tui.schedule.spots.spot_rules import PoolSpot
from retrovue_tui.schedule.spots.variants import with_versions
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from retrovue_tui.config.plan import ChannelPlan
    from retrovue_tui.config.station_config import ChannelConfig
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts
    from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.spots.pool_file import FolderRules
    from retrovue_tui.schedule.time_grid import TimeGrid
    from retrovue_tui.timecode import FrameRate

CHAPTER_SCORE: Final = 0.7
SHORT: Final = timedelta(hours=2)
FACTS_S: Final = 120.0
"""The longest time for reading the metadata of all programmes (s)."""
_FACTS: Final = "retrovue_tui.media.metadata.reader:facts_of_files"
_EDGE_S: Final = 60.0
"""Chapter marks in this much of the beginning and end of a programme are no break candidates (s)."""


@dataclass(frozen=True)
class PlanInputs:
    """Everything from which a plan is made, apart from its journal. It can be read in another thread."""

    rate: FrameRate
    plan: ChannelPlan
    zone: tzinfo | None
    programmes: Sequence[Programme]
    pools: Mapping[str, Sequence[PoolSpot]]
    """Pool name → its spots."""
    pool: str | None
    """The name of the channel's pool."""
    partial: bool = False
    """Whether more files of the library are still to be probed. A plan then reaches only `SHORT` ahead, so that it does
    not repeat the few known files for a day."""
    separation: timedelta = timedelta(0)
    """The least time between two spots of one advertiser, or with one tag, in different breaks."""

    @property
    def horizon(self) -> timedelta:
        """How far ahead the rundown is written."""
        whole = timedelta(seconds=self.plan.horizon_s)
        return min(whole, SHORT) if self.partial else whole

    def has_spots_unknown_to(self, earlier: PlanInputs) -> bool:
        """Whether a plan that was made from `earlier` lacks spots: one of its pools was empty and is no longer, or
        files were still to be probed, all are known now, and spots are among them."""
        known = {name: {spot.file for spot in spots} for name, spots in earlier.pools.items()}
        now = {name: {spot.file for spot in spots} for name, spots in self.pools.items()}
        was_empty = any(spots and not known.get(name) for name, spots in now.items())
        return was_empty or (earlier.partial and not self.partial and now != known)

    def has_other_rules_than(self, earlier: PlanInputs) -> bool:
        """Whether the rules of a spot are others than those from which an earlier plan was made."""
        before = {spot.file: spot for spots in earlier.pools.values() for spot in spots}
        spots = (spot for spots in self.pools.values() for spot in spots)
        return self.separation != earlier.separation or any(before.get(spot.file, spot) != spot for spot in spots)

    @property
    def without_spots(self) -> str:
        """Says that the channel's pool has no spots; empty if it has some, if they are not known yet, or if the channel
        has no pool."""
        if self.pool is None or self.partial or self.pools.get(self.pool):
            return ""
        return f"pool {self.pool} has no spots: breaks are left out"

    @property
    def _by_version(self) -> dict[Path, PoolSpot]:
        """The spots by their files, and by those of their versions."""
        files = {file: spot for spots in self.pools.values() for spot in spots for file, _ in spot.versions}
        return files | {spot.file: spot for spots in self.pools.values() for spot in spots}

    def knows(self, coming: Iterable[Entry]) -> bool:
        """Return whether all planned spots among these entries are known. After a start, they are still probed."""
        files = self._by_version
        planned = (each for each in coming if is_planned(each) and each.kind == "spot" and tag(each, CARD) is None)
        return all(each.file in files for each in planned)

    def bars_any(self, coming: Iterable[tuple[Entry, float | None]]) -> bool:
        """Return whether the flight dates or the hours of a planned spot do not allow its break. `coming` are entries
        in their order, each with its start (Unix time, s; None: it is not known)."""
        spots = self._by_version
        break_id, begin = None, None
        for entry, start in coming:
            if entry.break_id is None or entry.break_id != break_id:
                break_id, begin = entry.break_id, start
            spot = spots.get(entry.file) if is_planned(entry) else None
            if spot is None or begin is None:
                continue
            if not spot.may_air(datetime.fromtimestamp(begin, UTC).astimezone(self.zone)):
                return True
        return False

    def planner(self, journal: PlanJournal, grid: TimeGrid) -> SchedulePlanner:
        """Return a planner that goes on where the journal ends."""
        known = {spot.file: spot for spots in self.pools.values() for spot in spots}
        breaks = BreakBuilder(
            self.rate, () if self.pool is None else self.pools.get(self.pool, ()), journal.history(known, self.zone),
            self.pools, self.separation,
        )  # fmt: skip
        chooser = Chooser(self.programmes, self.plan.seed)
        return SchedulePlanner(AirCalendar(self.plan, self.zone), chooser, grid, breaks, journal.memory())


def zone_of(config: ChannelConfig) -> tzinfo | None:
    """Return the time zone of a channel; None for the machine's."""
    return None if config.timezone is None else ZoneInfo(config.timezone)


def without_spots(assets: Iterable[Asset], spot_folders: Sequence[Path]) -> list[Asset]:
    """Return the assets that are in no folder of a pool. Such a folder may lie inside a folder of programmes, but its
    files are spots and never programmes of a plan."""
    return [each for each in assets if not any(map(each.path.is_relative_to, spot_folders))]


def programmes_of(
    assets: Iterable[Asset], facts: Mapping[Path, ProgrammeFacts], folders: Sequence[Path], rate: FrameRate
) -> list[Programme]:
    """Return the programmes among the assets: those with a picture in the library's folders of programmes. `facts` has
    their metadata."""
    found = []
    for asset in assets:
        root = next((folder for folder in folders if asset.path.is_relative_to(folder)), None)
        if root is None or asset.video is None:
            continue
        place, about = asset.path.relative_to(root).parts, facts.get(asset.path)
        title = printable(about.title if about else asset.title or asset.path.stem)
        found.append(Programme(
            asset.path, place, asset.frames(rate), title, about.series if about else "",
            about.season if about else None, about.episode if about else None, about.label if about else title,
            chapter_points(asset, rate), analysed=False,
        ))  # fmt: skip
    return found


async def facts_of(assets: Iterable[Asset], folders: Sequence[Path]) -> dict[Path, ProgrammeFacts]:
    """Return the metadata of those assets that lie in the library's folders of programmes. It is read in a worker
    process. Raises `RetrovueError`."""
    files = [(each.path, each.tags) for each in assets if any(each.path.is_relative_to(top) for top in folders)]
    found: list[ProgrammeFacts] = await FILES.run(_FACTS, tuple(folders), files, limit_s=FACTS_S, priority=1)
    return {each.file: each for each in found}


def chapter_points(asset: Asset, rate: FrameRate, edge_s: float = _EDGE_S) -> tuple[BreakCandidate, ...]:
    """Return the chapter marks of an asset as break candidates, except those less than `edge_s` from its ends, and one
    at its first frame."""
    length = float(asset.duration)
    return tuple(
        BreakCandidate(rate.nearest(mark.start), float(mark.start), "chapter", CHAPTER_SCORE,
                       f"chapter {printable(mark.title)}".strip())
        for mark in asset.chapters
        if edge_s <= mark.start <= length - edge_s and 0 < rate.nearest(mark.start) < asset.frames(rate)
    )  # fmt: skip


def pools_for(
    channel: ChannelConfig,
    assets: Callable[[str], Iterable[Asset]],
    rules: Callable[[str], FolderRules | None],
    rate: FrameRate,
) -> dict[str, Sequence[PoolSpot]]:
    """Return the spots of all pools from which a channel's plan takes spots and bumpers. `assets` returns the assets of
    a pool, and `rules` the rules of its pool files."""
    names = {channel.pool}
    if channel.plan is not None:
        for each in (channel.plan.rules, *(block.rules for block in channel.plan.blocks)):
            names |= {each.break_in, each.break_out}
    return {name: _spots(assets(name), rules(name), rate) for name in sorted(filter(None, names))}


def _spots(assets: Iterable[Asset], rules: FolderRules | None, rate: FrameRate) -> list[PoolSpot]:
    named = ((each, printable(each.title or each.path.stem), each.frames(rate)) for each in assets)
    return with_versions(
        PoolSpot(each.path, title, frames) if rules is None else rules.spot(each.path, title, frames)
        for each, title, frames in named
    )
