"""Plans are tried one at a time, kept while nothing has changed, and end at their limits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrovue_tui.config.plan import ChannelPlan, PlanRules
from retrovue_tui.playout.scheduling.plans import plan_forecast
from retrovue_tui.playout.scheduling.plans.plan_forecast import Forecasts, Outlook
from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
from retrovue_tui.schedule.series_memory import Programme
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate

RATE = FrameRate(25, 1)
GRID = TimeGrid(datetime(1970, 1, 1, tzinfo=UTC), RATE)
START = GRID.frame(datetime(2026, 11, 26, 18, tzinfo=UTC))
HOUR = 25 * 3_600


def inputs(*names: str) -> PlanInputs:
    programmes = [Programme(Path(f"/m/{name}"), (name,), HOUR // 2, name) for name in names]
    return PlanInputs(RATE, ChannelPlan(PlanRules(("*",), breaks="none")), UTC, programmes, {}, None)


def outlook() -> Outlook:
    return Outlook((), (), PlanJournal(Path("/none")), GRID, START, START)


async def test_a_forecast_has_no_hole_and_ends_where_it_should() -> None:
    made = await Forecasts().make("1", inputs("a", "b"), outlook(), START, START + 3 * HOUR)
    assert [slot.start for slot in made.slots] == [START + number * HOUR // 2 for number in range(6)]
    assert [slot.programme.title for slot in made.slots if slot.programme] == ["a", "b"] * 3
    assert made.end == START + 3 * HOUR
    nothing = await Forecasts().make("1", inputs("a"), outlook(), START, START)
    assert (nothing.slots, nothing.end) == ((), START)


async def test_a_forecast_is_kept_while_nothing_has_changed() -> None:
    forecasts = Forecasts()
    first = await forecasts.make("1", inputs("a", "b"), outlook(), START, START + 3 * HOUR)
    again = await forecasts.make("1", inputs("a", "b"), outlook(), START, START + 3 * HOUR)
    assert all(one is other for one, other in zip(first.slots, again.slots, strict=True))
    shorter = await forecasts.make("1", inputs("a", "b"), outlook(), START, START + HOUR)
    assert (shorter.slots, shorter.end) == (first.slots[:2], START + HOUR)
    other = await forecasts.make("1", inputs("a", "c"), outlook(), START, START + HOUR)
    assert [slot.programme.title for slot in other.slots if slot.programme] == ["a", "c"]


async def test_a_forecast_that_takes_too_long_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    forecasts = Forecasts(limit_s=0.0)
    made = await forecasts.make("1", inputs("a"), outlook(), START, START + 3 * HOUR)
    assert (len(made.slots), made.end) == (1, START + HOUR // 2)
    again = await forecasts.make("1", inputs("a"), outlook(), START, START + 3 * HOUR)
    assert again.slots[0] is made.slots[0], "it is not tried again at once"
    monkeypatch.setattr(plan_forecast, "AGAIN_S", 0.0)
    later = await forecasts.make("1", inputs("a"), outlook(), START, START + 3 * HOUR)
    assert later.slots[0] is not made.slots[0]
    monkeypatch.setattr(plan_forecast, "MOST_SLOTS", 3)
    assert len((await Forecasts().make("1", inputs("a"), outlook(), START, START + 9 * HOUR)).slots) == 3


async def test_one_is_made_at_a_time_and_a_cancelled_one_stops() -> None:
    forecasts = Forecasts(limit_s=3_600.0)
    years = START + GRID.frame(GRID.epoch + timedelta(days=60))
    long = asyncio.create_task(forecasts.make("1", inputs("a"), outlook(), START, years))
    short = asyncio.create_task(forecasts.make("2", inputs("a"), outlook(), START, START + HOUR))
    await asyncio.sleep(0)
    long.cancel()
    assert len((await short).slots) == 2
    with pytest.raises(asyncio.CancelledError):
        await long
