"""A channel's snapshot, built from the current state of the channel's parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, DeckFigures, OnAir, PrepareState
from retrovue_tui.rundown.positions import GONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.config.station_config import ChannelConfig
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_demand import Need
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.output.bus import Bus
    from retrovue_tui.playout.output.seam_monitor import SeamMonitor
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.protocol.answers.pictures import Monitor
    from retrovue_tui.protocol.answers.snapshots import State
    from retrovue_tui.rundown.positions import Stretch


@dataclass(frozen=True)
class ChannelState:
    """The changing facts about a channel that none of its parts stores."""

    state: State
    generation: int
    takes: int
    needs: Sequence[Need]
    ready_frames: int
    held: str | None = None
    revision: int = 0
    seen: Monitor | None = None


class SnapshotBuilder:
    """Builds snapshots from the parts of a channel, and changes nothing."""

    def __init__(
        self,
        config: ChannelConfig,
        house: HouseFormat,
        *,
        decks: DeckQueue,
        planner: Planner,
        bus: Bus,
        seams: SeamMonitor,
        store: PieceStore,
        preparer: Preparer,
    ) -> None:
        self.config = config
        self._rate = house.rate
        self._decks = decks
        self._planner = planner
        self._bus = bus
        self._seams = seams
        self._store = store
        self._preparer = preparer

    def snapshot(self, now: ChannelState) -> ChannelSnapshot:
        """Return the channel's current snapshot."""
        following = self._next()
        return ChannelSnapshot(
            id=self.config.id,
            number=self.config.number,
            name=self.config.name,
            state=now.state,
            url=f"/iptv/channel/{self.config.id}.ts",
            on_air=self._slate() if now.state == "slate" else self._on_air(),
            next=following,
            deck=self._deck(),
            viewers=self._bus.viewers,
            generation=now.generation,
            revision=now.revision,
            held=now.held,
            takes=now.takes,
            restarts=self._decks.restarts,
            seams=self._seams.figures,
            prepare=self._prepare(now),
            monitor=now.seen,
            warnings=(*self._nothing_follows(now, following), *self._planner.warnings()),
        )

    def _nothing_follows(self, now: ChannelState, following: OnAir | None) -> tuple[str, ...]:
        """Return a warning if the rundown has run out, or will soon. Empty if another entry follows."""
        if following is not None or not self._planner.is_read:
            return ()
        why = "nothing follows in the rundown" if self._planner.entries else "the rundown has no entries"
        if now.state == "on_air":
            return (f"{why}: the slate follows the entry on air",)
        # no warning when the rundown ends as configured; a file that cannot air has its own warning
        return () if self._planner.entries or now.state != "slate" else (f"{why}: viewers see the slate",)

    def _slate(self) -> OnAir:
        return OnAir("slate", "slate", "Please stand by", "", 0.0, 0.0, 0.0)

    def _on_air(self) -> OnAir | None:
        queued = self._decks.on_air
        if queued is None:
            return None
        _, stretch, frame = queued.airlist.at(max(0, queued.deck.position - 1))
        return self._entry(stretch, frame - stretch.entry.in_frame + 1)

    def _next(self) -> OnAir | None:
        queued = self._decks.on_air
        stretch: Stretch | None
        if queued is None:
            waiting = self._decks.first
            coming = self._planner.stretches(self._decks.continues_at)
            stretch = waiting.items[0].stretch if waiting else next(coming, None)
        else:
            on_air = queued.airlist.at(queued.deck.position).stretch
            if on_air.index == GONE:
                stretch = next(self._planner.stretches(self._decks.ahead), None)
            else:
                stretch = self._planner.next_entry(on_air.position)
        return None if stretch is None else self._entry(stretch, 0)

    def _entry(self, stretch: Stretch, aired: int) -> OnAir:
        rate = self._rate
        entry = stretch.entry
        duration = self._planner.duration(entry)
        aired = max(0, min(aired, duration))
        return OnAir(
            entry=entry.id,
            kind=entry.kind,
            title=self._planner.title(entry),
            file=str(entry.file),
            position_s=round(float(rate.seconds(aired)), 3),
            remaining_s=round(float(rate.seconds(duration - aired)), 3),
            duration_s=round(float(rate.seconds(duration)), 3),
        )

    def _deck(self) -> DeckFigures | None:
        queued = self._decks.on_air
        if queued is None or queued.deck.pid is None:
            return None
        progress = queued.deck.progress
        return DeckFigures(
            pid=queued.deck.pid,
            frame=progress.frame,
            fps=progress.fps,
            speed=progress.speed,
            bitrate_kbps=progress.bitrate_kbps,
            dup_frames=progress.dup_frames,
            drop_frames=progress.drop_frames,
            out_time_s=progress.out_time_s,
        )

    def _prepare(self, now: ChannelState) -> PrepareState:
        waiting = total = missing = 0
        files = set()
        for need in now.needs:
            total += need.end - need.first
            there = self._store.ready(need.asset, need.first)
            if there < need.end:
                waiting += 1
                missing += need.end - max(there, need.first)
                files.add(str(need.asset.path))
        speeds = [job.speed for job in self._preparer.jobs() if job.state == "running" and job.file in files]
        return PrepareState(
            ready_s=round(float(self._rate.seconds(now.ready_frames)), 1),
            pending=waiting,
            progress=round(1 - missing / total, 3) if total else 1.0,
            speed=round(max(speeds, default=0.0), 2),
        )
