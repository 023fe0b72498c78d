"""The arguments with which FFmpeg opens an asset: the options and the address of one input."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset


def source_words(asset: Asset) -> list[str]:
    """Return FFmpeg's options for reading an asset, or a part of one, and last `-i` with the asset's address."""
    words = ["-protocol_whitelist", "file" if asset.span is None else "subfile,file"]
    if asset.span is not None:
        words += ["-f", asset.container]
    for option, value in asset.search_options.items():
        words += [f"-{option}", value]
    return [*words, "-i", asset.url]
