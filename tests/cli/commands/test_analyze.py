"""`analyze`: any files and folders, without a configuration, and with that of a home."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from retrovue_tui import BreakCandidate, analyze_natural_breaks
from retrovue_tui.cli import main
from retrovue_tui.errors import MediaError
from tests.media.analysis.films import FADE, film

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a film and an empty file; the user has no home, and a state folder of its own."""
    for name in ("CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.delenv("RETROVUE_HOME", raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    shutil.copy(film(), folder / "film.mp4")
    (folder / "empty.mp4").touch()
    return folder


def test_one_file_is_an_object_and_its_result_is_kept(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", "--json", "film.mp4"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    found = json.loads(printed.out)
    assert (found["file"], found["rate"], found["frames"]) == (str(folder / "film.mp4"), "30000/1001", 5514)
    first = found["candidates"][0]
    assert sorted(first) == ["at_s", "frame", "kind", "score", "why"]
    fade = next(each for each in found["candidates"] if each["kind"] == "fade")
    assert FADE[0] / 25 <= fade["at_s"] <= FADE[1] / 25
    assert len(list((tmp_path / "state" / "retrovue-tui" / "analysis").iterdir())) == 1
    assert not (tmp_path / "data").exists()
    assert main(["analyze", "--json", "film.mp4"]) == 0
    assert json.loads(capsys.readouterr().out) == found


def test_a_folder_is_a_list_and_a_broken_file_is_named_while_the_others_go_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", "--json", str(folder)]) == 1
    printed = capsys.readouterr()
    broken, whole = json.loads(printed.out)
    assert broken == {"file": str(folder / "empty.mp4"), "error": f"{folder}/empty.mp4: the file is empty"}
    assert whole["candidates"]
    assert printed.err == f"retrovue-tui: {folder}/empty.mp4: the file is empty\n"


def test_the_table_is_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "film.edl").write_text("nonsense\n")
    assert main(["analyze", "film.mp4"]) == 0
    printed = capsys.readouterr()
    head, *lines = printed.out.splitlines()
    assert head == f"{folder}/film.mp4: 00:03:04;00, 2 natural places for a break, 4 in all"
    assert len(lines) == 4
    assert sum(line.startswith("* ") for line in lines) == 2
    assert any("fade to black" in line for line in lines)
    assert f"{folder}/film.edl:1: not a line of an EDL" in printed.err


def test_the_rate_and_state_of_a_home_are_used(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "retrovue.toml").write_text("[house]\nrate = 25\n")
    assert main(["analyze", "--home", str(home), "--json", "film.mp4"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 4600
    assert (home / "state" / "analysis").is_dir()
    assert not (tmp_path / "state").exists()


def test_the_reviews_of_a_home_count(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    (home / "state" / "reviews").mkdir(parents=True)
    (home / "retrovue.toml").write_text("[house]\nrate = 25\n")
    analyze = ["analyze", "--home", str(home), "--json", "film.mp4"]
    assert main(analyze) == 0
    first, second, *rest = json.loads(capsys.readouterr().out)["candidates"]
    (stored,) = (home / "state" / "analysis").iterdir()
    review = home / "state" / "reviews" / f"{stored.name.partition('-')[0]}.json"
    decisions = {"accepted": [second["frame"]], "rejected": [first["frame"]], "moved": []}
    review.write_text(json.dumps({"version": 1, "rate": "25", **decisions}))
    assert main(analyze) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    accepted, *others = json.loads(printed.out)["candidates"]
    assert (accepted["frame"], accepted["score"]) == (second["frame"], 1.0)
    assert accepted["why"] == f"accepted by the operator; {second['why']}"
    assert others == rest
    review.write_text("nonsense")
    assert main(analyze) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["candidates"] == [first, second, *rest]
    assert f"{review}:1: not JSON" in printed.err


def test_nothing_to_analyse_and_wrong_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "none").mkdir()
    assert main(["analyze", "none"]) == 1
    assert capsys.readouterr().err == f"retrovue-tui: there are no media files in {folder}/none\n"
    assert main(["analyze", "gone.mp4"]) == 1
    assert capsys.readouterr().err == f"retrovue-tui: {folder}/gone.mp4: no such file\n"
    with pytest.raises(SystemExit) as caught:
        main(["analyze"])
    assert caught.value.code == 2


def test_programs_get_the_same_candidates(folder: Path, tmp_path: Path) -> None:
    found = analyze_natural_breaks("film.mp4", rate="25", store=tmp_path / "store")
    assert all(isinstance(each, BreakCandidate) for each in found)
    fade = next(each for each in found if each.kind == "fade")
    assert FADE[0] <= fade.frame <= FADE[1]
    assert analyze_natural_breaks(folder / "film.mp4", rate="25", store=tmp_path / "store") == found
    with pytest.raises(MediaError, match=r"empty\.mp4: the file is empty"):
        analyze_natural_breaks("empty.mp4")
