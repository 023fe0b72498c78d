"""The rule that locks the next 0.3 s on air: no edit changes frames that are on their way to the viewers already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from retrovue_tui.timecode import FrameRate

LOCK_S: Final = 0.3
"""Frames that air within this time (s) cannot be edited; `EditSession.not_aired` enforces it. Clients read this value
as `StationSnapshot.lock_s`."""


def locked_frames(rate: FrameRate, lock_s: float = LOCK_S) -> int:
    """Return how many frames from the next one on are locked: at least the next one."""
    return max(1, rate.count(lock_s))


def why_locked(frame: int, rate: FrameRate) -> str:
    """Return the reason why an edit at this frame of an entry is refused."""
    return f"frame {frame} ({rate.timecode(frame)}) has aired, or airs within {LOCK_S:g} s"
