"""`prepare FILE` and `check FILE`: in any folder, without a configuration, and with that of a home."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli import main
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a film of 60 house frames, and nothing else; the user has no home either."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("RETROVUE_HOME", raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x36:r=30000/1001:d=2.002", "-c:v",
         "libx264", "-preset", "ultrafast", folder / "film.mp4"],
        check=True,
    )  # fmt: skip
    return folder


def test_prepare_in_any_folder_uses_the_cache_of_embedding(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare", "--json", "film.mp4"]) == 0
    assert json.loads(capsys.readouterr().out) == {"prepared": [str(folder / "film.mp4")], "failed": {}}
    pieces = list((tmp_path / "cache" / "retrovue-tui").rglob("*.ts"))
    assert pieces
    size = b""
    for piece in pieces:
        size = subprocess.run([find_ffmpeg().path, "-i", piece], capture_output=True, check=False).stderr
        assert b"1280x720" in size
        assert b"29.97 fps" in size
    assert not (tmp_path / "data").exists()
    assert [each.name for each in folder.iterdir()] == ["film.mp4"]


def test_prepare_and_check_of_a_file_use_the_house_and_cache_of_a_home(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "retrovue.toml").write_text('[house]\nprofile = "480p"\nrate = 25\nloudness = false\n')
    assert main(["prepare", "--home", str(home), "film.mp4"]) == 0
    (piece,) = (home / "cache").rglob("*.ts")
    assert b"25 fps" in subprocess.run([find_ffmpeg().path, "-i", piece], capture_output=True, check=False).stderr
    assert not (tmp_path / "cache").exists()
    capsys.readouterr()
    assert main(["check", "--home", str(home), "--json", "film.mp4"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)["files"]
    assert (facts["frames"], facts["rate"]) == (50, "25")
    (home / "retrovue.toml").write_text('[house]\nprofile = "721p"\n')
    for words in (["prepare", "film.mp4"], ["check", "film.mp4"]):
        assert main([*words, "--home", str(home)]) == 1
        assert f"{home}/retrovue.toml:2: profile '721p' is not one of" in capsys.readouterr().err


def test_check_says_the_facts_and_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty.mp4").touch()
    (folder / "list.ffconcat").write_text("ffconcat version 1.0\nfile film.mp4\n\nfile gone.mp4\n")
    assert main(["check", "film.mp4"]) == 0
    assert capsys.readouterr().out == (
        f"{folder}/film.mp4: 00:00:02;00 (60 frames at 30000/1001) · h264 64×36 29.97 · no sound\nall is well\n"
    )
    assert main(["check", "--json", "empty.mp4", "film.mp4", "list.ffconcat"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in told["files"]] == [str(folder / "film.mp4")]
    assert told["problems"] == [
        {"path": str(folder / "empty.mp4"), "line": None, "message": "the file is empty"},
        {"path": str(folder / "list.ffconcat"), "line": 4, "message": f"{folder}/gone.mp4: no such file"},
    ]


def test_without_files_the_advice_says_where_to_put_some(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"retrovue-tui: {tmp_path}/data/retrovue-tui/retrovue.toml: there is no configuration")
    assert "retrovue-tui prepare FILE" in line
    assert "--home DIR" in line


def test_plan_shows_what_comes_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    home = tmp_path / "home"
    (home / "media" / "Shows" / "Court").mkdir(parents=True)
    for number in (1, 2):
        copy = home / f"media/Shows/Court/S01E0{number}.mp4"
        copy.write_bytes((folder / "film.mp4").read_bytes() + bytes(number))
        os.utime(copy, (1e9, 1e9))
    (home / "retrovue.toml").write_text(
        '[library]\nprogrammes = ["media"]\n[[channel]]\nid = "1"\nnumber = 1\nname = "One"\n'
        '[channel.plan]\nprogrammes = ["Shows/*"]\nbreaks = "none"\n'
    )
    assert main(["plan", "1", "--home", str(home), "--days", "0.0001", "--json"]) == 0
    slots = json.loads(capsys.readouterr().out)
    assert [slot["programme"] for slot in slots[:2]] == ["Court S01E01", "Court S01E02"]
    assert slots[0]["end"] == slots[1]["start"]
    assert slots[0]["why"] == "next in order; not planned before"
    assert main(["plan", "1", "--home", str(home), "--days", "0.0001"]) == 0
    assert "S01E02" in capsys.readouterr().out
    assert main(["plan", "2", "--home", str(home)]) == 1
    assert "there is no channel '2'; did you mean '1'?" in capsys.readouterr().err
    assert not (home / "channels").exists()  # nothing is written
