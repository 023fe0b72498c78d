"""Measures the proxy of a piece: the small grey pictures and the sound that a render writes beside it.

Blocking; call it in a worker process. A proxy is raw, so nothing is decoded here.
"""

from __future__ import annotations

import math
import sys
from array import array
from operator import mul
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from retrovue_tui.decoding.brightness import look, picture_box
from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.measuring.piece_signals import FLOOR_DBFS, PieceSignals
from retrovue_tui.media.rendering.proxy import (
    LEVEL_SAMPLES,
    PICTURE_BYTES,
    PROXY_SIZE,
    SAMPLE_BYTES,
    ProxyPiece,
    ProxyState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_FULL_SCALE = 1 << 15


def measure_proxy(proxy: ProxyPiece, state: ProxyState) -> tuple[PieceSignals, ProxyState]:
    """Measure the proxy of a piece, and remove the file of its pictures. Return the signals, and the state for the next
    piece of the same range. Raises `MediaError` if the proxy is shorter than the piece."""
    try:
        with proxy.pictures.open("rb") as file:
            data = file.read(proxy.frames * PICTURE_BYTES)
        proxy.pictures.unlink()
        levels = _levels(proxy)
    except OSError as error:
        raise MediaError(f"the proxy of a piece cannot be read: {error.strerror}", proxy.pictures) from error
    if len(data) < proxy.frames * PICTURE_BYTES:
        raise MediaError("the proxy of a piece is shorter than the piece", proxy.pictures)
    pictures = [_picture(data[at : at + PICTURE_BYTES]) for at in range(0, len(data), PICTURE_BYTES)]
    brightest = _picture(state.brightest) if state.brightest else pictures[0]
    for picture in pictures:
        brightest = ImageChops.lighter(brightest, picture)
    box = picture_box([brightest])
    before = _picture(state.last).crop(box) if state.last else None
    looks = []
    for number, picture in enumerate(pictures, proxy.first):
        small = picture.crop(box)
        looks.append(look(number, small, before))
        before = small
    signals = PieceSignals(proxy.first, tuple(looks), proxy.first_level, levels)
    return signals, ProxyState(pictures[-1].tobytes(), brightest.tobytes())


def _picture(data: bytes) -> Image.Image:
    return Image.frombytes("L", PROXY_SIZE, data)


def _levels(proxy: ProxyPiece) -> tuple[float, ...]:
    if proxy.sound is None:
        return ()
    with proxy.sound.open("rb") as file:
        file.seek(proxy.offset)
        data = file.read(proxy.levels * LEVEL_SAMPLES * SAMPLE_BYTES)
    if len(data) < proxy.levels * LEVEL_SAMPLES * SAMPLE_BYTES:
        raise MediaError("the sound of a proxy is shorter than the piece", proxy.sound)
    samples = array("h", data)
    if sys.byteorder == "big":
        samples.byteswap()
    return tuple(_rms_dbfs(samples[at : at + LEVEL_SAMPLES]) for at in range(0, len(samples), LEVEL_SAMPLES))


def _rms_dbfs(samples: Sequence[int]) -> float:
    """Return the mean level of some samples in dBFS, as FFmpeg's filter astats does."""
    square = sum(map(mul, samples, samples)) / len(samples)
    if not square:
        return FLOOR_DBFS
    return round(min(0.0, max(FLOOR_DBFS, 20 * math.log10(math.sqrt(square) / _FULL_SCALE))), 1)
