"""The queries by which players request the past."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.protocol.answers.catchup import PastRequest
from retrovue_tui.server.catchup_query import past_request
from retrovue_tui.server.http import HttpError


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, None),
        ({"burst": "0", "lutc": "1795000000"}, None),
        ({"utc": "1795000000"}, PastRequest(1_795_000_000.0)),
        ({"utc": "1795000000.25", "lutc": "1795003600"}, PastRequest(1_795_000_000.25, client_now=1_795_003_600.0)),
        ({"start": "100", "end": "160", "now": "200"}, PastRequest(100.0, 160.0, client_now=200.0)),
        ({"utc": "100", "utcend": "160", "timestamp": "200"}, PastRequest(100.0, 160.0, client_now=200.0)),
        ({"utc": "100", "duration": "60", "pace": "0"}, PastRequest(100.0, 160.0, paced=False)),
        ({"utc": "100", "utcend": "130", "duration": "60", "pace": "1"}, PastRequest(100.0, 130.0)),
        ({"start": "programme"}, PastRequest(None)),
        ({"start": "programme", "end": "160"}, PastRequest(None, 160.0)),
    ],
)
def test_the_queries_of_players_are_read(query: dict[str, str], wanted: PastRequest | None) -> None:
    assert past_request(query) == wanted


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"utc": "{utc}"}, "utc is a Unix time in seconds, such as 1795000000, not '{utc}'."),
        ({"utc": ""}, "utc is a Unix time in seconds, such as 1795000000, not ''."),
        ({"utc": "programme"}, "utc is a Unix time in seconds, such as 1795000000, not 'programme'."),
        ({"start": "now"}, "start is a Unix time in seconds, such as 1795000000, or start=programme, not 'now'."),
        ({"utc": "1795000000000"}, "utc is a Unix time in seconds, such as 1795000000, not '1795000000000'."),
        ({"utc": "-5"}, "utc is a Unix time"),
        ({"utc": "nan"}, "utc is a Unix time"),
        ({"utc": "1e9"}, "utc is a Unix time"),
        ({"utc": "٣"}, "utc is a Unix time"),
        ({"utc": "5", "end": "soon"}, "end is a Unix time in seconds, such as 1795000000, not 'soon'."),
        ({"utc": "5", "duration": "1h"}, "duration is a number of seconds, not '1h'."),
        ({"utc": "5", "lutc": "x"}, "lutc is a Unix time"),
        ({"start": "programme", "duration": "60"}, "duration needs a time to start at"),
        ({"utc": "5", "pace": "2"}, "pace is 0 (as fast as possible) or 1 (real time), not '2'."),
    ],
)
def test_a_malformed_parameter_is_named(query: dict[str, str], message: str) -> None:
    with pytest.raises(HttpError) as refused:
        past_request(query)
    assert refused.value.status == 400
    assert refused.value.message.startswith(message)


NAMES = ("utc", "start", "lutc", "now", "timestamp", "utcend", "end", "duration", "pace", "burst")


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30) | st.from_regex(r"[0-9]{1,12}", fullmatch=True)))
def test_any_query_is_read_or_refused_in_one_line(query: dict[str, str]) -> None:
    past, refused = None, None
    try:
        past = past_request(query)
    except HttpError as error:
        refused = error
    if refused is not None:
        assert refused.status == 400
        assert len(refused.message) < 200
        assert refused.message.isprintable()
    elif past is None:
        assert "utc" not in query
        assert "start" not in query
    else:
        assert all(each is None or 0 <= each < 1e13 for each in (past.start, past.end, past.client_now))
