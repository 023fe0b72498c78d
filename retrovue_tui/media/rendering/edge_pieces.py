"""Edge pieces: the part of a piece before or after a cut inside it, exact to the frame.

The part before a cut is copied packet by packet. In the part after a cut, video is encoded again, so that it begins
with a key frame. The sound is copied frame by frame, so that it continues without a step in the next piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.house_format import aac_frame
from retrovue_tui.media.rendering.encoder_args import video_encoder
from retrovue_tui.media.workers.tasks import verify

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_index import Piece


def edge_command(
    ffmpeg: FFmpeg, house: HouseFormat, source: Path, base: Piece, first: int, end: int, made: Path, threads: int = 1
) -> list[str]:
    """Return the FFmpeg command line that makes the edge piece [first, end) from the piece `base`, whose file is
    `source`."""
    if not base.first <= first < end <= base.end:
        raise MediaError(f"frames {first} to {end} are not inside the piece {base.first} to {base.end}", source)
    rate = house.rate
    sound = _sound_filter(house, base, first, end)
    words = quiet(ffmpeg, overwrite=True)
    words += ["-copyts", "-threads", str(threads), "-f", "mpegts", "-i", f"file:{source}", "-map", "0:v", "-map", "0:a"]
    if first == base.first:
        words += ["-c", "copy", "-bsf:v", f"noise=drop=gte(n\\,{end - base.first})"]
    else:
        words += ["-vf", f"trim=start_frame={first - base.first}:end_frame={end - base.first},"
                  f"settb={rate.den}/{rate.num},setpts=N+{first},fps={rate}", "-fps_mode", "passthrough",
                  *video_encoder(house), "-threads", str(threads), "-c:a", "copy"]  # fmt: skip
    words += ["-bsf:a", sound] if sound else []
    words += ["-avoid_negative_ts", "disabled", "-muxpreload", "0", "-muxdelay", "0", "-pes_payload_size", "0"]
    return [*words, "-f", "mpegts", f"file:{made}"]


def _sound_filter(house: HouseFormat, base: Piece, first: int, end: int) -> str:
    """Return the filter that selects sound by packet number, not by time: packet n of the piece is its n-th AAC
    frame."""
    start = aac_frame(house, base.first)
    before, behind = aac_frame(house, first) - start, aac_frame(house, end) - start
    return f"noise=drop=lt(n\\,{before})+gte(n\\,{behind})"


async def verify_edge(made: Path, house: HouseFormat, first: int, end: int) -> Piece:
    """Check a new edge piece, and return its facts. Raises `MediaError` if it does not contain exactly [first, end)."""
    piece = await verify(made, house, first)
    if piece.end != end:
        raise MediaError(f"an edge piece has {piece.frames} frames, not {end - first}", made)
    return piece
