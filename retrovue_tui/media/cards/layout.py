"""The layout of a card: where each line of its text goes, and in which size. Text that does not fit is made smaller,
then wrapped, then shortened. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.media.cards.card import CardTexts

Measure = Callable[[str, float], float]
"""Returns the width in pixels of a text in a font size (pixels)."""
Role = Literal["channel", "label", "headline", "detail"]
MARGIN: Final = 0.08
"""The free part of the width on each side: the text stays inside the title-safe area (EBU R 95)."""
_SMALLEST: Final = 0.6
"""The smallest size of a text, as a part of its usual size."""
_STEPS: Final = 8
_SPACING: Final = 1.25
_MOST_LINES: Final = 2
_PLACES: Final[dict[Role, tuple[float, float]]] = {
    "channel": (0.12, 1 / 20), "label": (0.29, 1 / 18), "headline": (0.48, 1 / 8), "detail": (0.68, 1 / 11),
}  # fmt: skip
"""The vertical centre and the usual size of each text, as parts of the picture's height."""


@dataclass(frozen=True)
class TextLine:
    """A line of text: its centre (pixels), and its size (pixels)."""

    text: str
    role: Role
    x: float
    y: float
    size: float


def lines_of(words: CardTexts, size: tuple[int, int], measure: Measure) -> tuple[TextLine, ...]:
    """Return the lines of a card for a picture of `size` (width, height)."""
    return tuple(_placed(words, size, measure))


def _placed(words: CardTexts, size: tuple[int, int], measure: Measure) -> Iterator[TextLine]:
    width, height = size
    for role, (centre, usual) in _PLACES.items():
        text: str = getattr(words, role)
        most = _MOST_LINES if role == "headline" else 1
        rows, points = fitted(text, usual * height, width * (1 - 2 * MARGIN), measure, most)
        for number, row in enumerate(rows):
            shift = (number - (len(rows) - 1) / 2) * points * _SPACING
            yield TextLine(row, role, width / 2, centre * height + shift, points)


def fitted(text: str, size: float, width: float, measure: Measure, most_lines: int = 1) -> tuple[list[str], float]:
    """Return the lines of a text that fit into a width, and their size, which is from 60 to 100 % of `size`. If the
    text does not fit into `most_lines` at the smallest size, the last line ends with an ellipsis."""
    if not text:
        return [], size
    points = size
    for step in range(_STEPS + 1):
        points = size * (1 - (1 - _SMALLEST) * step / _STEPS)
        lines = wrapped(text, points, width, measure)
        if len(lines) <= most_lines and all(measure(line, points) <= width for line in lines):
            return lines, points
    lines = wrapped(text, points, width, measure)
    kept = [*lines[: most_lines - 1], " ".join(lines[most_lines - 1 :])]
    return [shortened(line, points, width, measure) for line in kept], points


def wrapped(text: str, size: float, width: float, measure: Measure) -> list[str]:
    """Return a text in lines that fit into a width, broken at spaces. A word that is wider than that stays whole."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def shortened(text: str, size: float, width: float, measure: Measure) -> str:
    """Return the whole text if it fits into a width; otherwise, its longest beginning that fits, with an ellipsis."""
    if measure(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(f"{text[:middle].rstrip()}…", size) <= width else (low, middle - 1)
    return f"{text[:low].rstrip()}…"
