"""`metrics`, as it is typed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families as read_text

from retrovue_tui.cli import main
from retrovue_tui.instance_lock import InstanceLock
from tests.server.conftest import serving
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_the_metrics_of_a_running_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(FakeStation([FakeChannel("1", 1, "Retro One")]), "s3cret") as served:
        with InstanceLock(tmp_path) as presence:
            presence.announce(served.url, "s3cret")
            assert await asyncio.to_thread(main, ["metrics", "--home", str(tmp_path)]) == 0
    assert {"retrovue_channel_info", "retrovue_channel_decks"} <= {
        each.name for each in read_text(capsys.readouterr().out)
    }


def test_the_dashboard_needs_no_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "grafana", "--home", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "RetroVue"
