"""The lines and the facts of the as-run log."""

from __future__ import annotations

import pytest

from retrovue_tui.protocol.answers.asrun import SeamFacts
from retrovue_tui.timecode import FrameRate
from retrovue_tui.tui.rooms.asrun.rows import (
    AsRunColumns,
    AsRunRowState,
    facts,
    head_line,
    lengths,
    offset,
    precise,
    row_line,
)
from retrovue_tui.tui.text import formats
from tests.tui.media_rows import aired
from tests.tui.station import NOW

RATE = FrameRate.parse("30000/1001")
ODD = (
    aired(1), aired(2, title="東京 物語" * 20, kind="programme", ended="failed", break_id="a-very-long-break"),
    aired(3, kind="slate", title="", file="", ended=None, planned_at=None, frames_planned=0, seam_in=None),
    aired(4, seam_in=SeamFacts("take", 3, 12_345, 99.9), viewers_peak=12_345_678, ended="as never before"),
)  # fmt: skip


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("width", [79, 109, 110, 119, 139, 140, 199])
def test_every_line_is_as_wide_as_its_head(width: int, every: bool) -> None:
    columns = AsRunColumns.of(width, every_channel=every)
    assert head_line(columns).cell_length == width
    for row in ODD:
        for shown in (
            AsRunRowState(),
            AsRunRowState(cursor=True, number="12", day=True, aired_s=36_000.0),
            AsRunRowState(stale=True),
        ):
            assert row_line(row, columns, shown).cell_length == width


def test_the_contents_of_a_line() -> None:
    row = aired(3, title="Cola", ended="cut", planned_at=aired(3).started_at - 2.5, note="break now")
    shown = AsRunRowState(number="2", day=True, aired_s=12.0, planned_s=30.0)
    wide = row_line(row, AsRunColumns.of(139, every_channel=True), shown).plain
    expected = (
        "+2.5 s",
        " 2 ",
        "◆ Cola",
        "00:12",
        "00:30",
        "■ cut",
        "b1",
        "✓ 3.2 ms",
        formats.wall_date(row.started_at),
    )
    assert [text for text in expected if text not in wide] == []
    narrow = row_line(row, AsRunColumns.of(79, every_channel=False), shown).plain
    assert [text for text in ("+2.5 s", "◆ Cola", "00:12", "00:30", "■ cut", "b1", "✓") if text not in narrow] == []


@pytest.mark.parametrize(
    ("seam", "wide", "narrow"),
    [
        (SeamFacts("take", 1, 2, 0.0), "✗ 3 faults", "✗ 3"),
        (SeamFacts("take", 1, 0, 0.0), "✗ 1 fault", "✗ 1"),
        (SeamFacts("join", 0, 0, 25.0), "! 25.0 ms", "!"),
        (SeamFacts("join", 0, 0, 21.3), "✓ 21.3 ms", "✓"),
    ],
)
def test_a_seam_is_judged(seam: SeamFacts, wide: str, narrow: str) -> None:
    row = aired(1, seam_out=seam, seam_in=None)
    assert wide in row_line(row, AsRunColumns.of(139, every_channel=False), AsRunRowState()).plain
    assert row_line(row, AsRunColumns.of(79, every_channel=False), AsRunRowState()).plain.rstrip().endswith(narrow)


def test_lengths() -> None:
    on_air, planned = lengths(aired(1, frames_aired=300), RATE, NOW)
    assert on_air == pytest.approx(10.01)
    assert planned == pytest.approx(29.9966, abs=1e-3)
    still = aired(1, ended=None, frames_aired=30, started_at=NOW - 7.5, frames_planned=0)
    assert lengths(still, RATE, NOW) == (7.5, None)
    assert lengths(aired(1), None, NOW) == (30.0, None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0.0 s"), (0.04, "0.0 s"), (-0.04, "0.0 s"), (0.1, "+0.1 s"), (-12.34, "-12.3 s"), (59.94, "+59.9 s"),
     (59.96, "+01:00"), (-3_700.0, "-01:01:40")],
)  # fmt: skip
def test_offsets(seconds: float, said: str) -> None:
    assert offset(seconds) == said


def test_facts() -> None:
    row = aired(3, ended="cut", note="break now", planned_at=aired(3).started_at - 2.5, asset_frame=1_800)
    known = {each.name: each.text for each in facts(row, AsRunRowState(aired_s=29.9966), "30000/1001", "1 Retro One")}
    assert known["BEGAN"].endswith(f"· planned {precise(row.started_at - 2.5)} (+2.5 s)")
    assert known["AIRED"] == "00:00:29;29 · 899 of 899 frames planned"
    assert known["ENDED"] == f"■ cut, at {precise(row.started_at + 30)} · break now"
    assert known["JOINS"] == "in ✓ 3.2 ms (join) · out ✓ 3.2 ms (join)"
    assert known["VIEWERS"] == "1 at start, 2 at most, 1 at end · 00:45 watched"
    assert known["CHANNEL"] == "1 Retro One · spot, break b1 · air list 3"
    assert known["FROM"] == "00:01:00;02 of its file · channel frame 2,697"
    assert known["FILE"] == "/m/spot-3.mp4"


def test_facts_of_what_is_on_air_or_went_wrong() -> None:
    still = aired(1, ended=None, seam_out=None, seam_in=SeamFacts("take", 2, 1, 0.0))
    known = {each.name: each.text for each in facts(still, AsRunRowState(aired_s=7.0), "30000/1001", "1")}
    assert known["AIRED"] == "00:07 so far · 899 frames planned"
    assert known["ENDED"] == "▶ ON AIR"
    assert known["JOINS"] == "in ✗ 2 video jumps, 1 continuity error (take) · out not measured"


def test_milliseconds_never_run_over() -> None:
    assert precise(NOW + 0.9996).endswith(".000")
    assert precise(NOW + 0.29).endswith(".290")
