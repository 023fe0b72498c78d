"""The rundown on disk: a standard ffconcat script, as FFmpeg defines it, which people and programs may edit.

Facts that ffconcat cannot express are in a comment above the `file` line to which they belong: `#retrovue kind=spot
title="Cola 30" break=b2 id=k3f9`. When the file is rewritten, lines that the station does not use stay.

The reader is stricter than FFmpeg where FFmpeg's leniency only hides mistakes: an unclosed quote and surplus words are
errors. It is more lenient in one way: a relative name that contains a colon is a file name, not a URL.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from retrovue_tui.errors import RundownError
from retrovue_tui.rundown.entries import KINDS, Entry, EntryKind, Rundown, SourceLines, derived_id, occurrences
from retrovue_tui.rundown.file_format import ffconcat_syntax
from retrovue_tui.rundown.file_format.ffconcat_syntax import ScriptError, quote
from retrovue_tui.rundown.file_format.ffconcat_writer import Writer
from retrovue_tui.rundown.file_format.file_write import write_file
from retrovue_tui.rundown.file_format.path_text import folder_of, local_path, plain_text, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.timecode import FrameRate

__all__ = ["begin_rundown", "dump", "load", "parse", "parse_whole", "quote", "read", "save", "write"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
NO_RUNDOWN: Final = (
    f"there is no such rundown; write one, with the line {ffconcat_syntax.HEADER!r} and below it a line like"
    " \"file '../media/film.mp4'\" for each file, or correct the channel's id"
)
_OURS = ("kind", "title", "break", "id")


def load(path: Path, rate: FrameRate, spot_folders: Sequence[Path] = ()) -> Rundown:
    """Read a rundown file; see `parse`. Raises `RundownError`. Blocking."""
    return parse(read(path), path, rate, spot_folders)


def read(path: Path) -> str:
    """Return the text of a rundown file. Raises `RundownError` if it cannot be read. Blocking."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        raise RundownError(NO_RUNDOWN, path) from None
    except OSError as error:
        raise RundownError(f"cannot be read: {error.strerror or error}", path) from error


def begin_rundown(path: Path) -> None:
    """Write a rundown without entries if the file does not exist. Raises `RundownError`. Blocking."""
    if not os.path.lexists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write(f"{ffconcat_syntax.HEADER}\n", path)


def save(rundown: Rundown, path: Path, rate: FrameRate) -> None:
    """Write a rundown file atomically and durably. Raises `RundownError`; the old file then stays as it is.
    Blocking."""
    write(dump(rundown, path, rate), path)


def write(text: str, path: Path) -> None:
    """Write the text of a rundown file, as `save` does."""
    write_file(path, text.encode("utf-8", "surrogateescape"))


def parse(text: str, path: Path, rate: FrameRate, spot_folders: Sequence[Path] = ()) -> Rundown:
    """Return the rundown that a script describes. Raises `RundownError` with the line of the first fault.

    Relative paths start at the script's folder; `..` is resolved textually, without following links. An entry without a
    `kind` is a spot if its file is in one of the `spot_folders`, otherwise a programme. A script without any `file`
    line (empty, or only comments) is a rundown without entries.
    """
    rundown, faults = parse_whole(text, path, rate, spot_folders, first_fault=True)
    if faults:
        raise faults[0]
    return rundown


def parse_whole(
    text: str, path: Path, rate: FrameRate, spot_folders: Sequence[Path] = (), *, first_fault: bool = False
) -> tuple[Rundown, list[RundownError]]:
    """Return the rundown that the readable lines of a script describe, and every fault in the script. With
    `first_fault`, stop at the first fault."""
    reader = _ScriptReader(path, rate, spot_folders)
    faults: list[RundownError] = []
    for number, line in enumerate(ffconcat_syntax.lines(text.removeprefix("\ufeff")), start=1):
        try:
            reader.read(number, line)
        except ScriptError as error:
            faults.append(RundownError(str(error), path, number))
            if first_fault:
                return Rundown(), faults
            reader.pass_over(number, line)
    faults += reader.faults()
    return (Rundown() if faults and first_fault else reader.finish()), faults


def dump(rundown: Rundown, path: Path, rate: FrameRate) -> str:
    """Return the script of a rundown, for a file at `path`. `parse` returns an equal rundown from this script.

    If an entry is unchanged since a person wrote it, its lines stay as they were. Raises `RundownError` if a script
    cannot express the rundown, because of a line break in a path, two entries with one id, or an out point that is not
    after the in point.
    """
    try:
        return Writer(path, rate).write(rundown)
    except RundownError as error:
        raise error if error.path else RundownError(error.reason, path) from None


