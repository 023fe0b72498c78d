"""The loudness of an asset, and the gain that brings the whole asset to the house's target loudness (EBU R 128)."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.ffmpeg.process import NICE
from retrovue_tui.media.ffmpeg.run import run_ffmpeg
from retrovue_tui.media.house_format import AUDIO_RATE
from retrovue_tui.media.rendering.arguments.source_args import source_words

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat

_log = logging.getLogger(__name__)

_WHOLE_SECONDS: Final = 240
_WINDOWS: Final = 8
_WINDOW_SECONDS: Final = 12
_SILENCE: Final = -69.0
"""The loudness that FFmpeg's filter reports if no sound passes the gate of EBU R 128 (LUFS)."""
_MOST_DB: Final = 20.0
_CEILING_DB: Final = -1.0
_UNHEARD_DB: Final = 3.0
"""The allowance for peaks that the measurement misses, between samples or between the measured windows of a long asset
(dB)."""
_PATIENCE_SECONDS: Final = 90


def measure_command(ffmpeg: FFmpeg, asset: Asset) -> list[str]:
    """Return the FFmpeg command line that prints the loudness of an asset on stderr. In a long asset, it measures only
    windows spread over the length."""
    index = asset.audio.index if asset.audio else 0
    source = ["-vn", "-sn", "-dn"]
    like = f"aresample={AUDIO_RATE},aformat=sample_fmts=fltp:channel_layouts=stereo"
    meter = "ebur128=peak=sample:framelog=verbose"
    words = quiet(ffmpeg, level="info")
    if asset.duration <= _WHOLE_SECONDS:
        words += [*source, *source_words(asset), "-filter_complex", f"[0:{index}]{like},{meter}"]
    else:
        parts = ""
        step = float(asset.duration) / _WINDOWS
        for window in range(_WINDOWS):
            part, at = _place(asset, step * (window + 0.5) - _WINDOW_SECONDS / 2)
            words += [*source, "-ss", f"{at:.3f}", "-t", str(_WINDOW_SECONDS), *source_words(part)]
            index = part.audio.index if part.audio else 0
            parts += f"[{window}:{index}]{like}[w{window}];"
        joined = "".join(f"[w{n}]" for n in range(_WINDOWS))
        words += ["-filter_complex", f"{parts}{joined}concat=n={_WINDOWS}:v=0:a=1,{meter}"]
    return [*words, "-f", "null", "-"]


def _place(asset: Asset, at: float) -> tuple[Asset, float]:
    """Return the part of a joined file that contains time `at` (s), and that time counted from the part's start. For an
    asset that is not joined, return `asset` and `at`."""
    for part in asset.parts:
        if part.audio is not None and (at < part.duration or part is asset.parts[-1]):
            return part, max(0.0, min(at, float(part.duration) - _WINDOW_SECONDS))
        at = max(0.0, at - float(part.duration))
    return asset, at


async def measure(ffmpeg: FFmpeg, house: HouseFormat, asset: Asset) -> tuple[float, bool]:
    """Return the gain in dB for an asset, and whether its peaks then need a limiter. The gain is 0 if the loudness
    cannot be measured."""
    if asset.audio is None or house.loudness is None or "ebur128" not in ffmpeg.features:
        return 0.0, False
    try:
        finished = await run_ffmpeg(measure_command(ffmpeg, asset), limit_s=_PATIENCE_SECONDS, nice=NICE)
    except FFmpegError as error:
        _log.warning("%s: its loudness is not known, so its level stays: %s", asset.path, error.message)
        return 0.0, False
    return gain(finished.words.text, house.loudness)


def gain(said: str, target: float) -> tuple[float, bool]:
    """Return the gain in dB and whether a limiter is needed. `said` is the summary that the filter ebur128 prints;
    `target` is in LUFS."""
    loud = re.findall(r"^\s+I:\s+(-?[\d.]+) LUFS", said, re.MULTILINE)
    peaks = re.findall(r"^\s+Peak:\s+(-?[\d.]+) dBFS", said, re.MULTILINE)
    if not loud or float(loud[-1]) <= _SILENCE:
        return 0.0, False
    wanted = round(max(-2 * _MOST_DB, min(_MOST_DB, target - float(loud[-1]))), 2)
    peak = float(peaks[-1]) if peaks else 0.0
    return wanted, wanted > 0 and peak + wanted > _CEILING_DB - _UNHEARD_DB
