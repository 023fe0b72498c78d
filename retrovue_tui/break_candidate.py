"""A point in a programme at which a commercial break would not hurt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

CandidateKind = Literal[
    "chapter", "edl", "black and silence", "fade", "black", "silence and scene", "silence", "scene", "operator"
]
"""The kind of a candidate: the events found there. "operator": nothing was found there; the operator set it by hand."""
CandidateState = Literal["found", "accepted", "rejected", "moved"]
"""The operator's decision about a candidate. "found": none yet."""
ReviewDecision = Literal["accept", "reject", "move", "forget"]
"""A decision of the operator about a candidate. "forget" takes back an earlier one."""
KINDS: Final[tuple[str, ...]] = get_args(CandidateKind)
DECISIONS: Final[tuple[str, ...]] = get_args(ReviewDecision)
NATURAL: Final = 0.5
"""The lowest score of a point at which a viewer expects a break. Points with a lower score are used only in a programme
that has no better ones."""


@dataclass(frozen=True)
class BreakCandidate:
    """A possible break in a programme.

    `frame` is the first frame after the break, at the house rate, from 0; `at_s` is its time from the programme's start
    in seconds. `score` is from 0 to 1. `why` describes the evidence for it.
    """

    frame: int
    at_s: float
    kind: CandidateKind
    score: float
    why: str
