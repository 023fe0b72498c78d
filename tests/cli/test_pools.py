"""`check` on pool files: errors are problems, rules without an effect are warnings."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli import main
from tests.media_factory import Clip, make
from tests.playout.homes import Home

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose pool has a spot and no pool file."""
    clip = make(Clip(frames=30, size=(160, 90)))
    made = Home.make(tmp_path, {"film.mp4": clip}, {"1": 'pool = "ads"'})
    made.rundown("1", "film.mp4")
    config = tmp_path / "retrovue.toml"
    config.write_text(config.read_text() + '[pools]\nads = "ads"\n')
    made.bring("cola.mp4", clip)
    (tmp_path / "ads").mkdir()
    (tmp_path / "media" / "cola.mp4").rename(tmp_path / "ads" / "cola.mp4")
    return tmp_path


def test_errors_in_a_pool_file_are_problems(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "ads" / "pool.toml"
    path.write_text('["cola.mp4"]\ntitel = "Cola"\nhours = []\n["none.mp4"]\n')
    assert main(["check", "--home", str(home), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["problems"] == [
        {"path": str(path), "line": 2, "message": "unknown key 'titel' in [\"cola.mp4\"]; did you mean 'title'?"},
        {"path": str(path), "line": 3, "message": "hours is empty, so this spot would never air; remove the line, and"
                                                  " it may air at any time"},
    ]  # fmt: skip
    assert "warnings" not in told


def test_rules_without_an_effect_are_warnings(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "ads" / "pool.toml"
    path.write_text('["cola.mp4"]\nuntil = 2020-01-31\n\n["soap*.mp4"]\nweight = 2\n["gone.mp4"]\n')
    assert main(["check", "--home", str(home)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f'warning: {path}:1: the flight of ["cola.mp4"] ended on 2020-01-31, so it does not air; set a later until, or'
        " remove the table",
        f'warning: {path}:4: no file matches ["soap*.mp4"]; correct the name, or remove the table',
        f'warning: {path}:6: no file is named ["gone.mp4"]; correct the name, or remove the table',
        "all is well",
    ]


def test_a_variant_that_a_split_refuses_is_a_warning(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "ads" / "pool.toml"
    path.write_text('["cola.mp4"]\nvariants = ["short.mp4", "long.mp4", "same.mp4"]\nsplit = true\n')
    for name, frames in (("short.mp4", 20), ("long.mp4", 40), ("same.mp4", 30)):
        (home / "ads" / name).write_bytes(make(Clip(frames=frames, size=(160, 90))).read_bytes())
        os.utime(home / "ads" / name, (1e9, 1e9))  # nobody writes to it any more
    assert main(["check", "--home", str(home)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f'warning: {path}:1: short.mp4 is shorter than the spot: set shorter_variants = "card", and a card follows it',
        f"warning: {path}:1: long.mp4 is longer than the spot: let the longest version be the spot itself",
        "all is well",
    ]


def test_the_only_variant_of_a_split_is_refused_with_its_reason(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "ads" / "pool.toml"
    path.write_text('["cola.mp4"]\nvariants = ["short.mp4"]\nsplit = true\n')
    (home / "ads" / "short.mp4").write_bytes(make(Clip(frames=20, size=(160, 90))).read_bytes())
    os.utime(home / "ads" / "short.mp4", (1e9, 1e9))  # nobody writes to it any more
    assert main(["check", "--home", str(home)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f'warning: {path}:1: short.mp4 is shorter than the spot: set shorter_variants = "card", and a card follows it',
        "all is well",
    ]


def test_a_variant_of_another_length_is_a_warning(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "ads" / "pool.toml"
    path.write_text('["cola.mp4"]\nvariants = ["short.mp4", "same.mp4"]\n')
    for name, frames in (("short.mp4", 20), ("same.mp4", 30)):
        (home / "ads" / name).write_bytes(make(Clip(frames=frames, size=(160, 90))).read_bytes())
        os.utime(home / "ads" / name, (1e9, 1e9))  # nobody writes to it any more
    assert main(["check", "--home", str(home)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"warning: {path}:1: short.mp4 does not air: it has 20 frames, and the spot has 30, so all that follows would "
        "move; cut both to the same length",
        "all is well",
    ]


def test_patterns_that_state_something_about_variants(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "ads" / "pool.toml"
    (home / "ads" / "soap [1984].mp4").write_bytes((home / "ads" / "cola.mp4").read_bytes())
    for name in ("soap b.mp4", "tea.mp4"):
        (home / "ads" / name).write_bytes((home / "ads" / "cola.mp4").read_bytes())
    path.write_text(
        '["col*.mp4"]\nvariants = ["soap b.mp4"]\n'
        '["soap [1984].mp4"]\nvariants = ["soap b.mp4"]\n'
        '["soap b*.mp4"]\nshorter_variants = "card"\n'
    )
    main(["check", "--home", str(home)])
    assert capsys.readouterr().out.splitlines()[:1] == [
        f'{path}:4: "soap b.mp4" is a variant of ["col*.mp4"] too; remove it from one of them'
    ]
    path.write_text(path.read_text().replace("soap b.mp4", "tea.mp4", 1))
    assert main(["check", "--home", str(home)]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "pool.toml" in line] == [
        f'warning: {path}:1: variants in ["col*.mp4"], a pattern: they are those of one spot; name its file instead',
        f'warning: {path}:5: shorter_variants in ["soap b*.mp4"] has no effect: no spot that it matches has variants',
    ]


def test_a_pool_file_that_cannot_be_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "ads" / "pool.toml").write_bytes(b"\xff")
    assert main(["check", "--home", str(home)]) == 1
    assert f"{home}/ads/pool.toml:1: is not UTF-8 text; save it as UTF-8" in capsys.readouterr().out
