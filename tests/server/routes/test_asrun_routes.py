"""The as-run log and the figures over real sockets."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.asrun import AsRunEntry, AsRunFilter, SeamFacts
from retrovue_tui.protocol.answers.snapshots import PushedOutput
from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.protocol.json_codec import from_json
from retrovue_tui.server.http import snapshot_of
from retrovue_tui.server.metrics import exposition
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


async def test_metrics_are_prometheus_text(served: Served) -> None:
    async with served.http.get(f"{served.url}/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await answer.text()
    sample = r'[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [-0-9.e]+'
    for line in text.splitlines():
        assert re.fullmatch(rf"# (HELP|TYPE) [a-z_]+ .+|{sample}", line), line
    assert text.endswith("\n")
    assert 'retrovue_channel_state{channel="1",state="on_air"} 1\n' in text
    assert 'retrovue_channel_state{channel="1",state="slate"} 0\n' in text
    assert 'retrovue_channel_info{channel="film noir",number="20",name="The \\"Noir\\""} 1\n' in text
    assert "# TYPE retrovue_channel_takes_total counter\n" in text
    assert "\nretrovue_station_loop_lag_seconds 0.0\n" in text
    assert "\nretrovue_station_loop_lag_seconds 0.004\n" in exposition(await snapshot_of(served.station), 0.004)


async def test_metrics_of_outputs(served: Served) -> None:
    snapshot = await snapshot_of(served.station)
    assert "retrovue_output" not in exposition(snapshot)
    output = PushedOutput("head end", "srt://a:1", "waiting", 0.0, 1_234, 4_000.5, 3, "it refuses")
    text = exposition(
        dataclasses.replace(snapshot, channels=(dataclasses.replace(snapshot.channels[0], outputs=(output,)),))
    )
    labels = '{channel="1",output="head end"'
    assert f'retrovue_output_state{labels},state="waiting"}} 1\n' in text
    assert f'retrovue_output_state{labels},state="sending"}} 0\n' in text
    assert f"retrovue_output_bytes_total{labels}}} 1234\n" in text
    assert f"retrovue_output_bitrate_bits_per_second{labels}}} 4000500\n" in text
    assert f"retrovue_output_restarts_total{labels}}} 3\n" in text


async def test_metrics_need_the_token_too(guarded: Served) -> None:
    for path in ("/metrics", "/api/asrun", "/api/channels/1/rundown"):
        async with guarded.http.get(guarded.url + path) as answer:
            assert answer.status == 401
