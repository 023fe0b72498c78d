"""Writes a rundown as a script. Lines that a person wrote stay unchanged. The times in all other lines are exact to the
frame when FFmpeg reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.errors import RundownError
from retrovue_tui.rundown.entries import derived_id, occurrences
from retrovue_tui.rundown.file_format import ffconcat_syntax
from retrovue_tui.rundown.file_format.ffconcat_syntax import quote
from retrovue_tui.rundown.file_format.path_text import folder_of, local_path, plain_text, resolved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.rundown.entries import Entry, Rundown
    from retrovue_tui.timecode import FrameRate

_UNUSED = [name for name, known in ffconcat_syntax.DIRECTIVES.items() if known.needs == "file" and name[-5:] != "point"]
_GLOBAL = [
    name for name in ffconcat_syntax.DIRECTIVES if name.startswith("stream") or name in ("exact_stream_id", "chapter")
]


def _comment(line: str) -> str:
    """Return a comment line that has no meaning for the station. Raises `RundownError` for any other line, because it
    would change the rundown."""
    bare = line.strip(ffconcat_syntax.BLANKS)
    if (bare and not bare.startswith("#")) or ffconcat_syntax.is_mark(bare):
        raise RundownError(f"{line!r} is not a comment; begin it with '# '")
    ffconcat_syntax.refuse_line_ends(line)
    return line


def _header_line(line: str) -> str:
    name, _ = ffconcat_syntax.keyword(line)
    return line if name in _GLOBAL and "\n" not in line else _comment(line)


def _directive_line(line: str) -> str:
    ffconcat_syntax.refuse_line_ends(line)
    name, _ = ffconcat_syntax.keyword(line)
    if name not in _UNUSED:
        raise RundownError(f"{line!r} cannot stand below a 'file' as a directive of its own")
    return line


class Writer:
    """Writes rundowns as scripts for one path."""

    def __init__(self, path: Path, rate: FrameRate) -> None:
        self.rate = rate
        self.folder = folder_of(path)
        self.known: dict[Path, str] = {}  # the files whose name in the script is relative, each with that name
        self.neighbours: list[tuple[str, str]] = []  # absolute prefixes, and the relative ones written instead
        if not {"?", "#"} & set(self.folder):  # FFmpeg takes these characters for the end of a URL's path
            above = str(Path(self.folder).parent)
            self.neighbours = [
                (f"{folder}/", way) for folder, way in ((self.folder, ""), (above, "../")) if folder != "/"
            ]

    def write(self, rundown: Rundown) -> str:
        out = [ffconcat_syntax.HEADER, *(_header_line(line) for line in rundown.header)]
        entries = rundown.entries
        for entry in entries:
            if entry.path_text is not None and local_path(entry.path_text)[0] != "/":
                self.known.setdefault(entry.file, entry.path_text)
        if rundown.header and entries:
            out.append("")
        ids: set[str] = set()
        nth = occurrences((entry.file, entry.in_frame, entry.out_frame) for entry in entries)
        for index, (entry, occurrence) in enumerate(zip(entries, nth, strict=True)):
            if entry.id in ids:
                raise RundownError(f"two entries have the id {entry.id!r}; ids are unique")
            ids.add(entry.id)
            if entry.comments:  # a blank line at the top would make the first entry's comments the script's header
                out += (_comment(line) for line in entry.comments if index or line)
            out += self._entry(entry, occurrence)
        out += (_comment(line) for line in rundown.trailer)
        return "\n".join(out) + "\n"

    def _entry(self, entry: Entry, occurrence: int) -> Sequence[str]:
        before = entry.spelling
        kept = before is not None and before.folder == self.folder and before.rate == self.rate and entry.as_spelled
        if before is not None and kept and entry.id == before.id:
            return before.lines
        text = self._path_text(entry)
        derived = derived_id(plain_text(text), entry.in_frame, entry.out_frame, occurrence)
        if before is not None and kept and before.id is None and entry.id == derived:
            return before.lines
        return self._spell(entry, text, derived)

    def _path_text(self, entry: Entry) -> str:
        """Return the text that names an entry's file: the text from which the entry was read. If there is none, the
        text of another entry with the same file; otherwise the default text."""
        for text in (entry.path_text, self.known.get(entry.file)):
            if text is not None and resolved(local_path(text), self.folder) == entry.file:
                return text
        return self._relative(entry.file)

    def _spell(self, entry: Entry, path_text: str, derived: str) -> list[str]:
        if entry.out_frame is not None and entry.out_frame <= entry.in_frame:
            raise RundownError(f"entry {entry.id!r} ends before it begins; correct its in or out point")
        # The kind is always written, because its default depends on the pools' folders, which may change.
        marks = [("kind", str(entry.kind))]
        if entry.title:
            marks.append(("title", entry.title))
        if entry.break_id:
            marks.append(("break", entry.break_id))
        if entry.id != derived:
            marks.append(("id", entry.id))
        lines = [ffconcat_syntax.write_mark([*marks, *entry.tags]), f"file {quote(path_text)}"]
        # FFmpeg starts at the last key frame at or before the inpoint, and stops at the first packet at or after the
        # outpoint. A wrongly rounded time would move the end by a frame, or the start by a whole GOP.
        if entry.in_frame:
            exact = self.rate.seconds(entry.in_frame) * 1_000_000
            lines.append(f"inpoint {ffconcat_syntax.seconds_text(-(-exact.numerator // exact.denominator))}")
        if entry.out_frame is not None:
            exact = self.rate.seconds(entry.out_frame) * 1_000_000
            lines.append(f"outpoint {ffconcat_syntax.seconds_text(exact.numerator // exact.denominator)}")
        return [*lines, *(_directive_line(line) for line in entry.directives)]

    def _relative(self, file: Path) -> str:
        """Return the path relative to the script's folder if the file is in that folder or in its parent, so that a
        home can be moved as a whole. Otherwise return the path itself."""
        if not file.is_absolute():
            raise RundownError(f"{str(file)!r} is not an absolute path")
        for prefix, way in self.neighbours:
            if str(file).startswith(prefix):
                relative = way + str(file)[len(prefix) :]
                # FFmpeg would take the text before a colon for a protocol, and a leading ? or # for the end of a URL.
                return f"./{relative}" if relative[0] in "?#" or ":" in relative else relative
        return str(file)
