"""Keeps the results of analyses in a folder, one JSON file for each content and rate. Blocking."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.break_candidate import KINDS, BreakCandidate
from retrovue_tui.files.atomic_write import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate

VERSION: Final = 1
"""The version of the analysis. Raise it when the same file would get other candidates, so that older results are not
used."""
_MOST_BYTES: Final = 16_000_000


class ResultCache:
    """The results in `folder`. `stamp` identifies what else a result depends on, such as the EDL file beside the
    media."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, asset: Asset, rate: FrameRate, stamp: str = "") -> list[BreakCandidate] | None:
        """Return the stored candidates of an asset; None if there are none, or none of this version."""
        path = self._path(asset, rate)
        try:
            if path.stat().st_size > _MOST_BYTES:
                return None
            data: Any = json.loads(path.read_text(encoding="utf-8"))
            if [data["version"], data["key"], data["stamp"]] != [VERSION, asset.key, stamp]:
                return None
            return [_candidate(each) for each in data["candidates"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def keep(self, asset: Asset, rate: FrameRate, found: list[BreakCandidate], stamp: str = "") -> None:
        """Store the candidates of an asset. Raises `OSError` if they cannot be written."""
        path = self._path(asset, rate)
        path.parent.mkdir(parents=True, exist_ok=True)
        candidates = [asdict(each) for each in found]
        data = {"version": VERSION, "key": asset.key, "stamp": stamp, "candidates": candidates}
        write_atomically(path, json.dumps(data).encode(), durable=False)

    def _path(self, asset: Asset, rate: FrameRate) -> Path:
        return self._folder / f"{asset.content_key}-{rate.num}-{rate.den}.json"


def _candidate(data: Any) -> BreakCandidate:
    """Return a candidate from its JSON. Raises `ValueError`, `KeyError` or `TypeError` if it is not one."""
    kind, frame, at_s, score = data["kind"], data["frame"], float(data["at_s"]), float(data["score"])
    if kind not in KINDS or type(frame) is not int or frame < 0 or not math.isfinite(at_s) or not 0 <= score <= 1:
        raise ValueError("not a break candidate")
    return BreakCandidate(frame, at_s, kind, score, str(data["why"]))
