"""The encoder settings of the house format, in one place for pieces, edge pieces, slates and decks that encode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.media.house_format import AUDIO_RATE, GOP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.media.house_format import HouseFormat


def video_encoder(house: HouseFormat) -> tuple[str, ...]:
    """Return the arguments for H.264 at a constant rate, in closed GOPs of one length and without B-frames, so that a
    take may follow any frame."""
    rate = f"{house.video_kbps}k"
    return (
        "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "main", "-pix_fmt", "yuv420p",
        "-g", str(GOP), "-keyint_min", str(GOP), "-sc_threshold", "0", "-bf", "0", "-flags", "+cgop",
        "-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate,
    )  # fmt: skip


def extra_key_frames(numbers: Iterable[int]) -> tuple[str, ...]:
    """Return the arguments that force an IDR picture at each of these pictures, counted from 0. Without pictures, there
    are none. The rhythm of the other IDR pictures stays: without the forced ones at every `GOP`, x264 would count from
    the last one."""
    extra = "".join(f"+eq(n,{number})" for number in numbers)
    return ("-forced-idr", "1", "-force_key_frames", f"expr:not(mod(n,{GOP})){extra}") if extra else ()


def audio_encoder(house: HouseFormat) -> tuple[str, ...]:
    """Return the arguments for AAC-LC, 48 kHz, stereo."""
    return ("-c:a", "aac", "-b:a", f"{house.audio_kbps}k", "-ac", "2", "-ar", str(AUDIO_RATE))
