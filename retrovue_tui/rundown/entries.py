"""A rundown as a value: the entries that a channel airs, in order.

All values are immutable: an edit makes a new `Rundown` with new entries.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from retrovue_tui.entry_kind import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrovue_tui.timecode import FrameRate

__all__ = ["KINDS", "Entry", "EntryKind", "Rundown", "SourceLines", "derived_id", "occurrences"]

KINDS: tuple[str, ...] = get_args(EntryKind)

Facts = tuple[str, Path, int, int | None, str, str | None, tuple[tuple[str, str], ...], tuple[str, ...]]


class SourceLines(NamedTuple):
    """The lines that describe an entry in a file written by a person. They are kept so that the file can be rewritten
    without changing these lines."""

    line: int
    """The number of the `file` line."""
    lines: tuple[str, ...]
    facts: Facts
    id: str | None
    """The id in the lines; None if they have none, and the entry's id is derived from its content."""
    folder: str
    """The folder from which relative paths in the lines start."""
    rate: FrameRate


@dataclass(frozen=True)
class Entry:
    """One row of a rundown: an asset from `in_frame` to before `out_frame`.

    Frames are at the house rate and count from the asset's start, from 0; `out_frame` None means to the asset's end.
    `file` is absolute. `comments` are the lines above the entry. `directives` are the lines below its `file` line that
    the station does not use (`duration`, `option`, …). `tags` are the keys of a `#retrovue` comment that the station
    does not know. All three stay when the file is rewritten.
    """

    id: str
    kind: EntryKind
    file: Path
    in_frame: int = 0
    out_frame: int | None = None
    title: str = ""
    break_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    comments: tuple[str, ...] = ()
    directives: tuple[str, ...] = ()
    spelling: SourceLines | None = field(default=None, compare=False, repr=False)
    path_text: str | None = field(default=None, compare=False, repr=False)
    """The path of `file` as the rundown's file writes it; None for a new entry. If the entry is split, each part keeps
    this text."""

    @property
    def facts(self) -> Facts:
        """The facts that the entry's lines state, without its id."""
        return (
            self.kind,
            self.file,
            self.in_frame,
            self.out_frame,
            self.title,
            self.break_id,
            self.tags,
            self.directives,
        )

    @cached_property
    def as_spelled(self) -> bool:
        """Whether the entry still equals the lines from which it was read. Computed once, because an entry does not
        change."""
        return self.spelling is not None and self.spelling.facts == self.facts

    @property
    def line(self) -> int | None:
        """The number of the `file` line when the script was read; None for an entry made later."""
        return None if self.spelling is None else self.spelling.line

    def spelled(self, spelling: SourceLines) -> Entry:
        """Return the same entry with these source lines. While the entry equals them, they are written back
        unchanged."""
        return dataclasses.replace(self, spelling=spelling)

    def between(self, in_frame: int, out_frame: int | None, id: str | None = None) -> Entry:
        """Return an entry for a different part of the same asset. A declared `duration` is dropped, because it
        described only the old part."""
        kept = tuple(line for line in self.directives if line.split(maxsplit=1)[0] != "duration")
        return dataclasses.replace(
            self, id=id or self.id, in_frame=in_frame, out_frame=out_frame, directives=kept, spelling=None
        )


@dataclass(frozen=True)
class Rundown:
    """A channel's entries in the order in which they air. `header` and `trailer` are lines that belong to no entry."""

    entries: tuple[Entry, ...] = ()
    header: tuple[str, ...] = ()
    trailer: tuple[str, ...] = ()

    def index(self, id: str) -> int | None:
        """Return the index of the entry with this id; None if there is none."""
        return next((index for index, entry in enumerate(self.entries) if entry.id == id), None)


def occurrences(parts: Iterable[tuple[Path, int, int | None]]) -> Iterator[int]:
    """For each triple (file, in, out), yield how many equal triples came before it."""
    seen: dict[tuple[Path, int, int | None], int] = {}
    for part in parts:
        occurrence = seen.get(part, 0)
        seen[part] = occurrence + 1
        yield occurrence


@lru_cache(maxsize=32_768)
def derived_id(path_text: str, in_frame: int, out_frame: int | None, occurrence: int) -> str:
    """Return the id of an entry whose lines have none: eight letters and digits. While the entry stays the same, so
    does the id, even if the home is moved. `path_text` is the path as the rundown names it, in its plainest form
    (`plain_text`)."""
    name = b"%s\0%d\0%d\0%d" % (os.fsencode(path_text), in_frame, -1 if out_frame is None else out_frame, occurrence)
    return base64.b32encode(hashlib.blake2s(name, digest_size=5).digest()).decode().lower()
