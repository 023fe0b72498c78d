"""`guide`, as it is typed."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli import main
from retrovue_tui.cli.commands.reports import guide as command
from retrovue_tui.instance_lock import InstanceLock
from retrovue_tui.protocol.answers.guide import ChannelGuide, GuideProgramme
from retrovue_tui.server.app import StationServer
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

AT = 1_795_734_000.0  # Thursday, 26 November 2026, 23:00 UTC
HOURS = tuple(
    GuideProgramme(
        int(AT) - 1_800 + 3_600 * n, int(AT) + 1_800 + 3_600 * n, "episode", "The [b]Show", f"Part\x1b {n}",
        season=1, episode=n + 1, new=n > 0,
    )
    for n in range(-1, 60)
)  # fmt: skip
GUIDE = ChannelGuide("1", 7, "Retro One", "ch1.x", "UTC", AT, int(AT) + 200_000, HOURS)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Path]:
    """A home whose station is a fake one."""
    server = StationServer(FakeStation([FakeChannel("1", 1, "Retro One")]), "127.0.0.1", 0, "s3cret")
    url = await server.start()
    with InstanceLock(tmp_path) as presence:
        presence.announce(url, "s3cret")
        yield tmp_path
    await server.stop()


async def guide(home: Path, *words: str) -> int:
    return await asyncio.to_thread(main, ["guide", "--home", str(home), *words])


async def test_the_guide_of_a_running_station(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await guide(home) == 0
    assert "1 Retro One" in capsys.readouterr().out
    assert await guide(home, "--json", "--days", "2") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["programmes"][0]["title"] == "Film „1“ & <more>"
    assert await guide(home, "--xmltv") == 0
    assert capsys.readouterr().out.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<tv ')


def test_without_a_station_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guide", "--home", str(tmp_path)]) == 1
    assert "no station runs in" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--days", "0"], ["--days", "15"], ["--days", "x"], ["--json", "--xmltv"]])
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["guide", *words])
    assert left.value.code == 2


def test_tonight_ends_at_two(capsys: pytest.CaptureFixture[str]) -> None:
    command._show([GUIDE], None)
    lines = capsys.readouterr().out.splitlines()
    assert "7 Retro One" in lines[1]
    assert [line.split("  ")[0].strip() for line in lines[2:]] == ["22:30 ▸", "23:30", "00:30", "01:30"]
    assert "The [b]Show S01E01: Part� 0" in lines[2]
    assert [("new" in line, "repeat" in line) for line in lines[2:4]] == [(False, True), (True, False)]
    assert lines[2].endswith("60 min")


def test_days_show_their_dates(capsys: pytest.CaptureFixture[str]) -> None:
    command._show([replace(GUIDE, timezone="Asia/Tokyo")], 2)
    out = capsys.readouterr().out
    assert "Friday 27 November" in out
    assert "Sunday 29 November" in out
    assert len([line for line in out.splitlines() if "60 min" in line]) == 49


def test_a_guide_that_is_empty_has_its_channel(capsys: pytest.CaptureFixture[str]) -> None:
    command._show([replace(GUIDE, programmes=(), at=time.time())], None)
    assert "7 Retro One" in capsys.readouterr().out
