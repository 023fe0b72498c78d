"""The break candidates of programmes from the files of a home alone: what analyses have stored, after the operator's
reviews. Blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.edl import edl_path, edl_stamp, read_edl
from retrovue_tui.media.analysis.result_cache import ResultCache
from retrovue_tui.media.analysis.review import offered, reviewed
from retrovue_tui.media.analysis.review_store import ReviewStore

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate


class StoredBreaks:
    """The candidates in `analysis` and the reviews in `reviews`, the folders of a home, in frames of `rate`."""

    def __init__(self, analysis: Path, reviews: Path, rate: FrameRate) -> None:
        self._rate = rate
        self._results = ResultCache(analysis)
        self._reviews = ReviewStore(reviews, rate)
        self.faults = self._reviews.load()
        """What is wrong with the files of reviews that cannot be used."""

    def found(self, asset: Asset) -> tuple[BreakCandidate, ...] | None:
        """Return what the analysis of an asset has found; None if it is not analysed, or its EDL file has changed."""
        try:
            lines = read_edl(edl_path(asset.path))
        except MediaError:
            lines = []  # an analysis reports it, and uses none of its marks
        stored = self._results.load(asset, self._rate, edl_stamp(lines))
        return None if stored is None else tuple(stored)

    def offered(self, asset: Asset, found: tuple[BreakCandidate, ...]) -> tuple[BreakCandidate, ...]:
        """Return candidates of an asset after its review: those at which the operator allows breaks."""
        review = self._reviews.review(asset)
        return offered(reviewed(found, review, self._rate)) if review.places else found
