"""The preparer's record of each running render, and of each asset that cannot be rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.render_demand import Task
    from retrovue_tui.media.rendering.render_run import RenderRun


@dataclass
class Job:
    """A running task. `next` is the first frame of the piece it works on, `stop` the frame at which it ends."""

    task: Task
    next: int
    stop: int
    handle: asyncio.Task[None] | None = None
    run: RenderRun | None = None

    def covers(self, task: Task) -> bool:
        """Return whether the job is going to make what the task wants."""
        return self.task.asset.key == task.asset.key and self.next <= task.first < self.stop


@dataclass
class Fault:
    """Why an asset cannot be rendered; tried again at `again` (loop time), or never if that is None."""

    asset: Asset
    reason: str
    again: float | None = None


@dataclass
class Trouble:
    """What went wrong with an asset since a piece of it was last made."""

    tries: int = 0
    careful: bool = False
    edges: int = 0
    """How often an edge could not be cut out of a piece; reset when one can."""
