"""The control room before a fake station."""

from __future__ import annotations

import asyncio
import re
import signal
from dataclasses import replace

import pytest

from retrovue_tui.protocol.answers.snapshots import OnAir, UpcomingProblem
from retrovue_tui.tui.rooms.control_room.channel_table import ChannelTable
from retrovue_tui.tui.rooms.control_room.event_list import KEPT, EventList
from retrovue_tui.tui.rooms.control_room.monitor.monitor_pane import MonitorPane
from retrovue_tui.tui.rooms.control_room.on_air_card import OnAirCard
from retrovue_tui.tui.station_link import Pace
from tests.tui.conftest import QUICK, is_connected, open_room
from tests.tui.station import NOW, FakeStation, channel, station

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])


@SIZES
async def test_all_that_counts_is_on_screen(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        await room.shows(
            *("RETROVUE", "Demo Station", "● CONNECTED", "up 03:12:44", "FFmpeg 7.0.2", "3 viewers"),
            *("Retro One", "▶ ON AIR", "▣ SLATE", "The Late", "00:30:22", "◆ Cola 30", "◆ Soap flakes"),
            *("-00:30:22", "00:12:34;05", "/ 00:42:57;02", "» NEXT", "00:00:30 long"),
            *("29.97", "1.00×", "3.12 Mb/s", "1,204,331", "11:09:44", "41233", "212", "12.3 ms", "#31", "02:00:45"),
            *("no sound measured yet", "5 MIN", "30 MIN", "42 %", "Events", "q Quit"),
        )
        if size[1] >= 30:
            await room.shows("http://127.0.0.1:8480/iptv/channel/1.ts", "count.mpg", "SAFE", "JOIN", "Monitor")
        else:
            await room.shows("Events · Renders count.mpg  42 %  2.70×  done in 01:20  +3 more")
        assert all(len(line) <= size[0] for line in room.lines)


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (80, 10), (200, 60)])
async def test_no_size_breaks_it(size: tuple[int, int]) -> None:
    async with open_room(size=size, connected=False) as room:
        await room.until(lambda: is_connected(room))
        await room.pilot.press("q")
        await room.pilot.press("escape", "question_mark", "escape")
        await room.pilot.resize_terminal(80, 24)
        await room.shows("q Quit", "Retro One")


async def test_problems_that_are_still_to_come_follow_the_warnings() -> None:
    upcoming = (
        UpcomingProblem("break_short", NOW + 60, "the break at 21:14 is 4.2 s too short", "b1"),
        UpcomingProblem("file_gone", NOW + 90, "Soap at 21:20 is left out: soap.mp4: no such file", "/m/soap.mp4"),
    )
    warnings = ("soap.mp4 (line 3 of the rundown): no such file; passed over", "the pool is empty")
    shown = channel(1, warnings=warnings, upcoming=upcoming, more_upcoming=3)
    async with open_room(FakeStation(station(shown)), size=(120, 36)) as room:
        await room.shows("! the pool is empty", "! and 3 more problems to come")
        text = "\n".join(room.lines)
        order = [text.index(each) for each in ("the pool", "the break at 21:14", "Soap at 21:20", "and 3 more")]
        assert order == sorted(order)
        assert "line 3" not in text  # the file is named once


async def test_the_choice_moves_and_the_ends_hold() -> None:
    async with open_room() as room:
        table = room.app.room.query_one(ChannelTable)
        for keys, chosen in (("j", "2"), ("down", "3"), ("down", "3"), ("g", "1"), ("up", "1"), ("G", "3"), ("k", "2")):
            await room.pilot.press(keys)
            assert table.chosen == chosen
        await room.shows("2  Retro Two", "✗ 1", "! 23.9 ms", "! media/ads/broken.mp4 cannot be used")
        await room.pilot.press("home")
        assert table.chosen == "1"


async def test_a_click_chooses_a_channel() -> None:
    async with open_room() as room:
        assert await room.pilot.click(ChannelTable, offset=(10, 4))
        await room.shows("3  Retro Three", "nothing can air now")


async def test_the_choice_survives_other_channels_coming_and_going() -> None:
    async with open_room() as room:
        await room.pilot.press("end")
        room.station.change(channels=(channel(3), channel(9)))
        await room.shows("Retro 9")
        assert room.app.room.query_one(ChannelTable).chosen == "3"
        room.station.change(channels=(channel(9),))
        await room.shows("9  Retro 9")
        room.station.change(channels=())
        await room.shows("No channels. Add a [[channel]]", "No channel chosen")


async def test_many_channels_scroll_under_their_head() -> None:
    async with open_room(FakeStation(station(*(channel(each) for each in range(1, 60)))), (80, 24)) as room:
        await room.pilot.press("end")
        await room.shows("CH NAME", "59 Retro 59")
        await room.until(lambda: room.lines[3].endswith("VIEW"))
        row = next(line for line in room.lines if "59 Retro 59" in line)
        assert row[room.lines[3].index("VIEW") :][:4].strip() == "2", "beside the scroll bar, not under it"
        await room.pilot.press("home")
        await room.shows("CH NAME", "1 Retro One")


