"""`audience`, as it is typed, with the log of a split."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from retrovue_tui.cli import main
from tests.playout.asrun.test_schema import made

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_curves_of_one_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state").mkdir()
    made(tmp_path / "state" / "asrun.db", 3)
    command = ["audience", "--home", str(tmp_path), "--json", "--variant"]
    for file, viewers, stayed in (
        ("/m/cola.mp4", 1, 1.0), ("/m/cola b.mp4", 1, 0.0), ("/m/other.mp4", 0, None),
        ("cola.mp4", 1, 1.0), ("cola b.mp4", 1, 0.0), ("b.mp4", 0, None),
    ):  # fmt: skip
        assert main([*command, file]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["filter"]["key"] == file
        assert found["curve"]["viewers_start"] == viewers
        assert found["curve"]["stayed"][-1:] == ([] if stayed is None else [stayed])


def test_a_proof_of_play_has_no_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--proof", "--html"):
        assert main(["audience", "--home", str(tmp_path), option, "--variant", "a.mp4"]) == 2
        assert "--variant" in capsys.readouterr().err


def test_a_filter_that_fits_nothing_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state").mkdir()
    made(tmp_path / "state" / "asrun.db", 3)
    for options in (["--channel", "99"], ["--variant", "cola c.mp4"], ["--proof", "--advertiser", "Nobody"]):
        assert main(["audience", "--home", str(tmp_path), *options]) == 0
        assert capsys.readouterr().out == "no airing fits the period, the channel and the names given\n"
