"""[hls]: what it may hold, how a wrong value is reported, and what a change of it does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from retrovue_tui.cli.checks.home_problems import find_problems
from retrovue_tui.cli.systemd.writable_paths import writable_paths
from retrovue_tui.config.config_file import load_config, read_config
from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.config.station_config import Config
from retrovue_tui.playout.config_reload import revise

CHANNEL = '[[channel]]\nid = "1"\nnumber = 1\n'


def write(home: Path, text: str) -> Path:
    (home / "retrovue.toml").write_text(f"[hls]\n{text}\n{CHANNEL}", encoding="utf-8")
    return home


def test_all_keys_are_read(tmp_path: Path) -> None:
    text = 'enabled = false\nwindow = "2h"\nidle = "5m"\ntarget = "4s"\nfolder = "www"\ncache_gb = 2.5'
    config = load_config(write(tmp_path, text)).hls
    assert config == HlsConfig(
        False, timedelta(hours=2), timedelta(minutes=5), timedelta(seconds=4), tmp_path / "www", 2.5
    )
    assert (config.target_s, config.cache_bytes) == (4, 2_500_000_000)


def test_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "retrovue.toml").write_text(CHANNEL)
    config = load_config(tmp_path).hls
    assert config == HlsConfig()
    assert (config.enabled, config.target_s, config.window, config.folder) == (True, 6, timedelta(minutes=15), None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('window = "5s"', ":2: window '5s' is not between 1m and 1d"),
        ('idle = "1s"', ":2: idle '1s' is not between 30s and 1d"),
        ('target = "1m"', ":2: target '1m' is not between 3s and 30s"),
        ("target = 6", ':2: target 6 is not a length of time; write it like "90s", "2m" or "1h30m"'),
        ('enabled = "yes"', ":2: enabled"),
        ("folder = 3", ":2: folder"),
        ("cache_gb = 0", ":2: cache_gb"),
        ('windows = "1h"', ":2: unknown key 'windows' in [hls]; did you mean 'window'?"),
    ],
)
def test_problems_are_reported(tmp_path: Path, text: str, problem: str) -> None:
    _, problems = read_config(write(tmp_path, text))
    (found,) = (str(each).removeprefix(f"{tmp_path}/retrovue.toml") for each in problems)
    assert found.startswith(problem)


def test_a_change_takes_effect_after_a_restart() -> None:
    old = Config(Path("/home"))
    change = revise(old, replace(old, hls=HlsConfig(window=timedelta(hours=1))))
    assert change.later == ("[hls] window",)
    assert change.config.hls == old.hls


async def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "www").write_text("a file")
    report = await find_problems(write(tmp_path, 'folder = "www/tv"'))
    assert any("[hls] folder: " in str(each.message) for each in report.problems)


def test_a_service_may_write_into_the_folder(tmp_path: Path) -> None:
    web = tmp_path / "srv" / "tv"
    config = Config(tmp_path / "home", hls=HlsConfig(folder=web))
    assert web in writable_paths(config)
    assert web.is_dir(), "systemd refuses a path that does not exist"
