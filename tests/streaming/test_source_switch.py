"""The position at which the air goes on when the source changes. Pure."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Position, Stretch, stretches
from retrovue_tui.streaming.source_switch import SourceSwitch, move

FILM, SPOT = Path("/m/film.mp4"), Path("/m/spot.mp4")


def cut_at(frame: int) -> list[Entry]:
    return [
        Entry(f"a{frame}", "programme", FILM, 0, frame),
        Entry(f"s{frame}", "spot", SPOT, break_id=f"b{frame}"),
        Entry(f"z{frame}", "programme", FILM, frame),
    ]


def test_a_spot_left_from_two_sources_ago_ends_and_the_programme_goes_on_at_its_frame() -> None:
    """It is at an index of its own source; what the one in between has there is another programme's place."""
    first, second, third = cut_at(93), cut_at(160), cut_at(163)
    left = Stretch(0, 1, first[1], 30, 45, at_end=True)
    moved = move(first, second, [left, *stretches(first, Position(0, 2, 93), lambda entry: 420, 180, loop=False)])
    assert moved == SourceSwitch(Position(0, 0, 93), keep=15)
    behind = stretches(second, moved.position, lambda entry: 420, 180, loop=False)
    assert move(second, third, chain([left], behind)) == SourceSwitch(Position(0, 0, 93), keep=15)


def test_an_endless_source_of_spots_alone_is_looked_at_once() -> None:
    spots = [Entry("one", "spot", SPOT)]
    endless = stretches(spots, Position(0, 0, 0), lambda entry: 45, 180, loop=True)
    assert move(spots, cut_at(10), endless) is None
