"""The facts about a media file as plain JSON types, for the probe cache and for the machines of a farm."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

from retrovue_tui.media.asset import Asset, AudioFacts, Chapter, VideoFacts


def asset_to_json(asset: Asset) -> dict[str, Any]:
    """Return an asset as plain JSON types. Fractions and paths are strings."""
    plain = _plain(dataclasses.asdict(asset))
    assert isinstance(plain, dict)
    return plain


def asset_from_json(data: dict[str, Any]) -> Asset:
    """Return the asset that `asset_to_json` returned as `data`. Raises `KeyError`, `ValueError`, `TypeError`,
    `AttributeError` or `ZeroDivisionError` for any other data."""
    facts = _exact(data, "duration", "origin")
    video, audio = facts.pop("video"), facts.pop("audio")
    facts["path"] = Path(facts["path"])
    facts["span"] = None if facts["span"] is None else tuple(facts["span"])
    facts["tags"] = tuple((name, value) for name, value in facts["tags"])
    facts["parts"] = tuple(asset_from_json(part) for part in facts["parts"])
    facts["chapters"] = tuple(Chapter(**_exact(each, "start", "end")) for each in facts["chapters"])
    return Asset(
        **facts,
        video=None if video is None else VideoFacts(**_exact(video, "rate", "start")),
        audio=None if audio is None else AudioFacts(**_exact(audio, "start", "end")),
    )


def _exact(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {**data, **{key: Fraction(data[key]) for key in keys}}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Fraction | Path) else value
