"""The rules of alerts: which problems a channel and a disk have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from retrovue_tui.config.alerts import AlertsConfig
from retrovue_tui.playout.alerts.alert_rules import (
    GB,
    RESTARTS_S,
    ChannelReading,
    RestartCount,
    channel_conditions,
    disk_conditions,
    unknown_subjects,
)
from retrovue_tui.protocol.answers.alerts import DiskSpace
from retrovue_tui.protocol.answers.snapshots import State, UpcomingProblem

CONFIG = AlertsConfig()
NOW = 1_795_000_000.0
GOOD = ChannelReading("1", "One", "on_air")


def rules(reading: ChannelReading, restarts: int = 0, config: AlertsConfig = CONFIG) -> dict[str, tuple[str, float]]:
    found = channel_conditions(config, reading, restarts, NOW)
    return {each.id: (each.text, each.after_s) for each in found}


def test_a_good_channel_has_none() -> None:
    assert rules(GOOD, 4) == {}


@pytest.mark.parametrize("state", ["slate", "starting"])
def test_the_slate(state: State) -> None:
    reading = replace(GOOD, state=state)
    assert rules(reading) == {"slate 1": ("One: viewers have seen the slate for {age}", 10.0)}
    assert rules(reading, config=replace(CONFIG, slate=None)) == {}


def test_silence_and_black_last_from_their_own_start() -> None:
    reading = replace(GOOD, silent_since=NOW - 40, black_since=NOW - 5)
    found = list(channel_conditions(CONFIG, reading, 0, NOW))
    assert [(each.id, each.after_s, each.since) for each in found] == [
        ("silence 1", 30.0, NOW - 40), ("black 1", 30.0, NOW - 5),
    ]  # fmt: skip
    assert rules(reading, config=replace(CONFIG, silence=None, black=None)) == {}


def test_decks_that_fail() -> None:
    assert rules(GOOD, 5) == {"restarts 1": ("One: 5 decks failed within 10 minutes", 0.0)}
    assert rules(GOOD, 500, replace(CONFIG, restarts=None)) == {}


def test_the_end_of_a_plan_and_a_short_pool() -> None:
    problems = (
        UpcomingProblem("nothing_planned", NOW + 7_200, "nothing is planned from 20:00 on"),
        UpcomingProblem("pool_small", NOW + 9_000, "pool ads is short: 3 more spots", "ads"),
        UpcomingProblem("pool_small", NOW + 9_900, "pool ads is short again", "ads"),
        UpcomingProblem("break_short", NOW + 100, "a break is short", "b1"),
    )
    reading = replace(GOOD, upcoming=problems)
    assert rules(reading) == {
        "plan_ends 1": ("One: nothing is planned from 20:00 on", 0.0),
        "pool_short 1 ads": ("One: pool ads is short: 3 more spots", 0.0),
    }
    later = replace(problems[0], at=NOW + 7_201)
    assert rules(replace(GOOD, upcoming=(later,))) == {}
    assert rules(replace(GOOD, upcoming=(later,)), config=replace(CONFIG, plan_ends=timedelta(hours=3)))
    assert rules(reading, config=replace(CONFIG, plan_ends=None, pool_short=False)) == {}


def test_a_stopped_channel_and_one_that_is_not_chosen_have_none() -> None:
    bad = replace(GOOD, state="slate", silent_since=NOW - 100)
    assert rules(replace(bad, state="stopped"), 99) == {}
    assert rules(bad, 99, replace(CONFIG, channels=("2",))) == {}
    assert len(rules(bad, 99, replace(CONFIG, channels=("1", "2")))) == 3


def test_a_disk_must_have_some_more_space_to_be_good_again() -> None:
    def full(free_gb: float, *active: str) -> list[str]:
        disks = (DiskSpace("home", int(free_gb * GB), 100 * GB),)
        return [each.text for each in disk_conditions(CONFIG, disks, active)]

    assert full(5.0) == []
    assert full(4.94) == ["the disk of the home has 4.9 GB free of 100 GB"]
    assert full(5.4, "disk home") == ["the disk of the home has 5.4 GB free of 100 GB"]
    assert full(5.6, "disk home") == []
    assert list(disk_conditions(replace(CONFIG, disk_free_gb=None), (DiskSpace("home", 0, 1),), ())) == []


def test_restarts_are_counted_over_ten_minutes() -> None:
    count = RestartCount()
    assert count.note("1", 7, 0.0) == 0  # those from before are not counted
    assert count.note("1", 9, 1.0) == 2
    assert count.note("1", 10, 500.0) == 3
    assert count.note("2", 0, 500.0) == 0
    assert count.note("1", 10, 600.9) == 3
    assert count.note("1", 10, 601.0) == 1
    assert count.note("1", 0, 700.0) == 1  # the channel was made again
    assert count.note("1", 1, 701.0) == 2
    count.forget(["2"])
    assert count.note("1", 5, 702.0) == 0


def test_what_cannot_be_judged_soon_after_the_start() -> None:
    early = replace(GOOD, monitored=False, upcoming=None)
    every = {(rule, "1") for rule in ("silence", "black", "plan_ends", "pool_short", "restarts")}
    assert set(unknown_subjects(CONFIG, early, 1.0)) == every
    assert set(unknown_subjects(CONFIG, replace(GOOD, state="starting"), RESTARTS_S)) == {
        ("silence", "1"), ("black", "1"),
    }  # fmt: skip
    assert set(unknown_subjects(CONFIG, GOOD, RESTARTS_S)) == set()
    assert set(unknown_subjects(CONFIG, replace(early, state="stopped"), 1.0)) == set()
    assert set(unknown_subjects(replace(CONFIG, channels=("2",)), early, 1.0)) == set()
