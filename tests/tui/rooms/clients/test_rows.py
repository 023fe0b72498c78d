"""The lines of clients and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.protocol.answers.clients import ClientAddress, ConnectedClient
from retrovue_tui.tui.rooms.clients.rows import (
    ADDRESS,
    BEHIND_S,
    ClientColumns,
    ClientRow,
    ClientRowState,
    address_facts,
    address_head,
    address_line,
    behind,
    client_rows,
    facts,
    head_line,
    row_line,
    state_of,
)
from tests.tui.clients import connected, reach
from tests.tui.station import NOW

WIDTHS = st.integers(79, 300)
ROWS: tuple[ClientRow, ...] = (*connected().clients, *connected().control_rooms)


def named(channel: str) -> str:
    return {"1": "1 Retro One", "2": "2 Retro Two"}[channel]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.client)
@given(width=WIDTHS)
def test_every_line_fits(row: ClientRow, width: int) -> None:
    columns = ClientColumns.of(width)
    assert columns.address >= ADDRESS
    assert head_line(columns).cell_length <= width
    for stale in (False, True):
        drawn = row_line(row, columns, ClientRowState(True, "1 Retro One", 360_000.0, stale))
        assert drawn.cell_length <= width
        assert drawn.plain.startswith(("▌ ● LIVE", "▌ ! BEHIND", "▌ ← CATCH-UP", "▌ ○ CONTROL"))
        assert row.client[:8] in drawn.plain


def test_a_line_shows_the_figures() -> None:
    line = row_line(ROWS[1], ClientColumns.of(79), ClientRowState(False, "2", 75.0)).plain.split()
    assert line == ["!", "BEHIND", "2", "VLC", "192.168.1.21", "01:15", "940", "kb/s", "4.2", "s", "2"]
    wide = row_line(ROWS[0], ClientColumns.of(120), ClientRowState(False, "1 Retro One", 4_000.0)).plain
    assert "1.6 GB" in wide
    assert "1 Retro One" in wide


def test_a_live_client_is_behind_from_some_seconds_on() -> None:
    def state(behind_s: float, mode: str = "live") -> str:
        return state_of(ConnectedClient("a", "1", "10.0.0.7", "VLC", NOW, mode, behind_s)).word  # type: ignore[arg-type]

    assert (state(BEHIND_S - 0.01), state(BEHIND_S), state(9_000, "catchup")) == ("LIVE", "BEHIND", "CATCH-UP")


def test_words_find_clients_by_all_that_is_shown() -> None:
    def found(words: str) -> list[str]:
        return [row.client for row in client_rows(connected(), words, named)]

    assert found("") == ["Kodi", "VLC", "OTT Navigator", "TiviMate", "retrovue-tui"]
    assert found("retro two") == ["VLC", "OTT Navigator"]
    assert found("RETRO behind") == ["VLC"]
    assert found("192.168.1.2") == ["Kodi", "VLC", "TiviMate"]
    assert found("catch") == ["TiviMate"]
    assert found("control") == ["retrovue-tui"]
    assert found("d1b2") == ["TiviMate"]
    assert found("nobody") == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "–"),
        (0.04, "–"),
        (0.4, "0.4 s"),
        (59.94, "59.9 s"),
        (75.0, "1m15"),
        (3_725.0, "1h02"),
        (183_600.0, "2d03h"),
    ],
)
def test_how_far_behind_is_short(seconds: float, text: str) -> None:
    assert behind(seconds) == text
    assert len(text) <= 6


def test_the_facts_are_a_sentence() -> None:
    assert facts(ROWS[1], "2 Retro Two", 75.0).endswith(
        "for 01:15; 720p of 2 Retro Two; 28.0 MB sent at 940 kb/s; 4.2 s behind;"
        " moved forward 2 times, missing 1.2 MB; id b1b2c3."
    )
    assert "behind" not in facts(ROWS[0], "1 Retro One", 4_000.0)
    assert facts(ROWS[4], "", 11_000.0).startswith("retrovue-tui at 127.0.0.1: a control room, connected at ")


@given(width=st.integers(60, 300), height=st.integers(0, 8))
def test_addresses_fit_and_are_shown_whole_where_there_is_room(width: int, height: int) -> None:
    assert address_head(width).cell_length <= width
    for row in reach().addresses:
        assert address_line(row, width, cursor=True, first=True).cell_length <= width
        lines = address_facts(row, ("http://172.17.0.1:8480",), width, height)
        assert len(lines) <= height
        assert all(each.cell_length <= width for each in lines)
    whole = "".join(each.plain.strip() for each in address_facts(row, (), width, 20))
    assert whole.endswith(row.url)


def test_the_kind_of_client_stands_once() -> None:
    row = ClientAddress("Kodi", "guide", "http://tv/iptv/xmltv.xml", "EPG: XMLTV URL.")
    assert "Kodi" in address_line(row, 78, cursor=False, first=True).plain
    assert "Kodi" not in address_line(row, 78, cursor=False, first=False).plain
    assert "Kodi" in address_line(row, 78, cursor=True, first=False).plain
