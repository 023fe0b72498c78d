"""The operator's review of a programme's break candidates, and how it changes what analysis found. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from retrovue_tui.break_candidate import BreakCandidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from retrovue_tui.break_candidate import CandidateState, ReviewDecision
    from retrovue_tui.timecode import FrameRate

_SAME_S: Final = 1.0
"""If a reviewed frame has no candidate, the nearest candidate not farther away than this counts as the reviewed one
(s): a newer version of the analysis may find it some frames earlier or later."""


@dataclass(frozen=True)
class ReviewedCandidate:
    """A candidate with the operator's decision about it. `was`: the frame from which it was moved; None if it was
    not."""

    candidate: BreakCandidate
    state: CandidateState = "found"
    was: int | None = None

    @property
    def frame(self) -> int:
        """The first frame after the break."""
        return self.candidate.frame


@dataclass(frozen=True)
class Review:
    """The operator's decisions about one programme.

    `places` has the frame of each reviewed candidate, and of each point set by hand, with the frame at which the break
    goes: the same frame if it is accepted, another one if it is moved, None if it is rejected.
    """

    places: Mapping[int, int | None] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def accepted(self) -> tuple[int, ...]:
        """The frames at which breaks may go by the operator's decision, accepted or moved there, in order."""
        return tuple(sorted({to for to in self.places.values() if to is not None}))

    def decided(self, frame: int, decision: ReviewDecision, to: int | None = None) -> Review:
        """Return the review after one more decision. `frame` is the frame at which the candidate is now, so after a
        move it is the new one; `to` is the frame to which `move` moves it."""
        places = dict(self.places)
        origin = next((old for old, new in places.items() if new == frame), frame)
        if decision == "forget":
            places.pop(origin, None)
        elif decision == "reject":
            places[origin] = None
        elif decision == "move":
            assert to is not None
            places = {old: new for old, new in places.items() if new != to and (old, new) != (to, None)}
            places[origin] = to
        else:
            places[origin] = frame
        return Review(MappingProxyType(places))

    def at_rate(self, old: FrameRate, new: FrameRate) -> Review:
        """Return the review, made at the rate `old`, in frames of the rate `new`."""
        if old == new:
            return self

        def converted(frame: int) -> int:
            return new.nearest(old.seconds(frame))

        places = {converted(frame): None if to is None else converted(to) for frame, to in self.places.items()}
        return Review(MappingProxyType(places))


def reviewed(found: Iterable[BreakCandidate], review: Review, rate: FrameRate) -> tuple[ReviewedCandidate, ...]:
    """Return the candidates that analysis found, together with the operator's own, after the review; by frame, and at
    most one at each frame. Rejected ones are among them: `offered` leaves them out."""
    rest = {each.frame: each for each in sorted(found, key=lambda one: one.score)}
    bases = {frame: rest.pop(frame) for frame in review.places if frame in rest}
    for frame in sorted(review.places.keys() - bases.keys()):
        near = min(rest, key=lambda one: (abs(one - frame), one), default=None)
        if near is not None and abs(near - frame) <= rate.count(_SAME_S):
            bases[frame] = rest.pop(near)
    merged = {each.frame: ReviewedCandidate(each) for each in rest.values()}
    merged |= {frame: _rejected(frame, bases, rate) for frame, to in review.places.items() if to is None}
    merged |= {to: _accepted(frame, to, bases, rate) for frame, to in review.places.items() if to is not None}
    return tuple(merged[frame] for frame in sorted(merged))


def offered(candidates: Iterable[ReviewedCandidate]) -> tuple[BreakCandidate, ...]:
    """Return the candidates at which breaks may be planned: all but the rejected ones."""
    return tuple(each.candidate for each in candidates if each.state != "rejected")


def _rejected(frame: int, bases: Mapping[int, BreakCandidate], rate: FrameRate) -> ReviewedCandidate:
    return ReviewedCandidate(_decided(frame, frame, bases, rate, "rejected by the operator"), "rejected")


def _accepted(frame: int, to: int, bases: Mapping[int, BreakCandidate], rate: FrameRate) -> ReviewedCandidate:
    if frame == to:
        words = "accepted by the operator" if frame in bases else "set by the operator"
        return ReviewedCandidate(replace(_decided(frame, to, bases, rate, words), score=1.0), "accepted")
    words = f"moved by the operator from {rate.timecode(frame)}"
    return ReviewedCandidate(replace(_decided(frame, to, bases, rate, words), score=1.0), "moved", frame)


def _decided(frame: int, to: int, bases: Mapping[int, BreakCandidate], rate: FrameRate, words: str) -> BreakCandidate:
    """Return the candidate at `frame`, placed at the frame `to`; `words` name the decision."""
    base, at_s = bases.get(frame), round(float(rate.seconds(to)), 3)
    if base is None:
        return BreakCandidate(to, at_s, "operator", 0.0, words)
    return replace(base, frame=to, at_s=at_s, why=f"{words}; {base.why}")
