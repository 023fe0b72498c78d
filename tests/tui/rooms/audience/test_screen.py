"""The audience room before a fake station, and before a real server with a real log."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.protocol.answers.audience import AudienceFilter
from retrovue_tui.protocol.client import StationClient
from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.dialogs.export import ExportScreen
from retrovue_tui.tui.rooms.audience.screen import AudienceScreen
from tests.playout.asrun.scripted_audience import ScriptedAudience
from tests.server.conftest import serving
from tests.server.fakes import FakeAsRun, FakeChannel
from tests.server.fakes import FakeStation as ServedStation
from tests.tui.audience_rows import COLA, SOAP, report, with_audience
from tests.tui.conftest import QUICK, Clock, Room, open_room
from tests.tui.station import NOW, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.protocol.answers.audience import AudienceReport, Dimension
    from tests.server.fakes import FakeAudience

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)], ids=["80x24", "120x36", "200x60"])


def screen(room: Room) -> AudienceScreen:
    found = room.app.rooms.all[6]
    assert isinstance(found, AudienceScreen)
    return found


def labels(room: Room) -> list[str]:
    return [row.label for row in screen(room)._table.rows]


def under_cursor(room: Room) -> str:
    row = screen(room)._table.row
    return row.label if row else ""


async def go_in(room: Room) -> None:
    await room.pilot.press("6")
    await room.shows("Audience – 1 Retro One · last 7 days · 4 spots", "Cola 30", "30 s")


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with open_room(with_audience(), (120, 36)) as room:
        await go_in(room)
        yield room


@SIZES
async def test_all_that_counts_is_on_screen(size: tuple[int, int]) -> None:
    async with open_room(with_audience(), size) as room:
        await go_in(room)
        await room.shows(
            "NOW 4 viewers   1 Retro One 3 (1 HLS, 2 TS)   2 Retro Two 1 (1 TS)", "▸spot", "advertiser", "programme",
            "SPOT", "AIRINGS", "CUT", "SEEN", "STAYED", "All together", "Soap flakes", "Car [new]", "85.8 %", "1.77 h",
            "During one airing – All together", "100 %", "0 s", "15 s", "stayed • audience", "→ Group by", "e Export",
            "65, 62 complete",
        )  # fmt: skip
        if size[0] > 80:
            await room.shows("BY HOUR", "most at 20:00", "14.8 per viewer-hour; 4.2 before the breaks")
        assert all(len(line) <= size[0] for line in room.lines)
        await room.pilot.press("down", "down")
        await room.shows("During one airing – Soap flakes", "Too little to compare")


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (110, 10)])
async def test_no_size_breaks_it(size: tuple[int, int]) -> None:
    async with open_room(with_audience(), size, connected=False) as room:
        await room.pilot.press("6", "down", "slash", "escape", "e", "escape", "P", "escape", "b", "right", "enter", "x")
        await room.pilot.resize_terminal(80, 24)
        await room.shows("Audience – 1 Retro One")


async def test_each_dimension_has_its_rows_and_the_details_of_the_row_under_the_cursor(room: Room) -> None:
    for shown in (
        ("ADVERTISER", "Cola Inc.", "(no advertiser)", "2 advertisers"), ("PLACE IN BREAK", "2 positions"),
        ("BREAK", "1/b2", "1 break"), ("PROGRAMME", "The Late Picture Show", "1 programme"),
        ("HOUR OF DAY", "08:00", "2 hours"), ("VARIANT", "cola-b.mp4", "2 variants"),
        ("CHANNEL", "1 Retro One", "2 Retro Two", "2 channels"), ("SPOT", "Cola 30", "4 spots"),
    ):  # fmt: skip
        await room.pilot.press("right")
        await room.shows(*shown)
    await room.pilot.press("h", "l", "left", "left")
    await room.shows("2 variants")
    await room.pilot.press("G")
    await room.shows("During one airing – cola-b.mp4", "No difference between cola.mp4 and cola-b.mp4", "-3.1 ─")
    asked, by = room.station.asked_figures[-1]
    assert (asked.dimension, asked.key, by) == ("variant", "/ads/cola-b.mp4", "hour")
    await room.pilot.press("b")
    await room.shows("Through the breaks – cola-b.mp4", "2:30", "60 viewers in 20 airings")


async def test_an_answer_that_comes_late_is_dropped(room: Room) -> None:
    before = room.station.figures
    room.station.answers.clear()
    await room.pilot.press("right")
    await room.until(lambda: room.station.asked_figures[-1][1] == "advertiser")
    await room.shows("Waiting for the figures")
    await room.pilot.press("right")
    await room.until(lambda: room.station.asked_figures[-1][1] == "position")
    message = AudienceScreen.ReportFetched(
        replace(screen(room).query_now, by="advertiser"), before(AudienceFilter(), "advertiser")
    )
    screen(room).post_message(message)
    room.station.answers.set()
    await room.shows("2 positions")
    assert labels(room) == ["All together", "1", "2"]


async def test_filters_are_sent_shown_and_reset(room: Room) -> None:
    def asked() -> AudienceFilter:
        return next(each for each, _ in reversed(room.station.asked_figures) if each.dimension is None)

    assert (asked().channel, asked().since) == ("1", NOW - 7 * 86_400)
    await room.pilot.press("p")
    await room.shows("last 30 days")
    await room.until(lambda: asked().since == NOW - 30 * 86_400)
    await room.pilot.press("p")
    await room.shows("all time")
    await room.until(lambda: asked().since is None)
    await room.pilot.press("p")
    await room.shows("No spot has aired on 1 Retro One (today).", "a counts all channels, p takes another period, x")
    await room.pilot.press("P", *"soon", "enter")
    await room.shows("'soon' is not a time")
    await room.pilot.press(*["backspace"] * 4, *"2026-03-01..2026-03-02", "enter")
    await room.shows("2026-03-01..2026-03-02", "Soap flakes")
    assert (asked().since, asked().until) != (None, None)
    await room.pilot.press("a")
    await room.shows("Audience – every channel")
    await room.until(lambda: asked().channel is None)
    await room.pilot.press("x")
    await room.shows("every channel · last 7 days")
    await room.pilot.press("a", "greater_than_sign")
    await room.shows("Audience – 2 Retro Two")
    await room.until(lambda: asked().channel == "2")


async def test_looking_closer_and_back(room: Room) -> None:
    await room.pilot.press("enter")
    await room.shows("Only a spot, an advertiser")
    await room.pilot.press("down", "enter")
    await room.shows("only spot cola · 2 variants", "cola-b.mp4")
    await room.until(lambda: any(each.spot == COLA and by == "variant" for each, by in room.station.asked_figures))
    await room.pilot.press("escape")
    await room.shows("4 spots", "Soap flakes")
    await room.pilot.press("right")
    await room.shows("2 advertisers")
    await room.pilot.press("down", "enter")
    await room.shows("only Cola Inc. · 4 spots")
    await room.pilot.press("x")
    await room.shows("last 7 days · 4 spots")
    assert "only" not in room.lines[4]
    await room.pilot.press("left")
    await room.shows("2 channels")
    await room.pilot.press("G", "enter")
    await room.shows("Audience – 2 Retro Two · last 7 days · 4 spots")
    chosen = room.app.chosen
    assert chosen is not None
    assert chosen.id == "2"


async def test_words_orders_the_cursor_and_the_clipboard(room: Room) -> None:
    for key, label in (("down", "Cola 30"), ("j", "Soap flakes"), ("k", "Cola 30"), ("G", "Tea"), ("g", "All together"),
                       ("pagedown", "Tea"), ("pageup", "All together")):  # fmt: skip
        await room.pilot.press(key)
        assert under_cursor(room) == label, key
    await room.pilot.press("s", "s", "s", "s")
    await room.shows("lowest share first", "STAYED▴")
    assert labels(room) == ["All together", "Car [new]", "Cola 30", "Soap flakes", "Tea"]
    await room.pilot.press("slash", *"so fl", "enter")
    await room.until(lambda: labels(room) == ["Soap flakes"])
    await room.pilot.press("y")
    assert room.app.clipboard.startswith("Soap flakes\nAIRINGS: 20, all complete\nSTAYED: 96.0 %")
    await room.pilot.press("escape")
    await room.until(lambda: len(labels(room)) == 5)
    await room.pilot.press("slash", *"zzz", "enter")
    await room.shows("No row has these words; esc shows all rows.")
    await room.pilot.press("y")
    await room.shows("There is no row here.")


async def test_the_mouse_works(room: Room) -> None:
    tabs = next(at for at, text in enumerate(room.lines) if "▸spot" in text)
    await room.pilot.click(offset=(room.lines[tabs].index("hour"), tabs))
    await room.shows("HOUR OF DAY", "20:00")
    await room.pilot.click(offset=(room.lines[tabs].index("spot"), tabs))
    await room.shows("Soap flakes")
    row = next(at for at, text in enumerate(room.lines) if "Soap flakes" in text)
    await room.pilot.click(offset=(5, row))
    await room.shows("During one airing – Soap flakes")
    await room.pilot.click(offset=(5, row), times=2)
    await room.shows("only spot soap")


async def test_figures_come_again_after_an_event_and_by_key(room: Room) -> None:
    def more(wanted: AudienceFilter, by: Dimension) -> AudienceReport:
        found = report(wanted, by)
        rows = tuple(replace(row, label=f"{row.label}!") for row in found.rows)
        return replace(found, rows=rows, rows_left_out=7)

    room.station.figures = more
    await room.pilot.press("r")
    await room.shows("Cola 30!", "7 smaller ones not shown")
    room.station.no_figures = "The log is locked."
    await room.pilot.press("r")
    await room.shows("not up to date: The log is locked.", "Cola 30!")
    room.station.no_figures, room.station.figures = "", report
    room.station.log.publish("entry_ended", "Cola has ended", channel="1")
    await room.until(lambda: "Cola 30!" not in room.text)


async def test_a_lost_station_an_old_one_and_nothing_aired() -> None:
    async with open_room(FakeStation(), (80, 24)) as room:
        await room.pilot.press("6")
        await room.shows("No spot has aired on 1 Retro One (last 7 days)", "NOW 0 viewers")
        await room.pilot.press("p", "p", "a", "e")
        await room.shows("No spot has aired.", "x drops all filters, B airs a", "There are no figures to export.")
        room.station.is_old = True
        await room.pilot.press("right")
        await room.shows("This station cannot show this: it is an old version.")
        room.station.is_old, room.station.figures = False, report
        await room.shows("Cola Inc.")
        room.station.leave()
        await room.shows("last known", "Cola Inc.")
        room.station.come_back()
        await room.until(lambda: "last known" not in room.text)


async def test_figures_and_every_airing_are_exported(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def export(name: str, *buttons: str) -> str:
        await room.pilot.press("e")
        await room.until(lambda: isinstance(room.app.screen, ExportScreen) and room.app.screen.query("#file"))
        asked = room.app.screen
        assert isinstance(asked, ExportScreen)
        for each in (*buttons, "#file"):
            await room.pilot.click(each)
        asked._file.value = str(tmp_path / name)
        await room.pilot.press("enter")
        await room.until((tmp_path / name).exists)
        await room.shows("Exported")
        return (tmp_path / name).read_text(encoding="utf-8")

    await room.pilot.press("slash", *"soap", "enter")
    await room.shows("1 spot")
    rows = list(csv.DictReader((await export("a.csv")).splitlines()))
    assert [(row["key"], row["airings"]) for row in rows] == [(SOAP, "20")]
    found = json.loads(await export("a.json"))
    assert (found["by"], len(found["rows"]), found["curve"]["viewers_start"]) == ("spot", 1, 324)
    rows = list(csv.DictReader((await export("proof.csv", "#rows-whole")).splitlines()))
    assert [row["id"] for row in rows] == ["a-2", "a-1", "a-0"]
    assert "<svg" in await export("proof.html")
    await room.pilot.press("e")
    await room.shows("Export audience by spot · last 7 days", "○ every airing")
    await room.pilot.click("#as-html")
    await room.shows("◉ every airing", ".html")
    await room.pilot.click("#rows-shown")
    await room.shows("○ every airing", ".csv", "◉ CSV")


async def test_on_a_real_server_with_a_real_log(tmp_path: Path) -> None:
    async def at_once(at: float) -> float:
        return at

    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    await ScriptedAudience(60, 20.0).play(log, at_once)
    station, fake = ServedStation([FakeChannel("1", 1, "Retro One")]), FakeAsRun()
    fake.audience = cast("FakeAudience", log.audience)
    station.asrun = fake
    async with serving(station) as served, StationClient(served.url) as client:
        app = ControlRoom(client, False, clock=Clock(), pace=QUICK)
        async with app.run_test(size=(120, 36), notifications=True) as pilot:
            room = Room(app, pilot, FakeStation(), Clock())
            await room.shows("CONNECTED")
            await pilot.press("6")
            await room.shows("No spot has aired on 1 Retro One")
            await pilot.press("p", "p")
            await room.shows("all time", "3 spots", "Cola", "20 s", "BY HOUR")
            await pilot.press("down")
            await room.shows("During one airing – ", "in 1 airing")
            await pilot.press("right", "right")
            await room.shows("3 positions")
            await pilot.press("G")
            await room.until(lambda: "During one airing – 3" in room.text and "in 1 airing" in room.text)
    await log.close()
