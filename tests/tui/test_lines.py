"""The lines of the widgets, without a screen."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from rich.cells import cell_len

from retrovue_tui.protocol.answers.snapshots import PrepareState, Seams
from retrovue_tui.protocol.events import Event
from retrovue_tui.tui.rooms.control_room.channel_table import ChannelColumns, channel_parts, head_line
from retrovue_tui.tui.rooms.control_room.event_list import event_lines
from retrovue_tui.tui.rooms.control_room.figure_grid import figure_groups
from retrovue_tui.tui.rooms.control_room.job_list import job_line, job_summary
from retrovue_tui.tui.station_view import StationView
from retrovue_tui.tui.text import tally
from retrovue_tui.tui.widgets.station_header import station_facts
from retrovue_tui.tui.widgets.text_sheet import line
from tests.tui.station import NOW, channel, jobs, station, three_channels


@pytest.mark.parametrize("width", [70, 80, 99, 100, 120, 200])
def test_a_channel_stands_under_the_head_at_any_width(width: int) -> None:
    columns = ChannelColumns.of(width)
    head = head_line(columns).plain
    assert cell_len(head) <= width
    for each in three_channels():
        for stale in (False, True):
            text = line(*channel_parts(each, columns, chosen=True, stale=stale)).plain
            assert cell_len(text) == cell_len(head)
            assert text[head.index("NAME") :].startswith(each.name[:5])
            head_end = head.index("VIEW") + columns.viewers
            assert text[:head_end].endswith(f" {each.viewers}")


def test_wide_characters_and_controls_do_not_move_the_columns() -> None:
    columns = ChannelColumns.of(80)
    usual = line(*channel_parts(channel(), columns, chosen=False, stale=False))
    odd = line(*channel_parts(channel(name="映画チャンネル\x1b[2J"), columns, chosen=False, stale=False))
    assert odd.cell_length == usual.cell_length
    assert "\x1b" not in odd.plain


@pytest.mark.parametrize("state", ["starting", "on_air", "slate", "stopped"])
def test_every_state_has_a_word_and_a_glyph_of_its_own(state: str) -> None:
    shown = tally.channel_state(state)
    assert shown.word == state.upper().replace("_", " ")
    others = [other for name, other in tally.CHANNEL_STATES.items() if name != state]
    assert shown.glyph not in {other.glyph for other in others}


def test_a_state_of_a_newer_station_is_shown_as_it_is() -> None:
    assert tally.channel_state("off_line").text == "? OFF LINE"


def test_a_stale_state_is_a_question() -> None:
    text = line(*channel_parts(channel(), ChannelColumns.of(80), chosen=False, stale=True)).plain
    assert "? AIR" in text
    assert "▶" not in text


def test_figures_that_are_not_as_they_should_be_are_marked() -> None:
    def marked(**changes: Any) -> dict[str, str]:
        groups = figure_groups(channel(**changes), "30000/1001")
        return {
            figure.label: figure.severity
            for group in groups
            for figure in group.figures
            if figure.severity in ("warn", "bad")
        }

    deck = channel().deck
    assert deck is not None
    assert marked() == {}
    assert marked(seams=Seams(9, 1, 21.5, 2)) == {"v-jumps": "bad", "audio": "warn", "cc-err": "bad"}
    assert marked(deck=dataclasses.replace(deck, fps=20.0, speed=0.6, dup_frames=1, drop_frames=2)) == {
        "fps": "warn",
        "speed": "warn",
        "dup": "warn",
        "drop": "warn",
    }
    assert marked(restarts=1) == {"restarts": "warn"}
    assert marked(prepare=PrepareState(3.0, 1, 0.5, 1.0)) == {"ready": "warn"}
    assert marked(prepare=PrepareState(3.0, 0, 1.0, 0.0)) == {}


def test_there_are_always_twenty_figures() -> None:
    for each in (None, channel(), channel(deck=None)):
        groups = figure_groups(each, "25")
        assert [len(group.figures) for group in groups] == [4] * 5


def test_an_event_has_time_level_channel_and_wraps_under_itself() -> None:
    event = Event(1, NOW, "deck_failed", "deck 7 ended with code 183: Invalid data found", "b", "error")
    first, *rest = event_lines(event, 50, {"b": "12"})
    assert first.plain.split()[1:3] == ["✗", "12"]
    assert len(rest) == 1
    assert rest[0].plain.index(rest[0].plain.strip()) == first.plain.index("deck")
    assert all(each.cell_length <= 50 for each in (first, *rest))
    (only,) = event_lines(event, 50, {}, wrap=False)
    assert only.plain.rstrip().endswith("…")


def test_renders_say_how_far_how_fast_how_long() -> None:
    running, _, waiting, failed = jobs()
    assert "42 %" in job_line(running, 46).plain
    assert "2.70×" in job_line(running, 46).plain
    assert "01:20" in job_line(running, 46).plain
    assert "waiting" in job_line(waiting, 46).plain
    away = dataclasses.replace(running, machine="render-1")
    assert "on render-1 ━" in job_line(away, 60).plain
    assert job_line(away, 46).cell_length == 46
    assert "no video stream" in job_line(failed, 46).plain
    assert all(job_line(job, 46).cell_length == 46 for job in jobs())
    assert job_summary(jobs()) == "count.mpg  42 %  2.70×  done in 01:20  +3 more"
    assert job_summary(()).startswith("nothing to render")
    assert job_summary((failed,)) == "broken.mp4  failed: no video stream"


def test_the_station_in_a_line() -> None:
    snapshot = station()
    facts = station_facts(StationView("", "connected", snapshot), snapshot)
    assert facts[:4] == ["up 03:12:44", "3 viewers", "FFmpeg 7.0.2", "720p 29.97"]
