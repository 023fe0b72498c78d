"""The routes of the audience, over a real log."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.protocol.answers.audience import AudienceFilter
from retrovue_tui.protocol.client import Refused, StationClient
from tests.playout.asrun.scripted_audience import ScriptedAudience
from tests.server.fakes import FakeAsRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.server.conftest import Served
    from tests.server.fakes import FakeAudience


async def at_once(at: float) -> float:
    return at


@pytest.fixture
async def log(served: Served, tmp_path: Path) -> AsyncIterator[AsRunDatabase]:
    """A log with three spots, in which the station reads."""
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    await ScriptedAudience(20, 10.0).play(log, at_once)
    fake = FakeAsRun()
    fake.audience = cast("FakeAudience", log.audience)
    served.station.asrun = fake
    yield log
    await log.close()


async def test_figures_and_proofs_for_a_client(served: Served, log: AsRunDatabase) -> None:
    async with StationClient(served.url) as client:
        report = await client.audience(by="position", limit=2)
        assert [row.key for row in report.rows] == ["1", "2"]
        assert (report.total.airings, report.rows_left_out, report.kept_days) == (3, 1, 400.0)
        assert (await client.audience(AudienceFilter(spot="soap.mp4"))).total.airings == 1
        assert report.hours == ()
        hours = (await client.audience(by="position", limit=2, hours=True)).hours
        assert [sum(seen) for seen in hours] == pytest.approx([row.viewer_seconds for row in report.rows], abs=0.1)
        one = await client.audience(AudienceFilter(dimension="position", key="2"), "hour")
        assert (one.total.airings, one.curve) == (1, (await client.audience(AudienceFilter(spot="soap.mp4"))).curve)
        proof = await client.proof_of_play(AudienceFilter(advertiser="cola"))
        assert [(each.title, each.frames_aired, each.ended) for each in proof.airings] == [("Cola", 250, "complete")]
        assert "<svg" in await client.proof_file(AudienceFilter(), "html")
        assert len((await client.proof_file(AudienceFilter(spot="soap.mp4"), "csv")).splitlines()) == 2


async def test_the_viewers_now(served: Served, log: AsRunDatabase) -> None:
    with log.audience.hls_viewer("1", "key", 0.0, lambda: 0.0, 0.0):
        async with StationClient(served.url) as client:
            now = (await client.audience()).now
    assert [(each.channel, each.delivery, each.viewers) for each in now] == [("1", "hls", 1)]


async def test_a_page_without_scripts_and_a_table(served: Served, log: AsRunDatabase) -> None:
    async with served.http.get(f"{served.url}/api/audience/proof?format=html") as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "<svg" in await answer.text()
    for path in ("/api/audience?format=csv&by=hour", "/api/audience/proof?format=csv"):
        async with served.http.get(served.url + path) as answer:
            assert answer.content_type == "text/csv"
            assert "airings" in (text := await answer.text()) or "frames_aired" in text


@pytest.mark.parametrize(
    "query",
    [
        "by=moon",
        "limit=0",
        "limit=2001",
        "limit=x",
        "format=html",
        "who=me",
        "since=never",
        f"spot={'x' * 2_000}",
        "dimension=moon&key=x",
        "dimension=spot",
        "key=x",
        "hours=2",
    ],
)
async def test_wrong_filters_are_refused_by_name(served: Served, log: AsRunDatabase, query: str) -> None:
    async with served.http.get(f"{served.url}/api/audience?{query}") as answer:
        assert answer.status == 400
        error = (await answer.json())["error"]
    assert error["code"] == "bad_filter"
    assert query.split("=")[0] in error["message"]


async def test_a_log_that_cannot_be_read(served: Served) -> None:
    served.station.asrun = FakeAsRun()
    async with StationClient(served.url) as client:
        with pytest.raises(Refused, match="there is no log in this test"):
            await client.audience()


async def test_the_audience_needs_the_token_of_the_operator(guarded: Served) -> None:
    for path in ("/api/audience", "/api/audience/proof"):
        async with guarded.http.get(guarded.url + path) as answer:
            assert answer.status == 401
