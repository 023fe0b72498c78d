"""The operator's marks and trims in the bin, by file path. They stay when the rows are fetched again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from retrovue_tui.tui.rooms.bin.placement import BinClip, Trim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.protocol.answers.library import LibraryRow

Edge = Literal["in", "out"]


class MarkedFiles:
    """The marked files, in the order of marking, and the trims."""

    def __init__(self) -> None:
        self._marks: dict[str, None] = {}
        self._trims: dict[str, Trim] = {}

    @property
    def marks(self) -> frozenset[str]:
        """The paths of the marked files."""
        return frozenset(self._marks)

    @property
    def trimmed(self) -> frozenset[str]:
        """The paths of the files of which only a part airs."""
        return frozenset(self._trims)

    def marked(self, rows: Iterable[LibraryRow]) -> list[LibraryRow]:
        """Return the marked rows, in the order of marking."""
        if not self._marks:
            return []
        here = {row.file: row for row in rows if row.file in self._marks}
        return [here[file] for file in self._marks if file in here]

    def mark(self, file: str) -> None:
        """Mark a file; if it is marked, unmark it."""
        if file in self._marks:
            del self._marks[file]
        else:
            self._marks[file] = None

    def mark_all(self, files: Sequence[str]) -> None:
        """Mark all files; if all of them are marked, unmark them."""
        if all(file in self._marks for file in files):
            for file in files:
                del self._marks[file]
        else:
            self._marks |= dict.fromkeys(files)

    def unmark(self, but: Iterable[str] = ()) -> None:
        """Unmark all files except those in `but`."""
        here = frozenset(but)
        self._marks = {file: None for file in self._marks if file in here}

    def trim_of(self, file: str) -> Trim:
        """Return the trim of a file."""
        return self._trims.get(file, Trim())

    def trim(self, file: str, edge: Edge, frame: int) -> None:
        """Set the in or out point of a file at a frame. If the other point is then on the wrong side, remove it."""
        before = self.trim_of(file)
        if edge == "in":
            late = before.end is not None and before.end <= frame
            self._trims[file] = Trim(frame, None if late else before.end)
        else:
            early = before.first is not None and before.first > frame
            self._trims[file] = Trim(None if early else before.first, frame + 1)

    def untrim(self, file: str) -> None:
        """Let the whole file air again."""
        self._trims.pop(file, None)

    def clip(self, row: LibraryRow) -> BinClip:
        """Return a file with its trim, ready to insert."""
        return BinClip(row, self.trim_of(row.file))
