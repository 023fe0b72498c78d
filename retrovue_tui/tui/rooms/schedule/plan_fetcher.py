"""The plans that the schedule room has fetched, one for each channel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.plan import BlockReceipt, PlanSnapshot
    from retrovue_tui.tui.station_link import StationLine


OLD: Final = "This station cannot show its plan: it is an old version."


@dataclass
class FetchedPlans:
    """The last plan of each channel, and why the last request for it failed."""

    line: StationLine
    plans: dict[str, PlanSnapshot] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def saved(self, channel_id: str, receipt: BlockReceipt) -> None:
        """Take notice of a change of the blocks, so that it can be undone before the plan is fetched again."""
        if (plan := self.plans.get(channel_id)) is not None:
            self.plans[channel_id] = replace(plan, revision=receipt.revision, undo=receipt.undo)

    async def fetch(self, channel_id: str, days: int) -> None:
        """Ask the station for a channel's plan. A failure keeps the last plan."""
        try:
            plan = await self.line.plan(channel_id, days)
        except Refused as error:
            old = error.status == 404 and error.code == "not_found"
            self.problems[channel_id] = OLD if old else str(error)
        except (RetrovueError, OSError, ValueError) as error:
            self.problems[channel_id] = str(error) or type(error).__name__
        else:
            self.plans[channel_id] = plan
            self.problems.pop(channel_id, None)
