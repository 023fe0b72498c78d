"""What a media file is: its streams, exact length, and everything that preparing it must know.

Blocking, for a worker process. Nothing here decodes more than a few frames.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import av
from av.stream import Disposition

from retrovue_tui.errors import MediaError
from retrovue_tui.media.asset import Asset, AudioFacts, Chapter, VideoFacts, identity, refuse_container

if TYPE_CHECKING:
    from pathlib import Path

_TAIL_SECONDS: Final = 10
_TRIAL_FRAMES: Final = 6
_TRIAL_PACKETS: Final = 20_000
_HDR_TRANSFERS: Final = (16, 18)  # PQ and HLG (ITU-T H.273, table 3)


def probe(path: Path) -> Asset:
    """The facts of a media file; raises `MediaError` with the reason where it cannot be used."""
    key, size, mtime_ns = identity(path)
    if size == 0:
        raise MediaError("the file is empty", path)
    try:
        with av.open(f"file:{path}", metadata_errors="replace", options={"protocol_whitelist": "file"}) as container:
            return _probe(container, path, (key, size, mtime_ns))
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise MediaError(f"not a usable media file: {_reason(error)}", path) from error


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return "no media was found in it" if text == "Invalid data found when processing input" else text


def _probe(container: Any, path: Path, identity: tuple[str, int, int]) -> Asset:
    kind = container.format.name
    refuse_container(kind, path)
    picture, sound = _picture_stream(container), _sound_stream(container)
    if picture is None and sound is None:
        raise MediaError("neither video nor audio was found in it", path)
    trial = _Trial(container, picture, sound)
    if picture is not None and not trial.pictures:
        picture = None
    if sound is not None and not trial.sounds:
        sound = None
    if picture is None and sound is None:
        raise MediaError("nothing in it can be decoded: damaged, cut off, or of an unknown format", path)
    video = _video_facts(picture, trial) if picture is not None else None
    ends = _ends(container, [stream for stream in (picture, sound) if stream is not None])
    audio = _audio_facts(sound, trial, ends) if sound is not None else None
    origin = _origin(video, audio)
    end = ends.get((picture if picture is not None else sound).index)
    if end is None or end <= origin:
        raise MediaError("it has no length: no frame with a time was found", path)
    chapters = tuple(_chapters(container, origin))
    title = str(container.metadata.get("title") or "").strip() or path.stem
    return Asset(path, *identity, end - origin, video, audio, chapters, title, origin, kind)


def _picture_stream(container: Any) -> Any:
    """The first video that is not cover art."""
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails) and _decodable(stream):
            return stream
    return None


def _sound_stream(container: Any) -> Any:
    found = [stream for stream in container.streams.audio if _decodable(stream)]
    return next((stream for stream in found if stream.disposition & Disposition.default), found[0] if found else None)


def _decodable(stream: Any) -> bool:
    return stream.codec_context is not None


class _Trial:
    """The first few frames of each stream, really decoded: what the headers promise may not be so."""

    def __init__(self, container: Any, picture: Any, sound: Any) -> None:
        self.pictures: list[Any] = []
        self.sounds: list[Any] = []
        streams = [stream for stream in (picture, sound) if stream is not None]
        if picture is not None:
            picture.thread_type = "SLICE"  # frame threads hold several frames back
        for count, packet in enumerate(container.demux(streams)):
            found = self.pictures if packet.stream is picture else self.sounds
            if len(found) < _TRIAL_FRAMES:
                try:
                    found += packet.decode()
                except (av.FFmpegError, ValueError):
                    continue
            if self._enough(picture, sound) or count > _TRIAL_PACKETS:
                break
        for stream, found in ((picture, self.pictures), (sound, self.sounds)):
            if stream is not None and not found:
                with contextlib.suppress(av.FFmpegError, ValueError):
                    found += stream.codec_context.decode(None)  # what the decoder still holds back

    def _enough(self, picture: Any, sound: Any) -> bool:
        pictures = picture is None or len(self.pictures) >= _TRIAL_FRAMES
        return pictures and (sound is None or len(self.sounds) >= 1)


def _first(frames: list[Any], stream: Any) -> Fraction:
    """The earliest time stamp of the decoded frames or, where they have none, of the stream."""
    times = [frame.pts * Fraction(frame.time_base) for frame in frames if frame.pts is not None]
    if times:
        return Fraction(min(times))
    return Fraction(stream.start_time or 0) * Fraction(stream.time_base)


def _video_facts(stream: Any, trial: _Trial) -> VideoFacts:
    context, frames = stream.codec_context, trial.pictures
    interlaced = sum(bool(frame.interlaced_frame) for frame in frames) * 2 > len(frames)
    rate = Fraction(stream.average_rate or stream.guessed_rate or stream.base_rate or 25)
    frame = frames[0]
    return VideoFacts(
        stream.index, context.name, frame.width, frame.height, rate, _first(frames, stream), interlaced,
        int(getattr(frame, "color_trc", context.color_trc) or 0) in _HDR_TRANSFERS
        or int(context.color_trc or 0) in _HDR_TRANSFERS,
        int(frame.rotation), frame.format.name,
    )  # fmt: skip


def _audio_facts(stream: Any, trial: _Trial, ends: dict[int, Fraction]) -> AudioFacts:
    frame = trial.sounds[0]
    channels = len(frame.layout.channels)
    return AudioFacts(
        stream.index,
        stream.codec_context.name,
        frame.sample_rate,
        channels,
        _first(trial.sounds, stream),
        ends.get(stream.index, max(ends.values(), default=Fraction(0))),
    )


def _origin(video: VideoFacts | None, audio: AudioFacts | None) -> Fraction:
    """Where the asset begins: with its first picture, or with its sound where that begins a frame or more earlier,
    but always a whole number of the source's frames before the first picture, so that pictures stay on the grid."""
    if video is None:
        return audio.start if audio is not None else Fraction(0)
    if audio is None or audio.start >= video.start:
        return video.start
    earlier = (video.start - audio.start) * video.rate
    return video.start - (int(earlier) if earlier >= 2 else 0) / video.rate


