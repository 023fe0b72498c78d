"""`export` and `import`, as they are typed: a home survives them, and none is harmed by them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import tarfile
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.cli import main
from retrovue_tui.cli.archive import placement
from retrovue_tui.instance_lock import InstanceLock
from tests.cli.archive.homes import CONFIG, EXPECTED, make_home, write_export
from tests.test_cli import serving

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operator's own folder, which is not in the home."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "retrovue-tui"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    home = tmp_path / "old"
    make_home(home)
    return home


def tree(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def export(home: Path, file: Path, *words: str) -> Path:
    assert main(["export", str(file), "--home", str(home), *words]) == 0
    return file


# ── a small home ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz"])
def test_there_and_back(
    name: str, old: Path, tmp_path: Path, operator: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.mkdir(parents=True)
    (operator / "keymap.toml").write_text("mine")
    file = export(old, tmp_path / name)
    out = capsys.readouterr().out
    assert "it contains the station's tokens: only you can read it (mode 0600)" in out
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"\x1f\x8b") is (name != "a.tar")
    with tarfile.open(file) as tar:
        assert sorted(tar.getnames()) == sorted(["manifest.json", "operator/keymap.toml", *EXPECTED])
    shutil.rmtree(operator)
    new = tmp_path / "deep" / "new"
    assert main(["import", str(file), "--home", str(new)]) == 0
    out = capsys.readouterr().out
    assert f"wrote {len(EXPECTED)} files to {new}" in out
    assert f"{new}/retrovue.toml:9: the folder /nowhere/films is not on this machine" in out
    assert f"{new}/retrovue.toml:8: the folder {new}/media is not on this machine" in out
    expected = {name.removeprefix("home/"): (old / name.removeprefix("home/")).read_bytes() for name in EXPECTED}
    there = tree(new)
    del expected["state/asrun.db"], there["state/asrun.db"]
    assert there == expected
    assert tree(operator) == {"keymap.toml": b"mine"}
    assert new.stat().st_mode & 0o777 == 0o700
    assert {each.name for each in tmp_path.iterdir()} == {"old", "config", name, "deep"}, "nothing is left over"
    assert [each.name for each in new.parent.iterdir()] == ["new"]


def test_without_tokens(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = export(old, tmp_path / "a.tar", "--without-tokens")
    assert b"secret" not in file.read_bytes(), "neither in the config nor in the copy of it in the state folder"
    assert "mode 0600" not in capsys.readouterr().out
    assert main(["import", str(file), "--home", str(tmp_path / "new")]) == 0
    assert "its tokens were left out" in capsys.readouterr().out


def test_export_overwrites_nothing(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.tar"
    file.write_text("precious")
    assert main(["export", str(file), "--home", str(old)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert file.read_text() == "precious"
    file.chmod(0o644)
    export(old, file, "--force")
    assert file.stat().st_mode & 0o777 == 0o600
    for wrong in (tmp_path / "none" / "b.tar", tmp_path):
        assert main(["export", str(wrong), "--home", str(old), "--force"]) == 1
        assert "name a file in a folder that exists" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "b.tar"), "--home", str(tmp_path / "empty")]) == 1
    assert "there is no configuration" in capsys.readouterr().err


def test_import_overwrites_nothing_unless_forced(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = export(old, tmp_path / "a.tar")
    new = tmp_path / "new"
    (new / "channels").mkdir(parents=True)
    (new / "channels" / "1.ffconcat").write_text("precious")
    (new / "channels" / "2.ffconcat").write_text("another")
    (new / "retrovue.toml").write_text(CONFIG)  # the same
    before = tree(new)
    assert main(["import", str(file), "--home", str(new)]) == 1
    assert "has other files with these names: channels/1.ffconcat; nothing was changed" in capsys.readouterr().err
    assert tree(new) == before
    assert main(["import", str(file), "--home", str(new), "--force", "--dry-run"]) == 0
    assert "1 files that were there would be kept" in capsys.readouterr().out
    assert tree(new) == before
    assert main(["import", str(file), "--home", str(new), "--force"]) == 0
    after = tree(new)
    assert after["channels/1.ffconcat.before-import"] == b"precious"
    assert after["channels/1.ffconcat"] == (old / "channels" / "1.ffconcat").read_bytes()
    assert after["channels/2.ffconcat"] == b"another"
    assert "retrovue.toml.before-import" not in after
    assert not [name for name in after if ".import-" in name]


def test_the_operators_own_files_stay(
    old: Path, tmp_path: Path, operator: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.mkdir(parents=True)
    (operator / "keymap.toml").write_text("old")
    file = export(old, tmp_path / "a.tar")
    (operator / "keymap.toml").write_text("new")
    assert main(["import", str(file), "--home", str(tmp_path / "new")]) == 0
    assert f"{operator}/keymap.toml is another file, and stays" in capsys.readouterr().out
    assert tree(operator) == {"keymap.toml": b"new"}
    assert main(["import", str(file), "--home", str(tmp_path / "more"), "--force"]) == 0
    assert tree(operator) == {"keymap.toml": b"old", "keymap.toml.before-import": b"new"}


def test_all_or_nothing(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk fails at the last file."""
    file = export(old, tmp_path / "a.tar")
    new = tmp_path / "new"
    new.mkdir()
    (new / "retrovue.toml").write_text("precious")
    put, calls = placement.FilePlacement.put, []

    def put_some(self: Any, *paths: Path) -> None:
        calls.append(paths)
        if len(calls) == len(EXPECTED):
            raise OSError(28, "No space left on device", str(paths[1]))
        put(self, *paths)

    monkeypatch.setattr(placement.FilePlacement, "put", put_some)
    assert main(["import", str(file), "--home", str(new), "--force"]) == 1
    there = tree(new)
    there.pop("state/station.lock")
    assert there == {"retrovue.toml": b"precious"}


