"""The break candidates of a programme of which every frame was measured. Blocking; call it in a worker process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.media.analysis.candidates import find_candidates
from retrovue_tui.media.analysis.measuring.piece_signals import together
from retrovue_tui.media.analysis.measuring.signal_store import load

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.analysis.measuring.signals import FileMark
    from retrovue_tui.timecode import FrameRate


def refined_candidates(
    folder: Path, rate: FrameRate, frames: int, marks: tuple[FileMark, ...], sound: bool
) -> list[BreakCandidate] | None:
    """Return the candidates found in the signals of all pieces in `folder`; None if frames are missing. `sound` is
    whether the programme has sound."""
    signals = together(load(folder), rate, frames, marks, sound=sound)
    return None if signals is None else find_candidates(signals)
