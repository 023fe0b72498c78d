"""Draws the lane of break candidates (cues): a mark for each, and its score where there is room. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from retrovue_tui.break_candidate import NATURAL
from retrovue_tui.tui.rooms.timeline.model.cues import cues_of
from retrovue_tui.tui.rooms.timeline.model.lane_drawing import QUIET, known_items
from retrovue_tui.tui.text import glyphs
from retrovue_tui.tui.widgets.canvas import Row

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.pictures import AssetCue
    from retrovue_tui.tui.rooms.timeline.model.lane_drawing import Scene

STRONG: Final = 0.75
"""From this score on, a candidate has the mark of a strong one."""
_DECIDED: Final = {
    "accepted": (glyphs.DONE, "bold $tally-good"),
    "moved": (glyphs.RIGHT, "bold $tally-good"),
    "rejected": (glyphs.MISSING, "$quiet"),
}
_RANKS: Final = {"rejected": 0, "found": 1, "moved": 2, "accepted": 2}


def cue_row(scene: Scene) -> Row:
    """Return the row of break candidates. In a column with several, the best one is shown: one that the operator
    accepted or moved, then the one with the highest score, and a rejected one last."""
    row = Row(scene.view.width, QUIET)
    marks: dict[int, AssetCue] = {}
    for item in known_items(scene):
        for placed in cues_of(item, scene.facts[item.row.file]):
            column = scene.view.column(placed.frame)
            if 0 <= column < row.width and (column not in marks or _rank(placed.cue) > _rank(marks[column])):
                marks[column] = placed.cue
    for column, following in pairwise([*sorted(marks), row.width + 1]):
        glyph, style = mark_of(marks[column])
        row.put(column, glyph, style)
        score = score_text(marks[column])
        if column + len(score) + 1 < following:
            row.text(column + 1, row.width, score, style)
    return row


def mark_of(cue: AssetCue) -> tuple[str, str]:
    """Return the glyph of a candidate and its style: they show the operator's decision, or else the score."""
    if cue.state in _DECIDED:
        return _DECIDED[cue.state]
    if cue.score >= STRONG:
        return glyphs.CUE_STRONG, "bold $tally-good"
    return (glyphs.CUE, "$tally-good") if cue.score >= NATURAL else (glyphs.CUE_WEAK, "$tally-good 70%")


def score_text(cue: AssetCue) -> str:
    """Return the score of a candidate in three cells, like `.96`; empty if the operator has decided."""
    return "" if cue.state in _DECIDED else f"{cue.score:.2f}".removeprefix("0")[:3]


def _rank(cue: AssetCue) -> tuple[int, float]:
    return _RANKS.get(cue.state, 1), cue.score