def test_a_home_whose_station_runs(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = export(old, tmp_path / "a.tar")
    capsys.readouterr()
    with InstanceLock(old):
        for words in ((), ("--force",), ("--dry-run",)):
            assert main(["import", str(file), "--home", str(old), *words]) == 1
            assert f"a station runs in {old} (process {os.getpid()}); end it with" in capsys.readouterr().err


def test_wrong_archives(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "parent" / "new"
    no_config = write_export(tmp_path / "b.tar", {"home/state/1.anchor.json": b"{}"})
    for file, reason in (
        (old / "retrovue.toml", "damaged, or not a tar file"), (tmp_path / "none.tar", "there is no such file"),
        (no_config, "it has no retrovue.toml"), (tmp_path, "there is no such file"),
    ):  # fmt: skip
        assert main(["import", str(file), "--home", str(new)]) == 1
        assert reason in capsys.readouterr().err
        assert not new.parent.exists()


def test_pool_files_elsewhere_are_named(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pool = tmp_path / "spots" / "pool.toml"
    pool.parent.mkdir()
    pool.write_text("cooldown = '1h'")
    (old / "retrovue.toml").write_text(CONFIG.replace('"ads"\n[[', f'"{pool.parent}"\n[['))
    file = export(old, tmp_path / "a.tar")
    assert main(["import", str(file), "--home", str(tmp_path / "one")]) == 0
    assert "pool file" not in capsys.readouterr().out
    pool.unlink()
    assert main(["import", str(file), "--home", str(tmp_path / "two")]) == 0
    assert f"the pool file {pool} belongs to media outside the home" in capsys.readouterr().out
    assert not pool.exists()


# ── a station ────────────────────────────────────────────────────────────────────────────────────


def test_a_station_goes_on_elsewhere_where_its_clock_says(home_with_film: Path, tmp_path: Path) -> None:
    home, new = tmp_path, tmp_path / "new"
    with serving(home) as (process, url):
        on_air(url, saved=home / "state" / "1.anchor.json")
        file = export(home, tmp_path / "a.tar.gz")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert main(["import", str(file), "--home", str(new)]) == 0
    shutil.copytree(home / "media", new / "media")
    assert checked(new) == checked(home)
    before = json.loads((new / "state" / "1.anchor.json").read_text())
    with contextlib.closing(sqlite3.connect(new / "state" / "asrun.db")) as base:
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with serving(new) as (process, url):
        on_air(url, saved=new / "retrovue.toml")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    after = json.loads((new / "state" / "1.anchor.json").read_text())
    assert (after["entry"], after["index"]) == (before["entry"], before["index"])
    gone = (after["at"] - before["at"]) * 30_000 / 1_001
    assert abs(gone - round(gone)) < 0.01, "on the grid of the same clock"
    assert (after["frame"] - before["frame"] - round(gone)) % 60 == 0, "at the frame that the clock says"
    assert (home / "state" / "identity.json").read_bytes() == (new / "state" / "identity.json").read_bytes()


def on_air(url: str, saved: Path) -> None:
    """Wait until the channel's programme airs, and a file is there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{url}/api/station", timeout=10) as answer:
            station = json.load(answer)
        if station["channels"][0]["state"] == "on_air" and saved.exists():
            return
        time.sleep(0.05)
    pytest.fail(str(station))


def checked(home: Path) -> str:
    """The output of `check --json` about a home, without its path."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main(["check", "--json", "--home", str(home)])
    return out.getvalue().replace(str(home), "HOME")
