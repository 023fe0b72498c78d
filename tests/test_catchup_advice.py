"""The advice of `check` about a catch-up that cannot reach as far back as it should."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from retrovue_tui.cli.checks.catchup_advice import catchup_advice
from retrovue_tui.config.prepare import PrepareConfig
from retrovue_tui.config.station_config import ChannelConfig, Config
from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.asrun.recorder import AsRunRecorder, EntryStart
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from pathlib import Path

WEEK = timedelta(days=7)


async def test_a_log_or_a_cache_that_is_too_short(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.toml"
    off, week = ChannelConfig("1", 1, "One"), ChannelConfig("2", 2, "Two", catchup=WEEK)
    assert catchup_advice(Config(tmp_path, channels=(off,))) == ()
    large = PrepareConfig(cache_gb=1_000)
    assert catchup_advice(Config(tmp_path, channels=(off, week), prepare=large)) == ()  # a new station has no log
    log = AsRunDatabase(tmp_path / "state" / "asrun.db")
    await log.start()
    began = time.time() - 7_290
    recorder = AsRunRecorder(log, "2", FrameRate(25), lambda: 0, lambda frame: began + frame / 25)
    recorder.entry_started(EntryStart("film", "programme", "Film", frames_planned=100))
    await log.close()
    assert catchup_advice(Config(tmp_path, channels=(off, week), prepare=large)) == (
        f"{path}: channel '2': catchup is 7d, but its as-run log goes back 2h1m so far",
    )
    short = ChannelConfig("2", 2, "Two", catchup=timedelta(hours=2))
    assert catchup_advice(Config(tmp_path, channels=(short,), prepare=PrepareConfig(cache_gb=1.0))) == (
        f"{path}: catchup is 2h, and cache_gb = 1 holds 42m of media: a viewer of older media waits until it is"
        " rendered; raise cache_gb",
    )
