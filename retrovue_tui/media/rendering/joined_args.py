"""FFmpeg's inputs and filters for a range of a joined file: a file in which the clock restarts.

Each part of the file is an input of its own, and its filters yield exactly the number of frames that the part should
have. The filter concat joins the parts. So the parts may differ in everything, and reading may begin inside a part.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.house_format import AUDIO_RATE
from retrovue_tui.media.rendering.render_filters import (
    audio_filters,
    sample_range,
    silent_input,
    still_input,
    timed_input,
    video_filters,
    without_sound,
)

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.render_filters import Range

_PARTS_AT_ONCE: Final = 6
"""The maximum number of parts that one FFmpeg opens, except when a single piece has more. Each part has a decoder with
its threads."""


def last_frame(house: HouseFormat, asset: Asset, first: int, end: int) -> int:
    """Return the frame before which a run that begins with frame `first` ends: `end`, or an earlier frame if the range
    has too many parts."""
    begins = asset.part_frames(house.rate)
    later = [begin for begin in begins if begin > first][:_PARTS_AT_ONCE]
    if not later or later[-1] >= end:
        return end
    piece = house.piece_frames
    return min(end, max(later[-1] // piece, first // piece + 1) * piece)


def joined_words(
    ffmpeg: FFmpeg, house: HouseFormat, asset: Asset, wanted: Range, threads: int, still: Path | None
) -> list[str]:
    """Return the inputs, filters and mapping for the parts in a range."""
    begins = asset.part_frames(house.rate)
    inside = [
        (part, begin, end)
        for part, begin, end in zip(asset.parts, begins, begins[1:], strict=False)
        if begin < wanted.end and end > wanted.first and end > begin
    ]
    inputs: list[str] = []
    count = 0
    chains, seen, heard = [], "", ""
    first_sample, end_sample = sample_range(house, wanted)
    for number, (whole, begin, end) in enumerate(inside):
        local = replace(wanted, first=max(wanted.first, begin) - begin, end=min(wanted.end, end) - begin)
        part = without_sound(house, whole, local)
        zero = _sample(house, begin)
        since = first_sample if number == 0 else zero
        until = end_sample if number == len(inside) - 1 else _sample(house, end)
        source = timed_input(house, part, local, threads)
        inputs += source if part.video is not None else still_input(house, still)
        video = f"{count}:{part.video.index if part.video is not None else 0}"
        audio = f"{count}:{part.audio.index}" if part.audio is not None else ""
        count += 1
        if part.audio is None or part.video is None:
            inputs += silent_input() if part.audio is None else source
            audio = f"{count}:{0 if part.audio is None else part.audio.index}"
            count += 1
        frames = local.end - local.first
        # If a part ends a frame or two early, its last picture is repeated, so that the next part does not shift.
        exact = f"setpts=N,tpad=stop=-1:stop_mode=clone,trim=end_frame={frames}"
        chains.append(f"[{video}]{video_filters(ffmpeg, house, part, local)},{exact}[v{number}]")
        sound = audio_filters(part, local, (since - zero, until - zero))
        chains.append(f"[{audio}]{sound},asetpts=N[a{number}]")
        seen, heard = f"{seen}[v{number}]", f"{heard}[a{number}]"
    rate, parts = house.rate, len(inside)
    chains.append(f"{seen}concat=n={parts}:v=1:a=0,settb={rate.den}/{rate.num},setpts=N+{wanted.first}[v]")
    chains.append(f"{heard}concat=n={parts}:v=0:a=1,asettb=1/{AUDIO_RATE},asetpts=N+{first_sample}[a]")
    return [*inputs, "-filter_complex", ";".join(chains), "-map", "[v]", "-map", "[a]"]


def _sample(house: HouseFormat, frame: int) -> int:
    """Return the number of the sample (48 kHz) at which a frame begins."""
    return round(house.rate.seconds(frame) * AUDIO_RATE)
