"""Renders and loads the slate of a channel."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.slate import slate_piece
from retrovue_tui.playout.output.slate_player import SlatePlayer

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.channel.channel import Channel


async def load_slate(
    channel: Channel, ffmpeg: FFmpeg, house: HouseFormat, folder: Path, station: str
) -> Exception | None:
    """Load the slate of a channel from `folder`; render it first if it does not exist. Return the error if that
    fails."""
    try:
        piece = await slate_piece(ffmpeg, house, folder, station, channel.name)
        channel.slate = await asyncio.to_thread(SlatePlayer.load, piece)
    except (RetrovueError, OSError, ValueError) as error:
        return error
    return None
