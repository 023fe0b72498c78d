"""Stored reviews: found again by content; a file that is none is reported and kept."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.analysis import review_store
from retrovue_tui.media.analysis.review import Review
from retrovue_tui.media.analysis.review_store import ReviewStore
from retrovue_tui.media.asset import Asset
from retrovue_tui.timecode import FrameRate

PAL, NTSC = FrameRate(25), FrameRate(30_000, 1_001)
FILM = Asset(Path("/media/film.mp4"), "0123456789abcdef0123-01234567", 1000, 1, Fraction(400))
OTHER = replace(FILM, key="1123456789abcdef0123-01234567")
REVIEW = Review({4_000: 4_000, 5_000: None, 6_000: 6_010})


def opened(folder: Path, rate: FrameRate = PAL) -> ReviewStore:
    store = ReviewStore(folder, rate)
    assert store.load() == ()
    return store


def test_a_review_is_kept_for_the_content_of_a_file(tmp_path: Path) -> None:
    store = opened(tmp_path / "reviews")
    assert store.review(FILM) == Review()
    store.keep(FILM, REVIEW)
    again = opened(tmp_path / "reviews")
    renamed = replace(FILM, path=Path("/other/name.mp4"), key="0123456789abcdef0123-76543210")
    assert again.review(renamed).places == REVIEW.places
    assert again.accepted_frames(renamed) == (4_000, 6_010)
    assert again.accepted_frames(OTHER) == ()
    assert opened(tmp_path / "reviews", NTSC).accepted_frames(FILM) == (4_795, 7_205)
    again.keep(FILM, Review())
    assert opened(tmp_path / "reviews").review(FILM).places == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"version": 1,\n', "json:2: not JSON"),
        ("[]", "no review of breaks, so it is not used; it looks like"),
        ('{"version": 2}', "from a newer version"),
        ('{"version": 1, "rate": "25", "accepted": [1], "rejected": [1], "moved": []}', "no review of breaks"),
        ('{"version": 1, "rate": "25", "accepted": [], "rejected": [], "moved": [[1, 2], [3, 2]]}', "no review"),
        ('{"version": 1, "rate": "soon", "accepted": [], "rejected": [], "moved": []}', "no review of breaks"),
        ('{"version": 1, "rate": "25", "accepted": [-4], "rejected": [], "moved": []}', "no review of breaks"),
        (" " * (review_store.MOST_BYTES + 1), "more than 262144 bytes"),
    ],
)
def test_a_broken_file_is_reported_and_kept(tmp_path: Path, text: str, reason: str) -> None:
    opened(tmp_path).keep(OTHER, REVIEW)
    path = tmp_path / "0123456789abcdef0123.json"
    path.write_text(text)
    store = ReviewStore(tmp_path, PAL)
    (fault,) = store.load()
    assert fault.startswith(str(path))
    assert reason in fault
    assert store.review(FILM) == Review()
    assert store.review(OTHER).places == REVIEW.places
    store.keep(FILM, REVIEW)
    assert (tmp_path / "0123456789abcdef0123.broken").read_text() == text
    assert opened(tmp_path).review(FILM).places == REVIEW.places


def test_limits_and_a_disk_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(tmp_path / "reviews")
    with pytest.raises(RetrovueError, match="has 1000 reviewed breaks, which is the limit"):
        store.keep(FILM, Review(dict.fromkeys(range(1, 1_002))))
    store.keep(FILM, Review({10_000_000 + frame: 20_000_000 + frame for frame in range(1_000)}))
    assert len(opened(tmp_path / "reviews").accepted_frames(FILM)) == 1_000
    monkeypatch.setattr(review_store, "MOST_FILES", 1)
    with pytest.raises(RetrovueError, match="1 files have reviews, which is the limit"):
        store.keep(OTHER, REVIEW)
    (tmp_path / "file").touch()
    with pytest.raises(RetrovueError, match="a file is where a folder is needed"):
        ReviewStore(tmp_path / "file", PAL).keep(FILM, REVIEW)


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda each: (
            st.lists(each, max_size=3)
            | st.dictionaries(st.sampled_from(["version", "rate", "accepted", "rejected", "moved"]), each, max_size=5)
        ),
        max_leaves=12,
    ).map(lambda data: json.dumps(data).encode())
)
def test_any_bytes_do_no_harm(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "0123456789abcdef0123.json").write_bytes(data)
    store = ReviewStore(folder, PAL)
    assert len(store.load()) == 1
    assert store.review(FILM) == Review()
