"""The plan: what is compiled airs exactly what is meant, in order, once, and what is missing is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.media.asset import Asset
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.playout.planner import LIST_ITEMS, Planner
from retrovue_tui.rundown.entries import Entry, SourceLines
from retrovue_tui.rundown.positions import Position
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_demand import Need
    from retrovue_tui.rundown.airlist import AirList

HOUSE = HouseFormat("test", 320, 180, FrameRate(25), 400, 64, None)
PIECE = HOUSE.piece_frames
TOP = Position(0, 0, 0)
Frame = tuple[int, int, int]
"""Round, entry, asset frame."""


@dataclass
class Shelf:
    """Assets and their pieces, in memory. A piece is (key, first, end)."""

    assets: dict[Path, Asset] = field(default_factory=dict)
    made: set[tuple[str, int, int]] = field(default_factory=set)
    everything: bool = False
    broken: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, frames: int) -> Path:
        path = Path(f"/media/{name}.mp4")
        self.assets[path] = Asset(path, name, 1, 1, Fraction(frames, 25))
        return path

    def frames(self, asset: Asset) -> int:
        return asset.frames(HOUSE.rate)

    def find(self, asset: Asset, first: int, end: int) -> Path | None:
        there = self.everything or (asset.key, first, end) in self.made
        return Path(f"/cache/{asset.key}/{first}-{end}.ts") if there else None

    def holds(self, asset: Asset, first: int, end: int) -> bool:
        return self.find(asset, first, end) is not None

    def make(self, needs: Iterable[Need]) -> None:
        """Make pieces like a preparer: whole pieces one by one, an edge piece on request."""
        for need in needs:
            first = need.first
            while first < need.end:
                end = min(need.end, (first // PIECE + 1) * PIECE)
                self.made.add((need.asset.key, first, end))
                first = end

    def planner(self, entries: Iterable[Entry], *, loop: bool = True) -> Planner:
        made = Planner(
            HOUSE, cast("PieceStore", self), self.assets.get, lambda asset: self.broken.get(asset.key),
            lambda file: "no such file", loop=loop,
        )  # fmt: skip
        made.entries = tuple(entries)
        return made


def meant(planner: Planner, shelf: Shelf) -> Iterator[Frame]:
    """The frames that should air from the top, computed in the plain way; two rounds if the rundown loops."""
    for loop in range(2 if planner.loop else 1):
        for index, entry in enumerate(planner.entries):
            asset = shelf.assets.get(entry.file)
            if asset is None or asset.key in shelf.broken:
                continue
            length = shelf.frames(asset)
            end = length if entry.out_frame is None else min(entry.out_frame, length)
            yield from ((loop, index, frame) for frame in range(entry.in_frame, end))


def frames_of(airlist: AirList) -> list[Frame]:
    every = [(i.stretch.loop, i.stretch.index, n) for i in airlist.items for n in range(i.stretch.first, i.stretch.end)]
    return every[airlist.skip :]


def entry(file: Path, first: int = 0, end: int | None = None) -> Entry:
    return Entry(f"{file.stem}-{first}-{end}", "programme", file, first, end)


@st.composite
def shelves(draw: st.DrawFn) -> tuple[Shelf, Planner]:
    """A rundown of up to five entries of up to three assets, one of which may be missing."""
    shelf = Shelf(everything=True)
    files = [shelf.put(name, draw(st.integers(1, 3 * PIECE))) for name in draw(st.sampled_from(["a", "ab", "abc"]))]
    files += [Path("/media/gone.mp4")] * draw(st.integers(0, 1))
    entries = []
    for _ in range(draw(st.integers(1, 5))):
        first = draw(st.sampled_from([0, 0, PIECE, 1, PIECE - 1]) | st.integers(0, 2 * PIECE))
        end = draw(st.none() | st.sampled_from([first + 1, 2 * PIECE, 3 * PIECE]) | st.integers(first, 3 * PIECE))
        entries.append(entry(draw(st.sampled_from(files)), first, end))
    return shelf, shelf.planner(entries, loop=draw(st.booleans()))


def compiled(planner: Planner, start: Position, limit_s: float) -> list[Frame]:
    """The frames of one list after another, up to this number."""
    frames: list[Frame] = []
    while len(frames) < HOUSE.rate.count(limit_s) and (airlist := planner.compile(start, limit_s)) is not None:
        frames += frames_of(airlist)
        start = airlist.end
    return frames


@settings(deadline=None)
@given(shelves(), st.floats(0.04, 15))
def test_an_air_list_airs_exactly_what_is_meant(made: tuple[Shelf, Planner], limit_s: float) -> None:
    shelf, planner = made
    wanted = list(meant(planner, shelf))
    got = compiled(planner, TOP, limit_s)[: len(wanted)]
    assert got == wanted[: len(got)]
    assert len(got) >= min(HOUSE.rate.count(limit_s), len(wanted))


@settings(deadline=None)
@given(shelves(), st.data())
def test_compile_stops_at_what_is_not_prepared_and_goes_on_exactly_there(
    made: tuple[Shelf, Planner], data: st.DataObject
) -> None:
    """Whatever comes ready in whatever order: list behind list, every frame airs once."""
    shelf, planner = made
    wanted = list(meant(planner, shelf))
    shelf.everything = False
    pieces = sorted({(s.entry.file.stem, s.first, s.end) for s in islice(planner.stretches(TOP), 60)})
    aired: list[Frame] = []
    position = TOP
    while len(aired) < len(wanted):
        airlist = planner.compile(position, data.draw(st.floats(0.04, 30)))
        if airlist is not None:
            assert all(piece in shelf.made for piece in [(i.file.parent.name, i.stretch.first, i.stretch.end)
                                                         for i in airlist.items])  # fmt: skip
            aired += frames_of(airlist)
            position = airlist.end
        else:
            missing = [piece for piece in pieces if piece not in shelf.made]
            following = next(planner.stretches(position))
            assert (following.entry.file.stem, following.first, following.end) in missing
            shelf.made.update(data.draw(st.lists(st.sampled_from(missing), min_size=1)))
    assert aired[: len(wanted)] == wanted
    if not planner.loop:
        assert len(aired) == len(wanted)
        assert planner.compile(position) is None


def test_of_a_file_that_cannot_be_prepared_any_further_airs_what_is_there() -> None:
    shelf = Shelf()
    film, spot = shelf.put("film", 5 * PIECE), shelf.put("spot", 20)
    rundown = [entry(film, 0, 3 * PIECE), entry(spot), entry(film, 3 * PIECE)]
    planner = shelf.planner(rundown, loop=False)
    shelf.made |= {("film", 0, PIECE), ("film", PIECE, 2 * PIECE), ("spot", 0, 20)}
    shelf.broken["film"] = "no room on the disk"
    airlist = planner.compile(TOP)
    assert airlist is not None
    assert frames_of(airlist) == [(0, 0, n) for n in range(2 * PIECE)] + [(0, 1, n) for n in range(20)]
    told = "film.mp4: no room on the disk; its prepared part airs, then the next entry"
    assert planner.warnings() == (told,)
    shelf.made.remove(("film", 0, PIECE))
    assert planner.warnings() == ("film.mp4: no room on the disk; passed over",)
    del shelf.broken["film"]
    assert planner.length(rundown[0]) == 5 * PIECE
    assert planner.warnings() == ()


@settings(deadline=None)
@given(shelves(), st.data())
def test_any_picture_of_an_air_list_is_known_and_so_is_what_is_left(
    made: tuple[Shelf, Planner], data: st.DataObject
) -> None:
    _, planner = made
    airlist = planner.compile(TOP, 30)
    if airlist is None:
        return
    frames = frames_of(airlist)
    assert airlist.frames == len(frames)
    number = data.draw(st.integers(0, len(frames) - 1))
    index, stretch, frame = airlist.at(number)
    assert (stretch.loop, stretch.index, frame) == frames[number]
    assert airlist.items[index].stretch is stretch
    rest = airlist.rest(number)
    assert rest is not None
    assert frames_of(rest) == frames[number:]
    assert rest.end == airlist.end
    assert rest.frames == len(frames) - number + rest.skip
    behind = airlist.rest(number, without_first=True)
    assert ([] if behind is None else frames_of(behind)) == frames[number - rest.skip + stretch.frames :]
    again = rest.rest(data.draw(st.integers(rest.skip, rest.frames - 1)))
    assert again is not None
    assert frames_of(again) == frames[len(frames) - again.frames + again.skip :]


@settings(deadline=None)
@given(shelves(), st.floats(0.04, 60), st.booleans())
def test_needs_are_exactly_what_airs_each_once(made: tuple[Shelf, Planner], horizon_s: float, some: bool) -> None:
    """With what is named, and no more, the horizon can be compiled; nothing is named twice."""
    shelf, planner = made
    shelf.everything = False
    needs = planner.needs(TOP, 100.0, horizon_s)
    shelf.make(needs[: len(needs) // 2] if some else needs)
    assert planner.needs(TOP, 100.0, horizon_s) == needs  # the preparer knows what is there
    shelf.make(needs)
    named = [(n.asset.key, *cut) for n in needs for cut in _cuts(n)]
    assert len(named) == len(set(named))
    wanted = list(meant(planner, shelf))
    within = HOUSE.rate.count(horizon_s)
    got = compiled(planner, TOP, horizon_s)[: len(wanted)]
    assert got == wanted[: len(got)]
    assert len(got) >= min(within, len(wanted))
    on_list = {(planner.entries[index].file.stem, frame) for _, index, frame in got}
    assert {(key, n) for key, first, end in named for n in range(first, end)} == on_list


def _cuts(need: Need) -> Iterator[tuple[int, int]]:
    first = need.first
    while first < need.end:
        end = min(need.end, (first // PIECE + 1) * PIECE)
        yield first, end
        first = end


@settings(deadline=None)
@given(shelves(), st.floats(1, 20))
def test_a_need_says_when_it_airs(made: tuple[Shelf, Planner], horizon_s: float) -> None:
    shelf, planner = made
    wanted = list(meant(planner, shelf))
    by_frame: dict[tuple[str, int], list[int]] = {}
    for number, (_, index, frame) in enumerate(wanted):
        by_frame.setdefault((planner.entries[index].file.stem, frame), []).append(number)
    for need in planner.needs(TOP, 7.0, horizon_s):
        assert round((need.air_at - 7.0) * 25) in by_frame[need.asset.key, need.first]


def test_neighbouring_pieces_are_one_need_and_edges_their_own() -> None:
    shelf = Shelf()
    film = shelf.put("film", 4 * PIECE + 10)
    planner = shelf.planner([entry(film, 0, PIECE + 7), entry(film, PIECE + 7)], loop=False)
    assert [(n.first, n.end) for n in planner.needs(TOP, 0.0, 3_600)] == [
        (0, PIECE), (PIECE, PIECE + 7), (PIECE + 7, 2 * PIECE), (2 * PIECE, 4 * PIECE + 10),
    ]  # fmt: skip


@settings(deadline=None)
@given(shelves(), st.data(), st.floats(1, 12))
def test_ready_counts_up_to_the_first_gap(made: tuple[Shelf, Planner], data: st.DataObject, limit_s: float) -> None:
    shelf, planner = made
    shelf.everything = False
    pieces = sorted({(s.entry.file.stem, s.first, s.end) for s in islice(planner.stretches(TOP), 60)})
    shelf.made = set(data.draw(st.lists(st.sampled_from(pieces)))) if pieces else set()
    limit = HOUSE.rate.count(limit_s)
    assert min(planner.ready(TOP, limit_s), limit) == min(len(compiled(planner, TOP, limit_s)), limit)


def test_a_short_rundown_that_loops_is_planned_no_further_than_it_must() -> None:
    """An hour ahead of a rundown of one frame are 90 000 joins; the air must not wait for that."""
    shelf = Shelf(everything=True)
    planner = shelf.planner([entry(shelf.put("blink", 1))])
    assert [(n.first, n.end) for n in planner.needs(TOP, 0.0, 3_600)] == [(0, 1)]
    assert planner.ready(TOP, 3_600) >= 3_600 * 25
    airlist = planner.compile(TOP)
    assert airlist is not None
    assert len(airlist.items) == LIST_ITEMS


def test_a_list_ends_where_an_entry_is_passed_over_so_that_it_may_come_in() -> None:
    """A film that arrives while the station runs airs at its next turn, not when a long list has ended."""
    shelf = Shelf(everything=True)
    film, spot, late = shelf.put("film", 300), shelf.put("spot", 50), Path("/media/late.mp4")
    planner = shelf.planner([entry(film), entry(late), entry(spot), entry(film)])
    first = planner.compile(TOP)
    assert first is not None
    assert first.end == Position(0, 0, 300)
    second = planner.compile(first.end)
    assert second is not None
    assert (second.items[0].stretch.position, second.end) == (Position(0, 2, 0), Position(1, 0, 300))
    short = shelf.planner([entry(spot), entry(late)]).compile(TOP)
    assert short is not None
    assert short.frames == 100, "a list is a deck: there are not to be too many"
    shelf.put("late", 20)
    third = planner.compile(second.end)
    assert third is not None
    assert third.items[0].stretch.position == Position(1, 1, 0)
    assert third.frames >= 600 * 25


def test_the_next_entry_is_the_next_that_airs() -> None:
    shelf = Shelf()
    film, spot = shelf.put("film", 500), shelf.put("spot", 50)
    planner = shelf.planner([entry(film, 0, 100), entry(Path("/media/gone.mp4")), entry(spot), entry(film, 100)])
    following = planner.next_entry(Position(0, 0, 40))
    assert following is not None
    assert (following.position, following.entry) == (Position(0, 2, 0), planner.entries[2])
    following = planner.next_entry(Position(0, 3, 120))
    assert following is not None
    assert following.position == Position(1, 0, 0)
    planner.loop = False
    assert planner.next_entry(Position(0, 3, 120)) is None


@settings(deadline=None)
@given(shelves(), st.integers(0, 6), st.integers(0, 4 * PIECE))
def test_a_channel_can_begin_without_an_edge(made: tuple[Shelf, Planner], index: int, frame: int) -> None:
    shelf, planner = made
    start = planner.on_grid(Position(3, index, frame))
    assert (start.loop, start.index) == (3, index)
    assert frame - PIECE < start.frame
    if index < len(planner.entries) and planner.length(planner.entries[index]) is not None:
        first = min(planner.entries[index].in_frame, shelf.frames(shelf.assets[planner.entries[index].file]))
        assert start.frame == first or (first < start.frame <= frame and start.frame % PIECE == 0)


def test_an_entry_that_cannot_air_is_reported_once_with_its_place_and_reason() -> None:
    shelf = Shelf()
    film, spot = shelf.put("film", 500), shelf.put("spot", 50)
    gone = Path("/media/gone.mp4")
    spelling = SourceLines(12, (), entry(gone).facts, None, "/channels", HOUSE.rate)
    planner = shelf.planner([entry(film), entry(gone).spelled(spelling), entry(spot), entry(gone), entry(spot)])
    shelf.broken["spot"] = "cannot be decoded"
    assert planner.warnings() == (
        "gone.mp4 (line 12 of the rundown): no such file; passed over",
        "spot.mp4: cannot be decoded; passed over",
    )
    assert planner.duration(planner.entries[0]) == 500
    assert planner.duration(planner.entries[1]) == planner.duration(planner.entries[2]) == 0
    shelf.broken.clear()
    shelf.put("gone", 10)
    assert planner.warnings() == ()


@pytest.mark.parametrize("loop", [True, False])
def test_a_rundown_of_nothing_airs_nothing(loop: bool) -> None:
    for entries in ([], [entry(Path("/media/gone.mp4"))]):
        planner = Shelf().planner(entries, loop=loop)
        assert planner.compile(TOP) is None
        assert planner.needs(TOP, 0.0, 3_600) == []
        assert planner.ready(TOP, 3_600) == 0
        assert planner.next_entry(TOP) is None
