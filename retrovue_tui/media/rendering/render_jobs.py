"""The records of running renders, and of assets that cannot be rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.farm_run import FarmRun
    from retrovue_tui.media.rendering.render_demand import Task
    from retrovue_tui.media.rendering.render_run import RenderRun


@dataclass
class Job:
    """A running task. `next` is the first frame of the current piece, and `stop` the frame before which the task
    ends. `on_farm`: another machine renders it. `measuring`: it only measures the asset's loudness, so that other
    machines can render it."""

    task: Task
    next: int
    stop: int
    handle: asyncio.Task[None] | None = None
    run: RenderRun | FarmRun | None = None
    on_farm: bool = False
    measuring: bool = False

    def covers(self, task: Task) -> bool:
        """Return whether the job will render everything that the task needs."""
        return self.task.asset.key == task.asset.key and self.next <= task.first < self.stop


@dataclass
class RenderFault:
    """The reason why an asset cannot be rendered. The asset is tried again at the event loop's time `again`; None means
    never."""

    asset: Asset
    reason: str
    again: float | None = None


@dataclass
class RenderFailures:
    """The failures of an asset since a piece of it was last rendered."""

    tries: int = 0
    careful: bool = False
    unmeasured: bool = False
    """Whether it is rendered without a proxy from now on, because a render with one has failed."""
    edges: int = 0
    """How often cutting an edge piece out of a piece has failed; 0 again after a success."""
