"""The cards of a channel's plan, as media files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.time_grid import TimeGrid


class PlanCards:
    """Makes the files of the cards that a plan shows."""

    async def files(self, slots: Sequence[Slot], grid: TimeGrid) -> Mapping[tuple[int, int], Path]:
        """Return the files of the cards of some slots: (start of the slot, number of the row) → file."""
        return {}

    async def back(self) -> Path | None:
        """Return the file of the card "We'll be right back"; None if it cannot be made."""
        return None
