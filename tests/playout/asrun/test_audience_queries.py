"""Sums over the as-run log, compared with the rows that were written."""

from __future__ import annotations

import random
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.audience.intervals import Airing
from retrovue_tui.playout.asrun import audience_queries, audience_rows
from retrovue_tui.playout.asrun.audience_queries import Selection
from retrovue_tui.playout.asrun.audience_report import audience_report
from retrovue_tui.playout.asrun.audience_rows import AudienceRow
from retrovue_tui.playout.asrun.schema import KEEP, bring_up_to_date
from retrovue_tui.protocol.answers.asrun import AsRunEntry, flat
from retrovue_tui.protocol.answers.audience import DIMENSIONS, AudienceFilter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrovue_tui.protocol.answers.audience import AudienceFigures

BREAKS, SPOTS = 20, 3


def spot(number: int, file: str) -> AsRunEntry:
    """Airing `number`: a spot of a channel with three spots in each break."""
    at = 1_795_000_000.0 + 30 * number
    return AsRunEntry(
        f"a{number}", "1", f"e{number}", "spot", "Cola", file, f"b{number // SPOTS}", 1, at, 0, at, number * 900,
        at + 30, number * 900 + 900, 0, 900, 900, ended="complete", spot="/ads/cola.mp4",
        position=1 + number % SPOTS, break_airing=f"a{number - number % SPOTS}",
    )  # fmt: skip


def audience(number: int) -> AudienceRow:
    dice = random.Random(number)
    start, left = dice.randrange(10, 90), dice.randrange(10)
    return AudienceRow(f"a{number}", "", "", "", start, start + 2, start - left, 2, left, left, left, start * 29.5)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "asrun.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as found:
        bring_up_to_date(found, path)
        yield found


def test_the_breaks_that_were_watched_most_and_the_sums_over_all(
    base: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_queries, "MOST_ROWS", 5)
    numbers = range(BREAKS * SPOTS)
    base.executemany(KEEP, [flat(spot(number, "/ads/cola.mp4")) for number in numbers])
    audience_rows.write(base, map(audience, numbers))
    rows, count, totals = audience_queries.sums_of_breaks(base, Selection(AudienceFilter(), "break"))
    watched: dict[str, float] = defaultdict(float)
    for number in numbers:
        watched[f"1/b{number // SPOTS}"] += audience(number).viewer_seconds
    most = sorted(watched, key=lambda key: (-watched[key], key))[:5]
    assert count == BREAKS
    assert [(key, airings) for key, _, airings, *_ in rows] == [(key, SPOTS) for key in most]
    (one,) = audience_queries.sums(base, Selection(AudienceFilter(), "channel"), "channel")
    assert list(one[2:]) == pytest.approx(list(totals))
    peaks, left = ([getattr(audience(number), name) for number in numbers] for name in ("viewers_peak", "left"))
    assert (totals[0], totals[5], totals[8]) == (BREAKS * SPOTS, max(peaks), sum(left))


def test_without_an_airing_every_sum_is_zero(base: sqlite3.Connection, tmp_path: Path) -> None:
    for by in DIMENSIONS:
        total = audience_report(tmp_path / "asrun.db", AudienceFilter(), by).total
        assert (total.airings, total.completed, total.frames_aired, total.viewer_seconds) == (0, 0, 0, 0.0)


def test_variants_and_groups_of_one_airing_are_counted_apart(base: sqlite3.Connection) -> None:
    files = ["/ads/cola.mp4", "/ads/cola-b.mp4", "/ads/cola.mp4"]
    base.executemany(KEEP, [flat(spot(number, file)) for number, file in enumerate(files)])
    audience_rows.write(base, [audience(number) for number in range(3)])
    audience_rows.write(
        base, [AudienceRow("a2", "one", "720p", "ts", 7, 7, 5, left_start=2), AudienceRow("a2", "two", "720p", "ts", 9)]
    )
    # an airing is one observation, whatever renditions of it were watched
    audience_rows.write(base, [AudienceRow("a2", "two", "480p", "hls", 4, 4, 1, left_start=3)])
    seen = [Airing(row.viewers_start, row.viewers_start - row.left_start) for row in map(audience, range(3))]
    chosen = Selection(AudienceFilter(), "variant")
    audience_queries.collect_groups(base, chosen)
    assert audience_queries.variant_airings(base, chosen) == {
        "/ads/cola.mp4": {
            files[0]: [seen[0]], files[1]: [seen[1]], "one": [Airing(7, 5)], "two": [Airing(13, 10)],
        },
    }  # fmt: skip


