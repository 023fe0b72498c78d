"""Builds the guide of a channel from its log, its rundown and its forecast, and notices when it must be made again."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.guide.guide_slots import MOST_SLOTS, guide_slots
from retrovue_tui.guide.guide_snapshot import DAY_S, HOUR_S, PreparedGuide, hour_of
from retrovue_tui.guide.programmes import GuideSources, programmes
from retrovue_tui.playout.guide.channel_air import AirState, AirTimes, Pass, coming_runs, forecast_runs, past_runs
from retrovue_tui.playout.library.programme_cache import ProgrammeCache
from retrovue_tui.protocol.answers.guide import ChannelGuide
from retrovue_tui.threads import GUIDES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.guide.air_run import AirRun
    from retrovue_tui.guide.guide_slots import GuideSlot
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts
    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.playout.asrun.guide_rows import AiredRun
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.guide.guide_art import GuideArt
    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.station_identity import StationIdentity
    from retrovue_tui.timecode import FrameRate

PAST_S: Final = DAY_S
"""A guide also shows what aired in this time before now (s)."""
_EARLIER_S: Final = 4 * HOUR_S
"""How much earlier than the guide the log is read (s), so that the first programme shown begins when it really did."""
_LATER_S: Final = 6 * HOUR_S
"""How much further than the guide the programmes are computed (s), so that the last one shown ends when it will."""
DRIFT_S: Final = 0.25
"""The largest difference between the guide and the air (s). After a larger one, the guide is made again."""
OFF_AIR_S: Final = 3.0
"""While the slate moves all times of a channel, its guide is made again at most this often (s)."""
SETTLE_S: Final = 3.0
"""After a change of the library, guides are made again at most this often (s)."""
FACTS_S: Final = 0.3
"""The longest wait for the facts of programmes (s). A guide is first made without those that take longer."""
FIRST_FACTS_S: Final = 5.0
"""The longest such wait before the first guide of a channel (s)."""
REREAD_S: Final = 3_600.0
"""The facts of all programmes are read again after this time (s), because somebody may have written `.nfo` files."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Basis:
    """The inputs from which a guide was made."""

    times: AirTimes
    stopped: bool
    config: object
    loop: bool
    media: object
    files: Mapping[Path, Asset | None]
    """The files of the rundown and of the guide."""
    forecast: object
    awaited: asyncio.Task[None] | None
    """The reading of facts that had not ended."""
    hour: int
    until: int
    at: float


@dataclass(frozen=True)
class GuideMedia:
    """The library as guides read it. `revision` returns another object after each change of the library; `asset`
    returns the asset at a path."""

    revision: Callable[[], object]
    asset: Callable[[Path], Asset | None]
    folders: Sequence[Path]


