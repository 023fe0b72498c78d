"""Air lists: the pieces that a deck plays, in order, made from the rundown; and the file of such a list.

Pure, except `write_airlist`. All positions are in house frames. Every piece of an asset begins at a multiple of
`piece_frames`.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from retrovue_tui.rundown.file_format.ffconcat_syntax import HEADER, quote, seconds_text
from retrovue_tui.rundown.file_format.file_write import write_file
from retrovue_tui.rundown.plan_diff import Names, renamed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.rundown.positions import Position, Stretch
    from retrovue_tui.timecode import FrameRate


class AirItem(Struct, frozen=True, gc=False):
    """One line of an air list: a stretch (an unbroken run of frames of one entry), and the file that contains exactly
    its frames."""

    file: Path
    stretch: Stretch


_PROBE_QUICKLY: Final = ("option skip_estimate_duration_from_pts 1", "option fpsprobesize 0")
"""Pieces have one frame rate and known durations. Without these options FFmpeg decodes the first pictures of each piece
to guess the rate, and reads the piece's end to find a duration that the list already gives: half of a deck's cost. A
small `probesize` would save more, but FFmpeg would then misjudge the start of a piece by up to 20 ms, and the deck's
count of pictures would drift."""


def write_airlist(items: Sequence[AirItem], path: Path, rate: FrameRate) -> None:
    """Write the script that a deck plays; see `airlist_script`. Raises `RundownError`. Blocking."""
    write_file(path, airlist_script(items, rate), durable=False)


def airlist_script(items: Sequence[AirItem], rate: FrameRate) -> bytes:
    """Return the script that a deck plays, with each file's duration. Raises `RundownError` for a file that a script
    cannot name.

    FFmpeg adds up the durations in whole microseconds. Therefore the sums are rounded here and not the single
    durations: no file begins more than half a microsecond off, however long the list is.
    """
    if not items:
        raise ValueError("an air list has at least one item")
    lines = [HEADER]
    frames = begins = 0
    for item in items:
        frames += item.stretch.frames
        ends = round(rate.seconds(frames) * 1_000_000)
        lines += (
            f"file {quote(str(item.file.absolute()))}", *_PROBE_QUICKLY,
            f"duration {seconds_text(ends - begins)}",
        )  # fmt: skip
        begins = ends
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


class ListPlace(NamedTuple):
    """The source of a picture of an air list: the index of its item, the item's stretch, and the frame of the asset."""

    item: int
    stretch: Stretch
    frame: int


@dataclass(frozen=True)
class AirList:
    """Pieces in the order in which a deck plays them. `end` is the position after the last piece.

    The first `skip` pictures of the first piece have aired already. Pictures are numbered from 0, including these.
    """

    items: tuple[AirItem, ...]
    skip: int = 0
    _starts: tuple[int, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, items: Sequence[AirItem], skip: int = 0) -> AirList:
        """Return an air list of the items, of which there is at least one."""
        return cls(tuple(items), skip, tuple(accumulate((i.stretch.frames for i in items), initial=0)))

    @property
    def frames(self) -> int:
        """The length in frames, including the skipped ones."""
        return self._starts[-1]

    @property
    def end(self) -> Position:
        """The position after the list's last frame."""
        return self.items[-1].stretch.following

    def at(self, number: int) -> ListPlace:
        """Return the place of picture `number`: its item, stretch and asset frame."""
        index = min(max(bisect_right(self._starts, number) - 1, 0), len(self.items) - 1)
        stretch = self.items[index].stretch
        return ListPlace(index, stretch, stretch.first + number - self._starts[index])

    def item_end(self, item: int) -> int:
        """Return the number of the first picture after the item at index `item`."""
        return self._starts[item + 1]

    def until(self, number: int) -> AirList:
        """Return the list, shortened to end before picture `number`. If that picture is inside a piece, only the
        beginning of the piece airs."""
        index, stretch, frame = self.at(number - 1)
        last = AirItem(self.items[index].file, stretch.replace(end=frame + 1, at_end=False))
        return AirList.of([*self.items[:index], last], self.skip)

    def renamed(self, names: Names) -> AirList:
        """Return the list with the same pieces, assigned to the entries of an edited rundown."""
        items = [AirItem(item.file, renamed(item.stretch, names)) for item in self.items]
        return AirList.of(items, self.skip)

    def coming(self, number: int) -> list[Stretch]:
        """Return the stretches from picture `number` to the end; the first one is trimmed to start at `number`."""
        if number >= self.frames:
            return []
        index, stretch, frame = self.at(number)
        return [stretch.replace(first=frame), *(item.stretch for item in self.items[index + 1 :])]

    def rest(self, number: int, *, without_first: bool = False) -> AirList | None:
        """Return the list from picture `number` on. It consists of whole pieces; `skip` is the number of pictures at
        the beginning of the first piece that have aired.

        `without_first` leaves out that first piece, because it cannot be played. None if nothing is left.
        """
        index = self.at(number).item
        if without_first:
            left = self.items[index + 1 :]
            return AirList.of(left) if left else None
        return AirList.of(self.items[index:], number - self._starts[index])
