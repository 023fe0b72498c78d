"""Writes HLS playlists (RFC 8216, 4.3). Pure."""

from __future__ import annotations

import gzip
import hashlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.hls.segment import date_time

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
    each segment, like `?token=…`. `cue_tags`: mark breaks with `#EXT-X-CUE-OUT` and `#EXT-X-CUE-IN` too."""
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
    cues = deque(_cues(ranges, first.at_ms) if cue_tags else ())
    for each in segments:
        if each.discontinuity != before:
            lines.append("#EXT-X-DISCONTINUITY")
            before = each.discontinuity
        while cues and cues[0][0] <= each.at_ms + ROUNDING_MS:
            lines.append(cues.popleft()[1])
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{each.date}\n#EXTINF:{lengths[each.frames]},\n{each.name}{query}")
    return "\n".join((*lines, ""))


def _date_range(each: DateRange) -> Iterator[str]:
    """Yield the tag of a range, and another one with the message about the end of a break (4.3.2.7.1)."""
    head = f'#EXT-X-DATERANGE:ID="{each.id}",CLASS="{_DOMAIN}.{each.kind}"'
    head += f',START-DATE="{date_time(round(each.at * 1_000))}"'
    length = "" if each.end_at is None else f",DURATION={each.end_at - each.at:.3f}"
    planned = "" if each.planned_s is None else f",PLANNED-DURATION={each.planned_s:.3f}"
    title = f',X-TV-RETROVUE-TITLE="{each.title}"' if each.title else ""
    out = f",SCTE35-OUT=0x{each.splice_out}" if each.splice_out else ""
    yield f"{head}{length}{planned}{title}{out}"
    if each.splice_in and length:
        yield f"{head}{length}{planned},SCTE35-IN=0x{each.splice_in}"


def _cues(ranges: Sequence[DateRange], first_ms: int) -> Iterator[tuple[int, str]]:
    """Yield the times of tags for older tools (Unix time in ms), in order, and the tags. If the first segment, which
    begins at `first_ms`, is in the middle of a break, it says so: its beginning is in no segment any more."""
    for each in ranges:
        if each.kind == "break":
            at_ms, end_ms = round(each.at * 1_000), None if each.end_at is None else round(each.end_at * 1_000)
            if at_ms >= first_ms - ROUNDING_MS:
                yield at_ms, "#EXT-X-CUE-OUT" + ("" if each.planned_s is None else f":{each.planned_s:.3f}")
            elif end_ms is None or end_ms > first_ms + ROUNDING_MS:
                length = "" if each.planned_s is None else f",Duration={each.planned_s:.3f}"
                yield first_ms, f"#EXT-X-CUE-OUT-CONT:ElapsedTime={(first_ms - at_ms) / 1_000:.3f}{length}"
            if end_ms is not None:
                yield end_ms, "#EXT-X-CUE-IN"
