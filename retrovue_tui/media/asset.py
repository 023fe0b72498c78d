"""Facts about one media file, and the key that identifies its content. Plain values: nothing here opens the media."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.timecode import FrameRate

_PICTURES: Final = ("image2", "tty", "_pipe", "ico", "txd")  # demuxers that turn text or a still into "video"
_PLAYLISTS: Final = ("concat", "hls", "dash", "imf")
_HEAD: Final = 64 * 1024
_NO_FILE: Final = {True: "a folder, not a file; name the files in it", False: "not a file"}


@dataclass(frozen=True)
class VideoFacts:
    """The picture stream. `start` is its first time stamp in seconds of the file's own clock, `rate` its mean rate."""

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
    """The sound stream; `start` as in `VideoFacts`, `end` is where it ends on the same clock."""

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

    `origin` is the second on the file's own clock at which the asset begins, `duration` its length in seconds: that of
    the video, or of the audio where there is no video.
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

    def __hash__(self) -> int:
        return hash((self.key, self.path))  # its fractions take longer to hash than all else

    def sound_frames(self, rate: FrameRate) -> int | None:
        """How many frames of a rate have sound, counted from the asset's beginning; None where it has none at all."""
        return None if self.audio is None else max(0, rate.nearest(self.audio.end - self.origin))

    def frames(self, rate: FrameRate) -> int:
        """Its expected length in frames of a rate, at least 1."""
        return max(1, rate.nearest(self.duration))


def identity(path: Path) -> tuple[str, int, int]:
    """Key, size and modification time (ns) of a file; raises `MediaError` where it cannot be read.

    The key names the content without reading all of it: size, date, first and last 64 KiB.
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
    """Raise `MediaError` where FFmpeg's name of a file's container is that of no media file."""
    if any(word in kind for word in _PICTURES):
        raise MediaError("not a film or a sound: it holds text or a still picture", path)
    if any(word in kind.split(",") for word in _PLAYLISTS):
        raise MediaError("a playlist, not a media file; name the media files themselves", path)
