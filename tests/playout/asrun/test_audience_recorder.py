"""The counts of an audience, against a second count that looks at each viewer and each airing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.audience.groups import group_of
from retrovue_tui.playout.asrun.audience_recorder import MOST_REMEMBERED, AudienceRecorder, ViewersOf
from retrovue_tui.playout.asrun.audience_rows import LONGEST_CURVE, AnyAudienceRow, AudienceRow, read_curve

TS, HLS = ViewersOf("720p", "ts"), ViewersOf("720p", "hls")


@dataclass
class Station:
    """A recorder with a clock that the test sets, and the rows that it has written."""

    now: float = 0.0
    rows: dict[tuple[str, str, str, str], AudienceRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.recorder = AudienceRecorder(self._put, lambda: self.now)

    def _put(self, row: AnyAudienceRow) -> None:
        assert isinstance(row, AudienceRow)
        self.rows[row.key] = row

    def all(self, airing: str) -> AudienceRow:
        return self.rows.get((airing, "", "", ""), AudienceRow(airing, "", "", ""))


def test_an_airing_with_viewers_who_come_and_go() -> None:
    air = Station()
    air.recorder.airing_began("film")
    air.recorder.joined(1, TS)
    air.now = 10
    air.recorder.joined(2, HLS)
    air.now = 20
    air.recorder.airing_began("cola", break_airing="cola")
    air.now = 22.5
    air.recorder.left(1)
    air.now = 24
    air.recorder.joined(3, TS)
    air.now = 25
    air.recorder.airing_began("soap", break_airing="cola")
    air.now = 31
    air.recorder.left(2)
    air.recorder.left(3)
    air.now = 35
    air.recorder.airing_ended()

    film, cola, soap = air.all("film"), air.all("cola"), air.all("soap")
    assert (film.viewers_start, film.viewers_end, film.viewers_peak, film.viewer_seconds) == (0, 2, 2, 30.0)
    assert (cola.viewers_start, cola.viewers_end, cola.viewers_peak, cola.viewer_seconds) == (2, 2, 2, 8.5)
    assert (cola.joined, cola.left, cola.left_start, cola.left_break) == (1, 1, 1, 1)
    assert read_curve(cola.curve) == (1, [(2, 0, 1, 1, 1), (4, 1, 0, 0, 0)])
    assert (soap.viewers_start, soap.left, soap.left_start, soap.left_break, soap.viewers_end) == (2, 2, 2, 1, 0)
    assert air.rows["cola", "", "720p", "ts"].viewer_seconds == 3.5
    assert air.rows["cola", "", "720p", "hls"].viewer_seconds == 5.0


def test_a_viewer_who_is_found_to_be_gone_leaves_the_airing_that_it_last_saw() -> None:
    """The later airings, for which it had been counted, are corrected."""
    air = Station()
    air.recorder.joined("hls", HLS)
    for number, name in enumerate("abc"):
        air.now = 10.0 * number
        air.recorder.airing_began(name)
    air.now = 25
    assert air.all("b").viewer_seconds == 10.0
    air.recorder.left("hls", ago_s=12)
    air.recorder.checkpoint()
    a, b = air.all("a"), air.all("b")
    assert (a.viewers_end, a.left, a.viewer_seconds) == (1, 0, 10.0)
    assert (b.viewers_start, b.viewers_end, b.left, b.left_start, b.viewer_seconds) == (1, 0, 1, 1, 3.0)
    assert air.all("c").viewers_start == 0 or ("c", "", "", "") not in air.rows


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[tuple[float, str]], list[tuple[float, float, float, float]]]:
    """Airings by their starts, and viewers: when each joins and leaves, and how late each is noticed."""
    starts = sorted(draw(st.sets(st.integers(0, 60), min_size=1, max_size=8)))
    viewers = draw(
        st.lists(
            st.tuples(st.integers(0, 700), st.integers(0, 300), st.integers(0, 200), st.integers(0, 200)), max_size=12
        )
    )
    airings = [(float(start), f"a{number}") for number, start in enumerate(starts)]
    # Viewers come and go between whole seconds, so that it is clear which airing they see.
    return airings, [
        (join / 10 + 0.05, (join + stay) / 10 + 0.07, early / 10, late / 10) for join, stay, early, late in viewers
    ]


@settings(max_examples=200, deadline=None)
@given(plans())
def test_the_counts_are_those_of_each_viewer_and_airing(
    plan: tuple[list[tuple[float, str]], list[tuple[float, float, float, float]]],
) -> None:
    airings, viewers = plan
    end = 140.0
    events: list[tuple[float, int, object]] = [(at, 0, name) for at, name in airings]
    for number, (join, leave, early, late) in enumerate(viewers):
        first = min(join + early, leave + late)
        events += [(first, 1, (number, first - join)), (max(leave + late, first), 2, (number, late))]
    air = Station()
    for at, what, facts in sorted(events, key=lambda event: event[:2]):
        air.now = at
        if what == 0:
            air.recorder.airing_began(str(facts))
        elif what == 1:
            air.recorder.joined(facts[0], TS, ago_s=facts[1])  # type: ignore[index]
        else:
            air.recorder.left(facts[0], ago_s=max(0.0, air.now - viewers[facts[0]][1]))  # type: ignore[index]
    air.now = end
    air.recorder.airing_ended()
    ends = [*(at for at, _ in airings[1:]), end]
    for (began, name), over in zip(airings, ends, strict=True):
        seen = [(join, leave) for join, leave, *_ in viewers]
        row = air.all(name)
        assert row.left == sum(began <= leave < over for _, leave in seen)
        assert row.viewers_start == sum(join < began <= leave for join, leave in seen)
        assert row.viewers_end == sum(join < over <= leave for join, leave in seen)
        spent = sum(max(0.0, min(leave, over) - max(join, began)) for join, leave in seen)
        assert abs(row.viewer_seconds - spent) < 0.01
        assert row.viewers_start + row.joined - row.left == row.viewers_end
        assert 0 <= row.left_break <= row.left_start <= row.left
        assert row.viewers_peak >= max(row.viewers_start, row.viewers_end)
        _, changes = read_curve(row.curve)
        assert [sum(column) for column in zip(*(change[1:] for change in changes), strict=True)] in (
            [], [row.joined, row.left, row.left_start, row.left_break],
        )  # fmt: skip


def test_groups_are_counted_apart_and_add_up() -> None:
    air = Station()
    names = ("a.mp4", "b.mp4")

    def group(key: str) -> str:
        return names[group_of(key, "cola", (1, 1))]

    for number in range(100):
        air.recorder.joined(number, TS, f"key {number}")
    air.recorder.airing_began("cola", group_of=group)
    air.now = 10
    for number in range(30):
        air.recorder.left(number)
    air.now = 30
    air.recorder.airing_ended()
    parts = [air.rows["cola", name, "720p", "ts"] for name in names]
    whole = air.all("cola")
    assert sum(part.viewers_start for part in parts) == whole.viewers_start == 100
    assert sum(part.left for part in parts) == whole.left == 30
    assert sum(part.viewer_seconds for part in parts) == whole.viewer_seconds == 70 * 30 + 30 * 10
    expected: dict[str, int] = defaultdict(int)
    for number in range(100):
        expected[group(f"key {number}")] += 1
    assert {part.group: part.viewers_start for part in parts} == expected


def test_memory_and_curves_are_bounded() -> None:
    air = Station()
    air.recorder.airing_began("film")
    for number in range(5_000):
        air.now = 3.0 * number
        air.recorder.joined(number, TS)
    air.recorder.airing_ended()
    step, changes = read_curve(air.all("film").curve)
    assert step == 32
    assert len(changes) <= LONGEST_CURVE
    assert sum(change[1] for change in changes) == 5_000
    for number in range(1_000):
        air.recorder.airing_began(f"{number}")
    assert len(air.recorder._airings) <= MOST_REMEMBERED
