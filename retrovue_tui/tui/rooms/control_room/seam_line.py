"""The line of the chosen channel's last joins (seams), as measured on the bus."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from retrovue_tui.tui.rooms.control_room.figure_grid import AAC_FRAME_MS
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.content import Content

    from retrovue_tui.protocol.events import Event

KEPT: Final = 8
LABEL: Final = 9


def seam_text(event: Event) -> tuple[str, tally.Severity]:
    """Return the measurements of a join as text, and their severity."""
    jumps, errors = int(event.data.get("video_jumps", 0)), int(event.data.get("cc_errors", 0))
    audio = float(event.data.get("audio_error_ms", 0.0))
    video = f"video {jumps} jumps" if jumps else "video 0 ms"
    counted = f" {glyphs.DOT} {errors} cc" if errors else ""
    text = f"{event.data.get('seam', 'join')} {video} {glyphs.DOT} audio {audio:+.0f} ms{counted}"
    return text, "bad" if jumps or errors else "warn" if abs(audio) > AAC_FRAME_MS else "good"


class SeamLine(Sheet):
    """One line with as many joins as fit, the newest first."""

    def __init__(self) -> None:
        super().__init__(id="seams")
        self._seams: dict[str, deque[Event]] = {}
        self._channel = ""
        self._stale = False

    def take(self, seams: Iterable[Event]) -> None:
        """Add events with measurements, oldest first. The next `show` draws them."""
        for event in seams:
            self._seams.setdefault(event.channel or "", deque(maxlen=KEPT)).appendleft(event)

    def show(self, channel_id: str, *, stale: bool) -> None:
        """Draw the joins of a channel."""
        self._channel, self._stale = channel_id, stale
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return one line."""
        parts, used = [(formats.fit(" LATEST", LABEL), "bold $secondary")], LABEL
        for event in self._seams.get(self._channel, ()):
            text, severity = seam_text(event)
            mark, style = tally.SEVERITIES[severity]
            at = f"{formats.wall_time(event.at)} "
            if used + cell_len(at + mark + text) + 3 > width:
                break
            parts += [(at, tally.QUIET), (f"{mark}{text}", tally.QUIET if self._stale else style), ("   ", "")]
            used += cell_len(at + mark + text) + 3
        if used == LABEL:
            parts.append(("none measured since the control room opened", tally.QUIET))
        return [line(*parts)]
