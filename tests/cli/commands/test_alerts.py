"""`alerts`, as it is typed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from retrovue_tui.cli import main
from retrovue_tui.instance_lock import InstanceLock
from tests.playout.alerts.alerted import hook
from tests.server.conftest import serving
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CHANNEL = '[[channel]]\nid = "1"\nnumber = 1\n'


async def alerts(home: Path, *words: str) -> int:
    return await asyncio.to_thread(main, ["alerts", "--home", str(home), *words])


async def test_the_alerts_of_a_running_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(FakeStation([FakeChannel("1", 1, "Retro One")]), "s3cret") as served:
        with InstanceLock(tmp_path) as presence:
            presence.announce(served.url, "s3cret")
            assert await alerts(tmp_path, "--json") == 0
            assert json.loads(capsys.readouterr().out)["active"][0]["id"] == "slate 1"
            assert await alerts(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("  Retro One: viewers have seen the slate for 10s")
    assert lines[1:] == ["webhook https://hooks.example/…: 1 sent"]


async def test_a_test_message_needs_no_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with hook() as server, hook() as refusing:
        refusing.answers = [403]
        config = f'[alerts]\nwebhook = ["{server.url}", "{refusing.url}"]\ncommand = ["/bin/cat"]\n{CHANNEL}'
        (tmp_path / "retrovue.toml").write_text(config)
        assert await alerts(tmp_path, "test") == 1
        out = capsys.readouterr().out
        assert out.splitlines() == [
            f"webhook {server.url.partition('/hook')[0]}/…: sent",
            f"webhook {refusing.url.partition('/hook')[0]}/…: it answered with status 403",
            "command cat: sent",
        ]
        assert server.got[0]["alerts"][0]["rule"] == "test"
        assert refusing.asked == 1  # a test is not tried again
        assert await alerts(tmp_path, "test", "--json") == 0
        assert [each["fault"] for each in json.loads(capsys.readouterr().out)] == [None, None, None]


async def test_a_test_message_to_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "retrovue.toml").write_text(CHANNEL)
    assert await alerts(tmp_path, "test") == 1
    assert "there is no receiver of alerts: add webhook, command or notify below [alerts]" in capsys.readouterr().err
