"""The list of the station's renders with their progress, speed and remaining time."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.snapshots import PrepareJob
    from retrovue_tui.tui.station_view import StationView

NOTHING_TO_DO = "nothing to render: all that airs soon is prepared"
_ORDER = {"running": 0, "failed": 1, "waiting": 2}


def job_name(job: PrepareJob) -> str:
    """Return the name of the file without its folders."""
    return PurePath(job.file).name or job.file


def eta(job: PrepareJob) -> str:
    """Return the time until a job ends, as text."""
    return formats.short(job.eta_s) if job.eta_s is not None else "--:--"


def job_summary(jobs: Sequence[PrepareJob]) -> str:
    """Return all jobs as one line: the first running job, and the number of the others."""
    if not jobs:
        return NOTHING_TO_DO
    first, *rest = sorted(jobs, key=lambda job: _ORDER.get(job.state, 3))
    more = f"  +{len(rest)} more" if rest else ""
    if first.state == "running":
        figures = f"{formats.percent(first.progress)}  {formats.speed(first.speed)}  done in {eta(first)}"
        return f"{job_name(first)}  {figures}{more}"
    return f"{job_name(first)}  {first.state}{': ' + first.message if first.message else ''}{more}"


def job_line(job: PrepareJob, width: int) -> Content:
    """Return the line of a job, `width` cells wide: name, bar, percentage, speed, time left; for a failed job, the
    reason."""
    if job.state == "failed":
        reason = f": {job.message}" if job.message else ""
        return line((formats.fit(f" ✗ {job_name(job)}{reason}", width), tally.level("error").style))
    tail = 5 + 7 + 9 + 1
    bar_width = max(6, min(24, (width - tail) // 3))
    where = f" on {formats.clean(job.machine)}" if job.machine else ""
    room = width - tail - bar_width - 1
    name = formats.fit(f" {job_name(job)}", max(8, room - len(where))) + where
    name = formats.fit(name, room) + " "
    if job.state == "waiting":
        return line((name, tally.QUIET), (formats.fit_right("waiting ", bar_width + tail), tally.QUIET))
    done, rest = formats.bar(job.progress, bar_width)
    return line(
        (name, "$foreground"),
        (done, "$tally-good"),
        (rest, "$line"),
        (formats.fit_right(formats.percent(job.progress), 5), "$foreground"),
        (formats.fit_right(formats.speed(job.speed), 7), tally.QUIET),
        (formats.fit_right(eta(job), 9) + " ", "$foreground"),
    )


class JobList(Sheet):
    """One line for each job, running jobs first. If there are more jobs than lines, the last line gives the number of
    the others."""

    def __init__(self, view: StationView) -> None:
        super().__init__(id="jobs")
        self.border_title = " Renders "
        self._view = view

    def show(self, view: StationView) -> None:
        """Draw the jobs of the newest state."""
        self._view = view
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return one line for each job that fits."""
        snapshot = self._view.snapshot
        jobs = sorted(snapshot.jobs if snapshot else (), key=lambda job: _ORDER.get(job.state, 3))
        if not jobs:
            return (line((formats.fit(f" {NOTHING_TO_DO}", width), tally.QUIET)),)
        height = max(1, self.size.height)
        shown = jobs if len(jobs) <= height else jobs[: height - 1]
        lines = [job_line(job, width) for job in shown]
        if len(shown) < len(jobs):
            lines.append(line((f" +{len(jobs) - len(shown)} more", tally.QUIET)))
        return [line((each.plain, tally.QUIET)) for each in lines] if self._view.stale else lines
