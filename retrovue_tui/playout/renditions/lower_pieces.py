"""Pieces of a lower quality, made from the channel's own pieces: the same pictures, smaller, with key frames at the
same places and without sound. So nothing foreign is decoded again, and pictures of both may follow each other.

The files lie beside the channel's pieces in the cache, in a folder for each pair of formats."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.rendering.arguments.encoder_args import video_encoder
from retrovue_tui.playout.mpegts.piece_pictures import read_pictures

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.playout.mpegts.demux import VideoUnit

FOLDER: Final = "renditions"
"""The folder of all lower pieces, in the cache."""
UNFINISHED_S: Final = 600.0
"""An unfinished file older than this (s) was left by a process that has ended."""


class LowerPieces:
    """The pieces of one lower format. All methods that touch the disk are blocking."""

    def __init__(self, cache: Path, main: HouseFormat, lower: HouseFormat) -> None:
        self.house = lower
        self.folder = cache / FOLDER / f"{main.key}-{lower.key}"

    def path(self, piece: Path) -> Path:
        """Return the path of the lower piece for a piece of the channel; the file need not exist."""
        return self.folder / piece.parent.name / piece.name

    def work_path(self, piece: Path) -> Path:
        """Create the folder of a lower piece, and return a path there for the unfinished file."""
        path = self.path(piece)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.with_name(f".{path.name}-{secrets.token_hex(4)}.new")

    def command(self, ffmpeg: FFmpeg, piece: Path, made: Path, threads: int = 1) -> list[str]:
        """Return the FFmpeg command line that makes the lower piece of `piece`."""
        lower = self.house
        return [
            *quiet(ffmpeg, overwrite=True), "-threads", str(threads), "-f", "mpegts", "-i", f"file:{piece}",
            "-map", "0:v", "-vf", f"scale={lower.width}:{lower.height},setsar=1", "-fps_mode", "passthrough",
            *video_encoder(lower), "-threads", str(threads), "-forced-idr", "1", "-force_key_frames", "source",
            "-avoid_negative_ts", "disabled", "-muxpreload", "0", "-muxdelay", "0", "-f", "mpegts", f"file:{made}",
        ]  # fmt: skip

    def missing(self, pieces: Iterable[Path]) -> Path | None:
        """Return the first of these pieces that has no lower piece; None if all have one."""
        return next((piece for piece in pieces if not self.has(piece)), None)

    def has(self, piece: Path) -> bool:
        """Return whether there is a lower piece that is not older than the piece, which may have been made again."""
        try:
            return self.path(piece).stat().st_mtime_ns >= piece.stat().st_mtime_ns
        except OSError:
            return False

    def take(self, piece: Path, made: Path) -> str:
        """Check a new lower piece against its piece, and move it into the cache. Return what is wrong with it; empty if
        nothing is."""
        pictures, wanted = self.read(made), self.read(piece)
        if [each.key for each in pictures] != [each.key for each in wanted]:
            made.unlink(missing_ok=True)
            return f"it has {len(pictures)} pictures of {len(wanted)}, or other key frames"
        made.replace(self.path(piece))
        return ""

    @staticmethod
    def read(path: Path) -> list[VideoUnit]:
        """Return the coded video of a piece. Raises `OSError`. Blocking, about 10 ms."""
        return [each.video for each in read_pictures(path)]

    def trim(self, most: int, wanted: Iterable[Path]) -> None:
        """Remove the oldest lower pieces over `most` bytes, and files that were left unfinished. The lower pieces of
        `wanted` stay."""
        kept = {self.path(piece) for piece in wanted}
        found: list[tuple[float, int, Path]] = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            with contextlib.suppress(OSError):
                for entry in os.scandir(folder):
                    facts = entry.stat()
                    if entry.name.startswith("."):
                        if time.time() - facts.st_mtime > UNFINISHED_S:
                            (folder / entry.name).unlink()
                        continue
                    found.append((facts.st_mtime, facts.st_size, folder / entry.name))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= most:
                return
            if path not in kept:
                with contextlib.suppress(OSError):
                    path.unlink()
                    total -= size
