"""Facts about one media file, and the key that identifies its content. Plain values: nothing here opens the media."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.timecode import FrameRate

_PICTURES: Final = ("image2", "tty", "_pipe", "ico", "txd")  # demuxers that turn text or a still into "video"
_PLAYLISTS: Final = ("concat", "hls", "dash", "imf")
_HEAD: Final = 64 * 1024
_NO_FILE: Final = {True: "a folder, not a file; name the files in it", False: "not a file"}
_LATE_SECONDS: Final = 120
_LATE_BYTES: Final = 200_000_000
"""How far into a file FFmpeg searches for streams that appear after its beginning."""
READING: Final = 2
"""Raised when the interpretation of files changes in a way that no fact shows, so that older pieces are not used."""


@dataclass(frozen=True)
class VideoFacts:
    """The video stream. `start` is its first time stamp in seconds of the file's own clock, `rate` its mean rate."""

    index: int
    codec: str
    width: int
    height: int
    rate: Fraction
    start: Fraction
    interlaced: bool = False
    hdr: bool = False
    rotation: int = 0
    pixel_format: str = ""


@dataclass(frozen=True)
class AudioFacts:
    """The audio stream; `start` as in `VideoFacts`, `end` is where it ends on the same clock."""

    index: int
    codec: str
    sample_rate: int
    channels: int
    start: Fraction
    end: Fraction


@dataclass(frozen=True)
class Chapter:
    """A chapter mark, in seconds from the asset's beginning."""

    start: Fraction
    end: Fraction
    title: str


@dataclass(frozen=True)
class Asset:
    """One media file as it was when it was probed; another content or date is another asset with another `key`.

    `origin` is the second on the file's own clock at which the asset begins. `duration` is its length in seconds: that
    of the video, or of the audio if there is no video.
    """

    path: Path
    key: str
    size: int
    mtime_ns: int
    duration: Fraction
    video: VideoFacts | None = None
    audio: AudioFacts | None = None
    chapters: tuple[Chapter, ...] = ()
    title: str = ""
    origin: Fraction = Fraction(0)
    container: str = ""
    untimed: bool = False
    """Whether its frames carry no time stamps (a bare video stream): they follow each other at the video's rate."""
    late: bool = False
    """Whether a stream appears so late that FFmpeg must search for it longer than it does by default."""
    span: tuple[int, int] | None = None
    """The bytes [start, end) of the file that the asset occupies, if it is a part of a joined file."""
    parts: tuple[Asset, ...] = ()
    """The joined parts, in order, if the clock restarts inside the file (joined files): two or more, or none."""

    @property
    def url(self) -> str:
        """The URL that FFmpeg opens. An absolute path after `file:` is never taken for an option or a protocol."""
        file = f"file:{self.path}"
        return file if self.span is None else f"subfile,,start,{self.span[0]},end,{self.span[1]},,:{file}"

    @property
    def search_options(self) -> dict[str, str]:
        """Options of the demuxer that make it find streams that appear late; empty if there are none."""
        if not self.late:
            return {}
        options = {"analyzeduration": str(_LATE_SECONDS * 1_000_000), "probesize": str(_LATE_BYTES)}
        return options | ({"scan_all_pmts": "1"} if self.container == "mpegts" else {})

    @property
    def content_key(self) -> str:
        """The part of the key that identifies the file's content alone: see `identity`."""
        return self.key.partition("-")[0]

    def part_frames(self, rate: FrameRate) -> list[int]:
        """Return the frame of a rate at which each part begins, and the whole length: one number more than there are
        parts."""
        ends = accumulate((part.duration for part in self.parts), initial=Fraction(0))
        return [rate.nearest(end) for end in ends]

    def __hash__(self) -> int:
        return hash((self.key, self.path))  # hashing its fractions takes longer than hashing all else

    def sound_frames(self, rate: FrameRate) -> int | None:
        """Return how many frames of a rate have sound, counted from the asset's beginning; None if there is no sound at
        all."""
        return None if self.audio is None else max(0, rate.nearest(self.audio.end - self.origin))

    def frames(self, rate: FrameRate) -> int:
        """Return the expected length in frames of a rate, at least 1."""
        return max(1, rate.nearest(self.duration))


def with_key(asset: Asset) -> Asset:
    """Return the asset with the key of its pieces, which identifies the content and what is shown and heard of it.

    A file that is interpreted in another way (another stream chosen, another beginning) therefore gets other pieces.
    """
    shown = [
        (each.origin, each.span, each.untimed, each.video and each.video.index, each.audio and each.audio.index)
        for each in (asset, *asset.parts)
    ]
    digest = hashlib.sha256(repr((READING, shown)).encode()).hexdigest()[:8]
    return replace(asset, key=f"{asset.key}-{digest}")


def identity(path: Path) -> tuple[str, int, int]:
    """Return key, size and modification time (ns) of a file; raises `MediaError` if it cannot be read.

    The key identifies the content without reading all of it: size, date, first and last 64 KiB.
    """
    if "\n" in str(path) or "\r" in str(path):
        raise MediaError(f"a line break in the name of a media file: {str(path)!r}; rename it")
    try:
        if not path.is_file():
            raise MediaError("no such file" if not path.exists() else _NO_FILE[path.is_dir()], path)
        with path.open("rb") as file:
            facts = path.stat()
            digest = hashlib.sha256(f"{facts.st_size} {facts.st_mtime_ns} ".encode())
            digest.update(file.read(_HEAD))
            file.seek(max(0, facts.st_size - _HEAD))
            digest.update(file.read(_HEAD))
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror or error}", path) from error
    return digest.hexdigest()[:20], facts.st_size, facts.st_mtime_ns


def refuse_container(kind: str, path: Path) -> None:
    """Raise `MediaError` if FFmpeg's name of a file's container is not that of a media file."""
    if any(word in kind for word in _PICTURES):
        raise MediaError("not a film or a sound: it holds text or a still picture", path)
    if any(word in kind.split(",") for word in _PLAYLISTS):
        raise MediaError("a playlist, not a media file; name the media files themselves", path)
