"""Reports on renders for the screen and the command line: the progress, speed and remaining time of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from retrovue_tui.protocol.answers.snapshots import PrepareJob

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_demand import Task
    from retrovue_tui.media.rendering.render_jobs import Job, RenderFault
    from retrovue_tui.timecode import FrameRate


@dataclass(frozen=True)
class RenderReports:
    """Makes reports on the renders into one store, which is at the house rate."""

    store: PieceStore
    rate: FrameRate

    def all(
        self, jobs: Iterable[Job], tasks: Iterable[Task], faults: Mapping[str, RenderFault]
    ) -> tuple[PrepareJob, ...]:
        """Return a report on each running job, each waiting asset (in the order of `tasks`), and each failed asset
        (`faults`, by the asset's key)."""
        running = [self.of_job(job) for job in jobs]
        busy = {job.task.asset.key for job in jobs} | set(faults)
        waiting: dict[str, Asset] = {}
        for task in tasks:
            if task.asset.key not in busy:
                waiting.setdefault(task.asset.key, task.asset)
        return (
            *running,
            *(self._still(asset, "waiting") for asset in waiting.values()),
            *(self._still(fault.asset, "failed", fault.reason) for fault in faults.values()),
        )

    def of_job(self, job: Job) -> PrepareJob:
        """Return a report on the range or edge piece that a job renders."""
        progress = job.run.progress if job.run is not None else None
        first, total = job.task.first, max(1, job.stop - job.task.first)
        done = max(job.next - first, min(total, progress.frame if progress is not None else 0))
        speed = progress.speed if progress is not None else 0.0
        left = float(self.rate.seconds(total - done))
        return PrepareJob(
            str(job.task.asset.path), "running", done / total, progress.fps if progress is not None else 0.0, speed,
            left / speed if speed else None, "edge" if job.task.edge else "",
            job.run.machine if job.run is not None else "",
        )  # fmt: skip

    def of_asset(self, asset: Asset, jobs: Iterable[Job]) -> PrepareJob:
        """Return a report on a whole asset. One of the jobs may be rendering a part of it."""
        for job in jobs:
            if job.task.asset.key == asset.key:
                report = self.of_job(job)
                length = self.store.frames(asset)
                done = (job.task.first + report.progress * (job.stop - job.task.first)) / length
                return replace(report, progress=min(1.0, done), message="")
        return self._still(asset, "waiting")

    def _still(self, asset: Asset, state: Literal["waiting", "failed"], reason: str = "") -> PrepareJob:
        """Return a report on an asset that is not being rendered, with the share that is prepared."""
        frames = sum(piece.frames for piece in self.store.index(asset).pieces.values())
        share = min(1.0, frames / self.store.frames(asset))
        return PrepareJob(str(asset.path), state, share, 0.0, 0.0, None, reason)
