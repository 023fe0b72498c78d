"""The actions of the schedule room that change blocks in the station's configuration."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, cast

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.plan import BASE, BlockEdit, BlockReceipt
from retrovue_tui.tui import keys
from retrovue_tui.tui.keys.pane import unshown
from retrovue_tui.tui.rooms.base import Room
from retrovue_tui.tui.rooms.schedule.block_dialog import BlockScreen
from retrovue_tui.tui.rooms.schedule.plan_fetcher import FetchedPlans
from retrovue_tui.tui.rooms.schedule.plan_text import DAYS, rules_of, wall
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.plan import PlannedSlot, PlanSnapshot
    from retrovue_tui.tui.command_palette import Shell
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

NO_RULES = "The station has no rules of this channel to change"


class BlockEditing(Room):
    """A room with the actions edit, add, delete and undo. Subclasses know the plan, and what is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.SCHEDULE.bindings, *unshown(keys.AIR), *unshown(keys.EVERYWHERE)]

    def __init__(self, view: StationView, clock: Callable[[], float], line: StationLine) -> None:
        super().__init__(view, clock, line)
        self._fetched = FetchedPlans(line)

    @property
    @abstractmethod
    def plan(self) -> PlanSnapshot | None:
        """The plan of the chosen channel; None until it is known."""

    @property
    @abstractmethod
    def slot(self) -> PlannedSlot | None:
        """The slot under the cursor; None if there is none."""

    @property
    @abstractmethod
    def moment(self) -> float:
        """The moment under the cursor, Unix time (s)."""

    @abstractmethod
    def refetch(self) -> None:
        """Fetch the plan at once."""

    def choose_everywhere(self, channel_id: str) -> None:
        """Choose a channel of this room's station for every room."""
        cast("Shell", self.app).choose_here(channel_id)

    def _block(self, plan: PlanSnapshot) -> int:
        """Return the number of the block that holds under the cursor."""
        at = self.moment
        return next((span.block for span in plan.spans if span.start_at <= at + 0.5 < span.end_at), BASE)

    def _impossible(self, plan: PlanSnapshot | None) -> str:
        """Return why blocks cannot be changed now; empty if they can."""
        if plan is None:
            return "The plan is not known yet"
        if not plan.planned:
            return "This channel has no plan: add [channel.plan] to retrovue.toml"
        return plan.problem or ("" if plan.blocks else NO_RULES)

    def obstacle(self, action: str) -> str:
        """Return why an action is impossible: blocks cannot be changed, or there is nothing to undo."""
        if action in ("edit", "add", "remove"):
            return self._impossible(self.plan)
        if action == "undo_save":
            return "" if self.plan and self.plan.undo else "There is no save to undo"
        return ""

    def action_edit(self) -> None:
        """Open the rules of the block under the cursor; where no block holds, those of [channel.plan]."""
        plan = self._ready("edit")
        if plan is None:
            return
        block = self._block(plan)
        rules, base = rules_of(plan, block), rules_of(plan, BASE)
        if rules is not None:
            name = "[channel.plan]" if block == BASE else f"Block {rules.name}"
            self._open(plan, name, BlockEdit("change", plan.revision, block), rules.values, base.values if base else {})

    def action_add(self) -> None:
        """Open the form for a new block. It is proposed for the day and hour under the cursor."""
        plan = self._ready("add")
        if plan is None:
            return
        then, base = wall(plan.clock, self.moment), rules_of(plan, BASE)
        hour = then.hour
        proposed = {
            "name": f"block {len(plan.blocks)}",
            "days": DAYS[then.weekday()].lower(),
            "at": f"{hour:02}:00",
            "until": f"{hour + 1:02}:00",
        }
        edit = BlockEdit("add", plan.revision, BASE, proposed)
        self._open(plan, "New block", edit, {}, base.values if base else {})

    def action_remove(self) -> None:
        """Ask whether the block under the cursor should be deleted, and show what airs then."""
        plan = self._ready("remove")
        if plan is None:
            return
        block = self._block(plan)
        rules = rules_of(plan, block)
        if block == BASE or rules is None:
            self._say("Only [channel.plan] holds here, and it cannot be deleted.", "warning")
            return
        self._open(plan, f"Delete block {rules.name}?", BlockEdit("remove", plan.revision, block), {}, {})

    def action_undo_save(self) -> None:
        """Bring back the configuration before the last save."""
        plan = self.plan
        if plan is None or not plan.undo:
            self._say(f"{self.obstacle('undo_save')}.", "warning")
        else:
            start_worker(self, self._undo, plan, group="undo")

    async def _undo(self, plan: PlanSnapshot) -> None:
        try:
            receipt = await self._line.undo_blocks(plan.channel, plan.revision)
        except (RetrovueError, OSError, ValueError) as error:
            self._say(str(error) or type(error).__name__, "error")
            return
        if receipt.accepted:
            self._say(f"Undone: {plan.undo}.", "information")
            self.refetch()
        else:
            self._say(f"{receipt.reason}.", "error")

    def _ready(self, action: str) -> PlanSnapshot | None:
        """Return the plan if blocks can be changed now; otherwise show why not."""
        if reason := self.obstacle(action):
            self._say(f"{reason}.", "warning")
            return None
        return self.plan

    def _open(
        self, plan: PlanSnapshot, title: str, edit: BlockEdit, before: dict[str, Any], inherited: dict[str, Any]
    ) -> None:
        channel = self._view.channel(plan.channel)
        name = f" · {channel.name}" if channel else ""

        def written(receipt: BlockReceipt | None) -> None:
            if receipt is not None:
                self._fetched.saved(plan.channel, receipt)
                self._say(f"Saved: {receipt.undo}. U undoes it.", "information")
                self.refetch()

        dialog = BlockScreen(f"{title}{name}", plan.channel, edit, self._line, plan.clock, before, inherited)
        self.app.push_screen(dialog, written)

    def _say(self, message: str, severity: str) -> None:
        level = cast("Any", severity)
        self.notify(formats.clean(message), title="Schedule", severity=level, markup=False)
