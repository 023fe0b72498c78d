"""Which renders go to the farm, and which stay at home.

The farm renders all that does not air at once. This machine renders what airs so soon that it cannot wait for another
one, what no machine of the farm can render, and everything while the farm is away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.media.farm.farm_run import FarmRun
from retrovue_tui.media.rendering.render_slots import airs_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.farm import Farm, FarmError
    from retrovue_tui.media.rendering.arguments.render_filters import Range
    from retrovue_tui.media.rendering.piece_index import Piece
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_demand import Demand, Task
    from retrovue_tui.media.rendering.render_jobs import Job
    from retrovue_tui.media.rendering.render_target import SignalTarget

MOST_PIECES: Final = 20
"""The maximum number of pieces in one order, two minutes: long enough that starting costs little, and short enough that
many machines share one film."""


class Placing:
    """Places renders on a farm; without one, everything stays at home."""

    def __init__(
        self, farm: Farm | None, demand: Demand, store: PieceStore, divisible: Callable[[Asset], bool]
    ) -> None:
        """`divisible` returns whether an asset can be rendered in parts, on several machines."""
        self._farm, self._demand, self._store, self._divisible = farm, demand, store, divisible

    @property
    def workers(self) -> int:
        """How many workers the farm has now."""
        return 0 if self._farm is None else len(self._farm.workers)

    def stays_home(self, task: Task, now: float) -> bool:
        """Return whether this machine renders a task."""
        farm = self._farm
        if farm is None or task.edge or airs_at_once(task, now):
            return True
        return not farm.takes(task.asset) or not self._divisible(task.asset)

    def orders(self, jobs: Sequence[Job], now: float) -> list[Task]:
        """Return the tasks to give to the farm now, besides what these jobs render."""
        if self._farm is None:
            return []
        free = self._farm.slots - sum(job.on_farm for job in jobs)
        if free <= 0:
            return []
        taken = [(job.task.asset.key, job.next, job.stop) for job in jobs if not job.task.edge]
        return self._demand.beyond(taken, MOST_PIECES, free, lambda task: not self.stays_home(task, now))

    def needs_gain(self, task: Task, now: float) -> bool:
        """Return whether only the asset's unknown gain keeps a task from the farm."""
        farm = self._farm
        return farm is not None and not task.edge and farm.takes(task.asset) and not airs_at_once(task, now)

    def blame(self, asset: Asset, error: FarmError) -> None:
        """Note that the farm has not rendered what it should."""
        if self._farm is not None:
            self._farm.blame(asset, error)

    def stop(self, first: int, stop: int) -> int:
        """Return the frame before which a run ends that may be one of many: `stop` at most."""
        return stop if self._farm is None else min(stop, first + MOST_PIECES * self._store.house.piece_frames)

    async def keep(self) -> None:
        """Keep the connection to the farm. Runs until cancelled; without a farm, it returns at once."""
        if self._farm is not None:
            await self._farm.run()

    def run(
        self, task: Task, wanted: Range, on_piece: Callable[[Piece], bool], analysis: SignalTarget | None
    ) -> FarmRun:
        """Return a run of a range on the farm."""
        assert self._farm is not None
        return FarmRun(self._farm, self._store, task.asset, wanted, task.air_at, on_piece, analysis)