async def test_figures_move_without_a_new_layout() -> None:
    async with open_room() as room:
        await room.shows("Retro Three", "Renders ·")
        await room.pilot.pause()
        card = room.app.room.query_one(OnAirCard)
        before = card.region
        now = channel(1)
        assert now.on_air is not None
        on_air = type(now.on_air)("e1", "programme", "The Late Picture Show", "/m", 755.2, 1821.9, 2577.1)
        room.station.change(channels=(channel(1, on_air=on_air), *room.station.snapshot.channels[1:]))
        await room.shows("00:30:21", "00:12:35;05")
        assert card.region == before


async def test_nothing_is_painted_where_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_room() as room:
        await room.shows("Retro Three", "Renders ·")
        monitor = room.app.room.query_one(MonitorPane)
        await room.until(lambda: monitor.picture is not None)
        drawn = room.station.asked
        await room.until(lambda: room.station.asked > drawn + 2)
        await room.pilot.pause()
        painted: list[object] = []
        monkeypatch.setattr(room.app, "_display", lambda *args: painted.append(args))
        asked = room.station.asked
        await room.until(lambda: room.station.asked > asked + 5)
        assert painted == []


async def test_many_warnings_leave_room_for_the_rest() -> None:
    warnings = tuple(f"file {each} is not there" for each in range(9))
    async with open_room(FakeStation(station(channel(1, warnings=warnings)))) as room:
        await room.shows("! file 1 is not there", "and 5 more; the events list them", "Events")
        assert "file 4" not in room.text


async def test_the_slate_counts_nothing_down() -> None:
    slate = OnAir("", "slate", "Please stand by", "", 0.0, 0.0, 0.0)
    async with open_room(FakeStation(station(channel(1, state="slate", on_air=slate)))) as room:
        await room.shows("▣ SLATE", "Please stand by")
        assert "00:00:00" not in room.text


async def test_y_copies_the_address_and_says_so() -> None:
    async with open_room() as room:
        await room.pilot.press("down", "y")
        assert room.app.clipboard == "http://127.0.0.1:8480/iptv/channel/2.ts"
        await room.shows("Copied: stream of Retro Two")


async def test_tab_goes_round_the_panes() -> None:
    async with open_room() as room:
        seen = []
        for _ in range(4):
            assert room.app.focused is not None
            seen.append(room.app.focused.id)
            await room.pilot.press("tab")
        assert seen == ["channels", "detail", "events", "channels"]


# --- events -----------------------------------------------------------------------------------------------------------


async def test_events_are_listed_with_channel_and_level() -> None:
    async with open_room() as room:
        room.station.log.publish("entry_started", "took deck 5, 0 video jumps", channel="1")
        room.station.log.publish("deck_failed", "deck 5 ended with code 1", channel="2", level="error")
        await room.shows("took deck 5", "deck 5 ended with code 1")
        row = next(line for line in room.lines if "ended with code" in line)
        assert re.search(r"\d\d:\d\d:\d\d ✗ +2 +deck 5", row)


async def test_the_log_follows_unless_someone_reads_above() -> None:
    async with open_room(size=(80, 24)) as room:
        await room.pilot.press("tab", "tab")
        for each in range(40):
            room.station.log.publish("entry_started", f"event number {each}.")
        await room.shows("event number 39.")
        await room.pilot.press("g")
        await room.shows("event number 0.", "newer events below")
        room.station.log.publish("entry_started", "the newest")
        await room.until(lambda: "the newest" in room.app.room.query_one(EventList).messages)
        await room.pilot.pause()
        assert "event number 0." in room.text
        await room.pilot.press("G")
        await room.shows("the newest")


async def test_a_scroll_up_counts_although_events_have_just_come() -> None:
    async with open_room(size=(80, 24)) as room:
        for each in range(40):
            room.station.log.publish("entry_started", f"event number {each}.")
        await room.shows("event number 39.")
        log = room.app.room.query_one(EventList)
        log.add(room.station.log.after(room.station.log.last_id - 1))
        log.scroll_home(animate=False, immediate=True)
        await room.shows("event number 0.", "newer events below")
        await room.pilot.pause()
        assert "event number 0." in room.text


async def test_the_log_is_bounded() -> None:
    fake = FakeStation()
    for each in range(KEPT + 500):
        fake.log.publish("entry_started", f"event {each}.")
    async with open_room(fake) as room:
        await room.shows(f"event {KEPT + 499}.")
        assert len(room.app.room.query_one(EventList).messages) == KEPT


# --- a lost station ---------------------------------------------------------------------------------------------------


@SIZES
async def test_a_lost_station_is_reported_and_found_again(size: tuple[int, int]) -> None:
    async with open_room(size=size) as room:
        room.station.log.publish("entry_started", "before")
        await room.shows("before")
        room.station.leave("No station answers (Connection refused).")
        await room.shows("✗ STATION LOST", "✗ LOST", "Connection refused", "? ON AIR", "The Late", "last known,")
        room.clock.now = NOW + 75
        await room.shows("for 01:15")
        room.station.log.publish("entry_started", "meanwhile")
        room.station.come_back()
        await room.shows("● CONNECTED", "▶ ON AIR", "answers again, after 01:15", "meanwhile")
        assert "STATION LOST" not in room.text
        messages = list(room.app.room.query_one(EventList).messages)
        assert messages.count("before") == messages.count("meanwhile") == 1


