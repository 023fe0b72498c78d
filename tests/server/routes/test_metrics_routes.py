"""The metrics over real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.server.conftest import until

if TYPE_CHECKING:
    from tests.server.conftest import Served


async def test_prometheus_text(served: Served) -> None:
    async with served.http.get(f"{served.url}/metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        text = await answer.text()
    assert text.endswith("\n")
    assert 'retrovue_channel_state{channel="1",state="on_air"} 1.0\n' in text
    assert 'retrovue_channel_info{channel="film noir",name="The \\"Noir\\"",number="20"} 1.0\n' in text
    assert "# TYPE retrovue_channel_takes_total counter\n" in text
    assert 'retrovue_channel_decks{channel="1"} 2.0\n' in text
    assert {each.name for each in read_text(text)} >= {"retrovue_station_loop_delay_seconds", "retrovue_tuner_tuners"}


async def test_openmetrics(served: Served) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with served.http.get(f"{served.url}/metrics", headers=accept) as answer:
        assert answer.content_type == "application/openmetrics-text"
        assert list(read_openmetrics(await answer.text()))  # type: ignore[no-untyped-call]


async def test_commands_and_viewers_are_counted(served: Served) -> None:
    for command in ("skip", "skip", "undo"):
        async with served.http.post(f"{served.url}/api/channels/1/commands", json={"command": command}) as answer:
            await answer.read()
    body = {"command": "skip", "dry_run": True}
    async with served.http.post(f"{served.url}/api/channels/1/commands", json=body) as answer:
        assert answer.status == 200
    bus = served.station.channels["1"].bus
    async with served.http.get(f"{served.url}/iptv/channel/1.ts"):
        await until(lambda: len(bus.attached) == 1)
        async with served.http.get(f"{served.url}/metrics") as answer:
            text = await answer.text()
    assert 'retrovue_channel_clients{channel="1",mode="ts",rendition="720p"} 1.0\n' in text
    assert 'retrovue_channel_commands_total{channel="1",command="skip",result="accepted"} 2.0\n' in text
    assert 'retrovue_channel_commands_total{channel="1",command="undo",result="refused"} 1.0\n' in text


async def test_the_token_is_needed(guarded: Served) -> None:
    async with guarded.http.get(f"{guarded.url}/metrics") as answer:
        assert answer.status == 401
