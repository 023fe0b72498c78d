"""The as-run log over real sockets."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.asrun import AsRunEntry, AsRunFilter, SeamFacts
from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.protocol.json_codec import from_json
from tests.server.fakes import FakeAsRun

if TYPE_CHECKING:
    from tests.server.conftest import Served

ENTRY = AsRunEntry(
    "r-1", "1", "e1", "spot", "Cola", "/m/cola.mp4", "b2", 3, 99.5, 30, 100.0, 45, 101.0, 75, 0, 30, 30, "complete",
    seam_in=SeamFacts("take", 0, 0, 1.25),
)  # fmt: skip


async def test_what_aired(served: Served) -> None:
    served.station.asrun = log = FakeAsRun(ENTRY, dataclasses.replace(ENTRY, id="r-2"))
    url = f"{served.url}/api/asrun?channel=1&since=1795000000&until=2026-11-23T00:00%2B00:00&kind=spot&limit=5"
    async with served.http.get(url) as answer:
        data = await answer.json()
    assert log.wanted == [AsRunFilter("1", 1_795_000_000.0, 1_795_392_000.0, "spot", 5)]
    assert data["entries"][0]["break"] == "b2"
    assert data["entries"][0]["seam_in"] == {
        "kind": "take", "video_jumps": 0, "cc_errors": 0, "audio_error_ms": 1.25,
    }  # fmt: skip
    assert from_json(AsRunEntry, data["entries"][0]) == ENTRY
    async with StationClient(served.url) as client:
        assert await client.asrun("1", since="2h", limit=2) == log.all
    assert log.wanted[-1] is not None
    assert (log.wanted[-1].channel, log.wanted[-1].limit) == ("1", 2)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=99999", "kind=film", "since=tomorrow", "chanel=1"])
async def test_wrong_filters(served: Served, query: str) -> None:
    async with served.http.get(f"{served.url}/api/asrun?{query}") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "bad_filter")


async def test_a_log_that_cannot_be_read(served: Served) -> None:
    assert served.station.asrun is not None
    served.station.asrun.broken = True
    async with StationClient(served.url) as client:
        with pytest.raises(Refused, match="the disk is gone") as refused:
            await client.asrun()
        assert refused.value.status == 503
        served.station.asrun = None
        with pytest.raises(Refused, match="no as-run log yet"):
            await client.asrun()


async def test_the_token_is_needed(guarded: Served) -> None:
    for path in ("/api/asrun", "/api/channels/1/rundown"):
        async with guarded.http.get(guarded.url + path) as answer:
            assert answer.status == 401
