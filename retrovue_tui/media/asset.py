"""Facts about one media file, and the key that identifies its content. Plain values: nothing here opens the media."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.timecode import FrameRate

_PICTURES: Final = ("image2", "tty", "_pipe", "ico", "txd")  # demuxers that turn a text or a still picture into "video"
_PLAYLISTS: Final = ("concat", "hls", "dash", "imf")
_HEAD: Final = 64 * 1024
_DRIVE: Final = re.compile(r"/[A-Za-z]:(/|\S+$)")
"""A drive of Windows in a path. Without quotes, FFmpeg removes the backslashes after it."""
_NO_FILE: Final = {True: "a folder, not a file; name the files in it", False: "not a file"}
_LATE_SECONDS: Final = 120
_LATE_BYTES: Final = 200_000_000
"""The part of a file in which FFmpeg searches for streams that appear late (bytes)."""
READING: Final = 2
"""The version of the interpretation of files. Raise it if the interpretation changes without changing a fact in the
key, so that older pieces are not used."""


@dataclass(frozen=True)
class VideoFacts:
    """The video stream. `start` is its first time stamp, in seconds on the file's own clock; `rate` is its mean frame
    rate."""

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
    """The audio stream. `start` is its first time stamp, and `end` is the time of its end, in seconds on the file's own
    clock."""

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
    """One media file as it was when it was probed. If its content or its date changes, it becomes a different asset
    with a different `key`.

    `origin` is the time on the file's own clock at which the asset begins, in seconds. `duration` is the length of the
    video in seconds, or that of the audio if there is no video.
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
    """Whether the video is a bare stream, whose frames have no time stamps. Its frames then follow each other at the
    video's rate."""
    late: bool = False
    """Whether a stream appears so late that FFmpeg must search for it longer than it does by default."""
    span: tuple[int, int] | None = None
    """If the asset is a part of a joined file: the bytes [start, end) of the file that it occupies."""
    parts: tuple[Asset, ...] = ()
    """If the clock restarts inside the file: the joined parts, in order, at least two. Otherwise empty."""
    header_s: float | None = None
    """If the file's header states a length that is wrong by more than a second: that length, in seconds."""
    tags: tuple[tuple[str, str], ...] = ()
    """The embedded tags that describe the programme, as name and value; see `media_tags.known_tags`."""

    @property
    def url(self) -> str:
        """The URL that FFmpeg opens. FFmpeg never takes an absolute path after `file:` for an option or a protocol."""
        file = f"file:{self.path}"
        return file if self.span is None else f"subfile,,start,{self.span[0]},end,{self.span[1]},,:{file}"

    @property
    def search_options(self) -> dict[str, str]:
        """Options that make FFmpeg's demuxer find streams that appear late; empty if there are none."""
        if not self.late:
            return {}
        options = {"analyzeduration": str(_LATE_SECONDS * 1_000_000), "probesize": str(_LATE_BYTES)}
        return options | ({"scan_all_pmts": "1"} if self.container == "mpegts" else {})

    @property
    def content_key(self) -> str:
        """The part of the key that depends only on the file's content; see `identity`."""
        return self.key.partition("-")[0]

    def part_frames(self, rate: FrameRate) -> list[int]:
        """Return the first frame of each part at this rate, and then the whole length in frames."""
        ends = accumulate((part.duration for part in self.parts), initial=Fraction(0))
        return [rate.nearest(end) for end in ends]

    def __hash__(self) -> int:
        return hash((self.key, self.path))  # hashing all fields would be slow because of the fractions

    def sound_frames(self, rate: FrameRate) -> int | None:
        """Return the number of frames, at this rate, from the asset's beginning to the end of its sound. None if it has
        no sound."""
        return None if self.audio is None else max(0, rate.nearest(self.audio.end - self.origin))

    def frames(self, rate: FrameRate) -> int:
        """Return the expected length in frames at this rate, at least 1."""
        return max(1, rate.nearest(self.duration))


def with_key(asset: Asset) -> Asset:
    """Return the asset with the key of its pieces. The key identifies the content, and the choice of picture and sound.

    A file that is interpreted differently (other streams, another beginning) therefore gets different pieces.
    """
    shown = [
        (each.origin, each.span, each.untimed, each.video and each.video.index, each.audio and each.audio.index)
        for each in (asset, *asset.parts)
    ]
    digest = hashlib.sha256(repr((READING, shown)).encode()).hexdigest()[:8]
    return replace(asset, key=f"{asset.key}-{digest}")


def why_missing(path: Path) -> str:
    """Return the reason why a file that does not exist cannot be used. If its path looks like a common mistake in a
    rundown, the reason says what to write."""
    text = str(path)
    if text.endswith('"') and '/"' in text:
        return (
            "no such file; in a rundown, double quotes are a part of the name: use single quotes, as in 'my film.mp4'"
        )
    if "\\" in text or _DRIVE.search(text):
        return "no such file; if this is a path of Windows, write the file's path on this machine, with / in it"
    return "no such file"


def identity(path: Path) -> tuple[str, int, int]:
    """Return the key, the size and the modification time (ns) of a file. Raises `MediaError` if it cannot be read.

    The key is computed from the file's size and date and from its first and last 64 KiB, so that not all of it is read.
    """
    if "\n" in str(path) or "\r" in str(path):
        raise MediaError(f"a line break in the name of a media file: {str(path)!r}; rename it")
    try:
        if not path.is_file():
            raise MediaError(why_missing(path) if not path.exists() else _NO_FILE[path.is_dir()], path)
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
    """Raise `MediaError` if `kind`, FFmpeg's name of a file's container, is not the name of a media container."""
    if any(word in kind for word in _PICTURES):
        raise MediaError("not a film or a sound: it holds text or a still picture", path)
    if any(word in kind.split(",") for word in _PLAYLISTS):
        raise MediaError("a playlist, not a media file; name the media files themselves", path)
