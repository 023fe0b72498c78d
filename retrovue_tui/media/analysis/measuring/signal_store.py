"""Keeps what renders have measured of programmes until all of a programme has been rendered: a folder for each asset
and rate, a JSON file for each piece. Blocking."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.timecode import FrameRate

_MOST_BYTES: Final = 512 * 1024
"""A file of a piece is never larger."""
_MOST_FOLDERS: Final = 200
"""The most programmes that may be rendered in part. Of more, those measured least recently are forgotten."""
_NAME: Final = re.compile(r"(\d{1,12})-(\d{1,12})\.json")


class SignalStore:
    """The pieces' signals below `root`. A piece that is measured again replaces its earlier signals."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, asset: Asset, rate: FrameRate) -> Path:
        """Return the folder of an asset's signals; it need not exist."""
        return self._root / f"{asset.key}-{rate.num}-{rate.den}"

    def add(self, asset: Asset, rate: FrameRate, piece: PieceSignals) -> None:
        """Store the signals of a piece. Raises `OSError` if they cannot be written."""
        folder = self.folder(asset, rate)
        if not folder.is_dir():
            folder.mkdir(parents=True)
            self._forget_oldest()
        data = json.dumps(piece.to_json(), separators=(",", ":")).encode()
        write_atomically(folder / f"{piece.first}-{piece.end}.json", data, durable=False)

    def covers(self, asset: Asset, rate: FrameRate, frames: int) -> bool:
        """Return whether all of an asset's `frames` frames have been measured. Reads no file."""
        known = 0
        for first, end in sorted(_spans(self.folder(asset, rate))):
            if first > known:
                return False
            known = max(known, end)
        return known >= frames > 0

    def drop(self, asset: Asset, rate: FrameRate) -> None:
        """Remove the signals of an asset."""
        shutil.rmtree(self.folder(asset, rate), ignore_errors=True)

    def _forget_oldest(self) -> None:
        dated: list[tuple[float, Path]] = []
        for path in self._root.iterdir():
            with suppress(OSError):
                dated.append((path.stat().st_mtime, path))
        for _, path in sorted(dated)[:-_MOST_FOLDERS]:
            shutil.rmtree(path, ignore_errors=True)


def load(folder: Path) -> list[PieceSignals]:
    """Return the signals of all pieces in an asset's folder. Files that are not such signals are left out."""
    found = []
    for first, end in _spans(folder):
        path = folder / f"{first}-{end}.json"
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            if path.stat().st_size <= _MOST_BYTES:
                found.append(PieceSignals.from_json(json.loads(path.read_text(encoding="utf-8"))))
    return found


def _spans(folder: Path) -> list[tuple[int, int]]:
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    matches = chain.from_iterable(_NAME.findall(name) for name in names if _NAME.fullmatch(name))
    return [(int(first), int(end)) for first, end in matches]
