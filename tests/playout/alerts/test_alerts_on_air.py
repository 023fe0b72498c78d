"""Alerts of a real station: a webhook that hears of the slate, a program that hangs, and a station that is killed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import psutil

from retrovue_tui.playout.alerts.alert_store import FILE_NAME, read_memory
from tests.playout.alerts.alerted import hook
from tests.playout.homes import Home, programme, serving

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_station_reports_its_slate_and_ends_with_a_program_that_hangs(tmp_path: Path) -> None:
    home = Home.make(tmp_path, {}, {"1": "number = 1"})
    home.rundown("1")
    script = tmp_path / "page"
    script.write_text(f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\nsleep 600\n')
    script.chmod(0o755)
    async with hook() as server:
        with (tmp_path / "retrovue.toml").open("a") as config:
            config.write(
                f'[alerts]\nwebhook = "{server.url}"\ncommand = "{script}"\nslate = "2s"\ndisk_free_gb = false\n'
            )
        async with serving(home) as station, aiohttp.ClientSession() as http:
            async with asyncio.timeout(90):
                while not server.got or not (tmp_path / "pid").exists():
                    await asyncio.sleep(0.02)
            (alert,) = server.got[0]["alerts"]
            assert (alert["rule"], alert["channel"], alert["state"]) == ("slate", "1", "active")
            snapshot = await station.until(lambda now: bool(now.warnings))
            assert any(each.startswith("alert: ") for each in snapshot.warnings)
            async with http.get(f"{station.url}/api/alerts") as answer:
                found = await answer.json()
            assert {each["kind"]: each["state"] for each in found["receivers"]}["command"] == "sending"
            assert found["disks"][0]["free"] > 0
            pid = int((tmp_path / "pid").read_text())
            assert psutil.pid_exists(pid)
    async with asyncio.timeout(30):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)
    log = (tmp_path / "logs" / "station.log").read_text()
    assert "Traceback" not in log
    assert "SECRET" not in log


def is_saved(home: Home) -> bool:
    """Whether a station has saved that an alert lasts, and that its receiver has taken it."""
    memory = read_memory(home.path / "state" / FILE_NAME)
    return bool(memory.lasting) and not memory.pending and not any(each.undelivered for each in memory.receivers)


async def test_a_station_that_was_killed_tells_once_that_its_slate_is_over(tmp_path: Path) -> None:
    home = Home.make(tmp_path, {"film.mp4": programme(900)}, {"1": "number = 1"}, prepared=True)
    home.rundown("1")
    async with hook() as server:
        with (tmp_path / "retrovue.toml").open("a") as config:
            config.write(f'[alerts]\nwebhook = "{server.url}"\nslate = "2s"\nevery = "10s"\n')
            config.write("silence = false\nblack = false\ndisk_free_gb = false\n")  # the film is silent
        async with serving(home) as station:  # it is killed at the end
            async with asyncio.timeout(90):
                while not server.got or not is_saved(home):
                    await asyncio.sleep(0.02)
        home.rundown("1", "film.mp4")
        async with serving(home) as station:
            event = await station.event("alert")
            async with asyncio.timeout(90):
                while len(server.got) < 2:
                    await asyncio.sleep(0.02)
            await station.until(lambda now: not any(each.startswith("alert") for each in now.warnings))
    assert event.message.startswith("alert over: ")
    found = [(each["id"], each["state"]) for message in server.got for each in message["alerts"]]
    assert found == [("slate 1", "active"), ("slate 1", "over")]
    assert server.got[1]["alerts"][0]["since"] == server.got[0]["alerts"][0]["since"]
