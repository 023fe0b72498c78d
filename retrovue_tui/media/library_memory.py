"""What probing found out, kept in a file, so that a station with ten thousand films starts as quickly as one with ten.

The file may be deleted at any time. One that is damaged, or from another version, counts as empty. Blocking.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui import __version__
from retrovue_tui.media.asset import Asset, AudioFacts, Chapter, VideoFacts

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)

_SHAPE: Final = [
    __version__,
    [each.name for kind in (Asset, VideoFacts, AudioFacts, Chapter) for each in dataclasses.fields(kind)],
]


class Stamp(NamedTuple):
    """A file's size and modification time (ns): another stamp, another content."""

    size: int
    mtime_ns: int


def remember(path: Path, assets: Iterable[Asset]) -> None:
    """Write the facts, whole or not at all. Raises `OSError`."""
    data = {"shape": _SHAPE, "assets": [dataclasses.asdict(asset) for asset in assets]}
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.write_text(json.dumps(data, default=str), encoding="utf-8", errors="surrogateescape")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def recall(path: Path) -> dict[Path, Asset]:
    """The facts by path; none where the file is missing, damaged or of another version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
        if data["shape"] != _SHAPE:
            return {}
        assets = [_asset(each) for each in data["assets"]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        _log.info("%s is passed over: %s", path, error)
        return {}
    return {asset.path: asset for asset in assets}


def _asset(data: dict[str, Any]) -> Asset:
    video, audio = data.pop("video"), data.pop("audio")
    facts = _exact(data, "duration", "origin")
    facts["path"] = Path(facts["path"])
    facts["chapters"] = tuple(Chapter(**_exact(each, "start", "end")) for each in facts["chapters"])
    return Asset(
        **facts,
        video=None if video is None else VideoFacts(**_exact(video, "rate", "start")),
        audio=None if audio is None else AudioFacts(**_exact(audio, "start", "end")),
    )


def _exact(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {**data, **{key: Fraction(data[key]) for key in keys}}
