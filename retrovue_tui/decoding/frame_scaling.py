"""Converts a decoded frame to a picture of another size: upright, with its true aspect, as rows of RGB."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image

from retrovue_tui.protocol.answers.pictures import Picture

if TYPE_CHECKING:
    from av import VideoFrame

SQUARE: Final = Fraction(1)
_QUARTERS: Final = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


def fit(width: int, height: int, most_wide: int, most_high: int, pixel: Fraction = SQUARE) -> tuple[int, int]:
    """Return the largest size that fits into `most_wide` × `most_high` pixels, keeps a picture's aspect, and is not
    larger than the picture. `pixel` is the width of the picture's pixels relative to their height."""
    true_width = width * pixel
    scale = min(Fraction(1), most_wide / true_width, Fraction(most_high, height))
    return max(1, min(most_wide, round(true_width * scale))), max(1, min(most_high, round(height * scale)))


def scale(frame: VideoFrame, width: int, height: int, pixels: str) -> VideoFrame:
    """Return the frame in another size and pixel format. Blocking."""
    scaler = _scaler((frame.width, frame.height, frame.format.name), (width, height, pixels))
    return scaler.reformat(frame, width, height, pixels, interpolation=Interpolation.AREA)


@lru_cache(maxsize=16)
def _scaler(_from: tuple[int, int, str], _to: tuple[int, int, str]) -> VideoReformatter:
    """Return the scaler for one combination of input and output. It keeps its tables from one frame to the next; a
    frame's own `reformat` builds them each time, which takes longer than the scaling."""
    return VideoReformatter()


def to_picture(
    frame: VideoFrame,
    most_wide: int,
    most_high: int,
    *,
    number: int | None = None,
    pixel: Fraction = SQUARE,
    rotation: int = 0,
) -> Picture:
    """Return a frame as a picture of at most `most_wide` × `most_high` pixels. Blocking.

    `rotation` is the counterclockwise turn, in degrees, that makes the picture upright; only quarter turns are made.
    `pixel` is the width of the frame's pixels relative to their height.
    """
    turn = _QUARTERS.get(rotation % 360)
    if rotation % 180 == 90:
        most_wide, most_high = most_high, most_wide
    width, height = fit(frame.width, frame.height, most_wide, most_high, pixel)
    small = scale(frame, width, height, "rgb24")
    plane = small.planes[0]
    image = Image.frombuffer("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size, 1)
    if turn is not None:
        image = image.transpose(turn)
    return Picture(image.width, image.height, image.tobytes(), number)
