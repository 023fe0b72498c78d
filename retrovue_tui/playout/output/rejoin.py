"""Makes a stream go on with the packets of another stream of the same channel, without an error in any count or clock.

Both streams have the same pictures at the same times from now on, but they have had different ones: so they have sent
different numbers of packets, and the sound of one may end an AAC frame later. The continuity counters (ISO/IEC 13818-1,
2.4.3.3) are brought together by spreading the same payload over more packets, once; from then on both streams are the
same bytes. Pure.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.house_format import AAC_TICKS
from retrovue_tui.playout.mpegts.demux import pes_time
from retrovue_tui.playout.mpegts.mux import audio_packets
from retrovue_tui.playout.mpegts.packets import (
    AUDIO_PID,
    CLOCK_MASK,
    PACKET,
    PMT_PID,
    SDT_PID,
    clock_distance,
)
from retrovue_tui.playout.output.splicer import silent_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TABLES: Final = frozenset({0, PMT_PID, SDT_PID})
HEAD: Final = 21
"""The least payload of a packet that begins a PES packet: its header, and that of the first ADTS frame, stay whole."""
RANDOM_ACCESS: Final = 0x40
"""The flag of an adaptation field that says that decoding can begin here."""
_NEAR: Final = 40
"""The times of audio are equal if they differ by fewer ticks."""


class Rejoin:
    """The end of one stream, which goes on with another one."""

    def __init__(self, counters: Mapping[int, int], audio_due: int | None) -> None:
        """`counters`: of the stream that ends, the counter of the next packet with payload of each PID, except that of
        splice messages, which both streams have in common. `audio_due`: when its sound ends, in ticks."""
        self._due = dict(counters)
        self._audio_due = audio_due

    @property
    def counters(self) -> Mapping[int, int]:
        """The counters of the next packets of those PIDs that do not follow as they are."""
        return self._due

    @property
    def audio_due(self) -> int | None:
        """When the sound ends, in ticks; None if the sound of the other stream has followed."""
        return self._audio_due

    @property
    def done(self) -> bool:
        """Whether the other stream's packets follow as they are."""
        return not self._due and self._audio_due is None

    def picture(self, data: bytes) -> bytes:
        """Return the next picture of the other stream, with its sound, as the stream's next part."""
        if self.done:
            return data
        packets = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
        parts: list[bytes] = []
        for unit in _units(packets):
            pid = _pid(unit[0])
            if pid == AUDIO_PID and self._audio_due is not None:
                parts += self._first_audio(unit)
            elif pid in self._due:
                parts += self._fit(pid, unit)
            else:
                parts += unit
        return b"".join(parts)

    def _first_audio(self, unit: Sequence[bytes]) -> Iterator[bytes]:
        """Yield a unit of audio, after silence where the sound of the stream has ended earlier; nothing if it has not
        ended yet."""
        at = pes_time(unit[0])
        assert self._audio_due is not None
        if at is None:
            return
        gap = clock_distance(at, self._audio_due)
        if gap < -AAC_TICKS // 2:
            return
        silence = silent_frame(_adts(unit)) if gap > AAC_TICKS - _NEAR else None
        due = self._audio_due
        while silence is not None and clock_distance(at, due) > AAC_TICKS - _NEAR:
            filled, self._due[AUDIO_PID] = audio_packets(silence, self._due[AUDIO_PID], due & CLOCK_MASK)
            yield filled
            due += AAC_TICKS
        self._audio_due = None
        yield from self._fit(AUDIO_PID, unit)

    def _fit(self, pid: int, unit: Sequence[bytes]) -> list[bytes]:
        """Return a unit with counters that follow those of the stream, in as many packets more as are needed for the
        next unit to follow as it is. If it is too small for that, the next units take their part."""
        due = self._due[pid]
        if not unit[0][3] & 0x10:  # a clock alone: it repeats the counter of the packet before it
            return [_numbered(packet, due - 1) for packet in unit]
        more = (_counter(unit[0]) - due) & 15
        packets = [*unit] * (more + 1) if pid in TABLES else spread(unit, more)  # tables may be repeated
        numbered = [_numbered(packet, due + number) for number, packet in enumerate(packets)]
        if len(packets) == len(unit) + more * (len(unit) if pid in TABLES else 1):
            del self._due[pid]
        else:
            self._due[pid] = (due + len(packets)) & 15
        return numbered


def spread(unit: Sequence[bytes], more: int) -> list[bytes]:
    """Return the packets of a unit with the same payload in `more` packets more, or in as many as its payload fills if
    these are fewer. Packets without payload must not be in it."""
    if not more:
        return list(unit)
    made: list[bytes] = []
    for packet in unit:
        room = _payload(packet)
        least = HEAD if packet[1] & 0x40 else 1
        parts = min(more, max(0, (len(room) - least)))
        if _flags(packet) & ~RANDOM_ACCESS:
            parts = 0  # it has a clock
        if not parts:
            made.append(packet)
            continue
        more -= parts
        made += _cut(packet, room, parts + 1, least)
    return made


def _cut(packet: bytes, payload: bytes, count: int, least: int) -> Iterator[bytes]:
    """Yield a packet's payload in `count` packets; the first has at least `least` bytes of it."""
    size = max(1, (len(payload) - least) // count)
    ends = [max(least, len(payload) - size * (count - 1 - number)) for number in range(count)]
    begin = 0
    for number, end in enumerate(ends):
        body = payload[begin:end]
        begin = end
        stuffing = PACKET - 4 - len(body)
        head = bytes((packet[0], packet[1] if not number else packet[1] & 0xBF, packet[2]))
        flags = 0 if number else _flags(packet)
        if not stuffing:
            yield head + bytes((0x10 | packet[3] & 0x0F,)) + body
        elif stuffing == 1:
            yield head + bytes((0x30 | packet[3] & 0x0F, 0)) + body
        else:
            filling = bytes((stuffing - 1, flags)) + b"\xff" * (stuffing - 2)
            yield head + bytes((0x30 | packet[3] & 0x0F,)) + filling + body


def _units(packets: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield the packets in order, those of one unit together: a run of one PID, cut where a unit begins. A packet
    without payload stands alone."""
    for _, run in groupby(packets, lambda packet: (_pid(packet), packet[3] & 0x10)):
        unit: list[bytes] = []
        for packet in run:
            if unit and packet[1] & 0x40:
                yield unit
                unit = []
            unit.append(packet)
        yield unit


def _pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _counter(packet: bytes) -> int:
    return packet[3] & 0x0F


def _numbered(packet: bytes, counter: int) -> bytes:
    return packet[:3] + bytes((packet[3] & 0xF0 | counter & 0x0F,)) + packet[4:]


def _flags(packet: bytes) -> int:
    """Return the flags of a packet's adaptation field; 0 if it has none."""
    return packet[5] if packet[3] & 0x20 and packet[4] else 0


def _payload(packet: bytes) -> bytes:
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]


def _adts(unit: Sequence[bytes]) -> bytes:
    pes = _payload(unit[0])
    return pes[9 + pes[8] :]
