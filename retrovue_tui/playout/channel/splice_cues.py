"""A channel's splice messages (ANSI/SCTE 35): announces its breaks and programmes, and corrects what it announced when
the plan changes.

A break that is known early enough is announced three times, the last time at least 4 s ahead, as the standard asks
(9.9.2.1). Any other break is reported with its first picture. The channel works out what is to come about once a
second, and when something has changed; in between, a picture costs one comparison.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.playout.channel.splice_points import (
    BreakSpan,
    SplicePoints,
    begins_programme,
    is_break,
    splice_points,
)
from retrovue_tui.playout.mpegts import scte35
from retrovue_tui.playout.mpegts.packets import clock_distance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.output.splicer import Splicer
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.positions import Stretch

LEADS_S: Final = (8, 6, 4)
"""How long before a splice it is announced (s). The last one is the least that the standard allows."""
HEARTBEAT_S: Final = 10
"""A `splice_null` is sent when no other message was sent for this long (s)."""
LOOK_S: Final = 1
"""How often the plan is read even if nothing is known to have changed (s)."""
_IDS: Final = 1 << 28


@dataclass
class _Cue:
    """A splice that was announced. `leads`: the announcements to come, in frames before `start`. `end` is the picture
    after a break; None: not known, or no break. `section` is the message that announced a break."""

    event: int
    start: int
    end: int | None = None
    leads: tuple[int, ...] = ()
    section: bytes = b""


class SpliceListener(Protocol):
    """Learns of each break of a channel when it begins and when it ends, with the messages (`splice_info_section`)."""

    def splice_out(self, frame: int, frames: int | None, section: bytes) -> None:
        """A break begins with picture `frame`, which is the next one. `frames`: its length as announced, if known.
        `section` is the message that announced it."""

    def splice_in(self, frame: int, section: bytes) -> None:
        """The break has ended: the programme is back with picture `frame`. `section` is the message that says so. If
        the receiver returned by itself, the stream has no such message."""


class SpliceCues:
    """Makes the packets of splice messages that a channel sends before each picture. It makes none until `turn` turns
    it on."""

    def __init__(
        self, decks: DeckQueue, planner: Planner, splicer: Splicer, *, program: int = 0,
        report: Callable[[str, int, int, int | None], None] = lambda what, event, frame, frames: None,
    ) -> None:  # fmt: skip
        """`program` is the number of the channel. `report` is called with what is sent (`announced`, `cancelled`,
        `out`, `in`), the id of its event, the picture of the splice, and the length of the break in frames, if it is
        known. It is not called for repeats."""
        self.on = False
        self.listeners: list[SpliceListener] = []
        self._decks = decks
        self._planner = planner
        self._splicer = splicer
        self._program = program & 0xFFFF
        self._report = report
        self._counter = 0
        self._number = int(time.time()) % _IDS  # so that ids differ from those before a restart
        # Rounded up, so that no announcement comes later than it should.
        self._leads = tuple(-(-each * splicer.rate.num // splicer.rate.den) for each in LEADS_S)
        self._heartbeat = splicer.rate.count(HEARTBEAT_S)
        self._look_every = splicer.rate.count(LOOK_S)
        self.clear()

    # ── what happens on the channel ──────────────────────────────────────────────────────────────

    def turn(self, on: bool) -> None:
        """Send messages from the next picture on, or no longer."""
        if on != self.on:
            self.on = on
            self._splicer.list_splices(on)
            self._forget_messages()

    def clear(self) -> None:
        """Forget everything, because the channel starts again."""
        self._airing: Stretch | None = None
        self._programme: Stretch | None = None
        self._edited: int | None = None
        self._forget_messages()

    def _forget_messages(self) -> None:
        self._begins = False
        self._out: _Cue | None = None
        self._breaks: dict[int, _Cue] = {}
        self._programmes: dict[int, _Cue] = {}
        self._soon: list[int] = []
        self._due = self._null_due = 0

    def entry(self, stretch: Stretch, asset_frame: int) -> None:
        """Note that an entry begins with the next picture, at this frame of its asset."""
        self._airing = begun = stretch.replace(first=asset_frame)
        if stretch.entry.kind == "programme":
            self._begins = begins_programme(self._programme, begun)
            if self._programme is None or (self._programme.entry.id, self._programme.loop) != (
                stretch.entry.id, stretch.loop,
            ):  # fmt: skip
                self._programme = begun
        self.changed()

    def slate(self) -> None:
        """Note that only the slate airs from the next picture on."""
        self._airing = None
        self.changed()

    def edited(self) -> None:
        """Note that the rundown was edited. A break that is a surprise soon afterwards is an operator's."""
        self._edited = self._splicer.frame
        self.changed()

    def changed(self) -> None:
        """Read the plan again at the next picture."""
        self._due = 0

    # ── messages ─────────────────────────────────────────────────────────────────────────────────

    def packets(self, frame: int) -> bytes:
        """Return the packets to send before picture `frame`, which is the next one."""
        if not self.on or frame < self._due:
            return b""
        sections = list(self._messages(frame))
        if not sections and frame >= self._null_due:
            sections.append(scte35.splice_null())
        if sections:
            self._null_due = frame + self._heartbeat
        self._due = min(self._null_due, *self._next_looks(frame))
        return b"".join(self._packets(sections))

    def _packets(self, sections: Iterable[bytes]) -> Iterator[bytes]:
        for section in sections:
            packets, self._counter = scte35.splice_packets(section, self._counter)
            yield packets

    def _messages(self, frame: int) -> Iterator[bytes]:
        points = self._points(frame)
        yield from self._break_at(frame, None if points is None else points.on_air)
        yield from self._programme_at(frame)
        if points is not None:
            spans = (*self._longer(points.on_air), *points.breaks)
            yield from self._announce_breaks(frame, spans)
            yield from self._announce_programmes(frame, points.programmes)
            starts = (*(each.start for each in spans), *points.programmes)
            self._soon = [each - self._leads[0] for each in starts if each - frame > self._leads[0]]

    def _points(self, frame: int) -> SplicePoints | None:
        """Return the splices to come; None while that is not known, because a failed deck is being replaced."""
        if self._airing is None:
            return SplicePoints()
        if self._decks.troubled:
            return None
        coming = chain(self._decks.committed(), self._planner.entries_from(self._decks.continues_at))
        until = frame + self._leads[0] + self._look_every
        return splice_points(self._airing, frame, coming, until, self._programme)

    def _break_at(self, frame: int, on_air: BreakSpan | None) -> Iterator[bytes]:
        """Yield the messages about a break that begins or ends with picture `frame`."""
        cue = self._breaks.pop(frame, None)
        out = self._out
        if not is_break(self._airing):
            self._out = None
            if cue is not None:
                yield self._cancel(cue)
            if out is not None:
                yield from self._return(out, frame)
        elif out is None or (out.end is not None and frame >= out.end):
            if cue is None:
                cue = _Cue(self._id(self._source(frame)), frame, None if on_air is None else on_air.end)
                yield self._splice_out(cue, immediate=True)
            if out is not None:
                yield from self._return(out, out.end or frame)
            self._report("out", cue.event, frame, _length(cue))
            for each in self.listeners:
                each.splice_out(frame, _length(cue), cue.section)
            self._out = cue
        elif cue is not None:
            yield self._cancel(cue)

    def _return(self, out: _Cue, frame: int) -> Iterator[bytes]:
        """Yield the message that a break is over, if the receiver does not return by itself."""
        pts = None
        if out.end == frame:
            pts = self._splicer.pts(frame)
        else:
            self._report("in", out.event, frame, None)
        section = scte35.splice_insert(out.event, out=False, pts=pts, program=self._program)
        if pts is None:
            yield section
        for each in self.listeners:
            each.splice_in(frame, section)

    def _programme_at(self, frame: int) -> Iterator[bytes]:
        """Yield the message about a programme that begins with picture `frame` unannounced, or that should have begun
        there."""
        cue = self._programmes.pop(frame, None)
        begins, self._begins = self._begins, False
        if begins and cue is None:
            yield self._programme_start(self._id(scte35.PLANNED), frame)
        elif cue is not None and not begins:
            yield self._programme_cancel(cue)

    def _announce_breaks(self, frame: int, breaks: Iterable[BreakSpan]) -> Iterator[bytes]:
        spans = {each.start: each for each in breaks}
        for cue in list(self._breaks.values()):
            span = spans.get(cue.start)
            if span is None or (span.end != cue.end and cue.start - frame >= self._leads[-1]):
                yield self._cancel(self._breaks.pop(cue.start))
        for span in spans.values():
            found = self._breaks.get(span.start)
            if found is None and self._is_early(span.start - frame):
                found = self._breaks[span.start] = _Cue(self._id(scte35.PLANNED), span.start, span.end, self._leads)
                self._report("announced", found.event, span.start, _length(found))
            if found is not None and self._repeats(found, frame):
                yield self._splice_out(found)

    def _longer(self, on_air: BreakSpan | None) -> list[BreakSpan]:
        """Return the rest of the break on air that goes beyond the length that was announced, as another break."""
        if on_air is None or self._out is None or self._out.end is None:
            return []
        goes_on = on_air.end is None or on_air.end > self._out.end
        return [BreakSpan(self._out.end, on_air.end)] if goes_on else []

    def _announce_programmes(self, frame: int, starts: Sequence[int]) -> Iterator[bytes]:
        for cue in list(self._programmes.values()):
            if cue.start not in starts:
                yield self._programme_cancel(self._programmes.pop(cue.start))
        for start in starts:
            if start not in self._programmes and self._is_early(start - frame):
                self._programmes[start] = _Cue(self._id(scte35.PLANNED), start, leads=self._leads)
            found = self._programmes.get(start)
            if found is not None and self._repeats(found, frame):
                yield self._programme_start(found.event, start)

    def _is_early(self, lead: int) -> bool:
        return self._leads[-1] <= lead <= self._leads[0]

    def _repeats(self, cue: _Cue, frame: int) -> bool:
        """Return whether an announcement is due, and count it."""
        lead = cue.start - frame
        due = bool(cue.leads) and lead <= cue.leads[0]
        if due:
            cue.leads = tuple(each for each in cue.leads if each < lead)
        return due

    def _next_looks(self, frame: int) -> Iterator[int]:
        yield frame + self._look_every
        yield from (each for each in self._soon if each > frame)
        for cue in (*self._breaks.values(), *self._programmes.values()):
            yield cue.start - cue.leads[0] if cue.leads else cue.start
        if self._out is not None and self._out.end is not None and self._out.end > frame:
            yield self._out.end

    # ── sections ─────────────────────────────────────────────────────────────────────────────────

    def _splice_out(self, cue: _Cue, *, immediate: bool = False) -> bytes:
        start = self._splicer.pts(cue.start)
        duration = None if cue.end is None else clock_distance(self._splicer.pts(cue.end), start)
        pts = None if immediate else start
        cue.section = scte35.splice_insert(cue.event, out=True, pts=pts, duration=duration, program=self._program)
        return cue.section

    def _cancel(self, cue: _Cue) -> bytes:
        self._report("cancelled", cue.event, cue.start, None)
        return scte35.splice_cancel(cue.event)

    def _programme_start(self, event: int, start: int) -> bytes:
        descriptor = scte35.segmentation_descriptor(event, scte35.PROGRAMME_START)
        return scte35.time_signal(self._splicer.pts(start), descriptor)

    def _programme_cancel(self, cue: _Cue) -> bytes:
        return scte35.time_signal(None, scte35.segmentation_cancel(cue.event))

    def _source(self, frame: int) -> int:
        """Return who makes a break that was not announced: the operator, if the rundown was just edited."""
        by_hand = self._edited is not None and frame - self._edited <= self._leads[0]
        return scte35.MANUAL if by_hand else scte35.PLANNED

    def _id(self, source: int) -> int:
        self._number = (self._number + 1) % _IDS
        return source | self._number


def _length(cue: _Cue) -> int | None:
    return None if cue.end is None else cue.end - cue.start
