"""Finds out which media will not be rendered before it airs, at the measured speed of the renders. Pure but for the
store, which it asks what is prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_demand import Need
    from retrovue_tui.protocol.answers.snapshots import PrepareJob

SMOOTH: Final = 0.5
"""The weight of a new sample of the speed; the rest is the weight of the earlier ones."""


class Lateness(NamedTuple):
    """A need, the event loop's time at which its first missing frame airs, and how late a frame of it will be ready
    (s; early if negative)."""

    need: Need
    airs_at: float
    late_s: float


class RenderSpeed:
    """The speed of one render, measured again and again. 1.0 is real time; None until the first measurement."""

    def __init__(self) -> None:
        self.value: float | None = None

    def sample(self, jobs: Iterable[PrepareJob]) -> None:
        """Measure the renders that run now. If none does, the last value stays."""
        speeds = [job.speed for job in jobs if job.state == "running" and job.speed > 0]
        if speeds:
            now = sum(speeds) / len(speeds)
            self.value = now if self.value is None else SMOOTH * now + (1 - SMOOTH) * self.value


def lateness(needs: Iterable[Need], store: PieceStore, speed: float, slots: int, now: float) -> list[Lateness]:
    """Return how late each need will be whose first piece is not prepared, in the order of air times. All needs share
    `slots` renders of this `speed`, and those that air first are rendered first. `now` is the event loop's time."""
    rate, found, free_at, total = store.house.rate, [], now, speed * slots
    reached: dict[str, int] = {}
    for need in sorted(needs, key=lambda each: each.air_at):
        if not store.is_open(need.asset):
            continue
        first = max(need.first, reached.get(need.asset.key, 0))
        there = max(first, store.ready(need.asset, first)) if first < need.end else need.end
        if there >= need.end:
            continue
        missing_s = float(rate.seconds(need.end - there))
        airs_at = need.air_at + float(rate.seconds(there - need.first))
        # a render slower than real time is latest at its end
        late_s = max(free_at - airs_at, free_at + missing_s / speed - airs_at - missing_s)
        found.append(Lateness(need, airs_at, late_s))
        free_at += missing_s / total
        reached[need.asset.key] = max(need.end, reached.get(need.asset.key, 0))
    return found
