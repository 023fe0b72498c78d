"""The as-run room before a fake station."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui.dialogs.export import ExportScreen
from retrovue_tui.tui.rooms.asrun.screen import AsRunScreen
from tests.tui.conftest import open_room
from tests.tui.media_rows import GOOD, aired
from tests.tui.station import NOW, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from tests.tui.conftest import Room

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=["80x24", "120x36", "200x60"])


def with_log(count: int = 30) -> FakeStation:
    """Spots, a film in trouble, one on air; and another channel's."""
    station = FakeStation()
    rows = [aired(number) for number in range(count)]
    rows[count // 2] = aired(
        count // 2, kind="programme", title="The Film", break_id=None, ended="cut", note="break now", frames_aired=450,
        seam_out=dataclasses.replace(GOOD, video_jumps=1),
    )  # fmt: skip
    rows.append(live(count, "Cola", 12.4))
    station.aired = [*rows, aired(count + 1, channel="2", title="Elsewhere", kind="slate", break_id=None)]
    station.aired.sort(key=lambda row: row.started_at)
    return station


def live(number: int, title: str, since: float) -> AsRunEntry:
    """The row of an entry that has been on air for this number of seconds."""
    at = NOW - since
    return aired(number, title=title, ended=None, started_at=at, planned_at=at, frames_aired=0, seam_out=None)


def written(folder: Path) -> str:
    (path,) = folder.glob("asrun-1-2026-*.csv")
    return path.read_text()


def screen(room: Room) -> AsRunScreen:
    found = room.app.rooms.all[4]
    assert isinstance(found, AsRunScreen)
    return found


def under_cursor(room: Room) -> str:
    row = screen(room)._table.row
    return row.id if row else ""


async def go_in(room: Room, *shown: str) -> None:
    await room.pilot.press("4")
    await room.shows("As-run · ", *(shown or ("Cola",)))


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """The room, with 31 rows of channel 1."""
    async with open_room(with_log()) as room:
        await go_in(room)
        yield room


@SIZES
async def test_all_that_counts_is_on_screen(size: tuple[int, int]) -> None:
    station = with_log()
    station.log.publish("entry_started", "took deck 5", channel="1")
    async with open_room(station, size) as room:
        await go_in(
            room, "As-run · 1 Retro One · 31 rows", "START", "OFF", "AIRED", "PLANNED", "ENDED", "JOIN", "◆ Cola",
            "▶ ON AIR", "✓ complete", "00:12", "00:30", "BEGAN", "JOINS", "in ✓ 3.2 ms (join) · out not measured",
            "Events", "took deck 5", "e Export", "/ Filter",
        )  # fmt: skip
        assert all(len(line) <= size[0] for line in room.lines)
        assert "Elsewhere" not in room.text


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (110, 10)])
async def test_no_size_breaks_it(size: tuple[int, int]) -> None:
    async with open_room(with_log(), size, connected=False) as room:
        await room.pilot.press("4", "tab", "slash", "escape", "e", "escape", "n")
        await room.pilot.resize_terminal(80, 24)
        await room.shows("As-run · 1 Retro One")


async def test_the_cursor_moves_follows_and_stays(room: Room) -> None:
    for key, row in (
        ("up", "r-29"), ("k", "r-28"), ("down", "r-29"), ("g", "r-0"), ("up", "r-0"), ("j", "r-1"), ("G", "r-30"),
        ("home", "r-0"), ("end", "r-30"), ("pageup", "r-10"), ("pagedown", "r-30"),
    ):  # fmt: skip
        await room.pilot.press(key)
        assert under_cursor(room) == row, key
    await room.pilot.press("up")
    await room.shows("newer rows below: G")
    assert under_cursor(room) == "r-29"


async def test_the_log_grows_while_one_looks(room: Room) -> None:
    station = room.station
    station.aired[-1] = dataclasses.replace(station.aired[-1], ended="complete", frames_aired=899, seam_out=GOOD)
    station.aired.append(live(31, "Soap", 1.0))
    station.log.publish("entry_started", "Soap on air", channel="1")
    await room.shows("◆ Soap", "32 rows")
    assert under_cursor(room) == "r-31"
    await room.pilot.press("up", "up")
    station.aired.append(live(32, "Tea", 0.0))
    station.log.publish("entry_started", "Tea on air", channel="1")
    await room.shows("33 rows", "newer rows below")
    assert under_cursor(room) == "r-29"


