"""The bin before a fake station: every key, every state."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import StationError
from retrovue_tui.protocol.answers.library import LibrarySnapshot
from retrovue_tui.protocol.answers.receipts import Downstream, Receipt
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui.rooms.bin.insert_dialog import InsertScreen
from retrovue_tui.tui.rooms.bin.placement import EntryFrame
from retrovue_tui.tui.rooms.bin.screen import BinScreen
from retrovue_tui.tui.rooms.control_room.channel_table import ChannelTable
from tests.tui.conftest import open_room
from tests.tui.media_rows import a_bin, media, with_bin
from tests.tui.station import ACCEPTED, NOW, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.tui.conftest import Room

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=["80x24", "120x36", "200x60"])
LATE, MATINEE, TORN, COLA, SOAP = (row.file for row in a_bin())


def screen(room: Room) -> BinScreen:
    bin_room = room.app.rooms.all[3]
    assert isinstance(bin_room, BinScreen)
    return bin_room


def under_cursor(room: Room) -> str:
    row = screen(room)._table.row
    return row.file if row else ""


async def go_in(room: Room, *shown: str) -> None:
    await room.pilot.press("3")
    await room.shows("Bin · ", *(shown or ("Late Show",)))


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """The bin, with five files in it."""
    async with open_room(with_bin()) as room:
        await go_in(room)
        yield room


@SIZES
async def test_all_that_counts_is_on_screen(size: tuple[int, int]) -> None:
    async with open_room(with_bin(), size) as room:
        await go_in(
            room, "Bin · 5 files · 1 broken · by kind", "b inserts into Retro One", "DURATION", "PREPARED", "GAIN",
            "AIRED", "LAST", "Late Show", "01:40", "100 % ✓", "+0.5 dB", "42 %", "◆ Cola",
            "✗ it ends in the middle", "never", "FILE", LATE, "00:01:39;29 · 2997 frames", "b Insert", "/ Filter",
        )  # fmt: skip
        assert all(len(line) <= size[0] for line in room.lines)


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (110, 10)])
async def test_no_size_breaks_it(size: tuple[int, int]) -> None:
    async with open_room(with_bin(), size, connected=False) as room:
        await room.pilot.press("3", "p", "space", "slash", "escape", "b", "escape")
        await room.pilot.resize_terminal(80, 24)
        await room.shows("Late Show", "Bin · 5 files")


async def test_the_cursor_moves_and_the_ends_hold(room: Room) -> None:
    for key, file in (
        ("down", MATINEE), ("j", TORN), ("G", SOAP), ("down", SOAP), ("k", COLA), ("g", LATE), ("up", LATE),
        ("end", SOAP), ("home", LATE), ("pagedown", SOAP), ("pageup", LATE),
    ):  # fmt: skip
        await room.pilot.press(key)
        assert under_cursor(room) == file, key
    await room.pilot.press("down", "down")
    await room.shows("PROBLEM", "✗ it ends in the middle of a frame", TORN)


async def test_a_click_moves_it_and_a_second_one_shows_the_picture(room: Room) -> None:
    await room.pilot.click("#bin-table", offset=(10, 3))
    await room.until(lambda: under_cursor(room) == MATINEE)
    is_open = screen(room)._side.is_open
    await room.pilot.click("#bin-table", offset=(10, 4), times=2)
    await room.until(lambda: under_cursor(room) == TORN and screen(room)._side.is_open != is_open)


async def test_sort_and_turn_round(room: Room) -> None:
    await room.pilot.press("s")
    await room.shows("by title", "TITLE▴")
    assert [row.file for row in screen(room)._table.rows] == [COLA, LATE, MATINEE, SOAP, TORN]
    assert under_cursor(room) == LATE
    await room.pilot.press("r")
    await room.shows("by title, reversed", "TITLE▾")
    assert [row.file for row in screen(room)._table.rows] == [TORN, SOAP, MATINEE, LATE, COLA]
    await room.pilot.press(*("s" * 9))
    await room.shows("by kind", "KIND, TITLE▴")


async def test_a_filter_narrows_and_escape_takes_it_back(room: Room) -> None:
    await room.pilot.press("slash", *"ads mpeg2")
    await room.shows("Bin · 1 of 5 files", "◆ Soap")
    assert "Late Show" not in room.text
    await room.pilot.press("enter", "y")
    await room.shows("Copied", SOAP)
    await room.pilot.press("slash", *"zz")
    await room.shows("No file has these words; esc shows all files.")
    await room.pilot.press("escape")
    await room.shows("Bin · 5 files", "Late Show")
    await room.pilot.press("escape")
    await room.until(lambda: room.app.screen is room.app.room)


async def test_marks_are_counted_and_taken_back(room: Room) -> None:
    await room.pilot.press("space", "down", "space")
    await room.shows("◉ Late Show", "◉ torn", "2 marked, 01:40")
    assert under_cursor(room) == COLA
    await room.pilot.press("asterisk")
    await room.shows("5 marked")
    await room.pilot.press("asterisk")
    await room.shows("1 marked")
    await room.pilot.press("escape")
    await room.until(lambda: "marked" not in room.text)


async def test_the_path_is_copied(room: Room) -> None:
    await room.pilot.press("y")
    await room.shows("Copied", LATE)
    assert room.app.clipboard == LATE
    await room.pilot.press("down", "space", "space", "space", "y")
    await room.until(lambda: room.app.clipboard == "\n".join((MATINEE, TORN, COLA)))


async def test_prepare_now(room: Room) -> None:
    await room.pilot.press("P")
    await room.shows("Prepare", "Late Show: prepared after the media that airs soon.")
    await room.pilot.press("down", "space", "down", "space", "P")
    await room.shows("2 files: prepared after")
    assert room.station.prepared == [LATE, MATINEE, COLA]


async def test_a_file_that_cannot_be_prepared_says_why(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def prepare(file: str) -> None:
        raise Refused(f"{file}: it is torn.", 409, "cannot_prepare")

    monkeypatch.setattr(room.station, "prepare", prepare)
    await room.pilot.press("asterisk", "P")
    await room.shows("Refused: Prepare", f"{LATE}: it is torn.", "and 1 more")


async def test_progress_is_seen_as_it_comes(room: Room) -> None:
    rows = list(a_bin())
    rows[1] = dataclasses.replace(rows[1], prepared=0.87)
    jobs = tuple(dataclasses.replace(job, file=MATINEE) for job in room.station.snapshot.jobs[:1])
    room.station.change(jobs=jobs)
    room.station.bin = LibrarySnapshot(tuple(rows))
    room.station.log.publish("prepare", "some of it")
    await room.shows("87 % ▸")
    await room.pilot.press("down")
    await room.shows("87 %, rendering now")


async def test_the_preview_shows_frames_and_steps(room: Room) -> None:
    side = screen(room)._side
    await room.shows("00:00:09;29 · frame 299")
    for key, frame in (
        ("right", 300), ("left", 299), ("shift+right", 329), ("shift+left", 299), ("ctrl+right", 2099),
        ("ctrl+right", 2996), ("right", 2996), ("ctrl+left", 1196), ("ctrl+left", 0), ("left", 0),
    ):  # fmt: skip
        await room.pilot.press(key)
        assert side.frame == frame, key
    await room.shows("00:00:00;00 · frame 0")
    assert (LATE, 0) in room.station.previewed
    await room.pilot.press("down")
    await room.until(lambda: (MATINEE, 2997) in room.station.previewed)
    await room.pilot.press("p")
    await room.until(lambda: "frame 2,997" not in room.text)
    asked = len(room.station.previewed)
    await room.pilot.press("right", "enter")
    await room.shows("frame 2,998")
    assert len(room.station.previewed) == asked + 1


async def test_a_picture_that_cannot_be_had_says_why(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def preview(*args: object) -> None:
        raise StationError("the file is away")

    monkeypatch.setattr(room.station, "preview", preview)
    await room.pilot.press("down")
    await room.shows("no picture", "the file is away")
    await room.pilot.press("down")
    await room.shows("no picture", "it ends in the middle of a frame")


async def test_trim_in_out_and_clear(room: Room) -> None:
    await room.pilot.press("i")
    await room.shows("01:40✎", "in 00:00:09;29 · out 00:01:39;28", "00:01:30;00 of 00:01:39;29")
    await room.pilot.press("shift+right", "o")
    await room.shows("out 00:00:10;29", "00:00:01;01 of")
    await room.pilot.press("x")
    await room.until(lambda: "✎" not in room.text)
    await room.pilot.press("p", "i")
    await room.shows("Press p first: in and out are set")
    await room.pilot.press("down", "down", "o")
    await room.shows("There is nothing to trim.")


DRY = Receipt(
    True, 32, 8, NOW + 59.5, 59.5, ("spot Cola inserted",), downstream=(Downstream("e2", "Count", NOW + 90, 90.0),),
    warnings=("the break is long",),
)  # fmt: skip


async def test_insert_says_what_it_does_and_does_it(room: Room) -> None:
    room.station.answer = DRY
    await room.pilot.press("down", "down", "down", "b")
    await room.shows(
        "Insert · Retro One", "Cola, 00:30", "◉ after Title of e1, on air, before the spots of break b4",
        "○ at the end of break b4", "○ at the end of the rundown", "spot Cola inserted", "On air in 59.50 s",
        "Count", "! the break is long",
    )  # fmt: skip
    await room.pilot.press("down")
    await room.shows("◉ at the end of break b4")
    await room.until(lambda: room.station.given[-1][2]["edits"][0].get("before") == "e2")
    await room.shows("spot Cola inserted")
    await room.pilot.press("enter")
    await room.shows("Insert · Retro One", "spot Cola inserted")
    channel, name, arguments = room.station.given[-1]
    edit = {"command": "insert", "file": COLA, "kind": "spot", "before": "e2", "break": "b4"}
    assert (channel, name, arguments) == ("1", "apply", {"edits": (edit,)})


async def test_insert_takes_the_marks_in_their_order_and_the_trims(room: Room) -> None:
    await room.pilot.press("down", "i", "space", "up", "up", "space", "b")
    await room.shows("2 programmes, 16:40", "break b9 in")
    await room.pilot.press("enter")
    await room.until(lambda: room.station.given and not room.station.given[-1][2].get("dry_run"))
    edits = room.station.given[-1][2]["edits"]
    assert [(each["file"], each.get("in_frame")) for each in edits] == [(MATINEE, 2997), (LATE, None)]
    await room.until(lambda: "marked" not in room.text)


async def test_insert_at_the_cursor_of_the_timeline(room: Room) -> None:
    screen(room).point(EntryFrame("e2", 900))
    await room.pilot.press("G", "b")
    await room.shows("◉ at the timeline's cursor, a break in Title of e2", "break b9 in")
    await room.pilot.press("enter")
    await room.until(lambda: room.station.given and not room.station.given[-1][2].get("dry_run"))
    assert room.station.given[-1] == ("1", "insert_break", {"entry": "e2", "at_frame": 900, "spots": (SOAP,)})


async def test_a_refused_insert_cannot_be_given(room: Room) -> None:
    room.station.answer = Receipt(False, 1, 1, reason="that is on its way already")
    await room.pilot.press("b")
    await room.shows("✗ Refused: that is on its way already")
    await room.pilot.press("enter")
    assert isinstance(room.app.screen, InsertScreen)
    await room.pilot.press("escape")
    await room.until(lambda: room.app.screen is screen(room))
    assert all(given[2].get("dry_run") for given in room.station.given)


async def test_an_insert_keeps_up_with_the_air(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrovue_tui.tui.rooms.bin.insert_dialog.AGAIN_S", 0.02)
    room.station.answer = StationError("it is away")
    await room.pilot.press("b")
    await room.shows("✗ it is away")
    room.station.answer = ACCEPTED
    room.station.rundowns.clear()
    await room.shows("◉ at the end of the rundown", "break b9 in")


async def test_a_broken_file_is_not_inserted(room: Room) -> None:
    await room.pilot.press("down", "down", "b")
    await room.shows("Torn cannot air: it ends in the middle of a frame.")
    assert room.station.given == []


async def test_it_inserts_into_the_channel_of_the_other_rooms(room: Room) -> None:
    await room.pilot.press("greater_than_sign")
    await room.shows("b inserts into Retro Two")
    await room.pilot.press("b")
    await room.shows("Insert · Retro Two")


async def test_a_choice_that_is_told_late_does_not_undo_a_newer_one(room: Room) -> None:
    first, second, *_ = (channel.id for channel in room.app.view.channels)
    await room.pilot.press("greater_than_sign")
    await room.shows("b inserts into Retro Two")
    room.app.post_message(ChannelTable.ChannelChosen(first))
    await room.pilot.pause()
    assert room.app.room.chosen_id == second
    await room.shows("b inserts into Retro Two")


async def test_open_in_the_player(room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    film, seen = tmp_path / "film.mkv", tmp_path / "film.mkv.seen"
    film.write_bytes(b"x")
    script = "import pathlib, sys; pathlib.Path(sys.argv[1] + '.seen').write_text('x')"
    monkeypatch.setenv("RETROVUE_PLAYER", f'{sys.executable} -c "{script}"')
    await room.pilot.press("v")
    await room.shows("Not opened", "the file is on the station's machine")
    room.station.bin = LibrarySnapshot((media("film", file=str(film)),))
    room.station.log.publish("library", "another library")
    await room.shows("Bin · 1 file ·")
    await room.pilot.press("v")
    await room.shows("Opening in the player")
    await room.until(seen.exists)


# --- other states ---------------------------------------------------------------------------------------------------


async def test_an_empty_library_says_where_media_go() -> None:
    async with open_room(with_bin(())) as room:
        await go_in(room, "No media. Put files into the folders of [library] and [pools] in retrovue.toml.", "no file")
        await room.pilot.press("b")
        await room.shows("There is no file to insert.")
        await room.pilot.press("p", "i", "x", "space", "asterisk", "s", "r", "P", "y", "v", "G")
        await room.shows("There is no file here.")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Refused("There is no GET /api/library here.", 404, "not_found"), "it is an old version"),
        (Refused("The station is still starting; try again in a moment.", 503, "not_ready"), "still starting"),
    ],
)
async def test_a_station_that_cannot_tell_says_why(error: Refused, said: str) -> None:
    station = FakeStation()

    async def library() -> LibrarySnapshot:
        raise error

    station.library = library  # type: ignore[method-assign]
    async with open_room(station) as room:
        await go_in(room, said)


async def test_a_lost_station_leaves_the_last_known(room: Room) -> None:
    room.station.leave("No station answers here.")
    await room.shows("✗ STATION LOST", "last known,", "Late Show")
    await room.pilot.press("b")
    await room.shows("The station is lost.")
    room.station.come_back()
    await room.until(lambda: "last known" not in room.text)


async def test_it_keeps_its_state_while_another_room_is_on_screen(room: Room) -> None:
    await room.pilot.press("down", "space", "1")
    await room.until(lambda: room.app.screen is room.app.room)
    await room.pilot.press("3")
    await room.shows("◉ Matinee", "1 marked")
    assert under_cursor(room) == TORN


async def test_thousands_of_files_scroll_under_the_head() -> None:
    rows = tuple(media(f"Film {number:04d}") for number in range(5_000))
    async with open_room(with_bin(rows), (80, 24)) as room:
        await go_in(room, "5,000 files", "Film 0000")
        await room.pilot.press("G")
        await room.shows("Film 4999", "DURATION")
        await room.pilot.press("pageup", "up")
        assert under_cursor(room) == "/media/Film 4985.mkv"
        await room.pilot.press("pagedown", "down", "home", "down", "down")
        await room.shows("Film 0000")
        assert under_cursor(room) == "/media/Film 0002.mkv"
        await room.pilot.press("slash", *"4321")
        await room.shows("1 of 5,000 files", "Film 4321")
