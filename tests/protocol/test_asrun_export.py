"""The as-run log as files: what holds of every way to write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.protocol.asrun_export import as_csv, as_json, as_text
from tests.tui.media_rows import aired

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.protocol.answers.asrun import AsRunEntry


def test_a_row_for_a_person_to_read() -> None:
    rows = (
        aired(1, title="Cola"),
        aired(2, title="Film", break_id=None, ended=None),
        aired(3, ended="cut", note="why"),
    )
    head, *lines = "".join(as_text(rows)).splitlines()
    assert head.split() == ["began", "ch", "kind", "frames", "aired", "ended", "viewers", "title"]
    assert lines[0].endswith("1     spot              899 of 899  complete        2  Cola [b1]")
    assert lines[1].endswith("on air          2  Film")
    assert lines[2].endswith("cut             2  Spot 3 [b1] (why)")


def test_nothing_is_something_too() -> None:
    assert "".join(as_json(())) == "[]\n"
    assert "".join(as_csv(())).count("\n") == 1
    assert "".join(as_text(())).startswith("began")


def test_a_long_log_is_written_as_it_is_read() -> None:
    read = 0

    def rows() -> Iterator[AsRunEntry]:
        nonlocal read
        for number in range(1_000):
            read += 1
            yield aired(number)

    for kind in (as_csv, as_json, as_text):
        read = 0
        pieces = kind(rows())
        next(pieces)
        next(pieces)
        assert read <= 2