def test_each_group_of_a_split_counts_as_the_variant_that_it_saw(base: sqlite3.Connection, tmp_path: Path) -> None:
    """One airing for all, and one that was split: the spot's own viewers are those of both."""
    own, other = "/ads/cola.mp4", "/ads/cola-b.mp4"
    base.executemany(KEEP, [flat(spot(number, own)) for number in range(2)])
    audience_rows.write(base, [AudienceRow(f"a{n}", "", "", "", 20, 21, 18, 1, 3, 2, 2, 580.0) for n in range(2)])
    groups = [(own, "720p", "ts", 8), (own, "480p", "hls", 4), (other, "720p", "ts", 8)]
    audience_rows.write(base, [AudienceRow("a1", f, r, d, n, n, n - 1, 0, 1, 1, 1, 29.0 * n) for f, r, d, n in groups])
    report = audience_report(tmp_path / "asrun.db", AudienceFilter(), "variant")
    rows = {row.label: row for row in report.rows}
    assert rows["cola.mp4"].viewers_start == 20 + 12
    assert rows["cola.mp4"].airings == 2
    assert rows["cola-b.mp4"].viewers_start == 8
    assert rows["cola-b.mp4"].viewer_seconds == pytest.approx(29 * 8)
    assert (report.total.airings, report.total.viewers_start) == (2, 40)


def test_a_filter_for_one_variant_counts_the_groups_that_saw_it(base: sqlite3.Connection, tmp_path: Path) -> None:
    """Its figures, its curve and its hours are those of its own viewers: of two airings, one was split."""
    own, other = "/ads/cola.mp4", "/ads/cola-b.mp4"
    base.executemany(KEEP, [flat(spot(number, own)) for number in range(2)])
    curve = audience_rows.curve_text(1, {2: (0, 1, 1, 1)})
    audience_rows.write(base, [AudienceRow(f"a{n}", "", "", "", 20, 21, 18, 1, 3, 2, 2, 580.0) for n in range(2)])
    groups = [(own, "720p", "ts", 8), (own, "480p", "hls", 4), (other, "720p", "ts", 8)]
    audience_rows.write(
        base, [AudienceRow("a1", f, r, d, n, n, n - 1, 0, 1, 1, 1, 29.0 * n, curve) for f, r, d, n in groups]
    )
    path = tmp_path / "asrun.db"
    rows = audience_report(path, AudienceFilter(), "variant", hours=True)
    assert [sum(seen) for seen in rows.hours] == pytest.approx([row.viewer_seconds for row in rows.rows])
    for row in rows.rows:
        one = audience_report(path, AudienceFilter(dimension="variant", key=row.key), "hour", hours=True)
        shared = ("airings", "viewers_start", "viewers_end", "left_start", "viewer_seconds", "retention")
        assert [getattr(one.total, name) for name in shared] == [getattr(row, name) for name in shared]
        assert sum(map(sum, one.hours)) == pytest.approx(row.viewer_seconds)
        assert (one.curve.airings, one.curve.viewers_start) == (row.airings, row.viewers_start)
    seen = audience_report(path, AudienceFilter(dimension="variant", key=other), "hour").curve
    assert seen.stayed[2] == 1.0
    assert seen.stayed[3] == pytest.approx(7 / 8)


def test_a_split_airing_that_was_cut_counts_for_each_variant_that_a_group_saw(
    base: sqlite3.Connection, tmp_path: Path
) -> None:
    """It was cut for all, but it is one airing: the total has it once."""
    own, other, note = "/ads/cola.mp4", "/ads/cola-b.mp4", "returned from the break"
    cut = [replace(spot(number, own), ended="cut", note=note, frames_aired=300) for number in range(2)]
    base.executemany(KEEP, [flat(each) for each in cut])
    audience_rows.write(base, [AudienceRow(f"a{n}", "", "", "", 20, 21, 18, 1, 3, 2, 2, 580.0) for n in range(2)])
    audience_rows.write(base, [AudienceRow("a1", f, "720p", "ts", n, n, n) for f, n in ((own, 12), (other, 8))])
    path = tmp_path / "asrun.db"
    report = audience_report(path, AudienceFilter(), "variant")
    assert {row.label: early(row) for row in report.rows} == {
        "cola.mp4": {("cut", note): 2}, "cola-b.mp4": {("cut", note): 1},
    }  # fmt: skip
    assert early(report.total) == {("cut", note): 2}
    one = audience_report(path, AudienceFilter(dimension="variant", key=other), "channel")
    assert early(one.total) == {("cut", note): 1}
    assert early(audience_report(path, AudienceFilter(), "spot").total) == {("cut", note): 2}


def early(row: AudienceFigures) -> dict[tuple[str, str], int]:
    """How many airings ended early, by how and why."""
    return {(each.ended, each.why): each.airings for each in row.reasons}
