"""The first words of every FFmpeg command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrovue_tui.media.ffmpeg.locate import FFmpeg


def quiet(ffmpeg: FFmpeg, *, level: str = "error", overwrite: bool = False) -> list[str]:
    """Return the program's path and the options that make it ignore the keyboard and print only messages of `level` and
    above. With `overwrite`, it replaces an existing output file."""
    words = [str(ffmpeg.path), "-nostdin", "-hide_banner", "-nostats", "-loglevel", level]
    return [*words, "-y"] if overwrite else words
