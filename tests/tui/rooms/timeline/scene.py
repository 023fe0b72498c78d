"""A rundown of a film with two breaks, and a station that edits it a little."""

from __future__ import annotations

import dataclasses
from typing import Any

from retrovue_tui.protocol.answers.library import LibraryRow, LibrarySnapshot
from retrovue_tui.protocol.answers.pictures import AssetCue, AssetFacts
from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.rundown import HistoryRow, HistorySnapshot, RundownRow, RundownSnapshot
from retrovue_tui.timecode import FrameRate
from retrovue_tui.tui.rooms.timeline.model.geometry import Axis
from retrovue_tui.tui.rooms.timeline.model.line_plan import LinePlan
from tests.tui.station import NOW, FakeStation, station

RATE = FrameRate.parse("30000/1001")
SECOND = 1001 / 30000
BEGUN = NOW - 100.0
FILM = "/m/late.mkv"
CUES = (AssetCue(6_000, "chapter", "Two"), AssetCue(20_000, "chapter", "Three"))


def laid(*entries: tuple[str, str, str, int, int, str | None]) -> tuple[RundownRow, ...]:
    """Rows from (id, kind, file, in, out, break), one behind the other; the first is on air since `BEGUN`."""
    rows: list[RundownRow] = []
    at = BEGUN
    for id_, kind, file, first, end, block in entries:
        length = (end - first) * SECOND
        title = file.rpartition("/")[2].partition(".")[0].title()
        status = "on_air" if not rows else "planned"
        rows.append(
            RundownRow(id_, kind, title, file, first, end, length, at, status, block)  # type: ignore[arg-type]
        )
        at += length
    return tuple(rows)


ROWS = laid(
    ("e1", "programme", FILM, 0, 9_000, None),
    ("s1", "spot", "/m/cola.mp4", 0, 450, "b1"),
    ("s2", "spot", "/m/soap.webm", 0, 600, "b1"),
    ("e2", "programme", FILM, 9_000, 27_000, None),
    ("s3", "spot", "/m/tyres.mp4", 0, 300, "b2"),
    ("e3", "programme", "/m/count.mpg", 0, 9_000, None),
)


def plan(rows: tuple[RundownRow, ...] = ROWS, revision: int = 8) -> LinePlan:
    """The rundown on the line of today."""
    return LinePlan(RundownSnapshot(revision, rows), Axis.of_day(NOW, RATE), NOW)


class EditingStation(FakeStation):
    """Answers `apply` with its effect: breaks of whole spots are inserted and removed, and all else stays. With `no`,
    it refuses all commands; it refuses edits with an argument in `nos`."""

    def __init__(self) -> None:
        super().__init__(station())
        self.no = ""
        self.nos: dict[tuple[str, object], str] = {}
        self.revise(8)
        self.insides[FILM] = AssetFacts(FILM, 27_000, CUES, tuple(-20.0 for _ in range(901)))
        self.histories["1"] = HistorySnapshot(8, (HistoryRow("break b1 moved", NOW - 60),))
        names = ("Cola", "Soap", "Tyres", "Tea")
        rows = [
            LibraryRow(f"/m/{name}.mp4", name, "spot", ("ads",), 450, 15.0, prepared=1.0, gain_db=-1.5 if at else None)
            for at, name in enumerate(names)
        ]
        broken = LibraryRow("/m/Ash.mp4", "Ash", "spot", ("ads",), problem="it ends in the middle of a frame")
        self.bin = LibrarySnapshot((broken, *rows))

    def revise(self, revision: int, rows: tuple[RundownRow, ...] = ROWS) -> None:
        """From now on the rundown is this."""
        self.rundowns["1"] = RundownSnapshot(revision, rows)
        channels = (dataclasses.replace(each, revision=revision) for each in self.snapshot.channels)
        self.change(channels=tuple(channels))

    async def command(self, channel_id: str, name: str, **arguments: Any) -> Receipt:
        """As a station does it, but for the air."""
        answer = await super().command(channel_id, name, **arguments)
        if name != "apply":
            return answer
        revision = self.rundowns["1"].revision
        if arguments["revision"] != revision:
            return Receipt(False, 1, revision, reason=f"the rundown is at revision {revision} by now")
        arguments_given = (
            argument for edit in arguments["edits"] for argument in edit.items() if argument[0] != "spots"
        )
        if no := self.no or next((self.nos[each] for each in arguments_given if each in self.nos), ""):
            return Receipt(False, 1, revision, reason=no)
        rows = list(self.rundowns["1"].entries)
        for number, edit in enumerate(arguments["edits"]):
            rows = _edited(rows, edit, number)
        if not arguments["dry_run"]:
            self.revise(revision + 1, tuple(rows))
            return Receipt(True, 32, revision + 1, changes=("done",))
        return Receipt(True, 32, revision, rundown=RundownSnapshot(revision, tuple(rows)), edits=())


def _edited(rows: list[RundownRow], edit: dict[str, Any], number: int) -> list[RundownRow]:
    if edit["command"] == "remove_break":
        return _timed([row for row in rows if row.break_id != edit["break"]])
    if edit["command"] != "insert_break":
        return rows
    at = next(index for index, row in enumerate(rows) if row.id == edit["entry"])
    row, cut = rows[at], edit["at_frame"]
    seconds = edit.get("seconds", 15.0 * len(edit.get("spots", ()))) // 15 * 15.0
    spot = dataclasses.replace(
        row, id=f"n{number}", kind="spot", title="New", file="/m/new.mp4", in_frame=0, out_frame=None,
        duration_s=seconds, status="planned", break_id=f"b{9 + number}",
    )  # fmt: skip
    first = dataclasses.replace(row, out_frame=cut, duration_s=(cut - row.in_frame) * SECOND)
    rest = dataclasses.replace(
        row, id=f"{row.id}+{number}", in_frame=cut, duration_s=row.duration_s - first.duration_s, status="planned"
    )
    return _timed([*rows[:at], first, spot, rest, *rows[at + 1 :]])


def _timed(rows: list[RundownRow]) -> list[RundownRow]:
    at, found = BEGUN, []
    for row in rows:
        found.append(dataclasses.replace(row, start_at=at))
        at += row.duration_s
    return found
