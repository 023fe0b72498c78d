"""The slate: the picture that a channel shows while it has nothing to air, as one piece that loops."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.ffmpeg.process import DECK_NICE
from retrovue_tui.media.ffmpeg.run import failure_of
from retrovue_tui.media.house_format import GOP
from retrovue_tui.media.rendering.arguments.encoder_args import audio_encoder, video_encoder
from retrovue_tui.media.title_cards import slate_card

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat

FRAMES = 2 * GOP
"""The slate's length in frames: long enough for a calm loop, short enough to be rendered while a station starts."""
MESSAGE: Final = "Please stand by"
_RECIPE = 1
_LIMIT_S = 60.0


async def slate_piece(
    ffmpeg: FFmpeg, house: HouseFormat, folder: Path, station: str, channel: str, message: str = MESSAGE
) -> Path:
    """Return the path of a channel's slate in house format. If `folder` does not have the slate yet, render it now.
    Raises `MediaError`. `message`: the text below the channel's name.

    A light runs along a bar, there and back once per loop, to show that the stream is alive. The file gets its name
    only when it is complete.
    """
    facts = (house.key, station, channel, FRAMES, _RECIPE, *(() if message == MESSAGE else (message,)))
    mark = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
    path = folder / f"{mark}.ts"
    if await asyncio.to_thread(path.is_file):
        return path
    still = folder / f".{mark}.png"
    size = (house.width, house.height)
    await asyncio.to_thread(_draw, still, lambda: slate_card(station, channel, size, message))
    try:
        with replacing(path, unique=False) as part:
            await _render(_command(ffmpeg, house, still, part), part)
    finally:
        still.unlink(missing_ok=True)
    return path


def _draw(still: Path, draw: Callable[[], Image.Image]) -> None:
    still.parent.mkdir(parents=True, exist_ok=True)
    draw().save(still, compress_level=1)


def _command(ffmpeg: FFmpeg, house: HouseFormat, still: Path, part: Path) -> list[str]:
    light = f"{max(2, house.width // 40 * 2)}x{max(2, house.height // 144 * 2)}"
    lap = f"(W*0.5-w)*(1-cos(2*PI*n/{FRAMES}))/2"
    graph = (
        f"[0:v]format=yuv420p,loop=loop=-1:size=1,setpts=N/({house.rate})/TB[card];"
        f"color=c=0xFFB03B:s={light}:r={house.rate}[light];"
        f"[card][light]overlay=x='W*0.25+{lap}':y=H*0.78:eval=frame,setsar=1[v];"
        f"anullsrc=channel_layout=stereo:sample_rate=48000[a]"
    )
    return [
        *quiet(ffmpeg, overwrite=True),
        "-framerate", str(house.rate), "-f", "png_pipe", "-i", f"file:{still}",
        "-filter_complex", graph, "-map", "[v]", "-map", "[a]",
        "-frames:v", str(FRAMES), "-t", f"{float(house.rate.seconds(FRAMES)):.6f}",
        *video_encoder(house), *audio_encoder(house), "-bsf:a", r"noise=drop=lt(n\,1)",
        "-muxpreload", "0", "-muxdelay", "0", "-f", "mpegts", "-pes_payload_size", "0", f"file:{part}",
    ]  # fmt: skip


async def _render(command: list[str], part: Path) -> None:
    if reason := await failure_of(command, limit_s=_LIMIT_S, nice=DECK_NICE):
        raise MediaError(f"the slate could not be made: {reason}", part)