@dataclass
class _Draft:
    """An entry whose lines are still being read."""

    line: int
    file: Path
    path_text: str
    marks: dict[str, str]
    comments: list[str]
    lines: list[str]
    directives: list[str] = field(default_factory=list)
    in_frame: int = 0
    out_frame: int | None = None
    cut_line: int = 0


_PASSED_OVER: Final = Path("/")
"""Stands for the file of an entry whose line has a fault."""


def _is_directive_of_file(line: str) -> bool:
    known = ffconcat_syntax.DIRECTIVES.get(ffconcat_syntax.keyword(line)[0])
    return known is not None and known.needs is not None


class _ScriptReader:
    """Reads a script line by line, and collects the entries and the other lines."""

    def __init__(self, path: Path, rate: FrameRate, spot_folders: Sequence[Path]) -> None:
        self.path = path
        self.rate = rate
        self.folder = folder_of(path)
        self.spot_folders = tuple(os.path.normpath(folder.absolute()).rstrip("/") + "/" for folder in spot_folders)
        self.files: dict[str, Path] = {}
        self.drafts: list[_Draft] = []
        self.header: list[str] = []
        self.pending: list[str] = []  # lines that were read before the `file` line to which they belong
        self.marks: dict[str, str] = {}  # the values in the #retrovue comments above the next `file` line
        self.mark_lines: list[str] = []
        self.mark_number = 0
        self.id_lines: dict[str, int] = {}
        self.has_stream = False

    def read(self, number: int, line: str) -> None:
        bare = line.strip(ffconcat_syntax.BLANKS)
        if not bare or bare[0] == "#":
            self._comment(number, line, bare)
            return
        if "\0" in line:
            raise ScriptError("a NUL character; save the file as plain UTF-8 text")
        name, at = ffconcat_syntax.keyword(line)
        needs = ffconcat_syntax.directive(name, line).needs
        if needs == "file" and not self.drafts:
            raise ScriptError(f"{name!r} comes before any 'file'; put it below the 'file' that it describes")
        if needs == "stream" and not self.has_stream:
            raise ScriptError(f"{name!r} comes before any 'stream'; put it below the 'stream' that it describes")
        values, comment = ffconcat_syntax.arguments(name, line, at)
        if name == "file":
            if comment:
                self._comment(number, comment, comment)
            self._file(number, line[: len(line) - len(comment)].strip(ffconcat_syntax.BLANKS), values[0])
        elif needs == "file":
            self._describe(number, line, name, values, comment)
        elif name != "ffconcat":
            self._global(line)
            self.has_stream = self.has_stream or name == "stream"
        elif values != ["version", "1.0"]:
            raise ScriptError(
                f"'{' '.join(values)}' is not a version of ffconcat that exists; write: {ffconcat_syntax.HEADER}"
            )

    def _comment(self, number: int, line: str, bare: str) -> None:
        if not ffconcat_syntax.is_mark(bare):
            self.pending.append(line.rstrip(ffconcat_syntax.BLANKS))
            return
        for key, value in ffconcat_syntax.read_mark(bare):
            if key in self.marks:
                raise ScriptError(f"{key!r} appears twice above one 'file'; keep one of them")
            self._check_mark(number, key, value)
            self.marks[key] = value
        self.mark_lines.append(bare)
        self.mark_number = number

    def _check_mark(self, number: int, key: str, value: str) -> None:
        if key == "kind" and value not in KINDS:
            raise ScriptError(f"unknown kind {value!r}; expected programme, spot or slate")
        if key == "id":
            if not value:
                raise ScriptError("the id is empty; write one, or leave id= out")
            first = self.id_lines.setdefault(value, number)
            if first != number:
                raise ScriptError(f"the id {value!r} is taken by line {first}; ids are unique, change or remove one")

    def _file(self, number: int, line: str, written: str) -> None:
        if _URL.match(written) and not written.startswith("file://"):
            raise ScriptError(f"{written!r} is a URL; a rundown airs files, so give a path")
        local = local_path(written)
        comments = self.pending
        if not self.drafts:
            comments = self._split_header()
        file = self.files.get(local)  # one object per file, because long rundowns have few files and compare them often
        if file is None:
            file = resolved(local, self.folder)
            self.files[local] = file
        self.drafts.append(_Draft(number, file, written, self.marks, comments, [*self.mark_lines, line]))
        self.pending, self.marks, self.mark_lines = [], {}, []

    def _split_header(self) -> list[str]:
        """Return the comments that belong to the first entry. The comments above the last blank line at the top of the
        script are moved to the header."""
        last_blank = max((at for at, line in enumerate(self.pending) if not line), default=-1)
        self.header += self.pending[: max(last_blank, 0)]
        return self.pending[last_blank + 1 :]

    def _global(self, line: str) -> None:
        """Move a `stream…` or `chapter` line to the header. Wherever it is, it describes the whole script, so it must
        not belong to an entry."""
        if not self.drafts:
            self.header += self.pending
            self.pending = []
        self.header.append(line.strip(ffconcat_syntax.BLANKS))

    def _describe(self, number: int, line: str, name: str, values: list[str], comment: str) -> None:
        draft = self.drafts[-1]
        if self.marks or ffconcat_syntax.is_mark(comment):
            raise ScriptError(
                f"a {ffconcat_syntax.MARK} comment stands above the 'file' that it describes, not at its {name!r}"
            )
        draft.comments += self.pending
        self.pending = []
        bare = line.strip(ffconcat_syntax.BLANKS)
        if name not in ("inpoint", "outpoint"):
            draft.directives.append(bare)
            draft.lines.append(bare)
            return
        if comment:
            draft.comments.append(comment)
        draft.lines.append(bare[: len(bare) - len(comment)].rstrip(ffconcat_syntax.BLANKS))
        draft.cut_line = number
        micros = ffconcat_syntax.duration(values[0])
        if micros < 0:
            raise ScriptError(f"{name} {values[0]!r} lies before the file's start; the smallest is 0")
        frame = self.rate.nearest(Fraction(micros, 1_000_000))
        if name == "inpoint":
            draft.in_frame = frame
        else:
            draft.out_frame = frame

    def pass_over(self, number: int, line: str) -> None:
        """Skip a line with a fault. If it is a `file` line, the lines after it must not be added to the previous
        entry."""
        if not line.strip(ffconcat_syntax.BLANKS).startswith("#") and not _is_directive_of_file(line):
            self.drafts.append(_Draft(number, _PASSED_OVER, "", self.marks, [], []))
            self.pending, self.marks, self.mark_lines = [], {}, []

    def faults(self) -> Iterator[RundownError]:
        """Yield the faults that concern the script as a whole."""
        for draft in self.drafts:
            if draft.out_frame is not None and draft.out_frame <= draft.in_frame:
                reason = "the outpoint must be at least one frame after the inpoint; correct one of them"
                yield RundownError(reason, self.path, draft.cut_line)
        if self.marks:
            reason = (
                f"this {ffconcat_syntax.MARK} comment describes nothing: no 'file' follows; remove it or add the 'file'"
            )
            yield RundownError(reason, self.path, self.mark_number)

    def finish(self) -> Rundown:
        """Return the rundown of all lines read so far."""
        self.drafts = [draft for draft in self.drafts if draft.file is not _PASSED_OVER]
        entries = tuple(self._entry(draft, id) for draft, id in zip(self.drafts, self._ids(), strict=True))
        if not entries:
            return Rundown((), (*self.header, *self.pending))
        return Rundown(entries, tuple(self.header), tuple(self.pending))

    def _ids(self) -> list[str]:
        ids = []
        taken = set(self.id_lines)
        parts = [(draft.file, draft.in_frame, draft.out_frame) for draft in self.drafts]
        for draft, occurrence in zip(self.drafts, occurrences(parts), strict=True):
            part = plain_text(draft.path_text), draft.in_frame, draft.out_frame
            id = draft.marks.get("id") or derived_id(*part, occurrence)
            while id in taken and "id" not in draft.marks:
                occurrence += len(parts)
                id = derived_id(*part, occurrence)
            taken.add(id)
            ids.append(id)
        return ids

    def _entry(self, draft: _Draft, id: str) -> Entry:
        marks = draft.marks
        pooled = str(draft.file).startswith(self.spot_folders)
        entry = Entry(
            id=id,
            kind=cast("EntryKind", marks.get("kind", "spot" if pooled else "programme")),
            file=draft.file,
            in_frame=draft.in_frame,
            out_frame=draft.out_frame,
            title=marks.get("title", ""),
            break_id=marks.get("break") or None,
            tags=tuple((key, value) for key, value in marks.items() if key not in _OURS),
            comments=tuple(draft.comments),
            directives=tuple(draft.directives),
            path_text=draft.path_text,
        )
        lines = tuple(draft.lines)
        return entry.spelled(SourceLines(draft.line, lines, entry.facts, marks.get("id"), self.folder, self.rate))
