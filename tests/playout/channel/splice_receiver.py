"""An ad inserter for tests: follows the splice messages of a channel as the standard says, and knows at each picture
whether a break is on. It reads them with a decoder that others wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from threefive import Cue

from tests.playout.streams import PACKET

SPLICE_PID, VIDEO_PID = 0x86, 0x100
WRAP = 1 << 33
FOUR_S = 360_000


def sections(data: bytes) -> list[bytes]:
    """The sections in a stream, in order; each is in one packet, and no counter is missing."""
    found, counters = [], []
    for at in range(0, len(data), PACKET):
        packet = data[at : at + PACKET]
        if (packet[1] & 0x1F) << 8 | packet[2] == SPLICE_PID:
            assert packet[1] & 0x40
            assert packet[4] == 0
            counters.append(packet[3] & 0x0F)
            length = (packet[6] & 0x0F) << 8 | packet[7]
            found.append(packet[5 : 8 + length])
    assert all((one + 1) & 15 == other for one, other in pairwise(counters))
    return found


def decoded(section: bytes) -> Any:
    """A message as the decoder reads it."""
    cue = Cue(section)
    assert cue.decode()
    return cue


def ticks(seconds: float) -> int:
    return round(seconds * 90_000)


@dataclass
class Receiver:
    """`out`: the event of the break that is on; None: the programme airs. `outs`: the ids of all breaks. `late`: it has
    tuned in late, so that it may not know what a message is about."""

    late: bool = False
    out: int | None = None
    outs: list[int] = field(default_factory=list)
    programmes: list[int] = field(default_factory=list)
    cancelled: int = 0
    nulls: int = 0
    messages: int = 0
    heard: dict[int, list[int]] = field(default_factory=dict)
    _breaks: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    _starts: dict[int, int] = field(default_factory=dict)
    _until: int | None = None

    def picture(self, pts: int, messages: list[bytes]) -> None:
        """A picture comes, after these messages."""
        before = self.out
        for message in messages:
            self._message(decoded(message), pts)
        if self._until == pts and self.out == before:
            self.out = self._until = None
        for event, (at, duration) in list(self._breaks.items()):
            if at == pts:
                self._begin(event, pts, duration)
        for event, at in list(self._starts.items()):
            if at == pts:
                self.programmes.append(pts)
                del self._starts[event]

    def _begin(self, event: int, pts: int, duration: int | None) -> None:
        assert self.out is None, "a break in a break"
        self._breaks.pop(event, None)
        self.out = event
        self.outs.append(event)
        self._until = None if duration is None else (pts + duration) % WRAP

    def _message(self, cue: Any, pts: int) -> None:
        self.messages += 1
        match cue.command.command_type:
            case 0:
                self.nulls += 1
            case 5:
                self._insert(cue.command, pts)
            case 6:
                self._signal(cue, pts)
            case other:
                raise AssertionError(other)

    def _insert(self, command: Any, pts: int) -> None:
        event = int(command.splice_event_id)
        if command.splice_event_cancel_indicator:
            assert self.late or event in self._breaks
            self._breaks.pop(event, None)
            self.cancelled += 1
        elif not command.out_of_network_indicator:
            assert command.splice_immediate_flag
            assert self.late or event == self.out
            self.out = self._until = None
        else:
            duration = ticks(command.break_duration) if command.duration_flag else None
            assert duration is None or command.break_auto_return
            if command.splice_immediate_flag:
                if self._until == pts:
                    self.out = None
                self._begin(event, pts, duration)
                return
            at = ticks(command.pts_time)
            assert event not in self._breaks or self._breaks[event] == (at, duration)
            self._breaks[event] = at, duration
            self.heard.setdefault(event, []).append((at - pts) % WRAP)
            assert self.late or self.heard[event][0] >= FOUR_S, "announced too late"

    def _signal(self, cue: Any, pts: int) -> None:
        (descriptor,) = cue.descriptors
        event = int(str(descriptor.segmentation_event_id), 16)
        if descriptor.segmentation_event_cancel_indicator:
            assert self.late or event in self._starts
            self._starts.pop(event, None)
            return
        assert descriptor.segmentation_type_id == 0x10
        at = ticks(cue.command.pts_time)
        assert self.late or at == pts or event in self._starts or (at - pts) % WRAP >= FOUR_S
        self._starts[event] = at


def by_picture(data: bytes) -> list[tuple[int, list[bytes]]]:
    """The time of each picture of a stream in 90 kHz ticks, with the sections before its first packet."""
    found: list[tuple[int, list[bytes]]] = []
    waiting = b""
    for at in range(0, len(data), PACKET):
        packet = data[at : at + PACKET]
        pid, begins = (packet[1] & 0x1F) << 8 | packet[2], bool(packet[1] & 0x40)
        if pid == SPLICE_PID:
            waiting += packet
        elif pid == VIDEO_PID and begins:
            pes = packet[5 + packet[4] if packet[3] & 0x20 else 4 :]
            stamp = int.from_bytes(pes[9:14], "big")
            pts = (stamp >> 33 & 7) << 30 | (stamp >> 17 & 0x7FFF) << 15 | stamp >> 1 & 0x7FFF
            found.append((pts, sections(waiting)))
            waiting = b""
    assert len(sections(data)) == sum(len(each) for _, each in found), "a message after the last picture"
    return found
