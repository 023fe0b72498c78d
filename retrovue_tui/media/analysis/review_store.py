"""Keeps the operator's reviews of break candidates in a folder, one JSON file for each content of a media file."""

from __future__ import annotations

import contextlib
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.errors import FileError, RetrovueError
from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.media.analysis.review import Review
from retrovue_tui.timecode import FrameRate, TimecodeError

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

MOST_DECISIONS: Final = 1_000
"""The most decisions about one media file."""
MOST_FILES: Final = 20_000
"""The most reviewed media files. If the folder has more, the newest reviews count."""
MOST_BYTES: Final = 256 * 1024
"""The most bytes of a file of the store."""
_VERSION: Final = 1
_FORM: Final = '{"version": 1, "rate": "30000/1001", "accepted": [1800], "rejected": [2400], "moved": [[3600, 3612]]}'
_ADVICE: Final = "correct or remove it, then start the station again"
_MOST_FRAMES: Final = 100_000_000
_NONE: Final = Review()


class ReviewStore:
    """The reviews in `folder`, in frames of `rate`. The key is a media file's content, so a file that is moved or
    renamed keeps its review. `load` reads all of them, and look-ups then need no disk."""

    def __init__(self, folder: Path, rate: FrameRate) -> None:
        self._folder, self._rate = folder, rate
        self._reviews: dict[str, Review] = {}
        self._broken: set[str] = set()

    def load(self) -> tuple[str, ...]:
        """Read all reviews, and return what is wrong with the files that cannot be used. These files stay as they are.
        Blocking."""
        faults = []
        for path in self._files():
            try:
                self._reviews[path.stem] = _read(path, self._rate)
            except FileError as error:
                self._broken.add(path.stem)
                faults.append(error.message)
        return tuple(faults)

    def review(self, asset: Asset) -> Review:
        """Return the review of an asset; an empty one if there is none."""
        return self._reviews.get(asset.content_key, _NONE)

    def accepted_frames(self, asset: Asset) -> tuple[int, ...]:
        """Return the frames of an asset at which the operator wants breaks: accepted, set by hand, or moved there."""
        return self.review(asset).accepted

    def keep(self, asset: Asset, review: Review) -> None:
        """Store the review of an asset. A file that could not be read is kept under another name. Raises
        `RetrovueError`. Blocking."""
        key = asset.content_key
        path = self._folder / f"{key}.json"
        if len(review.places) > MOST_DECISIONS:
            raise RetrovueError(f"{asset.path} has {MOST_DECISIONS} reviewed breaks, which is the limit")
        if key not in self._reviews and len(self._reviews) >= MOST_FILES:
            raise RetrovueError(
                f"{MOST_FILES} files have reviews, which is the limit; remove old ones from {self._folder}"
            )
        try:
            if key in self._broken:
                with contextlib.suppress(FileNotFoundError):
                    path.replace(path.with_suffix(".broken"))
                self._broken.discard(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, _text(asset, review, self._rate))
        except OSError as error:
            raise RetrovueError(f"{path} cannot be written: {reason_of(error)}") from error
        self._reviews[key] = review

    def _files(self) -> list[Path]:
        """Return the files of the store, the newest ones if there are too many."""
        dated = []
        try:
            for path in self._folder.glob("[!.]*.json"):
                with contextlib.suppress(OSError):  # it was removed meanwhile
                    dated.append((path.stat().st_mtime_ns, path))
        except OSError:
            return []
        return [path for _, path in sorted(dated, reverse=True)[:MOST_FILES]]


def _text(asset: Asset, review: Review, rate: FrameRate) -> bytes:
    places = sorted(review.places.items())
    data = {
        "version": _VERSION,
        "file": asset.path.name,
        "rate": str(rate),
        "accepted": [frame for frame, to in places if to == frame],
        "rejected": [frame for frame, to in places if to is None],
        "moved": [[frame, to] for frame, to in places if to not in (frame, None)],
    }
    return json.dumps(data, indent=1).encode()


def _read(path: Path, rate: FrameRate) -> Review:
    """Return the review in a file, in frames of `rate`. Raises `FileError` if the file is not one. Blocking."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileError(f"more than {MOST_BYTES} bytes, so it is no review of breaks; remove it", path)
        data = json.loads(path.read_bytes())
        if data["version"] != _VERSION:
            raise FileError("a review of breaks from a newer version of this program; update the program", path)
        return Review(MappingProxyType(_places(data))).at_rate(FrameRate.parse(data["rate"]), rate)
    except json.JSONDecodeError as error:
        raise FileError(f"not JSON ({error.msg}), so its review is not used; {_ADVICE}", path, error.lineno) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, TimecodeError) as error:
        raise FileError(f"no review of breaks, so it is not used; it looks like {_FORM}; {_ADVICE}", path) from error
    except OSError as error:
        raise FileError(f"cannot be read, so its review is not used: {reason_of(error)}", path) from error


def _places(data: Any) -> dict[int, int | None]:
    """Return the decisions in a file's JSON. Raises `ValueError`, `KeyError` or `TypeError` if it has others."""
    accepted, rejected, moved = data["accepted"], data["rejected"], data["moved"]
    rows: list[tuple[int, int | None]] = [(frame, frame) for frame in accepted]
    rows += [(frame, None) for frame in rejected]
    rows += [(frame, to) for frame, to in moved]
    places = dict(rows)
    targets = [to for to in places.values() if to is not None]
    numbers = [*places, *targets]
    if any(type(number) is not int or not 0 < number < _MOST_FRAMES for number in numbers):
        raise ValueError("a frame is a whole number")
    if len(rows) > MOST_DECISIONS or len(places) < len(rows) or len(set(targets)) < len(targets):
        raise ValueError("too many decisions, or two about one frame")
    if any(places.get(to, to) is None for to in targets):
        raise ValueError("a frame is both rejected and accepted")
    return places
