"""Writes HLS playlists (RFC 8216, 4.3). Pure."""

from __future__ import annotations

import gzip
import hashlib
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.hls.segment import date_time
from retrovue_tui.playout.hls.segmenter import shortest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from retrovue_tui.playout.hls.date_ranges import DateRange
    from retrovue_tui.playout.hls.segment import Segment
    from retrovue_tui.timecode import FrameRate

VERSION: Final = 6
_DOMAIN: Final = "tv.retrovue"
ROUNDING_MS: Final = 5
"""Times of segments and ranges of one picture differ by less than this (ms)."""
AAC_LC: Final = "mp4a.40.2"


@dataclass(frozen=True)
class Variant:
    """The facts about the stream in the multivariant playlist. `peak`, `average`: bit/s. `codec`: the codec of the
    video."""

    uri: str
    peak: int
    average: int
    codec: str
    width: int
    height: int
    rate: FrameRate


@dataclass(frozen=True)
class PlaylistDocument:
    """A playlist as it is sent. `tag`: for the ETag, without quotes. `modified_at`: Unix time (whole seconds).
    `is_private`: another viewer may get another one, so no shared cache may keep it."""

    body: bytes
    gzipped: bytes
    tag: str
    modified_at: int
    is_private: bool = False


def document(text: str, modified_at: float, *, is_private: bool = False) -> PlaylistDocument:
    """Return a playlist's text as it is sent."""
    body = text.encode()
    tag = hashlib.sha256(body).hexdigest()[:20]
    return PlaylistDocument(body, gzip.compress(body, 5, mtime=0), tag, int(modified_at), is_private)


def multivariant(variants: Iterable[Variant]) -> str:
    """Return the multivariant playlist of a channel (RFC 8216, 4.3.4). Clients begin with the first variant."""
    head = f"#EXTM3U\n#EXT-X-VERSION:{VERSION}\n#EXT-X-INDEPENDENT-SEGMENTS\n"
    return head + "".join(map(_stream, variants))


def _stream(variant: Variant) -> str:
    facts = (
        f"BANDWIDTH={variant.peak},AVERAGE-BANDWIDTH={variant.average},"
        f'CODECS="{variant.codec},{AAC_LC}",RESOLUTION={variant.width}x{variant.height},'
        f"FRAME-RATE={float(variant.rate.fraction):.3f}"
    )
    return f"#EXT-X-STREAM-INF:{facts}\n{variant.uri}\n"


def media(
    segments: Sequence[Segment], ranges: Sequence[DateRange], rate: FrameRate, target_s: int, query: str = "",
    *, cue_tags: bool = False,
) -> str:  # fmt: skip
    """Return a media playlist. `segments`: at least one, with consecutive numbers. `query`: what follows the name of
    each segment, like `?token=…`. `cue_tags`: mark breaks for older tools too."""
    first = segments[0]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target_s}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.discontinuity}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *(line for each in ranges for line in _date_range(each)),
    ]
    lengths = {frames: f"{float(rate.seconds(frames)):.6f}" for frames in {each.frames for each in segments}}
    before = first.discontinuity
    cues = _cues(ranges, segments, rate) if cue_tags else {}
    for place, each in enumerate(segments):
        if each.discontinuity != before:
            lines.append("#EXT-X-DISCONTINUITY")
            before = each.discontinuity
        lines += cues.get(place, ())
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{each.date}\n#EXTINF:{lengths[each.frames]},\n{each.name}{query}")
    return "\n".join((*lines, ""))


def _date_range(each: DateRange) -> Iterator[str]:
    """Yield the tag of a range, and another one with the message about the end of a break (4.3.2.7.1)."""
    head = f'#EXT-X-DATERANGE:ID="{each.id}",CLASS="{_DOMAIN}.{each.kind}"'
    head += f',START-DATE="{date_time(_ms(each.at))}"'
    length = "" if each.end_at is None else f",DURATION={each.end_at - each.at:.3f}"
    planned = "" if each.planned_s is None else f",PLANNED-DURATION={each.planned_s:.3f}"
    title = f',X-TV-RETROVUE-TITLE="{each.title}"' if each.title else ""
    out = f",SCTE35-OUT=0x{each.splice_out}" if each.splice_out else ""
    yield f"{head}{length}{planned}{title}{out}"
    if each.splice_in and length:
        yield f"{head}{length}{planned},SCTE35-IN=0x{each.splice_in}"


def _cues(ranges: Iterable[DateRange], segments: Sequence[Segment], rate: FrameRate) -> dict[int, list[str]]:
    """Return the tags for older tools before each segment, by its place in the playlist: `CUE-OUT` before the first one
    of a break, `CUE-OUT-CONT` before each further one, `CUE-IN` before the first one after it. AWS Elemental writes the
    same as "SCTE-35 enhanced" ad markers. A segment that is too short to be cut where a break begins or ends counts
    as if it began there. A break without a segment of its own has no tags."""
    slack_ms = ROUNDING_MS + round(rate.seconds(shortest(rate) - 1) * 1_000)
    times = [each.at_ms + slack_ms for each in segments]
    tags: dict[int, list[str]] = defaultdict(list)
    for each in ranges:
        if each.kind == "break":
            at_ms = _ms(each.at)
            start = bisect_left(times, at_ms)
            end = len(times) if each.end_at is None else bisect_left(times, _ms(each.end_at))
            for place in range(start, end):
                elapsed_ms = segments[place].at_ms - at_ms
                begins = place == start and (place > 0 or elapsed_ms <= ROUNDING_MS)
                tags[place].append(_cue_out(each) if begins else _cue_goes_on(each, elapsed_ms))
            if start < end < len(times):
                tags[end].append("#EXT-X-CUE-IN")
    return tags


def _cue_out(each: DateRange) -> str:
    return "#EXT-X-CUE-OUT" if each.planned_s is None else f"#EXT-X-CUE-OUT:{each.planned_s:.3f}"


def _cue_goes_on(each: DateRange, elapsed_ms: int) -> str:
    length = "" if each.planned_s is None else f",Duration={each.planned_s:.3f}"
    return f"#EXT-X-CUE-OUT-CONT:ElapsedTime={elapsed_ms / 1_000:.3f}{length}"


def _ms(at: float) -> int:
    return round(at * 1_000)
