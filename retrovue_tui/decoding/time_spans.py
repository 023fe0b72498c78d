"""The times at which the streams of a file begin and end, and the places where its clock restarts.

In joined recordings (`cat a.ts b.ts`, a DVD's VOBs), the clock restarts in the middle of the file. To find these
places, all packets are read, which costs about as much as reading the file.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import av

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.media.asset import Asset

_TAIL_SECONDS: Final = 10
_BACK: Final = Fraction(1, 10)
_AHEAD: Final = 10
"""The limits of one clock, in seconds. In a stream, decoding times only grow. A time that is more than `_BACK` earlier
than the previous one, or more than `_AHEAD` later, belongs to another clock. A smaller gap is missing content in the
recording, and is kept."""
_LEAST_PACKETS: Final = 3
"""The fewest packets of a part. Fewer packets in a row count as damage."""

JOINABLE: Final = frozenset({"mpegts", "mpeg", "ogg"})
"""The containers of which several files can be joined into one valid file."""


@dataclass
class Run:
    """Packets of one stream on one continuous clock: the file positions and the times (s) of the first and the last
    packet."""

    stream: int
    first_pos: int
    last_pos: int
    first_dts: Fraction
    last_dts: Fraction
    end: Fraction
    count: int = 1


def packets(container: Any, streams: list[Any], unknown: list[object] | None = None) -> Iterator[Any]:
    """Yield the packets up to the end of the file. A packet of a stream that is not in the header is skipped, and adds
    an element to `unknown`."""
    while True:
        try:
            yield from container.demux(streams)
        except IndexError:  # PyAV knows only the streams in the header; the next call continues after that packet
            if unknown is not None:
                unknown.append(None)
            continue
        return


def ends(container: Any, streams: list[Any], whole: bool = False) -> dict[int, Fraction]:
    """Return the time at which the last frame of each stream ends, on the file's clock. Only the end of the file is
    read; with `whole`, the whole file.

    The container may be at any position. If seeking fails, raises `av.FFmpegError`; the container cannot be used after
    that.
    """
    total = container.duration
    if total is not None and total > 2 * _TAIL_SECONDS * av.time_base and not whole:
        start = container.start_time or 0
        with contextlib.suppress(av.FFmpegError, ValueError):
            container.seek(start + total - _TAIL_SECONDS * av.time_base)
            found = last_ends(container, streams)
            for stream in streams[1:]:  # the sound may end earlier; its header usually states the time
                if stream.index not in found and stream.duration:
                    base = Fraction(stream.time_base)
                    found[stream.index] = ((stream.start_time or 0) + stream.duration) * base
            if len(found) == len(streams):
                return found
    container.seek(container.start_time or 0)
    return last_ends(container, streams)


def last_ends(container: Any, streams: list[Any]) -> dict[int, Fraction]:
    """Read from the current position to the end of the file, and return the time at which the last shown frame of each
    stream ends."""
    found: dict[int, Fraction] = {}
    with contextlib.suppress(av.FFmpegError, ValueError):
        for packet in packets(container, streams):
            if packet.pts is None or packet.size == 0 or packet.is_discard:
                continue
            end = _end(packet)
            found[packet.stream_index] = max(end, found.get(packet.stream_index, end))
    return found


def untimed_length(container: Any, stream: Any) -> tuple[Fraction, Fraction]:
    """Return the frame rate, and the length in seconds, of a stream without time stamps. All its packets are
    counted."""
    count, rate = 0, None
    with contextlib.suppress(av.FFmpegError, ValueError):
        for packet in container.demux(stream):
            if packet.size:
                count += 1
                if rate is None and packet.duration:
                    rate = 1 / (packet.duration * Fraction(packet.time_base))
    rate = rate or Fraction(stream.average_rate or 25)
    return rate, count / rate


def runs(container: Any, streams: list[Any], unknown: list[object] | None = None) -> dict[int, list[Run]]:
    """Read all packets, and return the runs of each stream by the stream's index. A run is on one continuous clock; see
    `Run`. `unknown` is as in `packets`."""
    found: dict[int, list[Run]] = {stream.index: [] for stream in streams}
    with contextlib.suppress(av.FFmpegError, ValueError):
        for packet in packets(container, streams, unknown):
            dts = packet.pts if packet.dts is None else packet.dts
            if dts is None or packet.size == 0:
                continue
            time, end = dts * Fraction(packet.time_base), _end(packet)
            mine = found[packet.stream_index]
            pos = packet.pos if packet.pos is not None and packet.pos >= 0 else None
            if mine and -_BACK <= time - mine[-1].last_dts <= _AHEAD:
                run = mine[-1]
                run.last_dts, run.end, run.count = max(time, run.last_dts), max(end, run.end), run.count + 1
                run.last_pos = run.last_pos if pos is None else pos
            elif pos is not None:
                mine.append(Run(packet.stream_index, pos, pos, time, time, end))
    return {index: _mended(some) for index, some in found.items()}


def _mended(some: list[Run]) -> list[Run]:
    """Drop the runs of only a few packets, because they are damage. If a run continues after such damage, join its
    parts."""
    kept: list[Run] = []
    for run in some:
        if run.count < _LEAST_PACKETS and len(some) > 1:
            continue
        if kept and -_BACK <= run.first_dts - kept[-1].last_dts <= _AHEAD:
            last = kept[-1]
            last.last_pos, last.last_dts, last.end = run.last_pos, run.last_dts, max(last.end, run.end)
            last.count += run.count
        else:
            kept.append(run)
    return kept


def chain(found: dict[int, list[Run]], lead: int, peers: list[int]) -> list[Run]:
    """Return the runs that follow each other in the file, beginning with the first run of stream `lead`.

    The next run may belong to another stream of the same kind (`peers`), because parts that were recorded separately
    may number their streams differently.
    """
    mine = found.get(lead) or []
    if not mine:
        return []
    links = [mine[0]]
    others = sorted((run for index in peers for run in found.get(index, ())), key=lambda run: run.first_pos)
    for run in others:
        if run is not mine[0] and run.first_pos >= links[-1].last_pos:
            links.append(run)
    return links


def borders(found: dict[int, list[Run]], links: list[Run]) -> list[tuple[int, int]]:
    """Return two file positions for each part after the first: the position of the previous part's last packet, and
    that of the part's own first packet. The part begins between them. Packets of all streams count."""
    every = [run for some in found.values() for run in some]
    places = []
    for before, after in pairwise(links):
        first = min(run.first_pos for run in every if before.last_pos <= run.first_pos <= after.first_pos)
        last = max(run.last_pos for run in every if before.last_pos <= run.last_pos <= first)
        places.append((last, first))
    return places


def _end(packet: Any) -> Fraction:
    base = Fraction(packet.time_base)
    length = (packet.duration or 0) * base
    if not length and (rate := getattr(packet.stream, "average_rate", None)):
        length = 1 / Fraction(rate)
    stamp = packet.dts if packet.pts is None else packet.pts
    return Fraction(stamp * base + length)


def joined_length(parts: tuple[Asset, ...]) -> Fraction:
    """Return the total length of the parts, in seconds."""
    return sum((part.duration for part in parts), Fraction(0))
