"""Makes the slots of a guide from what airs: folds breaks into programmes, so that no time is left out. Pure.

Spots, bumpers, cards and the slate belong to the programme that they interrupt, or else to the programme before them.
Before the first programme, they belong to that one. A longer time without a programme becomes a slot of its own,
without a file; in the guide it has the name of the channel.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from retrovue_tui.guide.air_run import AirRun
    from retrovue_tui.timecode import FrameRate

LONGEST_PAUSE_S: Final = 600.0
"""A time between two programmes that is longer than this (s) is a slot of its own."""
LONGEST_BREAK_S: Final = 3_600.0
"""A break inside a programme that is longer than this (s) ends the programme; what follows is a slot of its own. A hole
longer than `LONGEST_PAUSE_S`, in which the station was off, ends it too."""
LONGEST_FILLER_S: Final = 6 * 3_600.0
"""A slot without a programme is at most this long (s). A longer time becomes several slots."""
REWIND_S: Final = 10.0
"""A programme that goes on at most this much before the place that it had reached (s) is the same airing. A restart of
the station may air some seconds again."""
MOST_SLOTS: Final = 2_500
"""The most slots of a channel that have not ended. Programmes of four minutes still fill a week. More would be of no
use to any client, and the guides of fifty channels would take more memory than the rest of the station."""
MOST_PAST: Final = 500
"""The most slots of a channel that have ended: the newest ones. Programmes of three minutes still fill a day."""


class GuideSlot(NamedTuple):
    """A programme with its breaks, or a time without a programme (`file` None), from clock frame `start` to before
    `end`. `frames`: the length without breaks. `title`: what the rundown calls the programme."""

    start: int
    end: int
    file: Path | None = None
    frames: int = 0
    title: str = ""


@dataclass(slots=True)
class _OpenProgramme:
    """The programme that is being read. `until`: the end of its last part so far; `reached`: the place in its file."""

    start: int
    until: int
    file: Path | None
    first: int
    reached: int
    frames: int
    title: str

    def goes_on(self, run: AirRun, start: int, longest_break: int, rewind: int) -> bool:
        """Return whether a part of a programme, which airs from `start` on, belongs to this airing."""
        if run.file != self.file or start - self.until > longest_break:
            return False
        return run.first >= self.reached or self.first < run.first >= self.reached - rewind

    def add(self, run: AirRun, start: int) -> None:
        """Add a part."""
        self.until, self.reached = run.end, run.first + run.frames
        self.frames += run.end - start
        self.title = run.title or self.title


def guide_slots(runs: Iterable[AirRun], rate: FrameRate, now: int = 0, most: int = MOST_SLOTS) -> list[GuideSlot]:
    """Return the slots of what airs: in order, each beginning where the one before it ends, from the first run to the
    end of the last. Runs are in order; where two overlap, the earlier one counts. A hole between two runs counts as a
    time without a programme.

    Of the slots that have ended at frame `now` of the clock, only the newest `MOST_PAST` are returned; of the others,
    only the first `most`.
    """
    past: deque[GuideSlot] = deque(maxlen=MOST_PAST)
    coming: list[GuideSlot] = []
    for slot in _slots(runs, rate):
        if slot.end <= now:
            past.append(slot)
            continue
        coming.append(slot)
        if len(coming) >= most:
            break
    return [*past, *coming]


def _slots(runs: Iterable[AirRun], rate: FrameRate) -> Iterator[GuideSlot]:
    pause, longest_break = rate.count(LONGEST_PAUSE_S), rate.count(LONGEST_BREAK_S)
    rewind, piece = rate.count(REWIND_S), rate.count(LONGEST_FILLER_S)
    airing: _OpenProgramme | None = None
    begin: int | None = None  # the first frame that belongs to no slot yet, if no programme is being read
    at = 0
    hole = 0  # how long nothing aired since the last part of a programme
    for run in runs:
        start = run.start if begin is None or run.start > at else at
        end = run.start + run.frames
        if end <= start:
            continue
        if begin is None:
            begin = at = start
        hole, at = hole + start - at, end
        if not run.programme:
            continue
        was_off, hole = hole > pause, 0
        if airing is not None and not was_off and airing.goes_on(run, start, longest_break, rewind):
            airing.add(run, start)
            continue
        since = begin if airing is None else airing.until
        if airing is not None or start - since > pause:
            yield from _slots_up_to(start, since, airing, pause, piece)
            since = start
        skipped = start - run.start
        airing = _OpenProgramme(
            since, end, run.file, run.first + skipped, run.first + run.frames, end - start, run.title
        )
    if begin is None:
        return
    yield from _slots_up_to(at, begin if airing is None else airing.until, airing, pause, piece)


def _slots_up_to(end: int, since: int, airing: _OpenProgramme | None, pause: int, piece: int) -> Iterator[GuideSlot]:
    """Yield the slot of a programme that has ended, and fillers after it up to frame `end`. `since`: the first frame
    after the programme. A short pause counts as part of the programme."""
    is_short = airing is not None and end - since <= pause
    if airing is not None:
        yield _slot(airing, end if is_short else since)
    if not is_short:
        yield from _fillers(since, end, piece)


def _slot(airing: _OpenProgramme, end: int) -> GuideSlot:
    return GuideSlot(airing.start, end, airing.file, airing.frames, airing.title)


def _fillers(start: int, end: int, longest: int) -> Iterator[GuideSlot]:
    while start < end:
        stop = min(end, start + longest)
        yield GuideSlot(start, stop)
        start = stop
