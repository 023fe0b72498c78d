"""Spots chosen within the rules of a pool file, at stated times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrovue_tui.playout.automation.ruled_spots import BreakSlot, RuledSpots, local_time
from retrovue_tui.rundown.break_fill import Clip
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Stretch
from retrovue_tui.schedule.spots.airing_times import AiringTimes
from retrovue_tui.schedule.spots.pool_file import FolderRules, read_pool_file
from retrovue_tui.timecode import FrameRate

RATE = FrameRate(25, 1)
ADS = Path("/ads")
CLIPS = tuple(Clip(ADS / f"{name}.mp4", name, 750) for name in ("a", "b", "c"))
HOUR = 3_600 * 25
NOON = datetime.now(UTC).astimezone().replace(hour=12, minute=0, second=0, microsecond=0)


def pool(text: str, *aired: tuple[str, float], ahead: tuple[Stretch, ...] = ()) -> RuledSpots:
    """The pool at noon; `aired` are titles, and how many seconds ago they aired."""
    rules, problems = read_pool_file(text, ADS / "pool.toml")
    assert problems == []
    before = AiringTimes((ADS / f"{name}.mp4", NOON - timedelta(seconds=ago)) for name, ago in aired)
    return RuledSpots(FolderRules((rules,)), CLIPS, RATE, NOON.timestamp(), before, ahead)


def airs(kind: str, name: str, frames: int) -> Stretch:
    entry = Entry(f"entry of {name}", kind, ADS / f"{name}.mp4")  # type: ignore[arg-type]  # a kind, as each test has it
    return Stretch(0, 0, entry, 0, frames)


def chosen(spots: RuledSpots, frames: int = 750, slot: BreakSlot | None = None) -> str:
    return "".join(clip.title for clip in spots.choose(CLIPS, frames, slot or BreakSlot()))


def test_hours_are_those_of_the_break_and_not_of_the_command() -> None:
    spots = pool('["a.mp4"]\nhours = "12:00-13:00"\n["b.mp4"]\nhours = "15:00-16:00"\n["c.mp4"]\nuntil = 2020-01-01\n')
    assert chosen(spots) == "a"
    assert chosen(spots, slot=BreakSlot(3 * HOUR)) == "b"
    assert chosen(spots, slot=BreakSlot(2 * HOUR)) == ""
    assert spots.warnings == []


def test_the_spot_that_aired_least_for_its_weight_is_next() -> None:
    spots = pool('["c.mp4"]\nweight = 4\n', ("a", 900), ("b", 800), ("c", 700), ("c", 600))
    assert [chosen(spots, slot=BreakSlot(n * HOUR)) for n in range(6)] == ["c", "c", "a", "b", "c", "c"]


def test_a_rule_that_gives_way_is_named() -> None:
    spots = pool('cooldown = "1h"\n["*"]\nmax_per_day = 1\n', ("a", 600), ("b", 900), ("c", 7_200))
    assert chosen(spots) in "abc"
    assert len(spots.warnings) == 1
    assert spots.warnings[0].startswith("a rule gave way for c (most per day): it airs more than 1 times that day")


def test_planned_spots_count_except_those_that_are_replaced() -> None:
    ahead = (airs("programme", "film", HOUR // 2), airs("spot", "a", 750), airs("programme", "film", HOUR))
    rules = 'cooldown = "2h"\n'
    assert chosen(pool(rules, ("b", 20_000), ("c", 10_000), ahead=ahead)) == "b"  # though a has never aired
    there = BreakSlot(HOUR // 2, gone=frozenset({"entry of a"}))
    assert chosen(pool(rules, ("b", 20_000), ("c", 10_000), ahead=ahead), slot=there) == "a"
    begun = (Stretch(0, 0, ahead[1].entry, 20, 750), *ahead[2:])
    assert chosen(pool(rules, ("b", 20_000), ("c", 10_000), ahead=begun)) == "a"  # its airing is among those that aired


def test_breaks_chosen_one_after_another_differ() -> None:
    spots = pool("")
    assert "".join(chosen(spots, slot=BreakSlot(n * HOUR)) for n in range(3)) == "abc"


def test_the_open_rest_of_a_break_is_reported() -> None:
    spots = pool('["c.mp4"]\nfrom = 2999-01-01\n')
    assert sorted(chosen(spots, 2_250)) == ["a", "b"]
    assert spots.warnings == ["30.00 s of the break stay open: no other spot fits and may air then"]


def test_no_fixed_position_inside_a_break() -> None:
    rules = '["a.mp4"]\nposition = "first"\n["b.mp4"]\nposition = "last"\n'
    assert chosen(pool(rules), 2_250) == "acb"
    assert chosen(pool(rules), 2_250, BreakSlot(inside=True)) == "c"


def test_a_named_spot_may_air_against_its_rules_with_a_warning() -> None:
    spots = pool('["a.mp4"]\ntitle = "Cola 30"\nhours = "20:00-21:00"\n')
    spots.check(CLIPS[0].file, 8 * HOUR)
    assert spots.warnings == []
    spots.check(CLIPS[0].file, 0)
    assert spots.warnings == [f"Cola 30 airs outside its flight dates or hours: {NOON:%Y-%m-%d} 12:00"]


@pytest.mark.parametrize("at", [0.0, 1_750_000_000.5])
def test_local_time(at: float) -> None:
    assert local_time(at) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
    assert local_time(at).tzinfo is not None
