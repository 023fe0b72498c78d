"""Snapshots as JSON and back."""

from __future__ import annotations

import json

import pytest

from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, DeckFigures, OnAir, PrepareJob, StationSnapshot
from retrovue_tui.protocol.json_codec import from_json, to_json

ON_AIR = OnAir("e1", "programme", "Film", "/f.mp4", 1.0, 2.0, 3.0)
DECK = DeckFigures(1, 2, 29.97, 1.0, 3000.0, 0, 0, 5.0)
CHANNEL = ChannelSnapshot("1", 1, "One", "on_air", "http://x/1.ts", on_air=ON_AIR, deck=DECK, warnings=("disk full",))
JOB = PrepareJob("/f.mp4", "running", 0.5, 100.0, 3.5, None)
STATION = StationSnapshot(
    "S", "1", 2, 3.0, 4.0, "/h", "u", "9.0", "720p", "25", channels=(CHANNEL,), jobs=(JOB,), warnings=("a", "b")
)


def test_a_snapshot_survives_the_wire() -> None:
    assert from_json(StationSnapshot, json.loads(json.dumps(to_json(STATION)))) == STATION


def test_a_station_of_an_older_version_reports_no_lock() -> None:
    data = to_json(STATION)
    del data["lock_s"]
    assert from_json(StationSnapshot, data).lock_s == 0.0


def test_an_older_reader_passes_over_what_it_does_not_know() -> None:
    data = to_json(CHANNEL) | {"mood": "good"}
    assert from_json(ChannelSnapshot, data) == CHANNEL


@pytest.mark.parametrize("data", [None, [], "x", {}, {"id": "1"}])
def test_other_json_is_refused_as_a_snapshot(data: object) -> None:
    with pytest.raises(ValueError, match=r"ChannelSnapshot|missing|object"):
        from_json(ChannelSnapshot, data)
