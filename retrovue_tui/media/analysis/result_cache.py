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
        try:
            data = self._read(asset, rate)
            return [candidate_from_json(each) for each in data["candidates"]] if data["stamp"] == stamp else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def is_refined(self, asset: Asset, rate: FrameRate, stamp: str | None = None) -> bool:
        """Return whether there are candidates of this version for which every frame of the asset was measured; with
        `stamp`, only if they have the same one."""
        try:
            data = self._read(asset, rate)
            return data.get("refined") is True and stamp in (None, data["stamp"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return False

    def _read(self, asset: Asset, rate: FrameRate) -> dict[str, Any]:
        path = self._path(asset, rate)
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large to be a result")
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if [data["version"], data["key"]] != [VERSION, asset.key]:
            raise ValueError("the result of another version or asset")
        return data

    def keep(
        self, asset: Asset, rate: FrameRate, found: list[BreakCandidate], stamp: str = "", *, refined: bool = False
    ) -> None:
        """Store the candidates of an asset. `refined` is whether every frame was measured; other candidates do not
        replace such ones. Raises `OSError` if they cannot be written."""
        if not refined and self.is_refined(asset, rate, stamp):
            return
        path = self._path(asset, rate)
        path.parent.mkdir(parents=True, exist_ok=True)
        candidates = [asdict(each) for each in found]
        data = {
            "version": VERSION, "key": asset.key, "stamp": stamp, "refined": refined, "candidates": candidates,
        }  # fmt: skip
        write_atomically(path, json.dumps(data).encode(), durable=False)

    def _path(self, asset: Asset, rate: FrameRate) -> Path:
        return self._folder / f"{asset.content_key}-{rate.num}-{rate.den}.json"


def candidate_from_json(data: Any) -> BreakCandidate:
    """Return a candidate from its JSON. Raises `ValueError`, `KeyError` or `TypeError` if it is not one."""
    kind, frame, at_s, score = data["kind"], data["frame"], float(data["at_s"]), float(data["score"])
    if kind not in KINDS or type(frame) is not int or frame < 0 or not math.isfinite(at_s) or not 0 <= score <= 1:
        raise ValueError("not a break candidate")
    return BreakCandidate(frame, at_s, kind, score, str(data["why"]))
