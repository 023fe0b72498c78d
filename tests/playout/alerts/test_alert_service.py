"""The alert service on a stand-in of a station, with real receivers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.pictures import Monitor
from tests.playout.alerts.alerted import QUICK, StandIn, hook, look_often, running
from tests.server.conftest import until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    look_often(monkeypatch)


async def test_an_alert_and_its_all_clear_reach_the_webhook(tmp_path: Path) -> None:
    async with hook() as server:
        station = StandIn(tmp_path, replace(QUICK, webhooks=(server.url,)))
        async with running(station) as service:
            station.channels["1"].state = "slate"
            await until(lambda: len(server.got) == 1)
            assert [each["id"] for each in server.got[0]["alerts"]] == ["slate 1"]
            assert station.warnings.texts() == ("alert: Ch 1: viewers have seen the slate for 0s",)
            assert [each.id for each in service.snapshot().active] == ["slate 1"]
            station.channels["1"].state = "on_air"
            await until(lambda: len(server.got) == 2)
            assert server.got[1]["text"].endswith("all clear: nothing is wrong any more")
            assert (server.got[1]["active"], server.got[1]["alerts"][0]["state"]) == (0, "over")
            assert station.warnings.texts() == ()
            assert [each.partition(":")[0] for each in station.said()] == ["alert", "alert over"]
            await until(lambda: service.snapshot().receivers[0].sent == 2)  # it counts once the answer is there
            assert [each.failed for each in service.snapshot().receivers] == [0]


async def test_alerts_that_begin_together_are_one_message(tmp_path: Path) -> None:
    async with hook() as server:
        station = StandIn(tmp_path, replace(QUICK, webhooks=(server.url,)))
        async with running(station, group_s=0.2):
            station.channels["1"].state = "slate"
            await until(lambda: len(station.said()) == 1)
            station.channels["2"].decks.restarts = 6
            await until(lambda: len(server.got) == 1)
            assert {each["id"] for each in server.got[0]["alerts"]} == {"slate 1", "restarts 2"}
            assert server.got[0]["title"] == "Test: 2 problems"


async def test_messages_are_limited_in_their_rate(tmp_path: Path) -> None:
    async with hook() as server:
        station = StandIn(tmp_path, replace(QUICK, webhooks=(server.url,), every=timedelta(hours=1)))
        async with running(station, group_s=0.0):
            station.channels["1"].state = "slate"
            await until(lambda: len(server.got) == 1)
            station.channels["2"].state = "slate"
            await until(lambda: len(station.said()) == 2)
            for _ in range(20):
                await asyncio.sleep(0.005)
            assert server.asked == 1  # the second waits for its hour
            station.config = replace(station.config, alerts=replace(station.config.alerts, every=timedelta()))
            await until(lambda: len(server.got) == 2)
            assert {each["id"] for each in server.got[1]["alerts"]} == {"slate 1", "slate 2"}


async def test_a_receiver_that_hangs_is_shown_and_the_others_get_the_message(tmp_path: Path) -> None:
    async with hook() as server, hook() as other:
        server.answers = [0]
        station = StandIn(tmp_path, replace(QUICK, webhooks=(server.url, other.url), command=("/no/such",)))
        async with running(station) as service:
            station.channels["1"].state = "slate"
            await until(lambda: len(other.got) == 1)
            await until(
                lambda: any("/no/such" in each or "such is not there" in each for each in station.warnings.texts())
            )
            states = {each.kind: each.state for each in service.snapshot().receivers[:1]}
            assert states == {"webhook": "sending"}
            seen = repr(station.warnings.texts()) + repr(service.snapshot()) + repr(station.said())
            assert "SECRET" not in seen
            station.config = replace(station.config, alerts=QUICK)  # no receiver any more
            await until(lambda: not service.snapshot().receivers)
            assert not [each for each in station.warnings.texts() if each.startswith("alerts do not")]


async def test_without_receivers_alerts_are_only_listed(tmp_path: Path) -> None:
    station = StandIn(tmp_path, QUICK)
    async with running(station) as service:
        station.channels["2"].seen = Monitor(1.0, 1, silent_since=1_000.0)
        await until(lambda: len(service.snapshot().active) == 1)
        assert service.snapshot().active[0].id == "silence 2"
        assert (station.said(), station.warnings.texts()) == ([], ())


async def test_nothing_is_reported_while_the_demo_makes_its_films(tmp_path: Path) -> None:
    station = StandIn(tmp_path, QUICK)
    station.library.expected = {"film": "made"}
    station.channels["1"].state = "slate"
    async with running(station) as service:
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert service.snapshot().active == ()
        ready = time.time()
        station.library.expected = {}
        await until(lambda: len(service.snapshot().active) == 1)
        assert service.snapshot().active[0].since >= ready - 0.01  # not since the start


async def test_the_disks_of_the_home_are_watched(tmp_path: Path) -> None:
    station = StandIn(tmp_path, replace(QUICK, disk_free_gb=1e6))
    async with running(station) as service:
        await until(lambda: len(service.snapshot().active) == 1)
        assert service.snapshot().active[0].text.startswith("the disk of the home has ")
        assert service.snapshot().disks[0].total >= service.snapshot().disks[0].free > 0


async def test_a_fault_in_a_look_does_not_end_the_alerts(tmp_path: Path) -> None:
    station = StandIn(tmp_path, QUICK)
    broken, station.channels["1"] = station.channels["1"], None
    async with running(station) as service:
        for _ in range(5):
            await asyncio.sleep(0.005)
        station.channels["1"] = broken
        broken.state = "slate"
        await until(lambda: len(service.snapshot().active) == 1)