async def test_the_row_on_air_grows_by_the_second(room: Room) -> None:
    await room.shows("00:12")
    room.station.change(at=NOW + 3.0)
    await room.shows("00:15")


async def test_older_rows_are_fetched_as_one_goes_back() -> None:
    async with open_room(with_log(1_000), (80, 24)) as room:
        await go_in(room, "200 rows · back to")
        for _ in range(10):
            if "1001 rows" in room.text:
                break
            before = len(screen(room)._table.rows)
            await room.pilot.press("g")
            await room.until(lambda before=before: len(screen(room)._table.rows) > before)  # type: ignore[misc]
        await room.shows("1001 rows")
        await room.pilot.press("g")
        await room.until(lambda: under_cursor(room) == "r-0")
        assert [row.id for row in screen(room)._table.rows] == [f"r-{number}" for number in range(1_001)]


async def test_the_row_that_is_read_stays_where_it_is_as_older_ones_come() -> None:
    async with open_room(with_log(500), (80, 24)) as room:
        await go_in(room, "200 rows")
        await room.pilot.press("g")
        await room.until(lambda: len(screen(room)._table.rows) > 201)
        assert under_cursor(room) == "r-301"
        await room.shows("Spot 301")


async def test_a_filter_looks_back_through_the_whole_log() -> None:
    station = with_log(3_000)
    station.aired[3] = aired(3, title="Needle")
    async with open_room(station, (80, 24)) as room:
        await go_in(room, "200 rows")
        await room.pilot.press("slash", *"needle")
        await room.shows("◆ Needle", "1 of 3001 rows")
        await room.pilot.press("enter", "slash", *"zz")
        await room.shows("No row has these words; esc shows all rows.")
        await room.pilot.press("escape")
        await room.shows("· 3001 rows")
        await room.pilot.press("escape")
        await room.until(lambda: room.app.screen is room.app.room)


async def test_every_channel_and_each_kind(room: Room) -> None:
    await room.pilot.press("a")
    await room.shows("As-run · every channel · 32 rows", "▣ Elsewhere", "CH")
    await room.pilot.press("f")
    await room.shows("programmes · 1 row", "The Film")
    await room.pilot.press("f")
    await room.shows("spots · 30 rows")
    await room.pilot.press("f")
    await room.shows("slates · 1 row", "▣ Elsewhere")
    await room.pilot.press("a")
    await room.shows("As-run · 1 Retro One · slates", "No slates have aired on Retro One yet.")
    await room.pilot.press("escape")
    await room.shows("As-run · 1 Retro One · 31 rows")


async def test_another_channel(room: Room) -> None:
    await room.pilot.press("greater_than_sign")
    await room.shows("As-run · 2 Retro Two · 1 row", "▣ Elsewhere")
    await room.pilot.press("greater_than_sign")
    await room.shows("Nothing has aired on Retro Three yet.", "no row")
    await room.pilot.press("n", "e", "y", "g", "G", "up", "pageup")
    await room.shows("Every listed row aired as planned.", "There is nothing to export.")


async def test_the_next_trouble(room: Room) -> None:
    await room.pilot.press("n")
    await room.shows("■ cut", "· break now", "out ✗ 1 video jump (join)", "✗ 1 fault")
    assert under_cursor(room) == "r-15"


async def test_the_facts_are_copied(room: Room) -> None:
    await room.pilot.press("n", "y")
    await room.shows("Copied: the facts of this row")
    assert room.app.clipboard.startswith("The Film\nBEGAN: ")
    assert "FILE: /m/spot-15.mp4" in room.app.clipboard


async def test_the_events_are_a_pane_of_their_own() -> None:
    station = with_log()
    for number in range(40):
        station.log.publish("entry_started", f"took deck {number}", channel="1")
    async with open_room(station, (80, 24)) as room:
        await go_in(room, "took deck 39")
        assert "took deck 30" not in room.text
        await room.pilot.press("tab")
        await room.shows("took deck 31")
        await room.pilot.press("g")
        await room.shows("took deck 0", "newer events below")
        await room.pilot.press("question_mark")
        await room.shows("Scroll to older events")


async def test_a_click_chooses_a_row(room: Room) -> None:
    await room.pilot.press("g")
    await room.pilot.click("#asrun-table", offset=(10, 4))
    await room.until(lambda: under_cursor(room) == "r-2")


# --- export -----------------------------------------------------------------------------------------------------------


