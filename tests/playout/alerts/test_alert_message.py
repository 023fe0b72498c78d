"""Messages: what they say, and how alerts are grouped into them."""

from __future__ import annotations

import json
from dataclasses import replace

from retrovue_tui.playout.alerts.alert_message import MOST, AlertMessage, PendingAlerts
from retrovue_tui.protocol.answers.alerts import Alert

ALERT = Alert("slate 1", "slate", "One: slate for 10s", 100.0, "1")
OVER = replace(ALERT, ended=130.0, text="One: slate for 30s")
DISK = Alert("disk home", "disk", "the disk is full", 90.0)


def test_one_alert_is_its_own_title() -> None:
    message = AlertMessage("Test", 1.0, (ALERT,), 1)
    assert (message.title, message.text) == ("Test: One: slate for 10s", "One: slate for 10s\n1 active")
    clear = AlertMessage("Test", 1.0, (OVER,), 0)
    assert clear.title == "Test: over: One: slate for 30s"
    assert clear.text == "over: One: slate for 30s\nall clear: nothing is wrong any more"


def test_several_alerts() -> None:
    assert AlertMessage("Test", 1.0, (DISK, OVER), 1).title == "Test: 1 problem, 1 over"
    assert AlertMessage("Test", 1.0, (OVER, OVER), 0).title == "Test: 2 over; all clear"


def test_as_json() -> None:
    data = json.loads(json.dumps(AlertMessage("Test", 1.0, (DISK, OVER), 1).to_json()))
    assert (data["station"], data["active"], data["more"]) == ("Test", 1, 0)
    assert data["alerts"][1] == {
        "id": "slate 1", "rule": "slate", "text": "One: slate for 30s", "since": 100.0, "channel": "1", "ended": 130.0,
        "times": 1, "state": "over",
    }  # fmt: skip
    assert data["alerts"][0]["state"] == "active"


def test_an_alert_is_in_a_message_once_in_its_last_state() -> None:
    pending = PendingAlerts()
    assert not pending
    pending.add([OVER, DISK])
    pending.add([ALERT])
    pending.add([OVER])
    message = pending.take("Test", 5.0, 1)
    assert message.alerts == (DISK, OVER)
    assert not pending


def test_a_message_is_limited() -> None:
    pending = PendingAlerts()
    pending.add(replace(DISK, id=str(number)) for number in range(MOST + 7))
    message = pending.take("Test", 5.0, MOST + 7)
    assert (len(message.alerts), message.more) == (MOST, 7)
    assert message.title == f"Test: {MOST + 7} problems"
    assert "and 7 more" in message.text
