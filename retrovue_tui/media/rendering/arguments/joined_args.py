"""FFmpeg's inputs and filters for a range of a joined file: a file in which the clock restarts.

Each part of the file is an input of its own, and its filters yield exactly the number of frames that the part should
have. The filter concat joins the parts. So the parts may differ in everything, and reading may begin inside a part.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.house_format import AUDIO_RATE
from retrovue_tui.media.rendering.arguments.render_filters import (
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
    from retrovue_tui.media.rendering.arguments.render_filters import Range

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
    chains: list[str] = []
    first_sample, end_sample = sample_range(house, wanted)
    for number, (whole, begin, end) in enumerate(inside):
        local = replace(wanted, first=max(wanted.first, begin) - begin, end=min(wanted.end, end) - begin)
        part = without_sound(house, whole, local)
        count = inputs.count("-i")
        more, video, audio = _part_inputs(house, part, timed_input(house, part, local, threads), still, count)
        inputs += more
        zero = _sample(house, begin)
        since = first_sample if number == 0 else zero
        until = end_sample if number == len(inside) - 1 else _sample(house, end)
        # If a part ends a frame or two early, its last picture is repeated, so that the next part does not shift.
        exact = f"setpts=N,tpad=stop=-1:stop_mode=clone,trim=end_frame={local.end - local.first}"
        chains.append(f"[{video}]{video_filters(ffmpeg, house, part, local)},{exact}[v{number}]")
        sound = audio_filters(part, local, (since - zero, until - zero))
        chains.append(f"[{audio}]{sound},asetpts=N[a{number}]")
    rate, parts = house.rate, len(inside)
    seen, heard = ("".join(f"[{kind}{number}]" for number in range(parts)) for kind in "va")
    chains.append(f"{seen}concat=n={parts}:v=1:a=0,settb={rate.den}/{rate.num},setpts=N+{wanted.first}[v]")
    chains.append(f"{heard}concat=n={parts}:v=0:a=1,asettb=1/{AUDIO_RATE},asetpts=N+{first_sample}[a]")
    return [*inputs, "-filter_complex", ";".join(chains), "-map", "[v]", "-map", "[a]"]


def _part_inputs(
    house: HouseFormat, part: Asset, source: list[str], still: Path | None, count: int
) -> tuple[list[str], str, str]:
    """Return the inputs for one part after `count` others, and its video and audio streams as FFmpeg names them.
    `source` is the input of the part itself; a still picture or silence stands in for a stream that it lacks."""
    video, audio = part.video, part.audio
    inputs = source if video is not None else still_input(house, still)
    picture = f"{count}:{video.index if video is not None else 0}"
    if video is not None and audio is not None:
        return inputs, picture, f"{count}:{audio.index}"
    beside = silent_input() if audio is None else source
    return inputs + beside, picture, f"{count + 1}:{0 if audio is None else audio.index}"


def _sample(house: HouseFormat, frame: int) -> int:
    """Return the number of the sample (48 kHz) at which a frame begins."""
    return round(house.rate.seconds(frame) * AUDIO_RATE)
