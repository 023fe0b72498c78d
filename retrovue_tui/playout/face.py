"""What a channel shows of itself: its snapshot, put together from the facts of the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.control.snapshots import ChannelSnapshot, DeckFigures, OnAir, PrepareState

if TYPE_CHECKING:
    from retrovue_tui.media.pieces import PieceStore
    from retrovue_tui.media.prepare import Preparer
    from retrovue_tui.playout.channel import Channel
    from retrovue_tui.rundown.airlist import Stretch


class Face:
    """Reads a channel and changes nothing."""

    def __init__(self, channel: Channel, store: PieceStore, preparer: Preparer) -> None:
        self._channel = channel
        self._store = store
        self._preparer = preparer

    def snapshot(self) -> ChannelSnapshot:
        """The channel at this moment."""
        channel = self._channel
        return ChannelSnapshot(
            id=channel.id,
            number=channel.number,
            name=channel.name,
            state=channel.state,
            url=f"/iptv/channel/{channel.id}.ts",
            on_air=self._on_air(),
            next=self._next(),
            deck=self._deck(),
            viewers=channel.bus.viewers,
            generation=channel.generation,
            takes=channel.takes,
            restarts=channel.rack.restarts,
            seams=channel.seams.figures,
            prepare=self._prepare(),
            warnings=channel.planner.warnings(),
        )

    def _on_air(self) -> OnAir | None:
        channel = self._channel
        cue = channel.rack.on_air
        if cue is None:
            return None if channel.state != "slate" else OnAir("slate", "slate", "Please stand by", "", 0.0, 0.0, 0.0)
        _, stretch, frame = cue.airlist.at(max(0, cue.deck.position - 1))
        return self._entry(stretch, frame - stretch.entry.in_frame + 1)

    def _next(self) -> OnAir | None:
        channel = self._channel
        cue = channel.rack.on_air
        if cue is None:
            waiting = channel.rack.first
            stretch = (
                waiting.items[0].stretch if waiting else next(channel.planner.stretches(channel.rack.behind), None)
            )
        else:
            stretch = channel.planner.next_entry(cue.airlist.at(cue.deck.position)[1].position)
        return None if stretch is None else self._entry(stretch, 0)

    def _entry(self, stretch: Stretch, aired: int) -> OnAir:
        rate = self._channel.house.rate
        entry = stretch.entry
        duration = self._channel.planner.duration(entry)
        aired = max(0, min(aired, duration))
        return OnAir(
            entry=entry.id,
            kind=entry.kind,
            title=entry.title or entry.file.stem,
            file=str(entry.file),
            position_s=round(float(rate.seconds(aired)), 3),
            remaining_s=round(float(rate.seconds(duration - aired)), 3),
            duration_s=round(float(rate.seconds(duration)), 3),
        )

    def _deck(self) -> DeckFigures | None:
        cue = self._channel.rack.on_air
        if cue is None or cue.deck.pid is None:
            return None
        told = cue.deck.progress
        return DeckFigures(
            pid=cue.deck.pid,
            frame=told.frame,
            fps=told.fps,
            speed=told.speed,
            bitrate_kbps=told.bitrate_kbps,
            dup_frames=told.dup_frames,
            drop_frames=told.drop_frames,
            out_time_s=told.out_time_s,
        )

    def _prepare(self) -> PrepareState:
        channel = self._channel
        waiting = total = missing = 0
        files = set()
        for need in channel.needs:
            total += need.end - need.first
            there = self._store.ready(need.asset, need.first)
            if there < need.end:
                waiting += 1
                missing += need.end - max(there, need.first)
                files.add(str(need.asset.path))
        speeds = [job.speed for job in self._preparer.jobs() if job.state == "running" and job.file in files]
        return PrepareState(
            ready_s=round(float(channel.house.rate.seconds(channel.ready_frames)), 1),
            pending=waiting,
            progress=round(1 - missing / total, 3) if total else 1.0,
            speed=round(max(speeds, default=0.0), 2),
        )
