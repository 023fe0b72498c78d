"""How FFmpeg opens an asset: the options and the address of one input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.media.asset import LATE_BYTES, LATE_SECONDS

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset


def source_words(asset: Asset) -> list[str]:
    """Return the options of FFmpeg's input for an asset, or a part of one, `-i` and its address last."""
    words = ["-protocol_whitelist", "file" if asset.span is None else "subfile,file"]
    if asset.span is not None:
        words += ["-f", asset.container]
    if asset.late:
        words += ["-analyzeduration", str(LATE_SECONDS * 1_000_000), "-probesize", str(LATE_BYTES)]
    return [*words, "-i", asset.url]
