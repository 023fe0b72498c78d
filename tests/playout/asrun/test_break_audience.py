"""The viewers of each group through a break, against a second count that looks at each viewer."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.audience.curves import CurveSums, curve_of
from retrovue_tui.playout.asrun import audience_curves, audience_recorder, audience_rows, break_audience
from retrovue_tui.playout.asrun.audience_queries import Selection
from retrovue_tui.playout.asrun.audience_recorder import AudienceRecorder, ViewersOf
from retrovue_tui.playout.asrun.audience_rows import AudienceRow, GroupBreakRow, read_curve
from retrovue_tui.playout.asrun.break_audience import BreakAudience
from retrovue_tui.playout.asrun.schema import KEEP, bring_up_to_date
from retrovue_tui.protocol.answers.asrun import AsRunEntry, flat
from retrovue_tui.protocol.answers.audience import AudienceFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from retrovue_tui.playout.asrun.audience_rows import AnyAudienceRow

TS, HLS = ViewersOf("720p", "ts"), ViewersOf("720p", "hls")
BEGAN = 1_795_000_000.0


def by_parity(key: str) -> str:
    """Groups of which the test knows the viewers; those without a key have none."""
    return ("", "a", "b")[1 + int(key) % 2] if key else ""


def by_thirds(key: str) -> str:
    return "xyz"[int(key) % 3] if key else ""


@dataclass
class Air:
    """A recorder with a clock that the test sets. `rows`: what it has written; `waiting`: what it does a moment
    later."""

    now: float = 0.0
    rows: dict[tuple[str, ...], AnyAudienceRow] = field(default_factory=dict)
    waiting: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recorder = AudienceRecorder(self._put, lambda: self.now, later=self.waiting.append)

    def _put(self, row: AnyAudienceRow) -> None:
        self.rows[row.key] = row

    def work(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()

    def spot(self, id: str, first: str, group_of: Callable[[str], str] | None = None) -> None:
        self.recorder.airing_began(id, break_airing=first, group_of=group_of)

    def of(self, airing: str, group: str) -> tuple[int, list[tuple[int, int, int, int, int]]] | None:
        """The viewers of a group at the start of the break, and their changes."""
        row = self.rows.get((airing, group))
        return (row.viewers_start, read_curve(row.curve)[1]) if isinstance(row, GroupBreakRow) else None


def test_a_group_counts_from_the_start_of_the_break_to_its_end() -> None:
    """Six viewers are there when the break begins; one of each group leaves before, during and after the split."""
    air = Air()
    air.recorder.airing_began("film")
    for number in range(6):
        air.recorder.joined(number, TS, str(number))
    air.recorder.joined("without a key", TS)
    air.now = 100
    air.spot("soap", "soap")
    for at, gone in ((105, 0), (107, 1), (112, 2), (117, 3), (123, 4), (128, 5)):
        for second, id in ((110, "cola"), (120, "car")):
            if air.now < second <= at:
                air.now = second
                air.spot(id, "soap", by_parity if id == "cola" else None)
        air.now = at
        air.recorder.left(gone)
    air.now = 129
    air.recorder.joined(7, HLS, "7")
    air.now = 130
    air.recorder.airing_began("film")
    air.now = 150
    air.recorder.left(7)
    assert air.of("cola", "a") == (3, [(5, 0, 1, 1, 1), (12, 0, 1, 1, 1), (23, 0, 1, 1, 1)])
    assert air.of("cola", "b") == (3, [(7, 0, 1, 1, 1), (17, 0, 1, 1, 1), (28, 0, 1, 1, 1), (29, 1, 0, 0, 0)])
    assert {key for key, row in air.rows.items() if isinstance(row, GroupBreakRow)} == {("cola", "a"), ("cola", "b")}


def test_without_a_split_there_are_no_rows_of_groups() -> None:
    air = Air()
    air.recorder.joined(1, TS, "1")
    for number, name in enumerate(("film", "cola", "soap", "film")):
        air.now = 10.0 * number
        air.recorder.airing_began(f"{name}{number}", break_airing="cola1" if 0 < number < 3 else None)
    air.recorder.left(1)
    assert not any(isinstance(row, GroupBreakRow) for row in air.rows.values())


@pytest.mark.parametrize("ago_s", [3.0, 6.0])
def test_a_viewer_whose_segments_begin_inside_a_split_counts_for_no_group_of_it(ago_s: float) -> None:
    """It sees the spot itself then, not by chance, and its own version in the next split. `ago_s`: it begins with what
    aired 1 s after the start of the break, or 2 s before it."""
    air = Air()
    air.recorder.airing_began("film")
    air.recorder.joined("ts", TS, "1")
    air.now = 10
    air.spot("cola", "cola", by_parity)
    air.now = 14
    air.recorder.joined("hls", HLS, "3", ago_s, whole_to=13.5)
    air.now = 20
    air.spot("soap", "cola", by_thirds)
    air.work()
    air.now = 25
    air.recorder.left("hls")
    air.recorder.left("ts")
    air.now = 30
    air.recorder.airing_ended()
    counts = {key: row for key, row in air.rows.items() if isinstance(row, AudienceRow)}
    assert {key[1:] for key in counts if key[0] == "cola"} == {
        ("", "", ""), ("b", "720p", "ts"), ("", "720p", "hls"),
    }  # fmt: skip
    whole, hls = counts["cola", "", "", ""], counts["cola", "", "720p", "hls"]
    before = int(ago_s == 6.0)
    assert (whole.viewers_start, whole.joined, whole.viewers_end) == (1 + before, 1 - before, 2)
    assert (hls.viewers_start, hls.joined, hls.viewer_seconds) == (before, 1 - before, 9.0 + before)
    assert {key[1:] for key in counts if key[0] == "soap"} == {
        ("", "", ""), ("y", "720p", "ts"), ("x", "720p", "hls"),
    }  # fmt: skip
    assert air.of("cola", "b") == (1, [(15, 0, 1, 1, 1)])
    assert air.of("soap", "x") == ((1, [(15, 0, 1, 1, 1)]) if before else (0, [(1, 1, 0, 0, 0), (15, 0, 1, 0, 0)]))


def test_a_slate_does_not_end_a_break() -> None:
    air = Air()
    for number in range(4):
        air.recorder.joined(number, TS, str(number))
    air.spot("cola", "cola", by_parity)
    air.now = 10
    air.recorder.airing_began("slate", slate=True)
    air.now = 12
    air.spot("soap", "cola")
    air.now = 15
    air.recorder.left(2)
    air.recorder.airing_ended()
    assert air.of("cola", "a") == (2, [(15, 0, 1, 1, 1)])
    assert air.of("cola", "b") == (2, [])


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[int], list[int], list[tuple[float, float, float, float]]]:
    """A film, a break of some spots, and the film again: when each begins; which spots split the viewers. Then viewers:
    when each joins and leaves, and how late each is noticed."""
    starts = sorted(draw(st.sets(st.integers(0, 60), min_size=3, max_size=7)))
    splits = draw(st.lists(st.integers(1, len(starts) - 2), max_size=3, unique=True))
    tenths = st.tuples(st.integers(0, 700), st.integers(0, 300), st.integers(0, 200), st.integers(0, 200))
    viewers = draw(st.lists(tenths, max_size=12))
    # Viewers come and go between whole seconds, so that it is clear which airing they see.
    return (
        starts,
        splits,
        [(join / 10 + 0.05, (join + stay) / 10 + 0.07, early / 10, late / 10) for join, stay, early, late in viewers],
    )


@settings(max_examples=200, deadline=None)
@given(plans(), st.sampled_from([1, 3, 500]))
def test_each_group_has_the_changes_of_its_viewers(
    plan: tuple[list[int], list[int], list[tuple[float, float, float, float]]], part: int
) -> None:
    """Whatever is noticed late, and whenever the earlier changes are counted; all groups together have the curve of all
    viewers."""
    starts, splits, viewers = plan
    air = Air()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(break_audience, "PART", part)
        patch.setattr(audience_recorder, "PART", part)
        play(air, starts, splits, viewers)
    began, over = starts[1], starts[-1]
    for split in splits:
        whole = air.rows.get((f"spot {split}", "", "", ""), AudienceRow(f"spot {split}", "", "", ""))
        assert isinstance(whole, AudienceRow)
        first, last = starts[split], starts[split + 1]
        assert whole.viewers_start == sum(join < first <= leave for join, leave, *_ in viewers)
        assert whole.viewers_end == sum(join < last <= leave for join, leave, *_ in viewers)
        spent = sum(max(0.0, min(leave, last) - max(join, first)) for join, leave, *_ in viewers)
        assert whole.viewer_seconds == pytest.approx(spent, abs=0.01)
        group_of = by_parity if split % 2 else by_thirds
        expected: dict[str, list[int]] = defaultdict(list)
        found: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
        for number, (join, leave, *_) in enumerate(viewers):
            name = group_of(str(number))
            there = join < began <= leave
            expected[name].append(there)
            if began <= join < over:
                found[name][int(join - began), 1] += 1
            if began <= leave < over:
                found[name][int(leave - began), 2] += 1
                found[name][int(leave - began), 4] += there
        for name, starting in expected.items():
            row = air.of(f"spot {split}", name)
            assert (row or (0, []))[0] == sum(starting)
            for change in (row or (0, []))[1]:
                for column in (1, 2, 4):
                    assert change[column] == found[name][change[0], column]
            counted = sum(sum(change[1:3]) for change in (row or (0, []))[1])
            assert counted == sum(count for (_, column), count in found[name].items() if column != 4)


def play(air: Air, starts: list[int], splits: Iterable[int], viewers: list[tuple[float, float, float, float]]) -> None:
    events: list[tuple[float, int, int]] = [(float(at), 0, number) for number, at in enumerate(starts)]
    for number, (join, leave, early, late) in enumerate(viewers):
        first = min(join + early, leave + late)
        events += [(first, 1, number), (max(leave + late, first), 2, number)]
    for at, what, number in sorted(events):
        air.now = at
        if what == 1:
            air.recorder.joined(number, TS, str(number), ago_s=at - viewers[number][0])
        elif what == 2:
            air.recorder.left(number, ago_s=at - viewers[number][1])
        elif 0 < number < len(starts) - 1:
            group_of = (by_parity if number % 2 else by_thirds) if number in splits else None
            air.spot(f"spot {number}", "spot 1", group_of)
        else:
            air.recorder.airing_began(f"film {number}")
        if air.waiting:  # the loop is free only now and then
            air.waiting.pop(0)()
    air.work()
    air.recorder.checkpoint()


# ── limits ───────────────────────────────────────────────────────────────────────────────────────


def test_a_large_audience_is_counted_part_by_part() -> None:
    air = Air()
    for number in range(2_000):
        air.recorder.joined(number, TS, str(number))
    air.spot("soap", "soap")
    air.now = 5
    for number in range(100):
        air.recorder.left(number)
    air.now = 10
    air.spot("cola", "soap", by_parity)
    parts = 0
    while air.waiting:
        assert air.of("cola", "a") is None, "nothing is written before all of it is counted"
        assert whole_start(air) in (None, 1_900)
        air.recorder.left(1_000 + parts)  # at the second 10
        air.now = 11
        air.recorder.checkpoint()
        air.now = 10
        air.waiting.pop(0)()
        parts += 1
    air.now = 20
    air.recorder.airing_ended()
    assert parts == 1_900 // break_audience.PART + (2_000 + 100) // break_audience.PART
    for name in ("a", "b"):
        assert air.of("cola", name) == (
            1_000,
            [(5, 0, 50, 50, 50), (10, 0, *[parts // 2 + (name == "a" and parts % 2)] * 3)],
        )
    whole = air.rows["cola", "", "", ""]
    assert isinstance(whole, AudienceRow)
    assert (whole.viewers_start, whole.viewers_peak, whole.viewers_end) == (1_900, 1_900, 1_900 - parts)
    assert whole.left_start == parts


def whole_start(air: Air) -> int | None:
    """The viewers at the start of the split spot, as they were written."""
    row = air.rows.get(("cola", "", "", ""))
    return None if row is None else row.viewers_start


def test_changes_and_splits_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(break_audience, "MOST_CHANGES", 10)
    found = BreakAudience("soap", 0, 0.0)
    for number in range(6):
        found.split(f"split {number}", by_parity, ["1", "2"], 0.0)
    while found.catch_up():
        pass
    assert len({row.airing for row in found.rows()}) == break_audience.MOST_SPLITS
    for number in range(11):
        found.changed(str(number), 3.0, 1, of_start=False)
    assert not found._changes
    assert len(list(found.rows())) == 2 * break_audience.MOST_SPLITS, "splits that had begun still count"
    assert not list(found.rows()), "rows are written again only if they change"
    late = BreakAudience("soap", 0, 0.0)
    for number in range(11):
        late.changed(str(number), 3.0, 1, of_start=False)
    late.split("split", by_parity, ["1"], 0.0)
    assert not late.catch_up()
    assert not list(late.rows())


# ── the curves ───────────────────────────────────────────────────────────────────────────────────


def spot(id: str, first: str, position: int, file: str) -> AsRunEntry:
    at = BEGAN + 10 * (position - 1)
    return AsRunEntry(
        id, "1", id, "spot", id, file, "b1", 1, at, 0, at, 0, at + 10, 250, 0, 250, 250, ended="complete",
        spot="/ads/cola.mp4" if "cola" in file else file, position=position, break_airing=first,
    )  # fmt: skip


@pytest.fixture
def base(tmp_path: Path) -> Iterable[sqlite3.Connection]:
    """A break of three spots in which the second is split: of eight viewers, two of group b leave in the second and one
    in the third spot, and one of group a in the first."""
    air = Air()
    air.recorder.airing_began("film")
    for number in range(8):
        air.recorder.joined(number, TS, str(number))
    leaves = {5: [0], 12: [1, 3], 24: [5]}
    for second in range(30):
        air.now = 100.0 + second
        if second == 10:
            air.spot("cola", "soap", lambda key: "/ads/cola-b.mp4" if int(key) % 2 else "/ads/cola.mp4")
        elif not second % 10:
            air.spot("car" if second else "soap", "soap")
        for number in leaves.get(second, ()):
            air.recorder.left(number)
    air.now = 130.0
    air.recorder.airing_began("film again")
    path = tmp_path / "asrun.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as found:
        bring_up_to_date(found, path)
        files = {"soap": "/ads/soap.mp4", "cola": "/ads/cola.mp4", "car": "/ads/car.mp4"}
        rows = [spot(id, "soap", place, file) for place, (id, file) in enumerate(files.items(), 1)]
        found.executemany(KEEP, map(flat, rows))
        audience_rows.write(found, air.rows.values())
        yield found


def through_break(base: sqlite3.Connection, **wanted: str) -> CurveSums:
    chosen = Selection(AudienceFilter(**wanted))  # type: ignore[arg-type]
    return audience_curves.break_curve(base, chosen, audience_curves.counted_since(base, chosen))


def test_the_curve_of_a_variant_through_the_break_is_that_of_its_group(base: sqlite3.Connection) -> None:
    """Also before and after the split spot. All groups together have the curve of all viewers."""
    own = through_break(base, dimension="variant", key="/ads/cola.mp4")
    other = through_break(base, dimension="variant", key="/ads/cola-b.mp4")
    everybody = through_break(base, spot="cola.mp4")
    for found, stayed in (
        (own, {5: 1.0, 6: 0.75, 12: 0.75, 24: 0.75, 30: 0.75}), (other, {12: 1.0, 13: 0.5, 24: 0.5, 25: 0.25}),
        (everybody, {5: 1.0, 6: 0.875, 13: 0.625, 25: 0.5, 30: 0.5}),
    ):  # fmt: skip
        curve = curve_of(found)
        assert (curve.airings, curve.viewers_start, len(curve.stayed)) == (1, 8 if found is everybody else 4, 31)
        assert {second: curve.stayed[second] for second in stayed} == stayed
    assert own.lost + other.lost == everybody.lost
    assert [a + b for a, b in zip(own.ends[30], other.ends[30], strict=True)] == list(everybody.ends[30])


def test_a_spot_on_air_does_not_count_yet(base: sqlite3.Connection) -> None:
    base.execute("UPDATE aired SET ended = NULL WHERE id = 'car'")
    found = through_break(base, dimension="variant", key="/ads/cola-b.mp4")
    assert (found.ends, curve_of(found).stayed[-1]) == ({20: (4, 2, 2)}, 0.5)


def test_a_break_of_an_older_log_counts_all_viewers(base: sqlite3.Connection) -> None:
    everybody = through_break(base, spot="cola.mp4")
    base.execute("DELETE FROM audience_breaks")
    assert through_break(base, dimension="variant", key="/ads/cola-b.mp4") == everybody
    base.execute("DROP TABLE audience_breaks")  # a database that the station has not yet migrated
    assert through_break(base, dimension="variant", key="/ads/cola-b.mp4") == everybody


def test_a_break_counts_for_a_variant_whose_viewers_all_left_before_it(base: sqlite3.Connection) -> None:
    """Otherwise only breaks with viewers who stay would count."""
    base.execute("UPDATE audience_breaks SET viewers_start = 1, curve = '1|4:0,1,1,1' WHERE \"group\" LIKE '%-b.mp4'")
    base.execute("DELETE FROM audience WHERE airing = 'cola' AND \"group\" LIKE '%-b.mp4'")
    curve = curve_of(through_break(base, dimension="variant", key="/ads/cola-b.mp4"))
    assert (curve.viewers_start, curve.stayed[4], curve.stayed[5]) == (1, 1.0, 0.0)


def test_a_break_whose_first_airing_of_a_variant_was_for_all_counts_all(base: sqlite3.Connection) -> None:
    everybody = through_break(base, spot="cola.mp4")
    for id, is_all in (("soap", True), ("car", False)):
        base.execute("UPDATE aired SET file = '/ads/cola-b.mp4' WHERE id = ?", (id,))
        found = through_break(base, dimension="variant", key="/ads/cola-b.mp4")
        assert (found == everybody) is is_all
        base.execute("UPDATE aired SET file = '/ads/soap.mp4' WHERE id = ?", (id,))


def test_groups_of_a_break_are_forgotten_with_its_audience(base: sqlite3.Connection) -> None:
    assert base.execute("SELECT count(*) FROM audience_breaks").fetchone() == (2,)
    assert audience_rows.prune(base, BEGAN + 100) == 3
    assert base.execute("SELECT count(*) FROM audience_breaks").fetchone() == (0,)
