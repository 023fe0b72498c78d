"""Facts of a media file: its streams, its exact length, and all other facts that are needed to prepare it.

Blocking; call it in a worker process. Nothing here decodes more than a few frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import av

from retrovue_tui.decoding import raw_bytes, stream_choice, time_spans
from retrovue_tui.decoding.opening import open_asset
from retrovue_tui.errors import MediaError
from retrovue_tui.media.asset import Asset, AudioFacts, VideoFacts, identity, refuse_container, with_key
from retrovue_tui.media.chapters import chapters
from retrovue_tui.media.metadata.media_tags import known_tags

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TRIAL_FRAMES: Final = 6
_TRIAL_PACKETS: Final = 20_000
_TRIAL_STREAMS: Final = 4
"""The maximum number of streams of a kind (video or audio) that are tried until one can be decoded."""
_HDR_TRANSFERS: Final = (16, 18)  # PQ and HLG (ITU-T H.273, table 3)
_READ_WHOLE: Final = 512 * 1024 * 1024
"""A joined file up to this size is read whole (bytes). A larger one is read whole only if samples of its clock show a
restart."""
_MOST_PARTS: Final = 500
_STATES_LENGTH: Final = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "flv", "asf", "mxf", "wav")
"""The containers that state their length in a header. For others, libav only estimates the length."""
_WRONG_S: Final = 1.0
"""How much a length in a header may differ from the real one (s)."""
_ENCRYPTED: Final = "it is encrypted; only a file without copy protection can be used"
_EMPTY: Final = "no video or audio in it"


@dataclass(frozen=True)
class _Source:
    """A file, or the part of it with the bytes `span`, as libav opens it."""

    path: Path
    ids: tuple[str, int, int]
    languages: tuple[str, ...] = ()
    late: bool = False
    span: tuple[int, int] | None = None
    container: str = ""

    def open(self) -> Any:
        """Open the file, and return a context manager. Raises `av.FFmpegError`."""
        return open_asset(Asset(
            self.path, *self.ids, Fraction(0), container=self.container, late=self.late, span=self.span
        ))  # fmt: skip


def probe(path: Path, languages: Sequence[str] = ()) -> Asset:
    """Return the facts of a media file. `languages` are the preferred languages of the sound, best first.

    Raises `MediaError`, with the reason, if the file cannot be used.
    """
    ids = identity(path)
    if ids[1] == 0:
        raise MediaError("the file is empty", path)
    try:
        return with_key(_probe(_Source(path, ids, tuple(languages))))
    except (av.FFmpegError, ValueError, IndexError) as error:
        if isinstance(error, av.EOFError) and raw_bytes.scrambled(path, "mpegts"):  # even its tables are
            raise MediaError(_ENCRYPTED, path) from error
        raise MediaError(f"not a usable media file: {_reason(error)}", path) from error


def _reason(error: Exception) -> str:
    if isinstance(error, av.EOFError):
        return _EMPTY
    text = getattr(error, "strerror", None) or str(error)
    return "no media was found in it" if text == "Invalid data found when processing input" else text


def _probe(source: _Source) -> Asset:
    path = source.path
    with source.open() as container:
        kind = container.format.name
        refuse_container(kind, path)
        if kind in raw_bytes.CONTAINERS and raw_bytes.scrambled(path, kind):
            raise MediaError(_ENCRYPTED, path)
        found = _look(container, source)
        spans = _Spans(source, kind, found)
        if spans.unknown and not source.late:
            return _probe(replace(source, late=True, container=kind))
        if found.picture is None and found.sound is None:
            raise MediaError(found.why_not, path)
        if (parts := _parts(source, kind, spans.cuts)) and len(parts) > 1:
            asset = _joined(source, kind, parts, str(container.metadata.get("title") or ""))
        else:
            asset = _single(container, source, kind, found, spans)
        tags = known_tags(container.metadata)
        return replace(asset, header_s=_wrong_header(container, kind, asset), tags=tags)


# ── streams ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class _ChosenStreams:
    """The chosen streams, each with its first decoded frames."""

    picture: Any = None
    sound: Any = None
    pictures: list[Any] = field(default_factory=list)
    sounds: list[Any] = field(default_factory=list)
    untimed: bool = False
    why_not: str = _EMPTY


def _look(container: Any, source: _Source) -> _ChosenStreams:
    """Choose the best streams that can really be decoded. The file's headers may list streams that cannot."""
    pictures, sounds = stream_choice.pictures(container), stream_choice.sounds(container, source.languages)
    found = _ChosenStreams()
    if not pictures and not sounds:
        return found
    trial = _Trial(source, [each.index for each in (*pictures[:_TRIAL_STREAMS], *sounds[:_TRIAL_STREAMS])])
    if trial.encrypted:
        raise MediaError(_ENCRYPTED, source.path)
    found.picture = next((each for each in pictures if trial.frames.get(each.index)), None)
    found.sound = next((each for each in sounds if trial.frames.get(each.index)), None)
    if trial.packets and found.picture is None and found.sound is None:
        found.why_not = "nothing in it can be decoded: damaged, cut off, or of an unknown format"
    if found.picture is not None:
        found.pictures = trial.frames[found.picture.index]
        # A bare stream has no times and no sound. In a file with sound, the first few frames may lack usable times, for
        # example if these are negative.
        found.untimed = found.picture.index in trial.untimed and found.sound is None
    if found.sound is not None:
        found.sounds = trial.frames[found.sound.index]
    return found


