"""The loudness of an asset over its length. FFmpeg measures it once, at low priority; the result is kept in the
cache."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.errors import FFmpegError, RetrovueError
from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.ffmpeg.run import run_ffmpeg
from retrovue_tui.media.house_format import AUDIO_RATE
from retrovue_tui.media.rendering.arguments.source_args import source_words

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg

_log = logging.getLogger(__name__)

ENVELOPE_S: Final = 1.0
"""The length of sound that one value covers (s)."""
FLOOR_DBFS: Final = -120.0
_NICE: Final = 19
_LIMIT_S: Final = 60.0
"""The time limit for reading the sound, beyond the asset's own length (s): the file may be on a slow network share."""
_LEVEL: Final = re.compile(rb"^lavfi\.astats\.Overall\.Peak_level=(\S+)", re.MULTILINE)
_VERSION: Final = 1


class Envelopes:
    """The audio envelopes of assets, kept in `folder`. `run` measures the requested ones, the newest request first."""

    def __init__(self, ffmpeg: FFmpeg, folder: Path) -> None:
        self._ffmpeg = ffmpeg
        self._folder = folder
        self._known: dict[str, tuple[float, ...]] = {}
        self._wanted: list[Asset] = []
        self._wake = asyncio.Event()

    async def get(self, asset: Asset) -> tuple[float, ...] | None:
        """Return the loudest sample of each second in dBFS, from the asset's start on. Empty if the asset has no sound
        that can be decoded. None while it is being measured; then call again later."""
        if asset.audio is None:
            return ()
        if asset.key not in self._known:
            kept = await asyncio.to_thread(_load, self._path(asset))
            if kept is None:
                self._want(asset)
                return None
            self._known[asset.key] = kept
        return self._known[asset.key]

    async def run(self) -> None:
        """Measure the requested envelopes one after another. Runs until cancelled."""
        while True:
            while self._wanted:
                asset = self._wanted[-1]
                try:
                    self._known[asset.key] = await self._work_out(asset)
                except (RetrovueError, OSError) as error:
                    _log.warning("the audio level of %s cannot be measured: %s", asset.path, error)
                    self._known[asset.key] = ()  # not tried again before the next start of the station
                self._wanted.remove(asset)
            self._wake.clear()
            await self._wake.wait()

    def _want(self, asset: Asset) -> None:
        if any(each.key == asset.key for each in self._wanted):
            return
        self._wanted.append(asset)
        self._wake.set()

    async def _work_out(self, asset: Asset) -> tuple[float, ...]:
        limit_s = _LIMIT_S + float(asset.duration)
        run = await run_ffmpeg(envelope_command(self._ffmpeg, asset), limit_s=limit_s, output=True, nice=_NICE)
        levels = tuple(decibels(found) for found in _LEVEL.findall(run.output))
        if not levels:
            raise FFmpegError(run.words.last or "no reason given")
        levels = levels[: math.ceil(asset.duration)]
        await asyncio.to_thread(_keep, self._path(asset), levels)
        return levels

    def _path(self, asset: Asset) -> Path:
        return self._folder / f"{asset.key}.json"


def envelope_command(ffmpeg: FFmpeg, asset: Asset) -> list[str]:
    """Return the FFmpeg command line that prints the loudness of each second of an asset on stdout. It decodes only the
    sound."""
    index = asset.audio.index if asset.audio else 0
    origin = asset.origin
    times = f"asetpts=round(PTS-({origin.numerator}/{origin.denominator})/TB)"
    # if the clock restarts inside the file, count samples instead
    chain = [
        *(["asetpts=N/SR/TB"] if asset.parts else [times, f"aresample={AUDIO_RATE}:async=1:first_pts=0"]),
        "aformat=sample_fmts=fltp",
        f"asetnsamples=n={round(AUDIO_RATE * ENVELOPE_S)}:p=0",
        "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level",
        "ametadata=mode=print:key=lavfi.astats.Overall.Peak_level:file=-",
    ]
    return [
        *quiet(ffmpeg), "-copyts", "-fflags", "+genpts",
        "-threads", "1", "-vn", "-sn", "-dn", *source_words(asset),
        "-map", f"0:{index}", "-af", ",".join(chain), "-max_error_rate", "1", "-f", "null", "-",
    ]  # fmt: skip


def decibels(word: bytes) -> float:
    """Return a level (dBFS) in the text that FFmpeg's filter astats printed, from `FLOOR_DBFS` to 0. A text that is not
    a finite number gives `FLOOR_DBFS`."""
    try:
        level = float(word)
    except ValueError:
        return FLOOR_DBFS
    return round(min(0.0, max(FLOOR_DBFS, level)), 1) if math.isfinite(level) else FLOOR_DBFS


def _load(path: Path) -> tuple[float, ...] | None:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data["version"] != _VERSION or data["seconds"] != ENVELOPE_S:
            return None
        return tuple(float(level) for level in data["peaks_dbfs"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, levels: tuple[float, ...]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as fresh:
            fresh.write_text(json.dumps({"version": _VERSION, "seconds": ENVELOPE_S, "peaks_dbfs": levels}))
    except OSError as error:
        _log.warning("%s cannot be written: %s", path, error)
