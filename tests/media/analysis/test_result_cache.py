"""Stored results: used for the same content, rate, marks and version, and for nothing else."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.media.analysis.result_cache import ResultCache
from retrovue_tui.media.asset import Asset
from retrovue_tui.timecode import FrameRate

PAL, NTSC = FrameRate(25), FrameRate(30_000, 1_001)
FILM = Asset(Path("/media/film.mp4"), "0123456789abcdef0123-01234567", 1000, 1, Fraction(100))
FOUND = [BreakCandidate(4006, 160.24, "fade", 0.96, "fade to black"), BreakCandidate(5000, 200.0, "edl", 0.5, "EDL")]


def test_results_are_kept_for_each_content_rate_and_marks(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "analysis")
    assert cache.load(FILM, PAL) is None
    cache.keep(FILM, PAL, FOUND)
    assert cache.load(FILM, PAL) == FOUND
    assert cache.load(FILM, NTSC) is None
    assert cache.load(FILM, PAL, "other marks") is None
    cache.keep(FILM, NTSC, [])
    assert cache.load(FILM, NTSC) == []
    assert sorted(each.name for each in (tmp_path / "analysis").iterdir()) == [
        "0123456789abcdef0123-25-1.json", "0123456789abcdef0123-30000-1001.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"),
    [("version", 0), ("key", "another"), ("candidates", [{"frame": -1}]), ("candidates", 3), ("stamp", None)],
)
def test_results_of_another_version_or_damaged_ones_are_not_used(tmp_path: Path, key: str, value: object) -> None:
    cache = ResultCache(tmp_path)
    cache.keep(FILM, PAL, FOUND)
    (path,) = tmp_path.iterdir()
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    assert cache.load(FILM, PAL) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_no_result(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "0123456789abcdef0123-25-1.json").write_bytes(data)
    assert ResultCache(folder).load(FILM, PAL) is None


def test_candidates_of_all_frames_are_replaced_only_by_such_ones_or_for_other_marks(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path)
    assert not cache.is_refined(FILM, PAL)
    cache.keep(FILM, PAL, [])
    assert not cache.is_refined(FILM, PAL)
    cache.keep(FILM, PAL, FOUND, refined=True)
    assert cache.is_refined(FILM, PAL)
    assert cache.is_refined(FILM, PAL, "")
    assert not cache.is_refined(FILM, PAL, "other marks")
    assert not cache.is_refined(FILM, NTSC)
    cache.keep(FILM, PAL, [])
    assert cache.load(FILM, PAL) == FOUND
    cache.keep(FILM, PAL, FOUND[:1], refined=True)
    assert cache.load(FILM, PAL) == FOUND[:1]
    cache.keep(FILM, PAL, [], "other marks")
    assert cache.load(FILM, PAL, "other marks") == []
    assert not cache.is_refined(FILM, PAL)
