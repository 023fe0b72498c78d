"""The dashboard's queries in a real Prometheus that scrapes the figures of a station with all parts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from tests.server.metrics.test_exposition import text_of
from tests.server.metrics.test_grafana_dashboard import DASHBOARD, PANELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PROMETHEUS = shutil.which("prometheus")
CONFIG = """\
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: retrovue
    static_configs: [{{targets: ["{target}"]}}]
"""
WITHOUT_DATA = {
    'changes(retrovue_channel_restarts_total{instance="$instance",channel=~"$channel"}[1m]) > 0': "no deck fails",
    'time() - retrovue_channel_black_since_timestamp_seconds{instance="$instance",channel=~"$channel"}': "not black",
}
"""Queries that have no data here, and why."""


@contextlib.asynccontextmanager
async def station() -> AsyncIterator[str]:
    """A server with the figures of all parts. Its address, as Prometheus names it."""
    app = web.Application()
    app.router.add_get("/metrics", figures)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def figures(_: web.Request) -> web.Response:
    return web.Response(text=text_of(), headers={"Content-Type": "text/plain; version=0.0.4"})


class Prometheus:
    """A running Prometheus."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url

    async def ask(self, path: str, **query: str) -> Any:
        async with self._http.get(f"{self._url}/api/v1/{path}", params=query) as found:
            data = await found.json()
        assert data["status"] == "success", (query, data)
        return data["data"]

    async def scrapes(self, target: str) -> int:
        """How often it has scraped a station."""
        with contextlib.suppress(aiohttp.ClientError):
            found = await self.ask("query", query=f'count_over_time(up{{instance="{target}"}}[1h])')
            return int(found["result"][0]["value"][1]) if found["result"] else 0
        return 0  # it is starting


@contextlib.asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[Prometheus]:
    """A Prometheus that has scraped a station three times."""
    (folder / "p.yml").write_text(CONFIG.format(target=target))
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
    assert PROMETHEUS is not None
    process = await asyncio.create_subprocess_exec(
        PROMETHEUS, f"--config.file={folder}/p.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={address}", "--log.level=error",
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(120):
            found = Prometheus(http, f"http://{address}")
            while await found.scrapes(target) < 3:
                assert process.returncode is None
                await asyncio.sleep(0.2)
            yield found
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@pytest.mark.skipif(PROMETHEUS is None, reason="needs Prometheus: apt-get install prometheus")
async def test_each_query_of_the_dashboard_has_data(tmp_path: Path) -> None:
    """`$__rate_interval` is at least four scrapes, as in Grafana."""
    async with station() as target, prometheus(tmp_path, target) as found:

        def filled(text: str) -> str:
            for name, value in (("instance", target), ("channel", ".*"), ("__rate_interval", "15s")):
                text = text.replace(f"${name}", value)
            return text

        queries = [target["expr"] for panel in PANELS for target in panel.get("targets", ())]
        queries += [each["expr"] for each in DASHBOARD["annotations"]["list"]]
        now = time.time()
        for query in queries:
            expr = filled(query)
            data = await found.ask("query", query=expr)
            assert bool(data["result"]) == (query not in WITHOUT_DATA), query
            await found.ask("query_range", query=expr, start=f"{now - 30}", end=f"{now}", step="5")
        values = {}
        for each in DASHBOARD["templating"]["list"]:
            if each["type"] == "query":
                metric, _, label = each["definition"].removeprefix("label_values(").removesuffix(")").rpartition(", ")
                values[each["name"]] = await found.ask(f"label/{label}/values", **{"match[]": filled(metric)})
        assert values == {"instance": [target], "channel": ["1"]}


def test_the_dashboard_asks_for_its_data_source_and_has_all_that_grafana_needs() -> None:
    """Grafana 10 imports it without a question: the data source is a variable, and `__inputs` is empty."""
    assert (DASHBOARD["schemaVersion"], DASHBOARD["__inputs"]) == (39, [])
    first, *others = DASHBOARD["templating"]["list"]
    assert (first["name"], first["type"], first["query"]) == ("datasource", "datasource", "prometheus")
    assert {each["datasource"]["uid"] for each in others} == {"${datasource}"}
    names = {each["name"] for each in DASHBOARD["templating"]["list"]} | {"__rate_interval", "__all"}
    text = json.dumps(DASHBOARD)
    used = {part.split('"')[0] for part in text.replace("${", "$").split("$")[1:]}
    assert all(any(each.startswith(name) for name in names) for each in used), used
    for panel in PANELS:
        references = [target["refId"] for target in panel.get("targets", ())]
        assert len(set(references)) == len(references), panel["title"]
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        assert place["h"] > 0
        assert panel["type"] in {"row", "stat", "timeseries", "state-timeline"}
