"""Builds all FFmpeg command lines of decks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.rendering.arguments.encoder_args import audio_encoder, video_encoder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat

Mode = Literal["copy", "encode"]

_CONCAT: Final = ("-f", "concat", "-safe", "0")


def deck_command(
    ffmpeg: FFmpeg,
    mode: Mode,
    listing: Path | str,
    *,
    house: HouseFormat,
    progress: int | None = None,
    loop: bool = False,
    pace: bool = True,
) -> list[str]:
    """Return the command line of a deck, which plays the ffconcat script `listing` as MPEG-TS to standard output.

    `copy` is the mode used on air. Pieces in the house format pass through unchanged, as fast as the pipe takes them.
    `encode` is for files in one common format other than the house format: FFmpeg encodes them while it runs. In that
    mode, `pace` makes FFmpeg run in real time, and `loop` makes it repeat the script for ever. `progress` is the file
    descriptor to which `-progress` writes.
    """
    reports = () if progress is None else ("-progress", f"pipe:{progress}", "-stats_period", "1")
    body = _copy(listing) if mode == "copy" else _encode(listing, house, loop, pace)
    return [*quiet(ffmpeg), *reports, *body, "pipe:1"]


def _copy(listing: Path | str) -> Sequence[str]:
    return (
        "-fflags", "+genpts+discardcorrupt", *_CONCAT, "-protocol_whitelist", "file", "-probesize", "32",
        "-i", str(listing), "-map", "0:v:0", "-map", "0:a:0", "-sn", "-dn", "-c", "copy",
        "-muxpreload", "0", "-muxdelay", "0",
        "-f", "mpegts", "-pcr_period", "20", "-pes_payload_size", "0",
    )  # fmt: skip


def _encode(listing: Path | str, house: HouseFormat, loop: bool, pace: bool) -> Sequence[str]:
    return (
        "-fflags", "+genpts+discardcorrupt+igndts", *(("-readrate", "1.0", "-re") if pace else ()),
        *(("-stream_loop", "-1") if loop else ()),
        *_CONCAT, "-protocol_whitelist", "file,http,tcp,https,tcp,tls", "-probesize", "32",
        "-i", str(listing), "-map", "0:v:0", "-map", "0:a:0", "-sn", "-dn",
        *video_encoder(house), *audio_encoder(house),
        "-muxpreload", "0", "-muxdelay", "0",
        "-f", "mpegts", "-mpegts_flags", "+initial_discontinuity", "-pes_payload_size", "0",
    )  # fmt: skip
