"""Reads an EDL file: marks and cuts beside a media file, as Kodi, MPlayer and commercial detectors write them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.measuring.signals import FileMark
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.timecode import FrameRate

CUT, MUTE, SCENE, COMMERCIAL = range(4)
_TITLES: Final = {CUT: "cut", SCENE: "scene marker", COMMERCIAL: "commercial"}
_MOST_BYTES: Final = 1_000_000
_MOST_LINES: Final = 2_000
_TIME: Final = r"((?:\d{1,2}:){0,2}\d{1,6}(?:\.\d{1,9})?)"
_LINE: Final = re.compile(rf"{_TIME}[ \t]+{_TIME}[ \t]+([0-3])", re.ASCII)
_FORM: Final = (
    "write START, END and ACTION (0 cut, 1 mute, 2 scene, 3 commercial) like: 612.40<tab>642.40<tab>3,"
    " or 0:10:12.4<tab>0:10:42.4<tab>3"
)


@dataclass(frozen=True)
class EdlLine:
    """One line: a span in seconds, and what to do with it (`CUT`, `MUTE`, `SCENE`, `COMMERCIAL`)."""

    start_s: float
    end_s: float
    action: int


def edl_path(media: Path) -> Path:
    """Return the path of the EDL file that belongs to a media file."""
    return media.with_suffix(".edl")


def read_edl(path: Path) -> list[EdlLine]:
    """Return the lines of an EDL file; none if there is no such file. Raises `MediaError`, with the line, if it cannot
    be read. Blocking."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror or error}", path) from error
    if len(data) > _MOST_BYTES:
        raise MediaError(f"an EDL file of more than {_MOST_BYTES // 1_000_000} MB; shorten it", path)
    return parse_edl(data.decode("utf-8-sig", errors="replace"), path)


def edl_stamp(lines: list[EdlLine]) -> str:
    """Return a text that is different for different lines, and empty for none."""
    return repr(lines) if lines else ""


def parse_edl(text: str, path: Path | None = None) -> list[EdlLine]:
    """Return the lines of an EDL in the order of the text. Empty lines and comments (`#`) are skipped. Raises
    `MediaError` for any other line."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        match = _LINE.fullmatch(words)
        if match is None:
            raise MediaError(f"not a line of an EDL: {printable(words, 60)!r}; {_FORM}", path, number)
        start, end = _seconds(match[1]), _seconds(match[2])
        if not (math.isfinite(start) and start <= end):
            raise MediaError(f"the end {match[2]} is before the start {match[1]}; {_FORM}", path, number)
        found.append(EdlLine(start, end, int(match[3])))
        if len(found) > _MOST_LINES:
            raise MediaError(f"more than {_MOST_LINES} marks; remove some", path, number)
    return found


def _seconds(written: str) -> float:
    """Return a time in seconds that is written as seconds, as minutes and seconds, or with hours too."""
    *larger, seconds = written.split(":")
    minutes = 0
    for part in larger:
        minutes = 60 * minutes + int(part)
    return 60 * minutes + float(seconds)


def edl_marks(lines: list[EdlLine], rate: FrameRate) -> list[FileMark]:
    """Return the places that an EDL marks: both ends of a cut or a commercial, and the start of a scene."""
    places: dict[int, str] = {}
    for line in lines:
        ends = () if line.action == MUTE else (line.start_s,) if line.action == SCENE else (line.start_s, line.end_s)
        for place in ends:
            places.setdefault(rate.nearest(place), _TITLES[line.action])
    return [FileMark(frame, "edl", title) for frame, title in sorted(places.items())]