class _Trial:
    """The first few frames of some streams, decoded from the beginning of the file."""

    def __init__(self, source: _Source, indexes: list[int]) -> None:
        self.frames: dict[int, list[Any]] = {index: [] for index in indexes}
        self.encrypted = False
        self.packets = 0
        with source.open() as container:
            streams = [container.streams[index] for index in indexes]
            self.untimed = {each.index for each in streams if each.type == "video"}
            self._wanted = {each.index: _TRIAL_FRAMES if each.type == "video" else 1 for each in streams}
            for each in streams:
                if each.type == "video":
                    each.thread_type = "SLICE"  # frame threads delay the output by several frames
            self._run(container, streams)

    def _run(self, container: Any, streams: list[Any]) -> None:
        for count, packet in enumerate(time_spans.packets(container, streams)):
            index = packet.stream_index
            self.packets += packet.size > 0
            if packet.size and not packet.pts == packet.dts is None:
                self.untimed.discard(index)
            if packet.has_sidedata("encryption_info"):
                self.encrypted = True
                return
            if len(self.frames[index]) < self._wanted[index]:
                self.frames[index] += _decoded(packet)
            if count > _TRIAL_PACKETS or all(len(self.frames[each]) >= self._wanted[each] for each in self._wanted):
                break
        for stream in streams:
            if not self.frames[stream.index]:
                self.frames[stream.index] += _held_back(stream)


def _decoded(packet: Any) -> list[Any]:
    try:
        return list(packet.decode())
    except (av.FFmpegError, ValueError):
        return []


def _held_back(stream: Any) -> list[Any]:
    """Return the frames that the decoder has not output yet."""
    try:
        return list(stream.codec_context.decode(None))
    except (av.FFmpegError, ValueError):
        return []


def _first(frames: list[Any], stream: Any) -> Fraction:
    """Return the earliest time stamp of the decoded frames. If they have none, return the stream's start time."""
    times = [frame.pts * Fraction(frame.time_base) for frame in frames if frame.pts is not None]
    if times:
        return Fraction(min(times))
    return Fraction(stream.start_time or 0) * Fraction(stream.time_base)


def _video_facts(found: _ChosenStreams, rate: Fraction | None = None) -> VideoFacts:
    stream, frames = found.picture, found.pictures
    context = stream.codec_context
    interlaced = sum(bool(frame.interlaced_frame) for frame in frames) * 2 > len(frames)
    rate = rate or Fraction(stream.average_rate or stream.guessed_rate or stream.base_rate or 25)
    frame = frames[0]
    return VideoFacts(
        stream.index, context.name, frame.width, frame.height, rate, _first(frames, stream), interlaced,
        int(getattr(frame, "color_trc", context.color_trc) or 0) in _HDR_TRANSFERS
        or int(context.color_trc or 0) in _HDR_TRANSFERS,
        int(frame.rotation), frame.format.name,
    )  # fmt: skip


def _audio_facts(found: _ChosenStreams, ends: dict[int, Fraction]) -> AudioFacts:
    stream, frame = found.sound, found.sounds[0]
    return AudioFacts(
        stream.index,
        stream.codec_context.name,
        frame.sample_rate,
        len(frame.layout.channels),
        _first(found.sounds, stream),
        ends.get(stream.index, max(ends.values(), default=Fraction(0))),
    )


# ── length ───────────────────────────────────────────────────────────────────────────────────────


class _Spans:
    """The result of reading all packets of a container in which several files may be joined.

    `ends` is the time at which each stream ends; empty if the packets were not read. `cuts` are the byte positions at
    which parts with their own clock begin; empty if there is only one clock. `unknown` is whether a needed stream
    appeared only after the header.
    """

    def __init__(self, source: _Source, kind: str, found: _ChosenStreams) -> None:
        self.ends: dict[int, Fraction] = {}
        self.cuts: list[int] = []
        self.unknown = False
        if kind not in time_spans.JOINABLE:
            return
        size = source.ids[1]
        if source.span is not None:
            size = source.span[1] - source.span[0]
        if size > _READ_WHOLE and not raw_bytes.clock_restarts(source.path, kind):
            return
        with source.open() as container:
            streams = [*container.streams.video, *container.streams.audio]
            unknown: list[object] = []
            runs = time_spans.runs(container, streams, unknown)
            lead = found.picture if found.picture is not None else found.sound
            self.unknown = bool(unknown)
            if lead is None:
                return
            self.ends = {index: max(run.end for run in some) for index, some in runs.items() if some}
            peers = [stream.index for stream in streams if stream.type == lead.type and stream_choice.usable(stream)]
            links = time_spans.chain(runs, lead.index, peers)
            if source.span is None and len(links) > 1:
                borders = time_spans.borders(runs, links)
                self.cuts = [raw_bytes.part_begins(source.path, kind, *border) for border in borders]


