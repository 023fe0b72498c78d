"""Turns a picture into terminal cells: each cell shows two pixels, one above the other. Pure: no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrovue_tui.protocol.answers.pictures import Picture

Depth = Literal["true", "256", "16", "none"]
"""How many colours a console can show. `none`: draw with characters of different brightness."""

HALF: Final = "▀"
RAMP: Final = " .:-=+*#%@"
"""Characters of growing brightness, from black to white."""
_FINE: Final = bytes((value & 0xFC) | 2 for value in range(256))
_COARSE: Final = bytes((value & 0xF8) | 4 for value in range(256))
_DITHER: Final = ((-48, 16), (32, -16))
"""Offsets for dithering: added to a pixel, by its position, before it is reduced to one of 16 colours."""
_KEPT: Final = 16_384
_styles: dict[bytes, Style] = {}
_quantised: dict[tuple[Depth, bytes], bytes] = {}


@dataclass(frozen=True)
class Frame:
    """The place of a picture in its widget, in pixels. `x`: the width of the bar at the left. `y`: the height of the
    bar at the top."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of(cls, width: int, height: int, room: tuple[int, int]) -> Frame:
        """Return the largest place with the aspect ratio of `width` and `height`, centred in `room` (width, height).
        The bars at top and bottom are whole cells, so `y` is even."""
        most_w, most_h = max(1, room[0]), max(2, room[1])
        scale = min(most_w / width, most_h / height)
        wide = min(most_w, max(1, round(width * scale)))
        high = min(most_h - most_h % 2, max(2, 2 * round(height * scale / 2)))
        return cls((most_w - wide) // 2, (most_h - high) // 4 * 2, wide, high)


def depth_of(color_system: str | None, *, no_color: bool) -> Depth:
    """Return how many colours a console can show; `color_system` is Rich's name for it."""
    if no_color:
        return "none"
    return "256" if color_system == "256" else "16" if color_system in ("standard", "windows") else "true"


def scaled(picture: Picture, width: int, height: int) -> list[bytes]:
    """Return the rows of the picture, scaled to `width` × `height` pixels by the nearest pixel. Usually the picture has
    this size already."""
    step = 3 * picture.width
    rows: list[bytes] = []
    columns = None if width == picture.width else [3 * (x * picture.width // width) for x in range(width)]
    for y in range(height):
        start = y * picture.height // height * step
        row = picture.rgb[start : start + step]
        rows.append(row if columns is None else b"".join(row[x : x + 3] for x in columns))
    return rows


def quantised(rows: list[bytes], depth: Depth) -> list[bytes]:
    """Return the rows in colours that the console can show. Even with all colours the lowest two bits are dropped: the
    difference is invisible, and more cells become equal, which saves drawing."""
    if depth == "16":
        return [_row_of_few(row, y) for y, row in enumerate(rows)]
    if depth == "256":
        coarse = (row.translate(_COARSE) for row in rows)
        return [b"".join(_nearest("256", row[x : x + 3]) for x in range(0, len(row), 3)) for row in coarse]
    return [row.translate(_FINE) for row in rows]


def cell_rows(picture: Picture, frame: Frame, depth: Depth) -> list[bytes]:
    """Return one `bytes` object for each row of cells: its upper row of pixels, then its lower row (RGB)."""
    rows = quantised(scaled(picture, frame.width, frame.height), depth)
    return [upper + lower for upper, lower in zip(rows[::2], rows[1::2], strict=True)]


def segments(row: bytes, depth: Depth) -> list[Segment]:
    """Return a row of cells as segments; neighbouring equal cells share one segment."""
    half = len(row) // 2
    if depth == "none":
        return [Segment(_weights(row, half))]
    drawn: list[Segment] = []
    before, count = b"", 0
    for x in range(0, half, 3):
        cell = row[x : x + 3] + row[half + x : half + x + 3]
        if cell != before and count:
            drawn.append(_segment(before, count))
            count = 0
        before = cell
        count += 1
    if count:
        drawn.append(_segment(before, count))
    return drawn


def _segment(cell: bytes, count: int) -> Segment:
    style = _styles.get(cell)
    if style is None:
        if len(_styles) >= _KEPT:
            _styles.clear()
        above, below = Color.from_rgb(*cell[:3]), Color.from_rgb(*cell[3:])
        style = _styles[cell] = Style(color=above, bgcolor=below)
    return Segment((" " if cell[:3] == cell[3:] else HALF) * count, style)


def _weights(row: bytes, half: int) -> str:
    chars = []
    for x in range(0, half, 3):
        red, green, blue = (row[x + part] + row[half + x + part] for part in range(3))
        chars.append(RAMP[min(len(RAMP) - 1, (299 * red + 587 * green + 114 * blue) * len(RAMP) // 510_001)])
    return "".join(chars)


def _row_of_few(row: bytes, y: int) -> bytes:
    shift = _DITHER[y % 2]
    pixels = []
    for at in range(0, len(row), 3):
        by = shift[at // 3 % 2]
        pixel = bytes(min(255, max(0, value + by)) for value in row[at : at + 3])
        pixels.append(_nearest("16", pixel.translate(_COARSE)))
    return b"".join(pixels)


def _nearest(depth: Depth, pixel: bytes) -> bytes:
    found = _quantised.get((depth, pixel))
    if found is None:
        if len(_quantised) >= 4 * _KEPT:
            _quantised.clear()
        found = _quantised[depth, pixel] = bytes(_MATCH[depth](pixel))
    return found


def _of_256(pixel: bytes) -> tuple[int, ...]:
    return Color.from_rgb(*pixel).downgrade(ColorSystem.EIGHT_BIT).get_truecolor()


def _of_16(pixel: bytes) -> tuple[int, ...]:
    number = Color.from_rgb(*pixel).downgrade(ColorSystem.STANDARD).number
    return _SIXTEEN[number or 0]


_DIM, _FULL, _LOW = 170, 255, 85
_SIXTEEN: Final = (
    *((_DIM * (n & 1), (_LOW if n == 3 else _DIM) * (n >> 1 & 1), _DIM * (n >> 2)) for n in range(8)),
    *(tuple(_FULL if n >> bit & 1 else _LOW for bit in range(3)) for n in range(8)),
)
"""The colours of a 16-colour console, in the order of their numbers, as Rich assumes them."""
_MATCH: Final[dict[Depth, Callable[[bytes], tuple[int, ...]]]] = {"256": _of_256, "16": _of_16}
