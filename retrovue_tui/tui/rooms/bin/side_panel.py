"""The panel about the file under the cursor: a picture of it, and its facts in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container
from textual.content import Content

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.rooms.bin.placement import Trim
from retrovue_tui.tui.rooms.bin.rows import episode, flight, gain, last_aired, on_machines
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.picture_view import PictureView
from retrovue_tui.tui.widgets.text_sheet import Sheet, line
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from retrovue_tui.protocol.answers.library import LibraryRow
    from retrovue_tui.tui.rooms.bin.rows import Work
    from retrovue_tui.tui.station_link import StationLine

LABEL = 10


class BinFacts(Sheet):
    """Lists the facts of one file."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(id="bin-facts")
        self._clock = clock
        self._row: LibraryRow | None = None
        self._trim = Trim()
        self._work: Work = ""
        self._machines = ""
        self._rate = ""

    def show(self, row: LibraryRow | None, trim: Trim, work: Work, machines: str, rate: str) -> None:
        """Draw the facts of a file; None: draw nothing. `rate`: the house rate."""
        self._row, self._trim, self._rate = row, trim, rate
        self._work, self._machines = work, machines
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the title, the problem and the path; then as many other facts as there is room for."""
        row = self._row
        if row is None:
            return (line((" no file", tally.QUIET)),)
        kind = f"spot of {', '.join(row.pools)}" if row.pools else row.kind
        title = f"{tally.SPOT_GLYPH} {row.title}" if row.kind == "spot" else row.title
        room = max(8, width - LABEL - 1)
        lines = [line((f" {formats.fit(title, width - 2)}", "bold $foreground"))]
        if row.problem:
            lines += self._problem(row.problem, room)
        else:
            lines.append(self._fact("LENGTH", self._length(row), room, tally.SPOT if self._trim != Trim() else ""))
        lines.append(self._fact("FILE", formats.fit_end(row.file, room), room, tally.QUIET))
        if not row.problem:
            lines.append(self._fact("PREPARED", self._prepared(row), room))
        lines += [
            *([self._fact("SERIES", text, room)] if (text := episode(row)) else []),
            self._fact("KIND", kind, room),
            *([self._fact("FOR", row.advertiser, room)] if row.advertiser else []),
            *([self._fact("FLIGHT", text, room)] if (text := flight(row, self._clock())) else []),
            *([self._fact("TAGS", ", ".join(row.tags), room)] if row.tags else []),
            *([self._fact("FORMAT", row.format, room)] if row.format else []),
            self._fact("LOUDNESS", _loudness(row), room),
            self._fact("AIRED", self._aired(row), room),
            *([self._fact("CHAPTERS", formats.number(row.cues), room)] if row.cues else []),
        ]
        return lines

    def _problem(self, problem: str, room: int) -> list[Content]:
        """Return the problem in full, wrapped; `room`: the width in cells."""
        texts = Content(formats.clean(f"{glyphs.MISSING} {problem}")).wrap(room)
        style = "bold $tally-missing"
        return [
            self._fact("" if row else "PROBLEM", text.plain.rstrip(), room, style) for row, text in enumerate(texts)
        ]

    def _fact(self, name: str, text: str, room: int, style: str = "") -> Content:
        return line((formats.fit(f" {name}", LABEL) + " ", "bold $secondary"), (formats.fit(text, room), style))

    def _length(self, row: LibraryRow) -> str:
        whole = formats.position(row.duration_s, self._rate)
        trim = self._trim
        if trim == Trim():
            return f"{whole} · {formats.plural(row.frames, 'frame')}"
        first, end = trim.first or 0, row.frames if trim.end is None else trim.end
        kept = timecode(trim.length(row.frames), self._rate)
        return f"in {timecode(first, self._rate)} · out {timecode(end - 1, self._rate)} · {kept} of {whole}"

    def _prepared(self, row: LibraryRow) -> str:
        state = {"running": ", rendering now", "waiting": ", waits for its turn"}.get(self._work, "")
        if row.prepared >= 1.0:
            return f"{glyphs.DONE} all of it"
        if self._machines:
            state = f", {on_machines(self._machines)}"
        return f"{formats.percent(row.prepared)}{state or ('; P prepares it now' if row.prepared else ' yet; P does')}"

    def _aired(self, row: LibraryRow) -> str:
        if not row.times_aired:
            return "never"
        last = last_aired(row.last_aired, self._clock())
        today = f", {row.aired_today} today" if row.aired_today else ""
        return f"{formats.plural(row.times_aired, 'time')}{today}, last {last}"


def _loudness(row: LibraryRow) -> str:
    return "not measured yet" if row.gain_db is None else f"{gain(row.gain_db)} to house level"


def timecode(frame: int, rate: str) -> str:
    """Return the SMPTE timecode of a frame; the frame number if the rate is unknown."""
    parsed = formats.frame_rate(rate)
    return parsed.timecode(max(0, frame)) if parsed else f"frame {frame}"


class BinSide(Container):
    """The picture (if it is open) and the facts. It has one picture request at a time, always for the frame wanted
    last."""

    def __init__(self, line: StationLine, clock: Callable[[], float]) -> None:
        super().__init__(id="bin-side")
        self._line = line
        self._picture = PictureView(id="bin-picture")
        self._facts = BinFacts(clock)
        self._row: LibraryRow | None = None
        self._rate = ""
        self._frames: dict[str, int] = {}
        self._asked: object = None
        self._busy = False
        self._open = False

    def compose(self) -> ComposeResult:
        """Yield the picture and the facts; the style sheet places them side by side or one above the other."""
        yield self._picture
        yield self._facts

    @property
    def is_open(self) -> bool:
        """Whether the picture is open."""
        return self._open

    @property
    def frame(self) -> int:
        """The asset frame of the preview (0-based). At first it is at a tenth of the file, after any fade from
        black."""
        row = self._row
        return self._frames.get(row.file, row.frames // 10) if row else 0

    def show(self, row: LibraryRow | None, trim: Trim, work: Work, machines: str, rate: str) -> None:
        """Set the file whose facts and picture are shown."""
        self._row, self._rate = row, rate
        self._facts.show(row, trim, work, machines, rate)
        self._look()

    def unfold(self, open_: bool) -> None:
        """Open or close the picture."""
        self._open = open_
        self.set_class(open_, "-open")
        self._asked = None
        if open_:
            self.call_after_refresh(self._look)

    def step(self, frames: int) -> None:
        """Move the preview by `frames` frames; stop at both ends of the file."""
        if self._row is not None and self._row.frames:
            self._frames[self._row.file] = min(self._row.frames - 1, max(0, self.frame + frames))
            self._look()

    def on_resize(self) -> None:
        """Fetch the picture again in the new size."""
        self._look()

    def _wanted(self) -> tuple[str, int, tuple[int, int]] | None:
        row = self._row
        if row is None or row.problem or not self._open or not self._picture.size.height:
            return None
        return row.file, self.frame, self._picture.pixels

    def _look(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            if self._open and self._row is not None and self._row.problem:
                self._picture.show(None, self._row.problem)
                self._asked = None
        elif wanted != self._asked and not self._busy:
            self._busy = True
            start_worker(self, self._fetch, group="preview")

    async def _fetch(self) -> None:
        """Fetch the wanted picture. If the operator has moved on meanwhile, fetch again; skip the frames in between."""
        try:
            while (wanted := self._wanted()) is not None and wanted != self._asked:
                self._asked = wanted
                file, frame, (width, height) = wanted
                try:
                    picture = await self._line.preview(file, frame, width, height)
                except (RetrovueError, OSError, ValueError) as error:
                    self._picture.show(None, str(error))
                else:
                    shown = frame if picture.frame is None else picture.frame
                    self._picture.show(picture, f"{timecode(shown, self._rate)} · frame {formats.number(shown)}")
        finally:
            self._busy = False
