"""Opens an asset, or a part of one, with libav."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset


def open_asset(asset: Asset, **options: str) -> Any:
    """Open the bytes of an asset for reading, and return a context manager. Raises `av.FFmpegError`."""
    options = {"protocol_whitelist": "file,subfile", **asset.search_options, **options}
    form = asset.container if asset.span is not None else None
    return av.open(asset.url, format=form, metadata_errors="replace", options=options)
