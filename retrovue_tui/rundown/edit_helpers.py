"""Helpers of all edits of a rundown: results, errors, titles, new ids, and the texts of errors and changes."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.file_format.ffconcat_syntax import refuse_line_ends
from retrovue_tui.rundown.positions import span
from retrovue_tui.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.rundown.positions import Lengths
    from retrovue_tui.timecode import FrameRate

MOST_ENTRIES: Final = 20_000
"""The maximum number of entries of a rundown after an edit. A rundown that already has more can still be edited, unless
it grows."""
MOST_TITLES: Final = 20
"""The maximum number of titles that a change line lists."""
_NUMBERED = re.compile(r"b(\d{1,9})", re.ASCII)


class EditError(RetrovueError):
    """Raised for an edit that cannot be made as requested. Nothing is changed then."""

    title = "Edit"


@dataclass(frozen=True)
class Spot:
    """A spot for a break: a whole file (absolute path), and its title."""

    file: Path
    title: str = ""


@dataclass(frozen=True)
class EditResult:
    """The rundown after an edit, and the changes as lines of text. There are no lines if the edit changed nothing."""

    rundown: Rundown
    changes: tuple[str, ...]


def edited(rundown: Rundown, entries: Sequence[Entry], changes: Sequence[str]) -> EditResult:
    """Return the edit's result. It has no change lines if `entries` are the same objects as before. Raises `EditError`
    if there are too many entries."""
    before = rundown.entries
    if len(entries) == len(before) and all(new is old for new, old in zip(entries, before, strict=True)):
        return EditResult(rundown, ())
    if len(entries) > max(MOST_ENTRIES, len(before)):
        raise EditError(f"a rundown has at most {MOST_ENTRIES} entries; after this edit it would have {len(entries)}")
    if not entries:  # no entry separates the comments above from those below
        return EditResult(Rundown((), (*rundown.header, *rundown.trailer)), tuple(changes))
    top = entries[0]
    if "" in top.comments:  # a blank line would make the first entry's comments a header
        top = dataclasses.replace(top, comments=tuple(line for line in top.comments if line))
    return EditResult(dataclasses.replace(rundown, entries=(top, *entries[1:])), tuple(changes))


def index_of(rundown: Rundown, entry_id: str) -> int:
    """Return an entry's index. If there is no such entry, raise an `EditError` that names the nearest known id."""
    index = rundown.index(entry_id)
    if index is None:
        raise unknown("entry", entry_id, [entry.id for entry in rundown.entries])
    return index


def in_break(entry: Entry) -> bool:
    """Return whether an entry is part of a break."""
    return entry.kind == "spot" or entry.break_id is not None


def meet(first: Entry, second: Entry) -> bool:
    """Return whether the second entry continues the first one's programme at exactly the frame at which the first one
    ends."""
    return first.out_frame == second.in_frame and first.file == second.file and first.kind == second.kind == "programme"


def joined(parts: Sequence[Entry]) -> Entry:
    """Return one entry that replaces parts that continue each other. It has the first part's id, and the comments, tags
    and directives of all parts."""
    whole = parts[0]
    for part in parts[1:]:
        ours = {key for key, _ in whole.tags}
        whole = dataclasses.replace(
            whole.between(whole.in_frame, part.out_frame),
            comments=(*whole.comments, *(line for line in part.comments if line)),
            tags=(*whole.tags, *(tag for tag in part.tags if tag[0] not in ours)),
        )
        directives = part.between(part.in_frame, part.out_frame).directives  # without its duration
        more = tuple(line for line in directives if line not in whole.directives)
        whole = dataclasses.replace(whole, directives=(*whole.directives, *more), title=whole.title or part.title)
    return whole


def join_lines(rows: Iterable[Sequence[Entry]], rate: FrameRate) -> list[str]:
    """Return the change lines for groups of entries, each of which becomes one entry."""
    return [f"{name_of(row[0])} joined again: {part_of(joined(row), rate)}" for row in rows if len(row) > 1]