async def test_a_station_that_hangs_is_lost_too() -> None:
    async with open_room(pace=replace(QUICK, answer_s=0.2)) as room:
        room.station.hangs = True
        await room.shows("✗ STATION LOST", "did not answer within 0.2 s")


async def test_without_a_station_at_the_start_the_room_says_so_and_waits() -> None:
    fake = FakeStation()
    fake.leave("No station answers.")
    async with open_room(fake, (80, 24), connected=False) as room:
        await room.shows("✗ NO STATION", "Waiting for the station at http://127.0.0.1:8480")
        fake.come_back()
        await room.shows("● CONNECTED", "Demo Station", "▶ ON AIR")


async def test_a_restarted_station_sends_its_events_from_the_beginning() -> None:
    async with open_room() as room:
        for each in range(5):
            room.station.log.publish("entry_started", f"old {each}")
        await room.shows("old 4")
        room.station.leave()
        await room.shows("STATION LOST")
        room.station.log = type(room.station.log)()
        room.station.log.publish("station", "new 0")
        room.station.change(pid=4_001)
        room.station.come_back()
        await room.shows("new 0", "restarted")


async def test_retries_grow_but_not_beyond_their_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeStation()
    fake.leave()
    async with open_room(fake, connected=False, pace=Pace(0.01, 0.2, 0.001, 0.008)) as room:
        delays: list[float] = []
        monkeypatch.setattr(room.app, "_draw", lambda: delays.append(room.app.view.retry_s))
        await room.until(lambda: len(delays) >= 4)
        assert delays[-1] == 0.008
        assert delays == sorted(delays)


# --- leaving ----------------------------------------------------------------------------------------------------------


async def test_q_leaves_a_station_of_someone_else_without_a_question() -> None:
    off = channel(1, state="stopped", viewers=0)
    async with open_room(FakeStation(station(off)), own=False) as room:
        await room.pilot.press("q")
        await room.until(lambda: room.app.return_value is not None)
        assert room.app.return_value == "leave"


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("enter",), "leave"),
        (("tab", "enter"), "stop"),
        (("right", "enter"), "stop"),
        (("S",), "stop"),
        (("R",), "restart"),
        (("l",), "leave"),
        (("ctrl+c",), "leave"),
        (("escape",), None),
        (("tab", "tab", "enter"), None),
        (("s",), None),
    ],
)
@pytest.mark.parametrize("opener", ["q", "ctrl+c"])
async def test_leaving_an_own_station_asks(opener: str, keys: tuple[str, ...], answer: str | None) -> None:
    async with open_room(size=(80, 24)) as room:
        await room.pilot.press(opener)
        await room.shows("3 channels on air, 3 viewers connected", "cuts off 3 viewers", "play on")
        await room.pilot.press(*keys)
        await room.pilot.pause()
        assert room.app.return_value == answer


async def test_the_station_is_restarted_by_a_click() -> None:
    async with open_room(size=(80, 24)) as room:
        await room.pilot.press("q")
        await room.shows("Restart station")
        row, line = next((y, line) for y, line in enumerate(room.lines) if "Restart station" in line)
        await room.pilot.click(offset=(line.index("Restart station") + 3, row))
        await room.until(lambda: room.app.return_value == "restart")


async def test_the_question_keeps_up_with_the_viewers() -> None:
    async with open_room() as room:
        await room.pilot.press("q")
        room.station.change(channels=(channel(1, viewers=0),))
        await room.shows("1 channel on air, 0 viewers connected", "nobody is watching")
        room.station.leave()
        await room.shows("Station lost. Last known: 1 channel on air")


@pytest.mark.parametrize("each", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_the_screen_and_leaves_the_station(each: signal.Signals) -> None:
    async with open_room() as room:
        signal.raise_signal(each)
        await room.until(lambda: room.app.return_value is not None)
        assert room.app.return_value == "leave"


# --- without colours --------------------------------------------------------------------------------------------------


async def test_without_colours_the_words_and_glyphs_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_room() as room:
        assert room.app.no_color
        await room.shows("▌  1", "▶ AIR", "▶ ON AIR", "▣ SLATE", "● CONNECTED")
        await room.pilot.press("down")
        await room.shows("▌  2", "✗ 1", "! 23.9 ms")


async def test_markup_in_names_is_only_text() -> None:
    name = "[red]One[/] [@click=app.quit]x[/]"
    async with open_room(FakeStation(station(channel(1, name=name))), (160, 40)) as room:
        await room.shows(f"1  {name} ")
        await room.pilot.press("y")
        await room.shows(f"stream of {name}")


async def test_a_hundred_answers_a_second_do_not_pile_up() -> None:
    async with open_room(pace=Pace(poll_s=0.001)) as room:
        asked = room.station.asked
        await room.until(lambda: room.station.asked > asked + 100)
        await asyncio.sleep(0)
        assert room.app.message_queue_size < 10
