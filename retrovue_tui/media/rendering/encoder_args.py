"""The encoder settings of the house format, in one place for pieces, edge pieces, slates and decks that encode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.media.house_format import AUDIO_RATE, GOP

if TYPE_CHECKING:
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


def audio_encoder(house: HouseFormat) -> tuple[str, ...]:
    """Return the arguments for AAC-LC, 48 kHz, stereo."""
    return ("-c:a", "aac", "-b:a", f"{house.audio_kbps}k", "-ac", "2", "-ar", str(AUDIO_RATE))
