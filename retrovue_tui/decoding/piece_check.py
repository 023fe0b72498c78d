"""The check of a rendered piece: whether it is exactly on the frame grid, and which pictures and sound it contains.

This is the only part of rendering that opens media with PyAV. Blocking; call it in a worker process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import av

from retrovue_tui.errors import MediaError
from retrovue_tui.media.house_format import AAC_TICKS, aac_frame
from retrovue_tui.media.rendering.piece_index import Piece

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.house_format import HouseFormat

WRAP: Final = 1 << 33
"""The time stamps of a transport stream count 90 kHz ticks and wrap at this value (33 bits)."""
_PACKET: Final = 188
_LEAST_PACKETS: Final = 64


def verify(path: Path, house: HouseFormat, first: int) -> Piece:
    """Check a rendered piece that should begin with asset frame `first`, and return its facts. If the file is very
    small, pad it first.

    Raises `MediaError` if the piece is not exactly on the frame grid. It must begin with a key frame, and each picture
    must be one frame later than the previous one. Audio frames must be on their own grid, begin with the first picture,
    and reach to the end of the video.
    """
    if not path.is_file():
        raise MediaError("a rendered piece is not there", path)
    fill(path)
    pictures, sounds = _packets(path)
    if not pictures:
        raise MediaError("a rendered piece holds no picture", path)
    ticks = [house.rate.ticks(first + n) % WRAP for n in range(len(pictures))]
    if [pts for pts, _ in pictures] != ticks:
        raise MediaError(f"a rendered piece is off the grid: it begins at {pictures[0][0]}, not {ticks[0]}", path)
    if not pictures[0][1]:
        raise MediaError("a rendered piece does not begin with a key frame", path)
    start, end = aac_frame(house, first), aac_frame(house, first + len(pictures))
    if [pts for pts, _ in sounds[: end - start]] != [AAC_TICKS * n % WRAP for n in range(start, end)]:
        raise MediaError("the sound of a rendered piece is off the grid, or shorter than its picture", path)
    return Piece(first, len(pictures), path.stat().st_size)


def fill(path: Path) -> None:
    """Pad a very small piece with null packets (ISO/IEC 13818-1, 2.4.3.3), because FFmpeg does not recognise fewer than
    64 packets as a transport stream."""
    missing = _LEAST_PACKETS - path.stat().st_size // _PACKET
    if missing > 0:
        with path.open("ab") as file:
            file.write((b"\x47\x1f\xff\x10" + b"\xff" * (_PACKET - 4)) * missing)


def surplus(path: Path, house: HouseFormat, piece: Piece) -> int:
    """Return the number of AAC frames in a piece that begin after its last picture has ended. It is 0 unless the video
    ended early."""
    return len(_packets(path)[1]) - (aac_frame(house, piece.end) - aac_frame(house, piece.first))


def _packets(path: Path) -> tuple[list[tuple[int, bool]], list[tuple[int, bool]]]:
    pictures: list[tuple[int, bool]] = []
    sounds: list[tuple[int, bool]] = []
    try:
        with av.open(f"file:{path}", format="mpegts") as container:
            packets: Any = container.demux()
            for packet in packets:
                if packet.pts is not None:
                    found = pictures if packet.stream.type == "video" else sounds
                    found.append((packet.pts % WRAP, packet.is_keyframe))
    except (av.FFmpegError, ValueError) as error:
        raise MediaError(f"a rendered piece cannot be read: {error}", path) from error
    return pictures, sounds
