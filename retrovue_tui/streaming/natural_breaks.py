"""Finds the natural places for breaks in a file, for programs that embed streams."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.files.user_folders import state_folder
from retrovue_tui.media.analysis.analyser import Analyser
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.workers import tasks
from retrovue_tui.streaming.background_loop import shared_loop
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    import os

    from retrovue_tui.break_candidate import BreakCandidate


def analyze_natural_breaks(
    path: str | os.PathLike[str],
    *,
    rate: str | FrameRate = "30000/1001",
    ffmpeg: str | os.PathLike[str] | None = None,
    store: str | os.PathLike[str] | None = None,
) -> list[BreakCandidate]:
    """Return the places of a media file at which a break would not hurt, sorted by frame. Those with a `score` of at
    least 0.5 are natural ones.

    `rate` is the frame rate in which `BreakCandidate.frame` counts. The result is kept in the folder `store` (None:
    `~/.local/state/retrovue-tui/analysis`), so that a second call is quick. Blocking: about a second for two minutes of
    the file. Raises `MediaError` if the file cannot be used, `FFmpegError` if there is no FFmpeg, and `TimecodeError`
    if `rate` is not a frame rate.
    """
    frame_rate = rate if isinstance(rate, FrameRate) else FrameRate.parse(rate)
    program = find_ffmpeg(None if ffmpeg is None else Path(ffmpeg))
    folder = state_folder() / "analysis" if store is None else Path(store).absolute()
    file = Path(path).absolute()

    async def work() -> list[BreakCandidate]:
        asset = await tasks.probe(file, ffmpeg=program.path)
        return list((await Analyser(program, frame_rate, folder).analyse(asset)).candidates)

    with shared_loop() as background:
        return background.run(work())
