"""Alarms: how long something lasts is counted by the frame clock, whatever is done to the wall clock."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.monitoring.alarms import Alarm
from retrovue_tui.protocol.answers.pictures import ALARM_S

UNIX = 1_800_000_000.0


@dataclass
class One:
    id: str = "1"
    name: str = "One"


@pytest.mark.parametrize("jump", [0.0, 3_600.0, -3_600.0, 86_400.0])
def test_a_wall_clock_that_is_set_neither_raises_an_alarm_nor_keeps_one_back(jump: float) -> None:
    events = EventLog()
    alarm = Alarm("silent", One(), events)
    alarm.update(True, 100.0, 101.0, UNIX + 1)
    assert alarm.since == UNIX
    soon, due = 100.0 + ALARM_S - 0.5, 100.0 + ALARM_S + 0.5
    alarm.update(True, soon, soon, UNIX + soon - 100 + jump)
    assert events.after(0) == []
    assert alarm.since == UNIX + jump
    alarm.update(True, due, due, UNIX + due - 100 + jump)
    alarm.update(False, due + 1, due + 1, UNIX + due - 99 + jump)
    raised, over = events.after(0)
    assert (raised.data["since"], over.data["since"]) == (UNIX + jump, UNIX + jump)
    assert raised.message == f"One: silent for {ALARM_S:.0f} s"
    assert over.message == f"One: sound again, silent for {round(ALARM_S + 1.5)} s"
    assert alarm.since is None
