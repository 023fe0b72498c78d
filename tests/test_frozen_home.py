"""This version reads the home of version 0.1.0, directly and out of an export."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli import main
from retrovue_tui.cli.checks.home_problems import find_problems
from retrovue_tui.config.config_file import load_config
from retrovue_tui.media.analysis.review_store import ReviewStore
from retrovue_tui.playout.asrun.database import AsRunDatabase, read_asrun
from retrovue_tui.playout.resume_point import ResumePoint
from retrovue_tui.playout.scheduling.plans.plan_journal import PlanJournal
from retrovue_tui.protocol.answers.asrun import AsRunFilter
from retrovue_tui.rundown import undo_history
from retrovue_tui.rundown.file_format.ffconcat import parse
from retrovue_tui.station_identity import load_identity
from retrovue_tui.timecode import FrameRate
from tests.cli.archive.homes import header, write_tar
from tests.frozen_home import FILES, make_frozen_home

if TYPE_CHECKING:
    from pathlib import Path

NTSC = FrameRate(30_000, 1_001)


@pytest.fixture(params=["as it is", "exported"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = tmp_path / "made"
    make_frozen_home(made)
    if request.param == "as it is":
        return made
    names = [f"home/{name}" for name in (*FILES, "state/asrun.db")]
    members = [header(name, (made / name.removeprefix("home/")).read_bytes()) for name in names]
    file = write_tar(tmp_path / "a.tar", header("manifest.json", manifest(made, names)), *members)
    assert main(["import", str(file), "--home", str(tmp_path / "new")]) == 0
    return tmp_path / "new"


def manifest(home: Path, names: list[str]) -> bytes:
    """The manifest of format 1, as version 0.1.0 writes it."""
    import hashlib

    files = []
    for name in names:
        data = (home / name.removeprefix("home/")).read_bytes()
        sum = hashlib.sha256(data).hexdigest()
        files.append({"name": name, "size": len(data), "sha256": sum, "origin": ""})
    return json.dumps(
        {"format": 1, "version": "0.1.0", "made": "2026-11-26T19:16:50+0000", "station": "Frozen",
         "home": "/home/anna/tv", "tokens": True, "files": files}
    ).encode()  # fmt: skip


async def test_the_home_of_an_older_version_is_read(home: Path) -> None:
    config = load_config(home)
    assert (config.name, [each.id for each in config.channels]) == ("Frozen", ["1", "2"])
    state = config.state_dir
    text = config.rundown_path("1").read_text()
    rundown = parse(text, config.rundown_path("1"), NTSC)
    assert [(entry.id, entry.kind, entry.in_frame, entry.out_frame) for entry in rundown.entries] == [
        ("udql4v3m", "programme", 0, 150), ("x5i47", "spot", 0, None), ("4st75", "programme", 150, None),
    ]  # fmt: skip

    point = ResumePoint.load(state / "1.anchor.json")
    assert point == ResumePoint("4st75", 2, 262, 1795721012.4514952)
    position = point.position(rundown.entries)
    assert position is not None
    assert (position.index, position.frame) == (2, 262)

    loaded = undo_history.load(state / "1.history.json")
    assert loaded.warning is None
    assert loaded.history.settled(text).revision == 1
    before = loaded.history.undo(text)
    assert before.text.splitlines()[-1] == "file ../media/programmes/night-drive.mp4"

    assert load_identity(state).guide_id("1") == "ch1.f7c73e2f.retrovue"
    (row,) = PlanJournal.load(state / "plan" / "2.json").rows
    assert row.airing is not None
    assert (row.start, row.airing.series, len(row.spots)) == (datetime(2026, 11, 26, 17, tzinfo=UTC), "Quiz", 1)
    reviews = ReviewStore(state / "reviews", NTSC)
    assert reviews.load() == ()
    assert reviews._reviews["0123456789abcdef"].places == {1800: 1800, 2400: None, 3600: 3612}


async def test_the_as_run_log_goes_on(home: Path) -> None:
    path = home / "state" / "asrun.db"
    (row,) = read_asrun(path, AsRunFilter())
    assert (row.title, row.frames_aired, row.ended, row.viewers_peak) == ("Night Drive", 150, "complete", 2)
    log = AsRunDatabase(path)
    assert await log.start() == 0, "no row was left open"
    assert [each.id for each in await log.entries()] == ["6b08-1"]
    await log.close()


async def test_check_finds_only_that_the_media_are_elsewhere(home: Path) -> None:
    problems, _ = await find_problems(home)
    assert {str(each.path) for each in problems} <= {
        str(home / "retrovue.toml"), str(home / "channels/1.ffconcat"), "None",
    } | {str(home / "media" / name) for name in ("programmes/night-drive.mp4", "ads/zapp-cola.mp4")}  # fmt: skip
    assert all("media" in str(each) or "Shows" in str(each) for each in problems), problems
