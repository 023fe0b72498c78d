"""The part of the as-run log that is looked at: following it, going back in it, searching it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from retrovue_tui.protocol.answers.asrun import SeamFacts
from retrovue_tui.tui.rooms.asrun.log_pages import (
    FOLLOWED,
    MOST,
    PAGE,
    TAIL,
    AiredLog,
    Query,
    WordFilter,
    is_trouble,
    last_trouble,
)
from retrovue_tui.tui.text import formats
from tests.tui.media_rows import GOOD, aired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.asrun import AsRunEntry

ROWS = tuple(aired(number) for number in range(1_000))


def ids(rows: Sequence[AsRunEntry]) -> list[str]:
    return [row.id for row in rows]


def test_the_first_answer_is_all_that_is_known() -> None:
    log = AiredLog(Query("1")).with_newest(ROWS[-PAGE:], PAGE)
    assert (log.known, log.whole, log.can_go_back, len(log.rows)) == (True, False, True, PAGE)
    few = AiredLog().with_newest(ROWS[:3], PAGE)
    assert (few.whole, few.can_go_back) == (True, False)
    assert AiredLog().with_newest((), PAGE) == AiredLog(known=True, whole=True)


def test_newer_rows_come_behind_and_changed_ones_in_their_place() -> None:
    log = AiredLog().with_newest(ROWS[100:300], PAGE)
    assert log.since == ROWS[300 - TAIL].started_at
    changed = dataclasses.replace(ROWS[299], seam_out=None)
    after = log.with_newest((*ROWS[300 - TAIL : 299], changed, *ROWS[300:302]), 1_000)
    assert ids(after.rows) == ids(ROWS[100:302])
    assert after.rows[199] is changed
    assert after.with_newest(after.rows[-TAIL:], 1_000) is after


def test_a_row_that_is_on_air_for_long_is_asked_for_again() -> None:
    film = dataclasses.replace(ROWS[55], ended=None)
    log = AiredLog().with_newest((*ROWS[:55], film, *ROWS[56:100]), PAGE)
    assert log.since == film.started_at


def test_after_long_away_there_is_no_hole() -> None:
    log = AiredLog().with_newest(ROWS[:200], PAGE)
    answer = ROWS[600:800]
    assert log.with_newest(answer, 200).rows == answer
    assert not log.with_newest(answer, 200).whole
    assert ids(log.with_newest(ROWS[160:400], 1_000).rows) == ids(ROWS[:400])


def test_older_rows_come_in_front_once_each() -> None:
    log = AiredLog().with_newest(ROWS[800:], PAGE)
    assert log.until is not None
    assert ROWS[800].started_at < log.until < ROWS[801].started_at
    log = log.with_older(ROWS[601:801], PAGE)
    assert ids(log.rows) == ids(ROWS[601:])
    assert not log.whole
    log = log.with_older(ROWS[550:602], PAGE)
    assert ids(log.rows) == ids(ROWS[550:])
    assert log.whole


def test_a_page_full_of_one_millisecond_asks_for_more_at_once() -> None:
    same = tuple(dataclasses.replace(row, started_at=5.0) for row in ROWS[:PAGE])
    log = AiredLog().with_newest(same, PAGE).with_older(same, PAGE)
    assert (log.page, len(log.rows)) == (2 * PAGE, PAGE)


def test_it_is_bounded() -> None:
    log = AiredLog(rows=ROWS * (MOST // 1_000), known=True)
    assert not log.can_go_back
    short = log.shortened()
    assert len(short.rows) == FOLLOWED // 2
    assert short.rows[-1] is ROWS[-1]
    assert not short.whole
    assert short.shortened() is short


def test_words_of_a_row() -> None:
    words = WordFilter(lambda channel: f"{channel} Retro One")
    rows = (
        aired(1, title="Cola", note="break now", ended="cut"),
        aired(2, kind="programme", title="The Film", break_id=None, ended=None),
    )
    for wanted, left in (
        ("cola", 1), ("CUT break", 1), ("on air", 1), ("programme film", 1), ("retro", 2), ("spot-1.mp4", 1), ("b1", 1),
        ("zzz", 0), ("", 2), (formats.wall_date(rows[0].started_at), 2),
    ):  # fmt: skip
        assert len(words.keep(rows, wanted)) == left, wanted
    again = (dataclasses.replace(rows[0], title="Soap"), rows[1])
    assert words.keep(again, "soap") == again[:1]


def test_trouble() -> None:
    jump = dataclasses.replace(GOOD, video_jumps=1)
    rows = (aired(0), aired(1, ended="cut"), aired(2), aired(3, seam_in=jump), aired(4, ended=None))
    assert [is_trouble(row) for row in rows] == [False, True, False, True, False]
    assert is_trouble(aired(1, seam_out=SeamFacts("take", 0, 2, 0.0)))
    assert [last_trouble(rows, at) for at in range(6)] == [3, 3, 1, 1, 3, 3]
    assert last_trouble((aired(0), aired(1)), 1) is None
    assert last_trouble((aired(1, ended="failed"),), 0) == 0
    assert last_trouble((), 0) is None