def _single(container: Any, source: _Source, kind: str, found: _ChosenStreams, spans: _Spans) -> Asset:
    streams = [stream for stream in (found.picture, found.sound) if stream is not None]
    rate = None
    if found.untimed:
        with source.open() as again:
            rate, length = time_spans.untimed_length(again, again.streams[found.picture.index])
        ends, found.sound = {found.picture.index: length}, None
    elif spans.ends:
        ends = spans.ends
    else:
        ends = _ends(container, source, [stream.index for stream in streams])
    video = _video_facts(found, rate) if found.picture is not None else None
    audio = _audio_facts(found, ends) if found.sound is not None else None
    origin = _origin(video, audio)
    end = ends.get(streams[0].index)
    if end is None or end <= origin:
        raise MediaError("it has no length: no frame with a time was found", source.path)
    marks = container.chapters() if source.span is None else []
    title = str(container.metadata.get("title") or "").strip() or source.path.stem
    return Asset(
        source.path, *source.ids, end - origin, video, audio, chapters(marks, origin, end - origin), title, origin,
        kind, found.untimed, source.late, source.span,
    )  # fmt: skip


def _wrong_header(container: Any, kind: str, asset: Asset) -> float | None:
    """If the container's header states a length that is wrong by more than a second, return that length in seconds;
    otherwise None.

    The header may rightly state more than the picture's length: sound may be longer, or a stream that was not chosen.
    """
    if container.duration is None or kind not in _STATES_LENGTH:
        return None
    stated = round(container.duration / av.time_base, 3)
    length = float(asset.duration)
    sound = length if asset.audio is None else float(asset.audio.end - asset.origin)
    streams = [*container.streams.video, *container.streams.audio]
    others = len(streams) > (asset.video is not None) + (asset.audio is not None)
    is_wrong = stated < length - _WRONG_S or (stated > max(length, sound) + _WRONG_S and not others)
    return stated if is_wrong else None


def _ends(container: Any, source: _Source, indexes: list[int]) -> dict[int, Fraction]:
    try:
        return time_spans.ends(container, [container.streams[index] for index in indexes])
    except av.FFmpegError:  # some files cannot be rewound
        with source.open() as again:
            return time_spans.last_ends(again, [again.streams[index] for index in indexes])


def _origin(video: VideoFacts | None, audio: AudioFacts | None) -> Fraction:
    """Return the time at which the asset begins, in seconds: with its first picture, or with its sound if the sound
    begins a frame or more earlier. It is a whole number of frames before the first picture, so that the pictures stay
    on the frame grid."""
    if video is None:
        return audio.start if audio is not None else Fraction(0)
    if audio is None or audio.start >= video.start:
        return video.start
    earlier = (video.start - audio.start) * video.rate
    return video.start - (int(earlier) if earlier >= 2 else 0) / video.rate


# ── joined files ─────────────────────────────────────────────────────────────────────────────────


def _parts(source: _Source, kind: str, cuts: list[int]) -> tuple[Asset, ...]:
    """Return the parts of a joined file, each probed like a file. Parts that cannot be decoded are left out."""
    if len(cuts) >= _MOST_PARTS:
        raise MediaError(f"its clock restarts {len(cuts)} times, more than {_MOST_PARTS}; repair it", source.path)
    bounds = [0, *cuts, source.ids[1]] if cuts else []
    parts = []
    for span in pairwise(bounds):
        try:
            parts.append(_probe(replace(source, span=span, container=kind, late=False)))
        except (MediaError, av.FFmpegError, ValueError, IndexError):
            continue
    if parts and parts[0].video is not None:
        parts = [part for part in parts if part.video is not None]
    return tuple(parts)


def _joined(source: _Source, kind: str, parts: tuple[Asset, ...], title: str) -> Asset:
    """Return one asset that consists of all parts. Its clock begins at 0 and continues from part to part."""
    length = time_spans.joined_length(parts)
    video = parts[0].video
    audio = next((part.audio for part in parts if part.audio is not None), None)
    return Asset(
        source.path, *source.ids, length,
        None if video is None else replace(video, start=Fraction(0)),
        None if audio is None else replace(audio, start=Fraction(0), end=length),
        title=title.strip() or source.path.stem, container=kind, parts=parts,
    )  # fmt: skip