def _ends(container: Any, streams: list[Any]) -> dict[int, Fraction]:
    """When the last frame of each stream ends, on the file's clock: read from the file's tail, or from all of it."""
    total = container.duration
    if total is not None and total > 2 * _TAIL_SECONDS * av.time_base:
        start = container.start_time or 0
        with contextlib.suppress(av.FFmpegError, ValueError):
            container.seek(start + total - _TAIL_SECONDS * av.time_base)
            ends = _last(container, streams)
            for stream in streams[1:]:  # sound that ended long before: its header knows, mostly
                if stream.index not in ends and stream.duration:
                    base = Fraction(stream.time_base)
                    ends[stream.index] = ((stream.start_time or 0) + stream.duration) * base
            if len(ends) == len(streams):
                return ends
    container.seek(container.start_time or 0)
    return _last(container, streams)


def _last(container: Any, streams: list[Any]) -> dict[int, Fraction]:
    ends: dict[int, Fraction] = {}
    with contextlib.suppress(av.FFmpegError, ValueError):
        for packet in container.demux(streams):
            if packet.pts is None or packet.size == 0:
                continue
            base = Fraction(packet.stream.time_base)
            length = (packet.duration or 0) * base
            if not length and (rate := getattr(packet.stream, "average_rate", None)):
                length = 1 / Fraction(rate)
            end = packet.pts * base + length
            ends[packet.stream.index] = max(end, ends.get(packet.stream.index, end))
    return ends


def _chapters(container: Any, origin: Fraction) -> list[Chapter]:
    marks = []
    for mark in container.chapters():
        base = Fraction(mark["time_base"])
        start, end = (max(Fraction(0), mark[edge] * base - origin) for edge in ("start", "end"))
        marks.append(Chapter(start, end, str(mark["metadata"].get("title") or "")))
    return marks
