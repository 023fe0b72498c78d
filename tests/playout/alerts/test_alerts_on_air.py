"""Alerts of a real station: a webhook that hears of the slate, and a program that hangs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import psutil

from tests.playout.alerts.alerted import hook
from tests.playout.homes import Home, serving

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