def end_of(entry: Entry, lengths: Lengths, instead: str) -> int:
    """Return the end of an entry: the frame after the last one that it airs. If the asset's length is not known, raise
    an `EditError` that suggests `instead`."""
    length = lengths(entry)
    end = entry.out_frame if length is None else span(entry, length)[1]
    if end is None:
        raise EditError(
            f"the length of {name_of(entry)} is unknown: {entry.file} is missing or not readable; "
            f"restore it, or {instead}"
        )
    return end


def outside(entry: Entry, at: int, end: int, rate: FrameRate) -> EditError:
    """Return the error for a frame `at` that an entry does not air. `end` is the frame after the entry's last one."""
    asked = rate.timecode(at) if at >= 0 else f"frame {at}"
    return EditError(
        f"{asked} is not in {name_of(entry)} ({entry.id}); "
        f"choose a place from {rate.timecode(entry.in_frame)} to {rate.timecode(end)}"
    )


def checked(spot: Spot) -> tuple[Path, str]:
    """Return a spot's file, as a plain path, and its title. Raises `EditError` if a rundown cannot express them."""
    try:
        refuse_line_ends(str(spot.file))
        refuse_line_ends(spot.title)
    except RetrovueError as error:
        raise EditError(error.message) from None
    if not spot.file.is_absolute():
        raise EditError(f"{str(spot.file)!r} is not an absolute path; give the whole path of the spot's file")
    return Path(os.path.normpath(spot.file)), spot.title


def spot_entry(spot: Spot, break_id: str | None, taken: set[str]) -> Entry:
    """Return an entry for a spot in a break. The entry gets a new id, which is added to `taken`. Raises `EditError`."""
    file, title = checked(spot)
    return Entry(free_id(file, 0, None, taken), "spot", file, title=title, break_id=break_id)


def free_id(file: Path, in_frame: int, out_frame: int | None, taken: set[str]) -> str:
    """Return a new id, and add it to `taken`. This id is written into the rundown file, so it stays, unlike an id that
    is derived from an entry's content.

    Each candidate for the id also depends on the number of taken ids. Otherwise the search for an id would try, for
    each of a thousand equal entries, the ids of all entries before it.
    """
    known, number = 0, 0
    while True:
        name = b"%s\0%d\0%s\0%d" % (os.fsencode(file), in_frame, str(out_frame).encode(), number)
        if known:
            name += b"\0%d" % known
        id = base64.b32encode(hashlib.blake2s(name, digest_size=5, person=b"edit").digest()).decode().lower()[:5]
        if id not in taken:
            taken.add(id)
            return id
        known = len(taken)
        number += 1


def free_break_id(rundown: Rundown) -> str:
    """Return the next free break id, such as b7."""
    taken = {name for entry in rundown.entries for name in (entry.break_id, entry.id) if name}
    return f"b{max((int(match[1]) for name in taken if (match := _NUMBERED.fullmatch(name))), default=0) + 1}"


def unknown(what: str, id: str, known: Iterable[str]) -> EditError:
    """Return the error for an unknown id. Its message names the nearest known id."""
    hint = did_you_mean(id, known, "this rundown has none", cutoff=0.0)
    return EditError(f"there is no {what} {id!r}; {hint}")


def title_of(entry: Entry | Spot) -> str:
    """Return the title of an entry or a spot; if it has none, the name of its file."""
    return entry.title or entry.file.stem


def titles_of(entries: Sequence[Entry]) -> str:
    """Return the titles of entries as one text. If there are many, it lists the first ones and the number of the
    others."""
    more = f" and {len(entries) - MOST_TITLES} more" if len(entries) > MOST_TITLES else ""
    return ", ".join(title_of(entry) for entry in entries[:MOST_TITLES]) + more


def name_of(entry: Entry) -> str:
    """Return the title of an entry, in quotes."""
    return f'"{title_of(entry)}"'


def part_of(entry: Entry, rate: FrameRate) -> str:
    """Return a text for a change line: which part of its asset an entry airs."""
    end = "its end" if entry.out_frame is None else rate.timecode(entry.out_frame)
    return f"{entry.id} from {rate.timecode(entry.in_frame)} to {end}"
