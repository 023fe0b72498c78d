"""The measurements of all pieces become the signals of a programme, but only if none is missing."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.analysis.measuring.piece_signals import FLOOR_DBFS, PieceSignals, level_span, together
from retrovue_tui.media.analysis.measuring.signal_store import SignalStore, load
from retrovue_tui.media.analysis.measuring.signals import FrameLook
from retrovue_tui.media.analysis.refined_candidates import refined_candidates
from retrovue_tui.media.asset import Asset
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from random import Random

PAL = FrameRate(25)
NTSC = FrameRate(30_000, 1_001)
LUMA = st.integers(0, 255)
ROWS = st.tuples(LUMA, LUMA, LUMA, LUMA, st.floats(0, 255), st.floats(-1, 255))


def piece(first: int, frames: int, rate: FrameRate = PAL, luma: int = 90) -> PieceSignals:
    begin, end = level_span(rate, first, first + frames)
    looks = tuple(FrameLook(first + n, luma, luma, luma, luma, 0.0) for n in range(frames))
    return PieceSignals(first, looks, begin, tuple(-20.0 - n % 3 for n in range(begin, end)))


def asset(name: str) -> Asset:
    return Asset(Path(f"/media/{name}.mp4"), name, 1000, 1, Fraction(200))


@given(st.integers(0, 10**9), st.lists(ROWS, min_size=1, max_size=20), st.lists(st.floats(FLOOR_DBFS, 0), max_size=20))
def test_signals_survive_json(
    first: int, rows: list[tuple[int, int, int, int, float, float]], levels: list[float]
) -> None:
    made = PieceSignals(first, tuple(FrameLook(first + n, *row) for n, row in enumerate(rows)), first, tuple(levels))
    assert PieceSignals.from_json(json.loads(json.dumps(made.to_json()))) == made


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(
    JSON
    | st.fixed_dictionaries({"version": st.just(1), "first": JSON, "looks": JSON, "first_level": JSON, "levels": JSON})
    | st.builds(lambda row: piece(0, 1).to_json() | {"looks": [row]}, JSON)
)
def test_anything_else_is_refused(data: object) -> None:
    try:
        made = PieceSignals.from_json(data)
    except (ValueError, KeyError, TypeError):
        return
    assert made.looks
    assert all(0 <= look.low <= 255 and math.isfinite(look.spread) for look in made.looks)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.sampled_from([PAL, NTSC]), st.randoms())
def test_pieces_in_any_order_make_the_whole(lengths: list[int], rate: FrameRate, chance: Random) -> None:
    made, first = [], 0
    for frames in lengths:
        made.append(piece(first, frames, rate))
        first += frames
    chance.shuffle(made)
    signals = together(made, rate, first, (), sound=True)
    assert signals is not None
    assert [look.frame for look in signals.windows[0]] == list(range(first))
    assert signals.levels == tuple(-20.0 - n % 3 for n in range(level_span(rate, 0, first)[1]))
    assert together(made, rate, first + 1, (), sound=True) is None
    if len(made) > 1:
        assert together([each for each in made if each.first], rate, first, (), sound=True) is None


def test_a_programme_without_sound_has_no_levels_and_one_that_ends_early_is_silent_then() -> None:
    quiet = PieceSignals(50, piece(50, 50).looks)
    without = together([piece(0, 50), quiet], PAL, 100, (), sound=False)
    ended = together([piece(0, 50), quiet], PAL, 100, (), sound=True)
    assert without is not None
    assert ended is not None
    assert without.levels == ()
    assert ended.levels[50:] == (FLOOR_DBFS,) * 50


def test_the_store_knows_when_all_is_measured(tmp_path: Path) -> None:
    store, one = SignalStore(tmp_path), asset("one")
    assert not store.covers(one, PAL, 100)
    store.add(one, PAL, piece(50, 50))
    store.add(one, PAL, piece(0, 30))
    assert not store.covers(one, PAL, 100)
    store.add(one, PAL, piece(30, 20))
    assert store.covers(one, PAL, 100)
    assert not store.covers(one, PAL, 101)
    assert not store.covers(one, NTSC, 100)
    folder = store.folder(one, PAL)
    assert sorted(load(folder), key=lambda each: each.first) == [piece(0, 30), piece(30, 20), piece(50, 50)]
    assert refined_candidates(folder, PAL, 100, (), True) == []
    assert refined_candidates(folder, PAL, 101, (), True) is None
    store.drop(one, PAL)
    assert not folder.exists()


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"version": 1}', b" " * 600_000])
def test_a_spoilt_file_is_a_missing_piece(data: bytes, tmp_path: Path) -> None:
    store, one = SignalStore(tmp_path), asset("one")
    store.add(one, PAL, piece(0, 50))
    store.add(one, PAL, piece(50, 50))
    (store.folder(one, PAL) / "50-100.json").write_bytes(data)
    (store.folder(one, PAL) / "notes.txt").write_text("not a piece")
    assert load(store.folder(one, PAL)) == [piece(0, 50)]
    assert refined_candidates(store.folder(one, PAL), PAL, 100, (), True) is None


def test_only_so_many_unfinished_programmes_are_kept(tmp_path: Path) -> None:
    store = SignalStore(tmp_path)
    for number in range(205):
        store.add(asset(f"film{number}"), PAL, piece(0, 1))
    assert len(list(tmp_path.iterdir())) == 200
    assert store.covers(asset("film204"), PAL, 1)
