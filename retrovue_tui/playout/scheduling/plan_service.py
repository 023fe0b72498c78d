"""Answers what a channel airs in the coming days, and changes the blocks of its plan in `retrovue.toml`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.errors import ConfigError, RetrovueError, StationError
from retrovue_tui.playout.scheduling.plans.plan_change import (
    CheckedText,
    block_problems,
    changed_text,
    check_text,
    label_of,
)
from retrovue_tui.playout.scheduling.plans.plan_file import CHANGED, PlanFile
from retrovue_tui.playout.scheduling.plans.plan_forecast import Forecasts
from retrovue_tui.playout.scheduling.plans.plan_inputs import zone_of
from retrovue_tui.playout.scheduling.plans.plan_view import (
    differences,
    forecast_slots,
    gaps_of,
    in_blocks,
    rundown_slots,
)
from retrovue_tui.protocol.answers.plan import (
    BlockReceipt,
    BlockSpan,
    ClockChange,
    PlanDay,
    PlanSnapshot,
)
from retrovue_tui.schedule.air_calendar import AirCalendar
from retrovue_tui.schedule.block_spans import block_number, block_spans, clock_offsets, local_days
from retrovue_tui.threads import AIR, ANSWERS, BROWSE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from retrovue_tui.config.station_config import ChannelConfig, Config
    from retrovue_tui.playout.scheduling.channel_scheduler import ChannelScheduler
    from retrovue_tui.playout.scheduling.plans.plan_forecast import Forecast, Outlook
    from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
    from retrovue_tui.protocol.answers.plan import BlockEdit, PlannedSlot
    from retrovue_tui.schedule.block_spans import LocalDay

EFFECT_DAYS: Final = 7
"""How many days the effect of a change is computed for."""
MOST_DIFFERENCES: Final = 200
"""The most differences that a receipt lists."""
MOST_WARNINGS: Final = 20


class _File(NamedTuple):
    """The configuration file as it is now."""

    checked: CheckedText
    revision: str
    undo: str


@dataclass(frozen=True)
class _Window:
    """The coming days of a channel."""

    calendar: AirCalendar
    days: Sequence[LocalDay]
    now: datetime


class PlanService:
    """Shows and changes the plans of all channels of a station."""

    def __init__(
        self,
        config: Callable[[], Config],
        scheduler: Callable[[str], ChannelScheduler | None],
        inputs: Callable[[ChannelConfig], Awaitable[PlanInputs | None]],
    ) -> None:
        """`config` returns the current configuration, `scheduler` a channel's scheduler; `inputs` gathers what a plan
        is made from, by the rules of a channel's configuration."""
        self._config = config
        self._scheduler = scheduler
        self._inputs = inputs
        self._forecasts = Forecasts()
        self._turn = asyncio.Lock()

    async def plan(self, channel_id: str, days: int) -> PlanSnapshot:
        """Return what a channel airs today and in the following days, `days` in all. Raises `StationError` if the
        channel is not ready."""
        outlook = await self._ready(channel_id).outlook()
        file = await BROWSE.run(self._read, channel_id)
        channel = file.checked.channel or self._running(channel_id)
        window = await ANSWERS.run(_window, channel, days)
        inputs = await self._inputs(channel)
        forecast = None
        if inputs is not None:
            until = outlook.grid.frame(window.days[-1].end)
            forecast = await self._forecasts.make(channel_id, inputs, outlook, outlook.end, until)
        return await ANSWERS.run(_snapshot, channel, file, window, outlook, forecast)

    async def forecast(self, channel_id: str, until: datetime) -> Forecast | None:
        """Return what the plan would write after the rundown of a channel, until a moment; None if it has no plan, or
        if not all programmes are known yet. Raises `StationError` if the channel is not ready."""
        outlook = await self._ready(channel_id).outlook()
        inputs = await self._inputs(self._running(channel_id))
        if inputs is None or inputs.partial:
            return None
        return await self._forecasts.make(channel_id, inputs, outlook, outlook.end, outlook.grid.frame(until))

    async def change(self, channel_id: str, edit: BlockEdit) -> BlockReceipt:
        """Change the blocks of a channel in the file, or with `dry_run` only report what that would do. The station
        applies the new file like one that a person wrote. Raises `StationError` if the channel is not ready."""
        scheduler = self._ready(channel_id)
        async with self._turn:
            file = await BROWSE.run(self._read, channel_id)
            refused = _refused(file, edit)
            if refused is not None:
                return refused
            try:
                text = await BROWSE.run(changed_text, file.checked, edit)
            except ConfigError as error:
                return BlockReceipt(False, file.revision, error.reason)
            changed = await BROWSE.run(check_text, text, self._config().home, channel_id)
            if changed.channel is None:
                problems = block_problems(changed.problems, text, file.checked.index, edit)
                return BlockReceipt(False, file.revision, problems[0].message, problems)
            receipt = await self._effect(channel_id, scheduler, file, changed.channel)
            if edit.dry_run:
                return receipt
            label = label_of(file.checked, edit)
            return await self._written(receipt, label, partial(self._file.write, text, file.revision, label))

    async def undo(self, channel_id: str, revision: str) -> BlockReceipt:
        """Bring back the file before the last change. `revision`: that of the file now."""
        self._ready(channel_id)
        async with self._turn:
            return await self._written(BlockReceipt(True), "", partial(self._file.undo, revision))

    async def _written(self, receipt: BlockReceipt, label: str, write: Callable[[], str]) -> BlockReceipt:
        try:
            revision = await AIR.run(write)
            undo = label or await BROWSE.run(self._file.undo_label, revision)
        except RetrovueError as error:
            return BlockReceipt(False, receipt.revision, error.message)
        return BlockReceipt(
            True, revision, "", (), receipt.differences, receipt.count, receipt.until_at, receipt.warnings, undo
        )

    async def _effect(
        self, channel_id: str, scheduler: ChannelScheduler, file: _File, channel: ChannelConfig
    ) -> BlockReceipt:
        """Return the changes on air if the channel has the rules of `channel`."""
        before = await self.plan(channel_id, EFFECT_DAYS)
        outlook, inputs = await scheduler.outlook(), await self._inputs(channel)
        if inputs is None:
            return BlockReceipt(False, file.revision, "the channel has no plan: add [channel.plan] to its [[channel]]")
        until = outlook.grid.frame(datetime.fromtimestamp(before.days[-1].end_at, UTC))
        forecast = await self._forecasts.make(f"{channel_id} changed", inputs, outlook, outlook.first, until)
        end = min(before.until_at, outlook.grid.time(forecast.end).timestamp())
        return await ANSWERS.run(_difference, before, outlook, forecast, end)

    def _read(self, channel_id: str) -> _File:
        """Read the file. If it cannot be read at all, its only problem says why. Blocking."""
        home = self._config().home
        try:
            file = self._file.read()
        except ConfigError as error:
            return _File(CheckedText("", problems=(error,)), "", "")
        return _File(check_text(file.text, home, channel_id), file.revision, self._file.undo_label(file.revision))

    @property
    def _file(self) -> PlanFile:
        config = self._config()
        return PlanFile(config.path, config.state_dir)

    def _running(self, channel_id: str) -> ChannelConfig:
        """Return the configuration with which a channel runs."""
        found = next((each for each in self._config().channels if each.id == channel_id), None)
        if found is None:
            raise StationError(f"there is no channel {channel_id!r}")
        return found

    def _ready(self, channel_id: str) -> ChannelScheduler:
        scheduler = self._scheduler(channel_id)
        if scheduler is None:
            raise StationError(f"channel {channel_id} is not planned yet; try again in a moment")
        return scheduler


