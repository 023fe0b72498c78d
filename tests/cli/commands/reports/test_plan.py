"""`plan`: what a channel's plan would write, with breaks where analyses and the operator put them."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.cli import main
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import FADE, film
from tests.media_factory import Clip, make

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
[library]
programmes = ["media"]
[pools]
ads = "ads"
[[channel]]
id = "1"
number = 1
name = "Own"
pool = "ads"
[channel.plan]
programmes = ["*"]
breaks = "natural"
break_length = "3s"
act_length = "90s"
"""
AT_FADE = FrameRate.parse("30000/1001").nearest(sum(FADE) / 50)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a film, which is not analysed, and a spot."""
    for name, file in (("media/film.mp4", film()), ("ads/spot.mp4", make(Clip(frames=45, size=(64, 36))))):
        (tmp_path / name).parent.mkdir()
        shutil.copy(file, tmp_path / name)
        os.utime(tmp_path / name, (1e9, 1e9))  # nobody is still writing it
    (tmp_path / "retrovue.toml").write_text(CONFIG)
    return tmp_path


def cuts(home: Path, capsys: pytest.CaptureFixture[str]) -> tuple[set[int], str]:
    """The frames at which the planned programmes are cut, and what the command says beside them."""
    assert main(["plan", "1", "--days", "0.02", "--json", "--home", str(home)]) == 0
    printed = capsys.readouterr()
    slots: list[dict[str, Any]] = json.loads(printed.out)
    rows = [row for slot in slots for row in slot["entries"] if row["kind"] == "programme"]
    return {row["in_frame"] for row in rows} - {0, None}, printed.err


def test_breaks_are_where_the_station_would_put_them(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, said = cuts(home, capsys)
    assert "programmes that are not analysed yet: 1; of these, only the chapter marks" in said
    assert not any(abs(frame - AT_FADE) <= 2 for frame in found)
    assert main(["analyze", "--home", str(home), str(home / "media" / "film.mp4")]) == 0
    capsys.readouterr()
    found, said = cuts(home, capsys)
    assert said == ""
    (at,) = found
    assert abs(at - AT_FADE) <= 2
    reject(home, at)
    found, said = cuts(home, capsys)
    assert at not in found


def test_spots_in_a_folder_of_programmes_are_no_programmes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "ads").rename(home / "media" / "ads")
    (home / "retrovue.toml").write_text(CONFIG.replace('"ads"\n[[', '"media/ads"\n[['))
    assert main(["plan", "1", "--days", "0.02", "--json", "--home", str(home)]) == 0
    rows = [row for slot in json.loads(capsys.readouterr().out) for row in slot["entries"]]
    assert {(row["kind"], row["title"]) for row in rows} == {("programme", "film"), ("spot", "spot")}


def test_the_reasons_fit_on_a_narrow_terminal(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns in (80, 150):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert main(["plan", "1", "--days", "0.02", "--home", str(home)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= columns
        assert any("next in order; not planned before" in line for line in lines)
        assert any(re.match(r"[0-9:]{8} +film +[0-9ms]+ +\d × [0-9ms]+ +plan", line) for line in lines)
        assert re.fullmatch(r"[A-Z][a-z]{2} \d\d [A-Z][a-z]{2}", lines[1].strip())


def reject(home: Path, frame: int) -> None:
    """Decide against a break at a frame of the film, as the operator does."""
    (analysis,) = (home / "state" / "analysis").glob("*.json")
    key = analysis.stem.removesuffix("-30000-1001")
    review = {"version": 1, "rate": "30000/1001", "accepted": [], "rejected": [frame], "moved": []}
    (home / "state" / "reviews").mkdir()
    (home / "state" / "reviews" / f"{key}.json").write_text(json.dumps(review))
