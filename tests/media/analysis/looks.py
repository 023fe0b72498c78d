"""Made-up looks of pictures, for the tests of what is found in them."""

from __future__ import annotations

from retrovue_tui.media.analysis.measuring.signals import FrameLook


def bright(frame: int, change: float = 2.0, luma: int = 120) -> FrameLook:
    """A picture of a scene, with many shades."""
    return FrameLook(frame, max(16, luma - 80), luma, luma + 40, luma + 80, 40.0, change)


def black(frame: int, luma: int = 16, change: float = 0.0) -> FrameLook:
    """A black or grey picture with a little grain."""
    return FrameLook(frame, luma - 1, luma, luma + 1, luma + 2, 0.6, change)


def dark_scene(frame: int) -> FrameLook:
    """A scene at night: dark, but with shades."""
    return FrameLook(frame, 16, 24, 34, 48, 8.0, 1.0)


def letters(frame: int) -> FrameLook:
    """White letters on black."""
    return FrameLook(frame, 16, 16, 18, 200, 35.0, 3.0)


def faded(frame: int, part: float, luma: int = 16) -> FrameLook:
    """A scene that is faded to black by `part`, from 0 to 1."""
    values = [round(luma + (value - luma) * (1 - part)) for value in (40, 120, 160, 200)]
    return FrameLook(frame, values[0], values[1], values[2], values[3], 40.0 * (1 - part), 5.0)
