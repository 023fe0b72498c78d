"""The loudness of a programme, 25 times a second. FFmpeg measures it in one pass at low priority."""

from __future__ import annotations

import asyncio
import math
import re
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.analysis.measuring.signals import LEVELS_PER_S
from retrovue_tui.media.audio_envelope import FLOOR_DBFS, decibels
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.ffmpeg.run import run_ffmpeg
from retrovue_tui.media.rendering.arguments.source_args import source_words

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg

_SAMPLES_PER_S: Final = 8_000
"""Sound is reduced to this rate before it is measured: the levels stay nearly the same, and the work is a sixth."""
_NICE: Final = 10
_LIMIT_S: Final = 60.0
"""The time limit for reading the sound, beyond the asset's own length (s)."""
_LEVEL: Final = re.compile(rb"^lavfi\.astats\.Overall\.RMS_level=(\S+)", re.MULTILINE)


async def sound_levels(ffmpeg: FFmpeg, asset: Asset) -> tuple[float, ...]:
    """Return the loudness (RMS) of an asset in dBFS from its start on, `LEVELS_PER_S` values for a second.

    Empty if it has no sound, or none that can be decoded. Raises `FFmpegError` if FFmpeg cannot be started, or takes
    longer than the asset.
    """
    if asset.parts:
        joined: list[float] = []
        for part in asset.parts:
            length = round(part.duration * LEVELS_PER_S)
            joined += _fitted(await sound_levels(ffmpeg, part), length)
        return tuple(joined)
    if asset.audio is None:
        return ()
    limit_s = _LIMIT_S + float(asset.duration)
    run = await run_ffmpeg(levels_command(ffmpeg, asset), limit_s=limit_s, output=True, nice=_NICE)
    return await asyncio.to_thread(read_levels, run.output, math.ceil(asset.duration * LEVELS_PER_S))


def levels_command(ffmpeg: FFmpeg, asset: Asset) -> list[str]:
    """Return the FFmpeg command line that prints the levels of an asset on stdout. It decodes only the sound."""
    index = asset.audio.index if asset.audio else 0
    origin = asset.origin
    chain = [
        f"asetpts=round(PTS-({origin.numerator}/{origin.denominator})/TB)",
        f"aresample={_SAMPLES_PER_S}:async=1:first_pts=0",
        "aformat=sample_fmts=fltp:channel_layouts=mono",
        f"asetnsamples=n={_SAMPLES_PER_S // LEVELS_PER_S}:p=0",
        "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level",
        "ametadata=mode=print:key=lavfi.astats.Overall.RMS_level:file=-",
    ]
    return [
        *quiet(ffmpeg), "-copyts", "-fflags", "+genpts", "-threads", "1", "-vn", "-sn", "-dn", *source_words(asset),
        "-map", f"0:{index}", "-af", ",".join(chain), "-max_error_rate", "1", "-f", "null", "-",
    ]  # fmt: skip


def read_levels(output: bytes, most: int) -> tuple[float, ...]:
    """Return the levels that FFmpeg printed, at most `most`, each from -120 to 0 dBFS."""
    return tuple(decibels(match[1]) for match, _ in zip(_LEVEL.finditer(output), range(most), strict=False))


def _fitted(levels: tuple[float, ...], length: int) -> list[float]:
    return [*levels[:length], *[FLOOR_DBFS] * max(0, length - len(levels))]
