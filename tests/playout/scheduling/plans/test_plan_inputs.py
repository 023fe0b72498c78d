"""What a plan is made from: when it is outdated because spots have other rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from retrovue_tui.config.plan import ChannelPlan, PlanRules
from retrovue_tui.playout.scheduling.plans.plan_inputs import PlanInputs
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.plan_marks import BY_PLAN, CARD
from retrovue_tui.schedule.spots.spot_rules import Hours, PoolSpot
from retrovue_tui.timecode import FrameRate

COLA, SOAP = (PoolSpot(Path(f"/ads/{name}.mp4"), name, 450) for name in ("cola", "soap"))
EVENING = datetime(2026, 11, 27, 19, 59, 50, tzinfo=UTC).timestamp()


def inputs(*spots: PoolSpot, separation: int = 0) -> PlanInputs:
    rate = FrameRate.parse("30000/1001")
    plan = ChannelPlan(PlanRules(("*",)))
    return PlanInputs(rate, plan, UTC, [], {"ads": spots}, "ads", separation=timedelta(minutes=separation))


def entry(spot: PoolSpot, break_id: str, *marks: tuple[str, str]) -> Entry:
    return Entry(break_id + spot.title, "spot", spot.file, break_id=break_id, tags=marks)


def test_other_rules_of_known_spots_outdate_a_plan() -> None:
    before = inputs(COLA, SOAP)
    assert not inputs(COLA, SOAP).has_other_rules_than(before)
    assert not inputs(COLA).has_other_rules_than(before)
    assert not inputs(COLA, SOAP, PoolSpot(Path("/ads/new.mp4"), "new", 450)).has_other_rules_than(before)
    assert inputs(replace(COLA, weight=2.0), SOAP).has_other_rules_than(before)
    assert inputs(COLA, replace(SOAP, last_day=date(2026, 11, 26))).has_other_rules_than(before)
    assert inputs(COLA, SOAP, separation=10).has_other_rules_than(before)


def test_planned_spots_that_may_not_air_at_their_time_outdate_a_plan() -> None:
    over = replace(SOAP, last_day=date(2026, 11, 26))
    planned = [(entry(COLA, "b1", BY_PLAN), EVENING), (entry(SOAP, "b1", BY_PLAN), EVENING + 15)]
    assert not inputs(COLA, SOAP).bars_any(planned)
    assert inputs(COLA, over).bars_any(planned)
    by_hand = [(entry(COLA, "b1"), EVENING), (entry(SOAP, "b1"), EVENING + 15)]
    assert not inputs(COLA, over).bars_any(by_hand)
    assert not inputs(COLA, over).bars_any([(each, None) for each, _ in planned])


def test_the_start_of_the_break_decides_about_hours() -> None:
    until_eight = replace(SOAP, hours=(Hours(18 * 60, 20 * 60),))
    cola, soap = entry(COLA, "b1", BY_PLAN), entry(SOAP, "b1", BY_PLAN)
    assert not inputs(COLA, until_eight).bars_any([(cola, EVENING), (soap, EVENING + 15)])
    assert inputs(COLA, until_eight).bars_any([(cola, EVENING + 15), (soap, EVENING + 30)])


def test_a_pool_without_spots_is_said() -> None:
    assert inputs().without_spots == "pool ads has no spots: breaks are left out"
    assert inputs(COLA).without_spots == ""
    assert replace(inputs(), partial=True).without_spots == ""
    assert replace(inputs(), pool=None).without_spots == ""


def test_spots_that_are_not_probed_yet_are_unknown() -> None:
    version = Path("/ads/cola b.mp4")
    split = replace(COLA, versions=((COLA.file, 1.0), (version, 1.0)))
    cola, soap = entry(COLA, "b1", BY_PLAN), entry(SOAP, "b1", BY_PLAN)
    card = replace(soap, file=Path("/cards/1.mp4"), tags=(BY_PLAN, (CARD, "back")))
    assert inputs(COLA, SOAP).knows([cola, soap, card])
    assert inputs(split).knows([replace(cola, file=version)])
    assert not inputs(COLA).knows([cola, soap])
    assert inputs(COLA).knows([cola, replace(soap, tags=())])
    over = replace(split, last_day=date(2026, 11, 26))
    assert inputs(over).bars_any([(replace(cola, file=version), EVENING)])
