"""Figures of an audience, for the tests of the room that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.audience import (
    AudienceFigures,
    AudienceReport,
    ProofAiring,
    ReasonCount,
    RetentionCurve,
    VariantDifference,
    ViewersNow,
)
from tests.tui.station import NO_CURVE, NOW, FakeStation, no_figures

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.audience import AudienceFilter, Dimension

DAY: Final = (*[0.0] * 7, 0.05, 0.1, 0.05, *[0.0] * 7, 0.1, 0.1, 0.2, 0.3, 0.1, 0.0, 0.0)
"""The shares of the viewing in each hour of the day."""
COLA, SOAP, CAR = "/ads/cola.mp4", "/ads/soap.mp4", "/ads/car.mp4"
UNSURE: Final = VariantDifference(
    COLA, COLA, "/ads/cola-b.mp4", -0.0095, -0.031, 0.012, 0.95, False, 40,
    "No difference between cola.mp4 and cola-b.mp4 is shown (-3.1 to +1.2 points at 95 %);"
    " about 40 more airings of each would tell more.",
)  # fmt: skip
TOO_LITTLE: Final = VariantDifference(
    SOAP, SOAP, "/ads/soap-b.mp4", 0.2, None, None, 0.95, False, 7,
    "Too little to compare soap.mp4 with soap-b.mp4: about 7 more watched airings of each are needed.",
)  # fmt: skip


def figures(key: str, label: str, airings: int, start: int, left: int, *, cut: int = 0) -> AudienceFigures:
    """The figures of airings of 30 s, which `start` viewers saw begin and `left` of them did not see end."""
    reasons = (ReasonCount("cut", "break now", cut),) if cut else ()
    seconds = 30.0 * airings
    return AudienceFigures(
        key, label, airings, airings - cut, reasons, 899 * airings, seconds, start, min(start, 9), start - left + 3,
        3, left, left, 30.0 * start, 1 - left / start if start else None, 120 * left / start if start else None,
        4.2 if start else None,
    )  # fmt: skip


def curve(last: float, viewers: int, airings: int, seconds: int = 30) -> RetentionCurve:
    """A curve that falls evenly; some viewers join halfway."""
    stayed = tuple(1 - (1 - last) * second / seconds for second in range(seconds + 1))
    audience = tuple(share + (0.1 if second > seconds // 2 else 0.0) for second, share in enumerate(stayed))
    return RetentionCurve(1, stayed, audience, airings, viewers)


_ROWS: Final[dict[Dimension, tuple[AudienceFigures, ...]]] = {
    "spot": (
        figures(COLA, "Cola 30", 34, 212, 30, cut=3), figures(SOAP, "Soap flakes", 20, 100, 4),
        figures(CAR, "Car [new]", 9, 12, 6), figures("/ads/tea.mp4", "Tea", 2, 0, 0),
    ),
    "advertiser": (figures("Cola Inc.", "Cola Inc.", 34, 212, 30, cut=3),
                   figures("", "(no advertiser)", 31, 112, 10)),
    "position": (figures("1", "1", 30, 200, 12), figures("2", "2", 35, 124, 28, cut=3)),
    "break": (figures("1/b2", "1/b2", 30, 200, 12),),
    "programme": (figures("/m/late.mkv", "The Late Picture Show", 3, 40, 20),),
    "hour": (figures("8", "08:00", 20, 40, 12), figures("20", "20:00", 45, 284, 28, cut=3)),
    "variant": (figures(COLA, "cola.mp4", 18, 110, 16, cut=3), figures("/ads/cola-b.mp4", "cola-b.mp4", 16, 102, 14)),
    "channel": (figures("1", "1", 40, 200, 30, cut=3), figures("2", "2", 25, 124, 10)),
}  # fmt: skip


def report(wanted: AudienceFilter, by: Dimension) -> AudienceReport:
    """The report of a station. It has no airings of today."""
    if wanted.since is not None and NOW - wanted.since < 86_400 and wanted.until is None:
        return no_figures(wanted, by)
    rows = tuple(row for row in _ROWS[by] if wanted.dimension != by or row.key == wanted.key)
    one = next((row for row in _ROWS[wanted.dimension] if row.key == wanted.key), None) if wanted.dimension else None
    total = one or figures("", "all", 65, 324, 40, cut=3)
    known = curve(total.retention, total.viewers_start, total.airings) if total.retention is not None else NO_CURVE
    differences = {COLA: (UNSURE,), SOAP: (TOO_LITTLE,), None: (UNSURE, TOO_LITTLE)}.get(wanted.spot, ())
    return AudienceReport(
        NOW, by, wanted, 400.0, total, rows, 0, known, curve(0.5, 60, 20, 150),
        differences if by == "variant" else (),
        (ViewersNow("1", "720p", "hls", 1), ViewersNow("1", "720p", "ts", 2), ViewersNow("2", "480p", "ts", 1)),
        tuple(tuple(row.viewer_seconds * share for share in DAY) for row in rows),
    )  # fmt: skip


def airing(number: int, spot: str = COLA) -> ProofAiring:
    """An airing of a spot for a proof of play."""
    at = NOW - 3_600 * number
    return ProofAiring(
        f"a-{number}", "1", spot, spot, "Cola 30", "Cola Inc.", at, at + 30, 0, 899, 899, 899, "complete", "", "b2", 1,
        "The Late Picture Show", 6, 7, 5, 1, 2, 170.0,
    )  # fmt: skip


def with_audience(station: FakeStation | None = None) -> FakeStation:
    """A station whose spots were watched."""
    station = station or FakeStation()
    station.figures = report
    station.airings = (airing(2), airing(1), airing(0, SOAP))
    return station
