"""The lines below the figures: warnings, problems that are still to come, the stream's address, its outputs, the
renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.tui.rooms.control_room.job_list import job_summary
from retrovue_tui.tui.rooms.control_room.outputs_line import outputs_line
from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.channel_faults import fault_lines, faults_of, upcoming_of, without_upcoming
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.tui.station_view import StationView

LABEL = 9
WARNINGS = 3
"""The most warnings that a small terminal shows; more would push out the event list."""
WARNINGS_TALL = 5


class ChannelNotes(Sheet):
    """One line for each warning, one for the stream's address, one for the outputs if the channel has any, and one for
    the renders unless another pane lists them."""

    def __init__(self, view: StationView) -> None:
        super().__init__(id="notes")
        self._view = view
        self._channel: ChannelSnapshot | None = None
        self._with_jobs = True
        self._brief = False

    def show(self, view: StationView, channel: ChannelSnapshot | None, *, with_jobs: bool, brief: bool = False) -> None:
        """Draw a channel's notes. `with_jobs`: add the line for the renders. `brief`: draw only the warnings, for small
        terminals."""
        self._view, self._channel, self._with_jobs, self._brief = view, channel, with_jobs, brief
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the warnings, then the stream's address, then the outputs, then the renders."""
        snapshot, channel = self._view.snapshot, self._channel
        room = width - LABEL
        address = formats.fit_end(channel.url, room - 10) if channel else formats.NOTHING
        lines = self._warnings(width)
        if self._brief:
            return self._aged(lines)
        lines.append(
            line(
                (formats.fit(" STREAM", LABEL), "bold $secondary"),
                (address, "underline $foreground" if channel else tally.QUIET),
                ("  y copies" if channel else "", tally.QUIET),
            )
        )
        if channel is not None and channel.outputs:
            lines.append(outputs_line(channel.outputs, width))
        if self._with_jobs:
            summary = job_summary(snapshot.jobs if snapshot else ())
            lines.append(
                line((formats.fit(" RENDERS", LABEL), "bold $secondary"), (formats.fit(summary, room), tally.QUIET))
            )
        return self._aged(lines)

    def _aged(self, lines: list[Content]) -> list[Content]:
        return [line((each.plain, tally.QUIET)) for each in lines] if self._view.stale else lines

    def _warnings(self, width: int) -> list[Content]:
        snapshot, channel = self._view.snapshot, self._channel
        faults = faults_of(channel)
        others = tuple(text for text in (snapshot.warnings if snapshot else ()) if text not in faults)
        notes = (*without_upcoming(faults, channel), *others, *upcoming_of(channel))
        return fault_lines(notes, width, WARNINGS if self._brief else WARNINGS_TALL)
