"""The files of a channel's segments and playlists in one folder. All calls are blocking."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.playout.hls.segment import named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from retrovue_tui.playout.hls.segment import Segment

MEDIA: Final = "index.m3u8"
"""The name of a channel's media playlist, in the folder of its segments."""
RANGES: Final = ".ranges.json"
"""The name of the file with the date ranges of a channel's segments, beside them."""
END: Final = b"#EXT-X-ENDLIST\n"
MOST_RANGES: Final = 1_000_000
"""The most bytes that are read of the file of date ranges."""
RESERVE: Final = 200_000_000
"""If the disk has less room than this (bytes), no segment is written: what is left is for the channels themselves."""


def clear_others(root: Path, channel_ids: Collection[str]) -> None:
    """Remove the segments of channels that do not exist any more. Blocking."""
    with contextlib.suppress(OSError):
        for folder in list(root.iterdir()):
            if folder.is_dir() and not folder.is_symlink() and folder.name not in channel_ids:
                SegmentFolder(root, folder.name).clear()


class SegmentFolder:
    """The folder `root/channel`. Other files in it are left alone."""

    def __init__(self, root: Path, channel_id: str, *, public: bool = False) -> None:
        """`public`: all users of the machine may read the files, as a web server must."""
        self._public = public
        self.path = root / channel_id
        self.multivariant = root / f"{channel_id}.m3u8"

    def load(self) -> list[Segment]:
        """Make the folder, remove what a crash left unfinished, and return the segments, in order. What groups of
        viewers got instead is removed, too: who belonged to which group is not known any more."""
        for folder in (self.path.parent, self.path):
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                if self._public:
                    folder.chmod(0o755)
        for unfinished in self.path.parent.glob(f".{self.multivariant.name}-*.part.m3u8"):
            with contextlib.suppress(OSError):
                unfinished.unlink()
        found = []
        with os.scandir(self.path) as files:
            for file in files:
                segment = named(file.name) if file.is_file(follow_symlinks=False) else None
                if segment is not None and segment.version:
                    self.remove([segment])
                elif segment is not None:
                    found.append(named(file.name, file.stat().st_size) or segment)
                elif file.name.startswith(".") and ".part" in file.name:
                    with contextlib.suppress(OSError):
                        (self.path / file.name).unlink()
        return sorted(found, key=lambda each: each.sequence)

    def write(self, segment: Segment, parts: Sequence[bytes]) -> None:
        """Write a segment. Raises `OSError`, also if the disk is nearly full; the segment then does not exist."""
        if shutil.disk_usage(self.path).free < RESERVE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._replace(self.path / segment.name, b"".join(parts))

    def take(self, other: SegmentFolder, pairs: Iterable[tuple[Segment, Segment]]) -> None:
        """Take segments from another folder, as hard links. Each pair: the segment there, and here. Raises `OSError`,
        also if the file system has no hard links."""
        for there, here in pairs:
            (self.path / here.name).hardlink_to(other.path / there.name)

    def write_ranges(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write the date ranges of the segments. Raises `OSError`."""
        self._replace(self.path / RANGES, json.dumps(rows).encode())

    def read_ranges(self) -> Any:
        """Return the date ranges that `write_ranges` has written; None if there are none, or if the file cannot be
        read."""
        try:
            with (self.path / RANGES).open("rb") as file:
                return json.loads(file.read(MOST_RANGES))
        except (OSError, ValueError, RecursionError):
            return None

    def remove(self, segments: Iterable[Segment]) -> None:
        """Remove the files of segments."""
        for each in segments:
            with contextlib.suppress(OSError):
                (self.path / each.name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all segments and what belongs to them, and the folder if nothing else is in it."""
        if self.path.is_dir():
            for name in (MEDIA, RANGES) if self._public else (RANGES,):
                with contextlib.suppress(OSError):
                    (self.path / name).unlink(missing_ok=True)
            self.remove(self.load())
            with contextlib.suppress(OSError):
                self.path.rmdir()

    def write_playlists(self, media: bytes, multivariant: bytes | None) -> None:
        """Replace both playlists, for a web server; None: there is no multivariant one. Raises `OSError`."""
        self._replace(self.path / MEDIA, media)
        if multivariant is None or (self.multivariant.exists() and self.multivariant.read_bytes() == multivariant):
            return
        self._replace(self.multivariant, multivariant)

    def end_playlists(self, *, is_quality: bool) -> float:
        """Let no client find the channel any more, and let those that play it play to its end (RFC 8216, 4.3.3.4). Of a
        quality whose channel goes on, the playlist is removed, so that its clients take another quality. Return when
        the newest segment begins (Unix time, s); 0 if there is none. Raises `OSError`."""
        media = self.path / MEDIA
        if is_quality:
            media.unlink(missing_ok=True)
        else:
            self.multivariant.unlink(missing_ok=True)
            if media.is_file() and END not in (text := media.read_bytes()):
                self._replace(media, text + END)
        found = self.load() if self.path.is_dir() else []
        return found[-1].at_ms / 1_000 if found else 0.0

    def _replace(self, path: Path, data: bytes) -> None:
        with replacing(path) as fresh:
            fresh.write_bytes(data)
            if self._public:
                fresh.chmod(0o644)
