"""The guide of a channel that is really on air follows each command within a second."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from retrovue_tui.errors import StationError
from retrovue_tui.guide.guide_snapshot import XmltvRequest
from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.guide import guide_builder
from retrovue_tui.playout.guide.guide_builder import GuideMedia
from retrovue_tui.playout.guide.guide_service import GuideService
from retrovue_tui.station_identity import StationIdentity
from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    import pytest

    from retrovue_tui.playout.scheduling.plans.plan_forecast import Forecast
    from retrovue_tui.protocol.answers.guide import GuideProgramme
    from tests.playout.stage import Stage

WANTED = XmltvRequest(1, None, "http://h/", "")


class NoPlans:
    async def forecast(self, channel_id: str, until: datetime) -> Forecast | None:
        raise StationError("no plan")


@asynccontextmanager
async def guided(tmp_path: Path) -> AsyncIterator[tuple[Stage, GuideService, AsRunDatabase]]:
    """A film of 20 s and a short one, in a loop; their guide is kept, and the log of what aired."""
    film, short = await asyncio.to_thread(make, LONG), await asyncio.to_thread(make, OTHER)
    async with stage_with(tmp_path, entry(film, id="film"), entry(short, id="short")) as stage:
        asrun = AsRunDatabase(tmp_path / "asrun.db")
        await asrun.start()
        stage.channel.log.record_in(asrun, stage.channel.air_time)
        files = tuple(stage.made.assets.values())
        media = GuideMedia(lambda: files, stage.made.assets.get, ())
        service = GuideService(
            lambda: {"1": stage.channel}, StationIdentity("0123abcd"), media, asrun, NoPlans()
        )  # fmt: skip
        service._days = 1  # the films are short, and three days of them are thousands
        stage.channel.on_moved = service.wake
        task = asyncio.create_task(service.run())
        try:
            await stage.made.until(lambda: bool(service.snapshot.guides))
            yield stage, service, asrun
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asrun.close()


def programmes(service: GuideService) -> tuple[GuideProgramme, ...]:
    (guide,) = service.snapshot.guides
    return guide.guide.programmes


async def follows(stage: Stage, service: GuideService) -> float:
    """Wait until the guide has the times of the rundown; returns how long that took (s)."""
    began = time.monotonic()

    def agrees() -> bool:
        now = time.time()
        coming = [
            (row.title, row.start_at) for row in stage.controller.rundown().entries
            if row.kind == "programme" and row.in_frame == 0 and row.start_at is not None and row.start_at > now + 1
        ]  # fmt: skip
        shown = [(each.title, each.start_at) for each in programmes(service)[:20]]
        return all(any(one[0] == other[0] and abs(one[1] - other[1]) < 0.6 for other in shown) for one in coming)

    await stage.made.until(agrees, timeout=20)
    return time.monotonic() - began


async def test_the_guide_follows_each_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide_builder, "MOST_SLOTS", 20_000)  # the films are short, and fill two days
    async with guided(tmp_path) as (stage, service, _):
        (guide,) = service.snapshot.guides
        assert (guide.guide.guide_id, guide.guide.name) == ("ch1.0123abcd.retrovue", "Test")
        assert guide.guide.until_at > time.time() + 24 * 3_600
        assert all(one.stop_at == other.start_at for one, other in pairwise(programmes(service)))
        await follows(stage, service)
        number = -1
        while number != service.snapshot.number:  # as time passes, the guide is built again
            number, first = service.snapshot.number, await service.xmltv(WANTED)
            again = await service.xmltv(WANTED)
        assert again is first
        # far enough ahead that the break begins before it
        before = next(each for each in programmes(service) if each.start_at > time.time() + 10)
        await stage.standby()
        receipt = await stage.say("break_now", seconds=3)
        assert receipt.accepted, receipt
        spent = await follows(stage, service)
        assert spent < 10, "under a second on a machine with nothing else to do"
        after = next(
            each for each in programmes(service)
            if each.title == before.title and abs(each.start_at - before.start_at) < 10
        )  # fmt: skip
        assert 1 <= after.start_at - before.start_at <= 4
        document = await service.xmltv(WANTED)
        assert document.tag != first.tag
        async with asyncio.timeout(10):  # back to the film, or on; refused while something ends by itself
            while not (await stage.say("skip")).accepted:
                await asyncio.sleep(0.1)
        await follows(stage, service)
        now, following = service.snapshot.guides[0].showing(time.time())
        assert now is not None
        assert following is not None
        assert now.stop_at == following.start_at
        snapshot = service.completed(stage.channel.snapshot())
        assert (snapshot.programme, snapshot.next_programme) == service.snapshot.guides[0].showing(time.time())
        async with asyncio.timeout(60):  # nothing changes any more: nothing is built
            looks, number = 0, -1
            while looks < 4:
                await service._looked.wait()
                looks, number = looks + 1 if number == service.snapshot.number else 0, service.snapshot.number
        assert (await service.channel("1", 2)).until_at > time.time() + 48 * 3_600


async def test_the_guide_shows_the_programmes_that_are_sent(tmp_path: Path) -> None:
    """The programme of the guide after each command, against the log of the pictures that were sent."""
    async with guided(tmp_path) as (stage, service, asrun):
        shown: list[tuple[float, str]] = []
        for command in ("", "break_now", "skip", "skip", "break_now", "skip"):
            if command == "break_now":
                await stage.standby()
            if command:
                await stage.say(command, **({"seconds": 3} if command == "break_now" else {}))  # some may be refused
            await service.channel("1", 1)  # it answers when the guide is as the channel airs
            for _ in range(40):
                await stage.aired(3)
                if service._is_behind(stage.channel, 0):
                    continue  # something has just changed, and the guide is being made
                now, _next = service.snapshot.guides[0].showing(time.time())
                shown.append((time.time(), "" if now is None else now.title))
        rows = [row for row in await asrun.aired_since("1", 0) if row.kind == "programme"]
        pairs = [  # a guide has whole seconds
            (title, row.title) for row in rows for at, title in shown
            if row.started_at + 0.6 < at < row.ended_at - 0.6
        ]  # fmt: skip
        assert len(pairs) > 20
        assert [one for one, other in pairs if one != other] == []
