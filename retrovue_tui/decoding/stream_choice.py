"""Chooses the streams of a file to show and play: the moving picture, and the sound in the wanted language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from av.stream import Disposition

from retrovue_tui.text.languages import same_language

if TYPE_CHECKING:
    from collections.abc import Sequence

_STILLS: Final = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_ASIDE: Final = Disposition.comment | Disposition.visual_impaired | Disposition.descriptions
_NOT_WHOLE: Final = Disposition.karaoke | Disposition.lyrics | Disposition.clean_effects | Disposition.non_diegetic
_ASIDE_TITLE: Final = re.compile(r"comment|descri(bed|ption|ptive)|\bAD\b|kommentar|audiodeskription", re.IGNORECASE)
_MOVES: Final = 3
"""A video stream with fewer packets than this is a still picture, if other streams have many packets."""
_LOOK_PACKETS: Final = 400
_LOOK_SECONDS: Final = 4


def pictures(container: Any) -> list[Any]:
    """Return the video streams that may be shown, the best first. Cover art, stills and streams that end early are left
    out."""
    found = [stream for stream in container.streams.video if usable(stream) and not stream.disposition & _STILLS]
    if len(found) < 2:
        return found
    counts = _packets_at_the_start(container, found)
    longest = max((_length(stream) for stream in found), default=0.0)
    moving = [each for each in found if counts.get(each.index, 0) >= _MOVES]
    moving = [each for each in moving if not _length(each) or _length(each) * 2 >= longest]
    return [*moving, *(each for each in found if each not in moving)]


def sounds(container: Any, languages: Sequence[str] = ()) -> list[Any]:
    """Return the audio streams, the best first. They are ordered by `languages`, then the file's default stream comes
    first, then the file's order decides.

    Commentaries and audio descriptions come last, whatever their language.
    """
    found = [stream for stream in container.streams.audio if usable(stream)]
    return sorted(found, key=lambda stream: _rank(stream, languages))


def usable(stream: Any) -> bool:
    """Return whether a decoder for the stream exists."""
    return stream.codec_context is not None


def _rank(stream: Any, languages: Sequence[str]) -> tuple[bool, bool, int, bool, int]:
    flags = stream.disposition
    titles = " ".join(str(stream.metadata.get(word) or "") for word in ("title", "handler_name", "comment"))
    aside = bool(flags & _ASIDE) or bool(_ASIDE_TITLE.search(titles))
    spoken = stream.language or stream.metadata.get("language") or ""
    order = next((n for n, wanted in enumerate(languages) if same_language(wanted, spoken)), len(languages))
    return aside, bool(flags & _NOT_WHOLE), order, not flags & Disposition.default, stream.index


def _length(stream: Any) -> float:
    """Return the stream's length in seconds according to its header; 0 if the header does not state it."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    match = re.match(r"(\d+):(\d+):([\d.]+)", str(stream.metadata.get("DURATION") or ""))  # Matroska's statistics tags
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) if match else 0.0


def _packets_at_the_start(container: Any, streams: list[Any]) -> dict[int, int]:
    counts: dict[int, int] = {}
    first: dict[int, float] = {}
    for packet in container.demux(streams):
        index = packet.stream_index
        counts[index] = counts.get(index, 0) + (packet.size > 0)
        if packet.dts is not None:
            time = float(packet.dts * packet.time_base)
            if time - first.setdefault(index, time) > _LOOK_SECONDS:
                break
        if sum(counts.values()) >= _LOOK_PACKETS:
            break
    return counts
