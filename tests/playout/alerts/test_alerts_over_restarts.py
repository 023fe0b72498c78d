"""Alerts over restarts of the station: the service on a stand-in of a station, with real receivers and a real file."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.playout.alerts.alert_store import FILE_NAME
from retrovue_tui.protocol.answers.pictures import Monitor
from retrovue_tui.protocol.answers.snapshots import UpcomingProblem
from tests.playout.alerts.alerted import QUICK, Hook, StandIn, hook, look_often, running
from tests.server.conftest import until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    look_often(monkeypatch)


def told(server: Hook) -> list[tuple[str, str]]:
    """What a web server was told: the id and the state of each alert, in the order of the messages."""
    return [(each["id"], each["state"]) for message in server.got for each in message["alerts"]]


async def raised(station: StandIn, server: Hook) -> None:
    """A run of the station in which channel 1 shows the slate, and the webhook receives the alert."""
    async with running(station) as service:
        station.channels["1"].state = "slate"
        await until(lambda: len(server.got) == 1 and service.snapshot().receivers[0].sent == 1)


async def looks(count: int = 40) -> None:
    """Wait for so many looks of the service."""
    for _ in range(count):
        await asyncio.sleep(0.005)


async def test_a_problem_that_is_gone_after_a_restart_is_over_once(tmp_path: Path) -> None:
    async with hook() as server:
        config = replace(QUICK, webhooks=(server.url,))
        station = StandIn(tmp_path, config)
        await raised(station, server)
        (since,) = (each["since"] for each in server.got[0]["alerts"])
        again = StandIn(tmp_path, config)
        async with running(again) as service:
            await until(lambda: again.warnings.texts() == ("alert: Ch 1: viewers have seen the slate for 0s",))
            await until(lambda: len(server.got) == 2 and service.snapshot().receivers[0].sent == 1)
            assert again.warnings.texts() == ()
            assert [each.partition(":")[0] for each in again.said()] == ["alert over"]
        async with running(StandIn(tmp_path, config)):
            await looks()
        assert told(server) == [("slate 1", "active"), ("slate 1", "over")]
        assert server.got[1]["alerts"][0]["since"] == since
        assert server.got[1]["alerts"][0]["text"].startswith("Ch 1: viewers have seen the slate for ")
        assert server.got[1]["text"].endswith("all clear: nothing is wrong any more")


async def test_a_problem_that_lasts_over_a_restart_is_not_told_again(tmp_path: Path) -> None:
    async with hook() as server:
        config = replace(QUICK, webhooks=(server.url,))
        await raised(StandIn(tmp_path, config), server)
        station = StandIn(tmp_path, config)
        station.channels["1"].state = "starting"  # the slate again, under another name
        async with running(station) as service:
            await until(lambda: service.snapshot().active != ())
            await looks()
            (alert,) = service.snapshot().active
            assert (alert.id, alert.times, alert.since) == ("slate 1", 1, server.got[0]["alerts"][0]["since"])
            assert (told(server), station.said()) == ([("slate 1", "active")], [])
            station.channels["1"].state = "on_air"
            await until(lambda: len(server.got) == 2)
        assert told(server) == [("slate 1", "active"), ("slate 1", "over")]


async def test_what_cannot_be_judged_yet_is_not_over(tmp_path: Path) -> None:
    short = UpcomingProblem("pool_small", 1_795_000_000.0, "pool ads is short", "ads")
    async with hook() as server:
        config = replace(QUICK, webhooks=(server.url,), disk_free_gb=1e6)
        station = StandIn(tmp_path, config)
        station.problems = (short,)
        station.channels["1"].seen = Monitor(1.0, 1, silent_since=1_000.0, black_since=1_000.0)
        station.channels["2"].decks.restarts = 0
        async with running(station) as service:
            await until(lambda: service.snapshot().active != ())
            station.channels["2"].decks.restarts = 9
            await until(lambda: len(service.snapshot().active) == 6)
            await until(lambda: len({id for id, _ in told(server)}) == 6)
            await until(lambda: service.snapshot().receivers[0].sent == len(server.got))
        before = len(server.got)
        station = StandIn(tmp_path, config)
        station.problems = None
        async with running(station) as service:
            await looks()
            assert (len(service.snapshot().active), len(server.got)) == (6, before)
            for channel in station.channels.values():
                channel.seen = Monitor(1.0, 1)
            station.problems = (short,)
            await until(lambda: len(told(server)) == 8)
            assert set(told(server)[6:]) == {("silence 1", "over"), ("black 1", "over")}
            assert {each.id for each in service.snapshot().active} == {
                "pool_short 1 ads", "pool_short 2 ads", "restarts 2", "disk home",
            }  # fmt: skip


async def test_an_alert_that_was_not_sent_is_sent_after_the_restart(tmp_path: Path) -> None:
    async with hook() as server:
        config = replace(QUICK, webhooks=(server.url,))
        station = StandIn(tmp_path, config)
        async with running(station, group_s=600.0):
            station.channels["1"].state = "slate"
            await until(lambda: len(station.said()) == 1)
        assert server.asked == 0
        station = StandIn(tmp_path, config)
        station.channels["1"].state = "slate"
        async with running(station):
            await until(lambda: len(server.got) == 1)
        assert told(server) == [("slate 1", "active")]


async def test_the_least_time_between_messages_counts_over_a_restart(tmp_path: Path) -> None:
    async with hook() as server:
        config = replace(QUICK, webhooks=(server.url,), every=timedelta(hours=1))
        await raised(StandIn(tmp_path, config), server)
        station = StandIn(tmp_path, config)
        async with running(station):
            await until(lambda: len(station.said()) == 1)
            await looks(20)
        assert server.asked == 1  # the all-clear waits for its hour, also over this restart
        async with running(StandIn(tmp_path, replace(config, every=timedelta(seconds=0.01)))):
            await until(lambda: len(server.got) == 2)
        assert told(server) == [("slate 1", "active"), ("slate 1", "over")]


async def test_a_message_that_one_receiver_has_not_taken_is_sent_to_it_alone(tmp_path: Path) -> None:
    async with hook() as server, hook() as other:
        other.answers = [500]
        config = replace(QUICK, webhooks=(server.url, other.url))
        station = StandIn(tmp_path, config)
        async with running(station) as service:
            station.channels["1"].state = "slate"
            await until(lambda: [each.state for each in service.snapshot().receivers] == ["idle", "waiting"])
            assert (len(server.got), len(other.got)) == (1, 0)
        station = StandIn(tmp_path, config)
        station.channels["1"].state = "slate"
        async with running(station):
            await until(lambda: len(other.got) == 1)
        assert told(server) == told(other) == [("slate 1", "active")]


async def test_a_receiver_that_is_new_after_a_restart_is_told_what_lasts(tmp_path: Path) -> None:
    async with hook() as server, hook() as other:
        await raised(StandIn(tmp_path, replace(QUICK, webhooks=(server.url,))), server)
        station = StandIn(tmp_path, replace(QUICK, webhooks=(other.url, server.url)))
        station.channels["1"].state = "slate"
        async with running(station):
            await until(lambda: len(other.got) == 1)
            await looks(20)
        assert told(server) == told(other) == [("slate 1", "active")]


async def test_a_change_of_the_receivers_loses_no_all_clear(tmp_path: Path) -> None:
    async with hook() as server:
        station = StandIn(tmp_path, replace(QUICK, webhooks=(server.url,)))
        async with running(station) as service:
            station.channels["1"].state = "slate"
            await until(lambda: len(server.got) == 1)
            server.answers = [500]
            station.channels["1"].state = "on_air"
            await until(lambda: service.snapshot().receivers[0].state == "waiting")
            station.config = replace(station.config, alerts=replace(station.config.alerts, pool_short=False))
            await until(lambda: len(server.got) == 2)
        assert told(server) == [("slate 1", "active"), ("slate 1", "over")]


async def test_the_file_has_no_secrets_and_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    async with hook() as server:
        config = replace(QUICK, webhooks=(server.url,))
        await raised(StandIn(tmp_path, config), server)
        path = tmp_path / "state" / FILE_NAME
        saved = path.read_text()
        assert "SECRET" not in saved
        data: dict[str, Any] = json.loads(saved)
        assert [each["id"] for each in data["lasting"]] == ["slate 1"]
        for text in ("", "{", "[" * 100_000, "null", '{"version": 1, "lasting": 3}', saved[: len(saved) // 2]):
            path.write_text(text)
            async with running(StandIn(tmp_path, config)) as service:
                await until(lambda: len(service.snapshot().receivers) == 1)
                assert service.snapshot().active == ()
                await until(lambda: path.read_text().startswith('{"version": 1'))


async def test_a_station_that_ends_before_it_has_read_the_file_leaves_it_alone(tmp_path: Path) -> None:
    async with hook() as server:
        config = replace(QUICK, webhooks=(server.url,))
        await raised(StandIn(tmp_path, config), server)
        saved = (tmp_path / "state" / FILE_NAME).read_bytes()
        async with running(StandIn(tmp_path, config)):
            await asyncio.sleep(0)
        assert (tmp_path / "state" / FILE_NAME).read_bytes() == saved


async def test_a_disk_that_does_not_answer_holds_up_no_alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, asked, fsync = threading.Event(), threading.Event(), os.fsync

    def hang(file: int) -> None:
        asked.set()
        answers.wait()
        fsync(file)

    monkeypatch.setattr(os, "fsync", hang)
    async with hook() as server:
        station = StandIn(tmp_path, replace(QUICK, webhooks=(server.url,)))
        try:
            async with running(station):
                await until(asked.is_set)
                station.channels["1"].state = "slate"
                await until(lambda: len(server.got) == 1)
                station.channels["1"].state = "on_air"
                await until(lambda: len(server.got) == 2)
            assert not (tmp_path / "state" / FILE_NAME).exists()  # the station has ended all the same
        finally:
            answers.set()


async def test_a_file_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    station = StandIn(tmp_path, QUICK)
    (tmp_path / "state" / FILE_NAME).mkdir()
    station.channels["1"].state = "slate"
    async with running(station):
        await until(lambda: station.warnings.texts() != ())
        assert station.warnings.texts()[0].startswith(f"the alerts cannot be saved: {tmp_path}/state/{FILE_NAME}: ")
        (tmp_path / "state" / FILE_NAME).rmdir()
        await until(lambda: station.warnings.texts() == ())
