"""Writes HLS playlists (RFC 8216, 4.3). Pure."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.hls.segment import date_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.playout.hls.date_ranges import DateRange
    from retrovue_tui.playout.hls.segment import Segment
    from retrovue_tui.timecode import FrameRate

VERSION: Final = 6
_DOMAIN: Final = "tv.retrovue"
AAC_LC: Final = "mp4a.40.2"


@dataclass(frozen=True)
class Variant:
    """What the multivariant playlist says about the stream. `peak`, `average`: bit/s. `codec`: of the video."""

    uri: str
    peak: int
    average: int
    codec: str
    width: int
    height: int
    rate: FrameRate


@dataclass(frozen=True)
class PlaylistDocument:
    """A playlist as it is sent. `tag`: for the ETag, without quotes. `modified_at`: Unix time (whole seconds)."""

    body: bytes
    gzipped: bytes
    tag: str
    modified_at: int


def document(text: str, modified_at: float) -> PlaylistDocument:
    """Return a playlist's text as it is sent."""
    body = text.encode()
    tag = hashlib.sha256(body).hexdigest()[:20]
    return PlaylistDocument(body, gzip.compress(body, 5, mtime=0), tag, int(modified_at))


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
    segments: Sequence[Segment], ranges: Sequence[DateRange], rate: FrameRate, target_s: int, query: str = ""
) -> str:
    """Return a media playlist. `segments`: at least one, with consecutive numbers. `query`: what follows the name of
    each segment, like `?token=…`."""
    first = segments[0]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target_s}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.discontinuity}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *map(_date_range, ranges),
    ]
    lengths = {frames: f"{float(rate.seconds(frames)):.6f}" for frames in {each.frames for each in segments}}
    before = first.discontinuity
    for each in segments:
        if each.discontinuity != before:
            lines.append("#EXT-X-DISCONTINUITY")
            before = each.discontinuity
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{each.date}\n#EXTINF:{lengths[each.frames]},\n{each.name}{query}")
    return "\n".join((*lines, ""))


def _date_range(each: DateRange) -> str:
    text = f'#EXT-X-DATERANGE:ID="{each.id}",CLASS="{_DOMAIN}.{each.kind}"'
    text += f',START-DATE="{date_time(round(each.at * 1_000))}"'
    if each.end_at is not None:
        text += f",DURATION={each.end_at - each.at:.3f}"
    return text + (f',X-TV-RETROVUE-TITLE="{each.title}"' if each.title else "")