class GuideBuilder:
    """Builds guides. Call it from the event loop's thread."""

    def __init__(self, identity: StationIdentity, media: GuideMedia, asrun: AsRunDatabase, art: GuideArt) -> None:
        self._identity, self._media, self._asrun, self._art = identity, media, asrun, art
        self._bases: dict[str, _Basis] = {}
        self._earlier: dict[str, tuple[int, Mapping[Path, float]]] = {}
        self._facts = self._old_facts = ProgrammeCache(media.folders)
        self._facts_at = monotonic()
        self._reading: asyncio.Task[None] | None = None

    def is_due(self, channel: Channel, forecast: Sequence[Slot], until: int) -> bool:
        """Return whether a channel's guide must be made again."""
        basis = self._bases.get(channel.id)
        if basis is None:
            return channel.state != "starting" or bool(channel.planner.entries)
        if basis.hour != hour_of(time.time()) or basis.until < until or basis.config != channel.config:
            return True
        if basis.awaited is not None and basis.awaited.done():
            return True
        if monotonic() - basis.at > SETTLE_S and self._has_other_media(channel.id, basis):
            return True
        return basis.forecast is not forecast or _airs_otherwise(channel, basis)

    def reaches(self, channel_id: str, until: int) -> bool:
        """Return whether the last guide of a channel was made up to a Unix time, or further."""
        basis = self._bases.get(channel_id)
        return basis is not None and basis.until >= until

    def _has_other_media(self, channel_id: str, basis: _Basis) -> bool:
        """Return whether a file of the guide has changed. A library that is being read changes all the time, but few of
        its files are those of one channel."""
        media = self._media.revision()
        if basis.media is media:
            return False
        if any(self._media.asset(file) is not asset for file, asset in basis.files.items()):
            return True
        self._bases[channel_id] = replace(basis, media=media)
        return False

    async def build(
        self, channel: Channel, forecast: Sequence[Slot], until: int, before: PreparedGuide | None
    ) -> PreparedGuide:
        """Return the guide of a channel up to a Unix time. `before`: its last guide, which is returned if it still
        shows the same."""
        hour = hour_of(time.time())
        since = hour - PAST_S - _EARLIER_S
        rows, earlier = await self._aired(channel.id, since)
        state, media = AirState.of(channel), self._media.revision()
        loop, config, stopped = channel.planner.loop, channel.config, channel.state == "stopped"
        passed, slots, files = await GUIDES.run(_slots, channel, state, rows, forecast, until)
        awaited = await self._know(files, FIRST_FACTS_S if before is None else FACTS_S)
        sources = GuideSources(
            config.name, channel.house.rate, self._facts_of, earlier, self._address, self._media.folders
        )
        guide = ChannelGuide(
            channel.id, config.number, config.name, self._identity.guide_id(channel.id), config.timezone or "",
            at=time.time(),
        )  # fmt: skip
        made = await GUIDES.run(_prepared, guide, slots, sources, hour - PAST_S, until, before)
        assets = {file: self._media.asset(file) for file in files}
        self._bases[channel.id] = _Basis(
            AirTimes.of(state, passed), stopped, config, loop, media, assets, forecast, awaited, hour, until,
            monotonic(),
        )  # fmt: skip
        return made

    def forget(self, channel_ids: Sequence[str]) -> None:
        """Forget the channels that are not among these."""
        self._bases = {id: basis for id, basis in self._bases.items() if id in channel_ids}
        self._earlier = {id: found for id, found in self._earlier.items() if id in channel_ids}

    async def close(self) -> None:
        """End the reading of facts."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _aired(self, channel_id: str, since: int) -> tuple[Sequence[AiredRun], Mapping[Path, float]]:
        """Return what aired on a channel since a time, and the last airings before it. Nothing if the log cannot be
        read, which the log itself reports."""
        try:
            known = self._earlier.get(channel_id)
            if known is None or known[0] != since:
                known = self._earlier[channel_id] = since, await self._asrun.last_airings(channel_id, since)
            return await self._asrun.aired_since(channel_id, since), known[1]
        except OSError as error:
            log.debug("a guide is made without the as-run log: %s", error)
            return (), {}

    # ── facts ────────────────────────────────────────────────────────────────────────────────────

    async def _know(self, files: set[Path], patience_s: float) -> asyncio.Task[None] | None:
        """Read the facts of files, if they are not known yet. If that takes longer than `patience_s`, return the task
        that goes on reading."""
        if monotonic() - self._facts_at > REREAD_S:
            self._old_facts, self._facts, self._facts_at = self._facts, ProgrammeCache(self._media.folders), monotonic()
        if self._reading is not None and not self._reading.done():  # of another channel
            await asyncio.wait([self._reading], timeout=patience_s)
        if self._reading is None or self._reading.done():
            assets = {file: asset for file in files if (asset := self._media.asset(file)) is not None}
            self._reading = asyncio.create_task(self._read(assets), name="facts of the guide")
            await asyncio.wait([self._reading], timeout=patience_s)
        return None if self._reading.done() else self._reading

    async def _read(self, assets: Mapping[Path, Asset]) -> None:
        try:
            await self._facts.read(assets)
        except RetrovueError as error:  # they are read with the next guide
            log.debug("the guide shows some programmes without their facts: %s", error)

    def _facts_of(self, file: Path) -> ProgrammeFacts | None:
        return self._facts.facts(file) or self._old_facts.facts(file)

    def _address(self, file: Path | None, title: str, detail: str) -> str:
        facts = None if file is None else self._facts_of(file)
        return self._art.address(None if facts is None else facts.artwork, title, detail)


def _airs_otherwise(channel: Channel, basis: _Basis) -> bool:
    """Return whether a channel airs something else than its guide was made from, or at another time."""
    stopped = channel.state == "stopped"
    if stopped or basis.stopped:
        return stopped != basis.stopped
    if basis.times.entries is not channel.planner.entries or basis.loop != channel.planner.loop:
        return True
    if channel.state != "on_air" and monotonic() - basis.at < OFF_AIR_S:
        return False
    return abs(basis.times.drift(AirState.of(channel))) > channel.house.rate.count(DRIFT_S)


def _slots(
    channel: Channel, state: AirState, rows: Sequence[AiredRun], forecast: Sequence[Slot], until: int
) -> tuple[Pass, list[GuideSlot], set[Path]]:
    """Return the lengths of the rundown, the slots of the guide, and the files of both. Called in a thread."""
    rate = channel.house.rate
    passed = Pass.of(state.entries, channel.planner)
    end = rate.nearest(until + _LATER_S)
    last = rate.nearest(until)
    found = guide_slots(_runs(state, passed, rows, forecast, end, rate), rate, state.due, MOST_SLOTS)
    slots = [slot for slot in found if slot.start < last]
    files = {slot.file for slot in slots if slot.file is not None}
    return passed, slots, files | {entry.file for entry in state.entries}


def _runs(
    state: AirState, passed: Pass, rows: Sequence[AiredRun], forecast: Sequence[Slot], end: int, rate: FrameRate
) -> Iterator[AirRun]:
    at = state.due + state.left
    for run in itertools.chain(past_runs(rows, state, rate), coming_runs(state, passed, end)):
        at = max(at, run.end)
        yield run
    if state.planned:
        yield from forecast_runs(forecast, at, end)


def _prepared(
    guide: ChannelGuide, slots: Sequence[GuideSlot], sources: GuideSources, since: int, until: int,
    before: PreparedGuide | None,
) -> PreparedGuide:  # fmt: skip
    """Return the guide with its elements, or the one `before` if it shows the same. Called in a thread."""
    shown = tuple(each for each in programmes(slots, sources) if each.stop_at > since)
    made = replace(guide, programmes=shown, until_at=shown[-1].stop_at if shown else int(guide.at))
    return before if before is not None and before.shows(made) else PreparedGuide.of(made, before)
