"""The proxy of a range that is being rendered: a small grey copy of its pictures, and its sound at a low rate.

FFmpeg writes it as further outputs of a render, from the frames that it decodes anyway. It serves the search for
breaks. The pictures come in one raw file for each piece, the sound in one raw file for the range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.analysis.measuring.piece_signals import level_span
from retrovue_tui.media.analysis.measuring.signals import LEVELS_PER_S
from retrovue_tui.media.rendering.arguments.render_filters import without_sound

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.arguments.render_filters import Range
    from retrovue_tui.media.rendering.piece_index import Piece

PROXY_SIZE: Final = (160, 90)
"""The size of the grey pictures, whatever the shape of the source. It is about the size at which the analysis of a file
looks at pictures."""
PICTURE_BYTES: Final = PROXY_SIZE[0] * PROXY_SIZE[1]
SOUND_RATE: Final = 8_000
LEVEL_SAMPLES: Final = SOUND_RATE // LEVELS_PER_S
SAMPLE_BYTES: Final = 2
SOUND_NAME: Final = "sound.raw"


@dataclass(frozen=True)
class ProxyPiece:
    """The proxy of one piece: the files of its pictures and of the range's sound. The piece begins with asset frame
    `first`; its levels begin with the asset's level `first_level`, which is at byte `offset` of the file of the
    sound. `sound` is None, and `levels` 0, if there is no sound."""

    pictures: Path
    sound: Path | None
    first: int
    frames: int
    first_level: int = 0
    levels: int = 0
    offset: int = 0


@dataclass(frozen=True)
class ProxyState:
    """The state that the measurement of a piece takes over from the pieces before it in the same range: the last
    picture, and the brightest value of each pixel so far. Both are empty at first."""

    last: bytes = b""
    brightest: bytes = b""


def has_proxy(asset: Asset, wanted: Range) -> bool:
    """Return whether a render of this range can write a proxy. Joined files and careful renders read their sound and
    pictures in other ways."""
    return asset.video is not None and not asset.parts and not wanted.careful and not wanted.mute


def proxy_pictures() -> str:
    """Return the filters from `[seen]`, the tap of `video_filters`, to the pictures of the proxy.

    The tap is in the graph of the render, not in a graph of its own: with two graphs behind one decoder FFmpeg 9 stops
    for ever with some files, because the decoder waits for the graph that must wait for the other one.
    """
    width, height = PROXY_SIZE
    # A mean over all pixels: grain would make a grey black look uneven. Through yuv420p: FFmpeg takes a grey picture to
    # be full range, and would stretch its luma.
    return f"[seen]scale={width}:{height}:flags=area:out_range=tv,format=yuv420p,extractplanes=y[grey]"


def proxy_sound(house: HouseFormat, asset: Asset, wanted: Range) -> str:
    """Return the filters from `[heard]`, the tap of `audio_filters`, to the sound of the proxy."""
    first, end = (level * LEVEL_SAMPLES for level in level_span(house.rate, wanted.first, wanted.end))
    mono = asset.audio is not None and asset.audio.channels == 1
    chain = [
        # FFmpeg makes stereo of mono 3 dB quieter
        *(["pan=mono|c0=0.7071*c0+0.7071*c1"] if mono else []),
        f"aresample={SOUND_RATE},aformat=sample_fmts=s16:channel_layouts=mono,asettb=1/{SOUND_RATE}",
        f"apad,atrim=start_pts={first}:end_pts={end}",
    ]
    return f"[heard]{','.join(chain)}[low]"


def proxy_words(house: HouseFormat, asset: Asset, wanted: Range, folder: Path) -> list[str]:
    """Return FFmpeg's arguments for the outputs of the proxy. The pictures of piece n are in `NNNNNN.grey`."""
    pattern = str(folder).replace("%", "%%")  # the segment muxer reads a pattern
    count = house.piece_frames
    cuts = ",".join(str(cut - wanted.first) for cut in range(wanted.first + count, wanted.end, count))
    words = ["-map", "[grey]", "-fps_mode", "passthrough", "-c:v", "rawvideo"]
    words += ["-f", "segment", "-segment_format", "rawvideo", "-segment_frames", cuts or str(wanted.end)]
    words += ["-segment_start_number", str(wanted.first // count), f"file:{pattern}/%06d.grey"]
    if without_sound(house, asset, wanted).audio is None:
        return words
    return [*words, "-map", "[low]", "-c:a", "pcm_s16le", "-flush_packets", "1", "-f", "s16le",
            f"file:{folder / SOUND_NAME}"]  # fmt: skip


def proxy_piece(house: HouseFormat, asset: Asset, wanted: Range, folder: Path, piece: Piece) -> ProxyPiece:
    """Return the path of the proxy of a piece that a render of `wanted` has made."""
    pictures = folder / f"{piece.first // house.piece_frames:06d}.grey"
    if without_sound(house, asset, wanted).audio is None:
        return ProxyPiece(pictures, None, piece.first, piece.frames)
    start, _ = level_span(house.rate, wanted.first, wanted.end)
    first, end = level_span(house.rate, piece.first, piece.end)
    offset = (first - start) * LEVEL_SAMPLES * SAMPLE_BYTES
    return ProxyPiece(pictures, folder / SOUND_NAME, piece.first, piece.frames, first, end - first, offset)


def is_written(proxy: ProxyPiece) -> bool:
    """Return whether all of a piece's proxy is on the disk. Blocking, for a moment."""
    sound = proxy.offset + proxy.levels * LEVEL_SAMPLES * SAMPLE_BYTES
    try:
        return proxy.pictures.stat().st_size >= proxy.frames * PICTURE_BYTES and (
            proxy.sound is None or proxy.sound.stat().st_size >= sound
        )
    except OSError:
        return False