def _refused(file: _File, edit: BlockEdit) -> BlockReceipt | None:
    """Return the refusal of a change that cannot even be tried."""
    if file.checked.channel is None:
        problem = file.checked.problems[0]
        return BlockReceipt(False, file.revision, f"correct the file first: {problem.message}")
    if edit.revision != file.revision:
        return BlockReceipt(False, file.revision, CHANGED)
    known = [each.block for each in file.checked.blocks]
    if edit.action != "add" and (edit.block not in known or (edit.action == "remove" and edit.block < 0)):
        return BlockReceipt(False, file.revision, f"there is no block {edit.block} on this channel")
    return None


def _window(channel: ChannelConfig, days: int) -> _Window:
    now = datetime.now(UTC)
    if channel.plan is not None:
        calendar = AirCalendar(channel.plan, zone_of(channel))
    else:
        calendar = AirCalendar.of_zone(zone_of(channel))
    return _Window(calendar, local_days(calendar, now, days), now)


def _snapshot(
    channel: ChannelConfig, file: _File, window: _Window, outlook: Outlook, forecast: Forecast | None
) -> PlanSnapshot:
    """Return the answer for the client. It takes some milliseconds, so call it in a thread."""
    start, end = window.days[0].start, window.days[-1].end
    slots = rundown_slots(outlook.entries, outlook.rows)
    horizon = max((slot.end_at for slot in slots), default=window.now.timestamp())
    until, gaps_end = end.timestamp(), horizon
    if forecast is not None:
        slots += forecast_slots(forecast.slots, outlook.grid)
        if forecast.end < outlook.grid.frame(end):
            until = outlook.grid.time(forecast.end).timestamp()
        gaps_end = until
    elif channel.at_end == "slate":
        gaps_end = until
    plan = channel.plan
    if plan is not None:
        calendar = window.calendar
        slots = in_blocks(slots, lambda at: block_number(plan, calendar.at(datetime.fromtimestamp(at + 0.5, UTC))))
    now = window.now.timestamp()
    shown = [slot for slot in slots if slot.start_at < end.timestamp()]
    return PlanSnapshot(
        channel.id,
        now,
        file.revision,
        channel.timezone or "",
        plan is not None,
        horizon,
        until,
        tuple(PlanDay(day.date.isoformat(), day.start.timestamp(), day.end.timestamp()) for day in window.days),
        tuple(
            ClockChange(at.timestamp(), offset.total_seconds())
            for at, offset in clock_offsets(window.calendar, start, end)
        ),
        ()
        if plan is None
        else tuple(
            BlockSpan(span.block, span.start.timestamp(), span.end.timestamp())
            for span in block_spans(window.calendar, plan, start, end)
        ),
        tuple(shown),
        tuple(gaps_of(shown, now, min(gaps_end, end.timestamp()))),
        file.checked.blocks,
        file.undo,
        file.checked.problems[0].message if file.checked.problems else "",
    )


def _difference(before: PlanSnapshot, outlook: Outlook, forecast: Forecast, end: float) -> BlockReceipt:
    first = outlook.grid.time(outlook.first).timestamp()
    kept = [slot for slot in rundown_slots(outlook.entries, outlook.rows) if slot.start_at < first - 0.5]
    planned = forecast_slots(forecast.slots, outlook.grid)
    after: list[PlannedSlot] = [slot for slot in (*kept, *planned) if slot.start_at < end]
    found = differences([slot for slot in before.slots if slot.start_at < end], after)
    warnings = dict.fromkeys(warning for slot in planned for warning in slot.warnings)
    return BlockReceipt(
        True, before.revision, "", (), tuple(found[:MOST_DIFFERENCES]), len(found), end,
        tuple(warnings)[:MOST_WARNINGS],
    )  # fmt: skip
