"""The places for renders: how many run at once on this machine, and which of them makes room for a more urgent one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.render_demand import Demand, Task
    from retrovue_tui.media.rendering.render_jobs import Job

SOON_SECONDS: Final = 60.0
"""A render of frames that air within this time may interrupt a render of frames that air later (s)."""
_LATER_SECONDS: Final = 10.0
_EDGES_AT_ONCE: Final = 2
_MEASURED_AT_ONCE: Final = 2
HOME_SECONDS: Final = 20.0
"""Frames that air within this time are rendered on this machine; it does not wait for another one (s)."""


def airs_at_once(task: Task, now: float) -> bool:
    """Return whether a task airs so soon that no other machine may be waited for."""
    return not task.patient and task.air_at - now < HOME_SECONDS


class RenderSlots:
    """The `slots` places for renders on this machine. `jobs` are all running jobs, also those of other machines."""

    def __init__(self, slots: int, house: HouseFormat, demand: Demand, jobs: list[Job]) -> None:
        self.slots = slots
        self._house, self._demand, self._jobs = house, demand, jobs

    def urgency(self, job: Job) -> float:
        """Return the event loop's time at which the next needed frame of a job airs; infinity if none is needed."""
        return self._demand.urgency(job.task.asset, job.next, job.stop)

    def covered(self, task: Task, now: float) -> bool:
        """Return whether a running job will render this task in time."""
        for job in self._jobs:
            if task.edge or job.task.edge:
                if job.task.same(task):
                    return True
            elif job.covers(task):
                ahead = float(self._house.rate.seconds(task.first - job.next))
                speed = job.run.progress.speed if job.run is not None and job.run.progress.speed else 1.0
                near = task.first - job.next <= self._house.piece_frames and not self._waits(job, task, now)
                if near or now + ahead / speed < task.air_at:
                    return True
        return False

    def _waits(self, job: Job, task: Task, now: float) -> bool:
        """Return whether a job of the farm has not made its first piece yet, and can no longer be waited for: the air
        never waits for another machine."""
        return job.on_farm and job.next == job.task.first and airs_at_once(task, now)

    def free(self, task: Task, now: float) -> bool:
        """Return whether a place is free. For an urgent task, free a place by interrupting a job whose frames air much
        later."""
        busy = [job for job in self._jobs if not (job.task.edge or job.on_farm or job.measuring)]
        if len(busy) < self.slots:
            return True
        if task.air_at - now > SOON_SECONDS:
            return False
        # a job that is ending will free its place
        if any(job.handle is not None and job.handle.cancelling() for job in busy):
            return False
        latest = max(busy, key=self.urgency)
        if self.urgency(latest) > task.air_at + _LATER_SECONDS and latest.handle is not None:
            latest.handle.cancel()
        return False

    def edge_is_free(self) -> bool:
        """Return whether another edge piece can be rendered. These have places of their own."""
        return sum(job.task.edge for job in self._jobs) < _EDGES_AT_ONCE

    def measuring_is_free(self) -> bool:
        """Return whether the loudness of another asset can be measured. This has places of its own."""
        return sum(job.measuring for job in self._jobs) < _MEASURED_AT_ONCE

    def taken(self, task: Task) -> list[int]:
        """Return the first frames of the running jobs for a task's asset."""
        return [job.task.first for job in self._jobs if job.task.asset.key == task.asset.key and not job.task.edge]

    def goes_on(self, job: Job, frame: int, pieces: Container[int]) -> bool:
        """Return whether a job should continue at a frame. It stops where a piece exists (`pieces`: their numbers) or
        another job has begun; at its own end, FFmpeg stops by itself."""
        number = frame // self._house.piece_frames
        key = job.task.asset.key
        rivals = (each for each in self._jobs if each is not job and each.task.asset.key == key and not each.task.edge)
        others = {other.task.first // self._house.piece_frames for other in rivals}
        return frame >= job.stop or not (number in pieces or number in others)
