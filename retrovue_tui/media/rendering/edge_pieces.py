"""Edge pieces: the part of a piece before or after a cut inside it, exact to the frame.

The part before a cut is copied packet by packet. In the part after a cut, video is encoded again, so that it begins
with a key frame. The sound is copied frame by frame, so that it continues without a step in the next piece.

At a break point that the operator has accepted, the piece has an IDR picture, so nothing is encoded again there. The
edge pieces on both sides of it are copied while the asset is prepared, and are there before the break is. The whole
piece stays: it airs when there is no break, all pieces keep their names and lengths, and a point that is accepted later
needs no other pieces. The price is the space of a second piece for each accepted point. The concat demuxer's `inpoint`
would save that space, but it is not exact to the frame, and it does not cut the sound.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.house_format import aac_frame
from retrovue_tui.media.rendering.arguments.encoder_args import video_encoder
from retrovue_tui.media.workers.tasks import verify

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_index import Piece

_MOST_KEYS: Final = 200
"""The maximum number of accepted points for which one run forces IDR pictures: they must fit into a command line."""
_MOST_IN_PIECE: Final = 6


def edge_command(
    ffmpeg: FFmpeg,
    house: HouseFormat,
    source: Path,
    base: Piece,
    first: int,
    end: int,
    made: Path,
    threads: int = 1,
    *,
    key: bool = False,
) -> list[str]:
    """Return the FFmpeg command line that makes the edge piece [first, end) from the piece `base`, whose file is
    `source`. With `key`, frame `first` is an IDR picture there, and nothing is encoded."""
    if not base.first <= first < end <= base.end:
        raise MediaError(f"frames {first} to {end} are not inside the piece {base.first} to {base.end}", source)
    rate = house.rate
    sound = _sound_filter(house, base, first, end)
    words = quiet(ffmpeg, overwrite=True)
    words += ["-copyts", "-threads", str(threads), "-f", "mpegts", "-i", f"file:{source}", "-map", "0:v", "-map", "0:a"]
    if key or first == base.first:
        outside = f"lt(n\\,{first - base.first})+gte(n\\,{end - base.first})"
        words += ["-c", "copy", "-bsf:v", f"noise=drop={outside}"]
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


def accepted_keys(house: HouseFormat, accepted: Iterable[int], first: int, end: int) -> tuple[int, ...]:
    """Return the accepted frames inside [first, end) that must become IDR pictures, sorted. The first picture of a
    piece is one already."""
    return tuple(sorted({at for at in accepted if first < at < end and at % house.piece_frames})[:_MOST_KEYS])


def accepted_edges(piece: Piece, keys: Iterable[int]) -> list[tuple[int, int]]:
    """Return the ranges of the edge pieces that breaks at the IDR pictures `keys` of a piece need: from each to the
    piece's beginning, to its end, and to the next one."""
    inside = sorted({key for key in keys if piece.first < key < piece.end})[:_MOST_IN_PIECE]
    if not inside:
        return []
    whole = [piece.first, *inside, piece.end]
    return sorted({*pairwise(whole), *((piece.first, key) for key in inside), *((key, piece.end) for key in inside)})


async def verify_edge(made: Path, house: HouseFormat, first: int, end: int) -> Piece:
    """Check a new edge piece, and return its facts. Raises `MediaError` if it does not contain exactly [first, end)."""
    piece = await verify(made, house, first)
    if piece.end != end:
        raise MediaError(f"an edge piece has {piece.frames} frames, not {end - first}", made)
    return piece
