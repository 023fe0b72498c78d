"""Staged edits are applied exactly as the dry run reported them."""

from __future__ import annotations

from typing import Any

from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.rundown import RundownSnapshot
from retrovue_tui.tui.rooms.timeline.model.staging import StagedStep, Staging

BREAK = {"command": "insert_break", "entry": "film", "at_frame": 300, "seconds": 60}
TRIM = {"command": "trim", "entry": "k3f9", "out_frame": 30}


class Chooser:
    """A station that chooses another spot each time that it is asked to choose."""

    def __init__(self, *, tells: bool = True) -> None:
        self.tells = tells
        self.given: list[list[dict[str, Any]]] = []

    async def command(self, channel_id: str, name: str, **arguments: Any) -> Receipt:
        edits = [dict(edit) for edit in arguments["edits"]]
        self.given.append([dict(edit) for edit in edits])
        for edit in edits:
            if edit.pop("seconds", None) is not None:
                edit |= {"spots": [f"spot{len(self.given)}.mp4"], "ids": ["b1", "k3f9"]}
        return Receipt(True, 1, 1, rundown=RundownSnapshot(1), edits=tuple(edits) if self.tells else ())


async def test_the_spots_that_were_looked_at_are_those_that_air() -> None:
    station = Chooser()
    staging = Staging(station, "1", revision=1)
    assert (await staging.add(StagedStep("break", (BREAK,), 60.0))).done
    assert (await staging.add(StagedStep("trimmed", (TRIM, TRIM)))).done
    chosen = {
        "command": "insert_break",
        "entry": "film",
        "at_frame": 300,
        "spots": ["spot1.mp4"],
        "ids": ["b1", "k3f9"],
    }
    assert [step.edits for step in staging.steps] == [(chosen,), (TRIM, TRIM)]
    assert [step.label for step in staging.steps] == ["break", "trimmed"]
    assert (await staging.undo()).done
    assert (await staging.redo()).done
    assert (await staging.apply()).done
    assert station.given[0] == [BREAK]
    assert station.given[1:] == [[chosen, TRIM, TRIM], [chosen], [chosen, TRIM, TRIM], [chosen, TRIM, TRIM]]


async def test_a_station_that_tells_no_edits_is_given_them_as_they_were_asked_for() -> None:
    staging = Staging(Chooser(tells=False), "1", revision=1)
    assert (await staging.add(StagedStep("break", (BREAK,), 60.0))).done
    assert [step.edits for step in staging.steps] == [(BREAK,)]
