"""Forecasts for the guides: when they are made again, and how long they are kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from retrovue_tui.config.plan import ChannelPlan, PlanRules
from retrovue_tui.config.station_config import ChannelConfig
from retrovue_tui.errors import StationError
from retrovue_tui.playout.guide import guide_forecasts
from retrovue_tui.playout.guide.guide_forecasts import TRIES, GuideForecasts
from retrovue_tui.playout.scheduling.plans.plan_forecast import Forecast
from retrovue_tui.schedule.planned_slot import Slot

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from retrovue_tui.playout.channel.channel import Channel

PLAN = ChannelPlan(PlanRules(("*",)))
MEDIA = object()


class Source:
    """Gives one slot; nothing while it is not ready."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.ready = True
        self.end = 100

    async def forecast(self, channel_id: str, until: datetime) -> Forecast | None:
        self.asked.append(until.timestamp())
        if not self.ready:
            raise StationError("not planned yet")
        return Forecast((Slot(0, self.end, "x", (), ""),), self.end)


def channel(plan: ChannelPlan | None = PLAN) -> Channel:
    config = ChannelConfig("1", 1, "One", plan=plan)
    return cast("Channel", SimpleNamespace(id="1", config=config, planner=SimpleNamespace(entries=(1, 2))))


async def test_a_channel_without_a_plan_needs_none() -> None:
    forecasts = GuideForecasts(Source())
    assert not forecasts.is_due(channel(None), 1_000, MEDIA)
    assert forecasts.covers(channel(None), 1_000)
    assert forecasts.slots("1") == ()


async def test_it_is_made_once_and_again_when_its_basis_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    source, one = Source(), channel()
    forecasts = GuideForecasts(source)
    assert forecasts.is_due(one, 1_000, MEDIA)
    assert not forecasts.covers(one, 1_000)
    await forecasts.make(one, 1_000, MEDIA)
    slots = forecasts.slots("1")
    assert len(slots) == 1
    assert forecasts.covers(one, 1_000)
    assert not forecasts.is_due(one, 1_000, MEDIA)
    assert forecasts.is_due(one, 2_000, MEDIA), "it must reach further"
    one.planner.entries = (3,)  # type: ignore[assignment]  # any other object
    assert not forecasts.is_due(one, 1_000, MEDIA), "not so soon"
    monkeypatch.setattr(guide_forecasts, "EVERY_S", 0.0)
    assert forecasts.is_due(one, 1_000, MEDIA)
    await forecasts.make(one, 1_000, MEDIA)
    assert forecasts.slots("1") is slots, "an equal forecast is the same object, so that no guide is made again"
    assert not forecasts.is_due(one, 1_000, MEDIA)
    assert forecasts.is_due(one, 1_000, object())
    source.end = 200
    await forecasts.make(one, 1_000, MEDIA)
    assert forecasts.slots("1")[0].end == 200
    forecasts.forget(())
    assert forecasts.slots("1") == ()


async def test_the_old_one_holds_while_a_new_one_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide_forecasts, "AGAIN_S", -1.0)
    source, one = Source(), channel()
    forecasts = GuideForecasts(source)
    await forecasts.make(one, 1_000, MEDIA)
    slots, source.ready = forecasts.slots("1"), False
    for _ in range(TRIES - 1):
        await forecasts.make(one, 2_000, MEDIA)
        assert forecasts.slots("1") is slots
        assert not forecasts.covers(one, 2_000)
        assert forecasts.is_due(one, 2_000, MEDIA)
    await forecasts.make(one, 2_000, MEDIA)
    assert forecasts.covers(one, 2_000), "nobody waits for it any more"
    source.ready = True
    await forecasts.make(one, 2_000, MEDIA)
    assert not forecasts.is_due(one, 2_000, MEDIA)