async def test_the_listed_rows_go_to_a_csv_file(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    await room.pilot.press("slash", *"cola", "enter")
    await room.shows("1 of 31 rows")
    await room.pilot.press("e")
    await room.shows("Export as-run · 1 Retro One", "◉ CSV", "○ JSON", "◉ the 1 listed", "○ all in the log", "in ")
    await room.pilot.press("enter")
    await room.shows("Exported", "1 row in")
    assert written(tmp_path).splitlines()[1].startswith("r-30,1,e30,spot,Cola")


async def test_the_whole_log_goes_to_a_json_file(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    await room.pilot.press("slash", *"cola", "enter", "e")
    await room.shows("Export as-run")
    asked = room.app.screen
    assert isinstance(asked, ExportScreen)
    asked._file.value = str(path)
    await room.shows("◉ JSON")
    await room.pilot.click("#rows-whole")
    await room.shows("◉ all in the log")
    await room.pilot.click("#write")
    await room.shows("Exported", "31 rows in")
    assert len(json.loads(path.read_text())) == 31


async def test_a_file_that_is_there_is_named_before_it_is_replaced(room: Room, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    await room.pilot.press("e")
    await room.shows("Export as-run")
    asked = room.app.screen
    assert isinstance(asked, ExportScreen)
    asked._file.value = str(path)
    await room.pilot.press("enter")
    await room.shows("exists already; press enter again to replace", "Replace")
    assert path.read_text() == "mine"
    await room.pilot.press("escape", "e")
    await room.shows("Export as-run")
    assert path.read_text() == "mine"
    asked = room.app.screen
    assert isinstance(asked, ExportScreen)
    asked._file.value = str(path)
    await room.pilot.press("enter")
    await room.shows("Replace")
    await room.pilot.press("enter")
    await room.shows("Exported", "31 rows in")
    assert path.read_text().startswith("id,channel")


async def test_the_format_and_the_name_keep_together(room: Room) -> None:
    await room.pilot.press("e")
    await room.shows("Export as-run", ".csv")
    await room.pilot.click("#as-json")
    await room.shows("◉ JSON", "○ CSV", ".json")
    await room.pilot.press("up", "up", "down", "down")
    await room.pilot.click("#as-csv")
    await room.shows("◉ CSV", ".csv")
    await room.pilot.click("#cancel")
    await room.until(lambda: room.app.screen is screen(room))


@pytest.mark.parametrize(
    ("name", "said"), [("", "type a file name"), ("/", "is a folder"), ("/no/where.csv", "no folder")]
)
async def test_a_name_that_is_none_says_why(room: Room, name: str, said: str) -> None:
    await room.pilot.press("e")
    await room.shows("Export as-run")
    asked = room.app.screen
    assert isinstance(asked, ExportScreen)
    asked._file.value = name
    await room.pilot.press("enter")
    await room.shows("✗ ", said)
    assert room.app.screen is asked


async def test_an_export_that_cannot_be_written_says_why(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    await room.pilot.press("e")
    await room.shows("Export as-run")
    asked = room.app.screen
    assert isinstance(asked, ExportScreen)
    asked._file.value = str(folder / "a.csv")

    def replace(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", replace)
    await room.pilot.press("enter")
    await room.shows("Not exported")  # where the path is long, the reason is told over several lines
    assert any("No space left on device." in toast.message for toast in room.app._notifications)


# --- other states -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("There is no GET /api/asrun here.", 404, "not_found"), "it is an old version"),
        (Refused("The station keeps no as-run log yet; try again in a moment.", 503, "x"), "keeps no as-run log yet"),
    ],
)
async def test_a_station_that_cannot_tell_says_why(error: Refused, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    station = FakeStation()

    async def asrun(*args: object, **more: object) -> None:
        raise error

    monkeypatch.setattr(station, "asrun", asrun)
    async with open_room(station) as room:
        await go_in(room, said)


async def test_a_lost_station_leaves_the_last_known(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.station.leave("No station answers here.")
    await room.shows("✗ STATION LOST", "last known,", "◆ Cola")
    room.station.come_back()
    await room.until(lambda: "last known" not in room.text)


async def test_it_keeps_its_place_while_another_room_is_on_screen(room: Room) -> None:
    await room.pilot.press("g", "down", "down", "1")
    await room.until(lambda: room.app.screen is room.app.room)
    room.station.aired.append(live(32, "Tea", 0.0))
    await room.pilot.press("4")
    await room.shows("32 rows")
    assert under_cursor(room) == "r-2"
