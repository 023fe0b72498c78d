"""The answers about the audience: how many watched what, how many stayed, and every airing for an advertiser.

Times `…_at` are Unix time (s). No figure says anything about a single viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Dimension = Literal["spot", "advertiser", "position", "break", "programme", "hour", "variant", "channel"]
"""By what the figures are grouped:

- `spot`: all variants of a spot together; `variant`: each variant alone.
- `position`: the place of the spot in its break, from 1.
- `break`: one break, each time that it airs.
- `programme`: the programme itself, not its breaks.
- `hour`: the hour of the day in the station's time zone.
"""
DIMENSIONS: Final[tuple[Dimension, ...]] = (
    "spot", "advertiser", "position", "break", "programme", "hour", "variant", "channel",
)  # fmt: skip
DEFAULT_ROWS: Final = 200
MOST_ROWS: Final = 2_000
MOST_AIRINGS: Final = 20_000
"""The most airings in a proof of play."""
LONGEST_CURVE: Final = 600
"""The most points of a curve."""


@dataclass(frozen=True)
class AudienceFilter:
    """Which airings count. `since`, `until`: those that began at `since` or later, and before `until`. `spot`: the file
    of a spot, or only its name; all of its variants count. `dimension`, `key`: only those of one group, which has the
    key `key` in the figures by `dimension`; both or none. The name of a file is enough for a variant.
    None: no restriction."""

    channel: str | None = None
    since: float | None = None
    until: float | None = None
    spot: str | None = None
    advertiser: str | None = None
    dimension: Dimension | None = None
    key: str | None = None


@dataclass(frozen=True)
class ReasonCount:
    """How many airings ended early for one reason. `ended`: as in the as-run log."""

    ended: str
    why: str
    airings: int


@dataclass(frozen=True)
class AudienceFigures:
    """The sums over all airings of one group of rows.

    `key` identifies the group, `label` is its name for people. `completed`: the airings whose frames all aired; the
    others are in `reasons`. `viewers_start`, `viewers_end`: the sums over the airings; `viewers_peak`: the most at
    once. `joined`, `left`: how many came and went during the airings; `left_start`: how many of those who were there at
    the start of the airing left during it. `retention`: the share of the viewers at the start who stayed to the end;
    None if nobody watched. `left_per_hour`: how many left per hour of viewing; `left_per_hour_before`: the same for the
    programmes directly before the breaks; None if there was no viewing.
    """

    key: str
    label: str
    airings: int
    completed: int
    reasons: tuple[ReasonCount, ...]
    frames_aired: int
    seconds_aired: float
    viewers_start: int
    viewers_peak: int
    viewers_end: int
    joined: int
    left: int
    left_start: int
    viewer_seconds: float
    retention: float | None
    left_per_hour: float | None
    left_per_hour_before: float | None


@dataclass(frozen=True)
class RetentionCurve:
    """How the audience changes, second by second. Point `n` is the state `n * step_s` seconds after the start.

    `stayed`: the share of the viewers at the start who are still there; `audience`: the number of viewers in proportion
    to the start, so viewers who join count as well. Both are empty if nobody watched at the start.
    """

    step_s: int
    stayed: tuple[float, ...]
    audience: tuple[float, ...]
    airings: int
    viewers_start: int


@dataclass(frozen=True)
class VariantDifference:
    """The retention of one variant minus the retention of another, with its uncertainty.

    `low`, `high`: the interval with the confidence `level`; None if there are too few airings for one. `conclusive`:
    the interval does not contain 0. `airings_needed`: about how many more airings of each variant are needed until the
    interval reaches half of `difference` to each side, or 1 point if that is more; 0 if there are enough.
    `statement` says all this in one sentence.
    """

    spot: str
    variant: str
    other: str
    difference: float | None
    low: float | None
    high: float | None
    level: float
    conclusive: bool
    airings_needed: int | None
    statement: str


@dataclass(frozen=True)
class ViewersNow:
    """The viewers of a channel now. `rendition`: the house format that they take; `delivery`: `ts` or `hls`."""

    channel: str
    rendition: str
    delivery: str
    viewers: int


@dataclass(frozen=True)
class AudienceReport:
    """`GET /api/audience`. `total`: all selected airings together. `curve`: the retention during one airing, from its
    start; `break_curve`: the retention through the breaks, from their start. If the filter selects one variant, both
    are of the viewers who saw it: where an airing splits its viewers, those of its groups, also before and after it in
    the break. `rows` has the largest groups first, or those of positions and hours in order; `rows_left_out`: how many
    groups did not fit. `hours`: for each row, in the same order, the viewer-seconds in each hour of the day, from 0 to
    23; empty unless they were asked for."""

    at: float
    by: Dimension
    filter: AudienceFilter
    kept_days: float
    total: AudienceFigures
    rows: tuple[AudienceFigures, ...]
    rows_left_out: int
    curve: RetentionCurve
    break_curve: RetentionCurve
    differences: tuple[VariantDifference, ...]
    now: tuple[ViewersNow, ...] = ()
    hours: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class ProofAiring:
    """One airing of a spot, to the frame. `variant`: the file that aired; `spot`: the spot to which it belongs.
    `position`: its place in the break; None outside of a break. `ended`, `why`: as in the as-run log."""

    id: str
    channel: str
    spot: str
    variant: str
    title: str
    advertiser: str
    started_at: float
    ended_at: float | None
    first_frame: int
    end_frame: int | None
    frames_planned: int
    frames_aired: int
    ended: str | None
    why: str
    break_id: str | None
    position: int | None
    programme: str
    viewers_start: int
    viewers_peak: int
    viewers_end: int
    joined: int
    left: int
    viewer_seconds: float


@dataclass(frozen=True)
class ProofOfPlay:
    """`GET /api/audience/proof`: every selected airing, in the order in which they aired. `left_out`: how many more
    there are; choose a shorter period."""

    at: float
    station: str
    filter: AudienceFilter
    airings: tuple[ProofAiring, ...]
    left_out: int
    total: AudienceFigures
    curve: RetentionCurve
