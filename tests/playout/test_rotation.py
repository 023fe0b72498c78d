"""The versions of spots in a rundown that repeats: by weight, the same after a restart, and in every list of pieces."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.planner import Planner
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.plan_diff import Plan
from retrovue_tui.rundown.plan_marks import BY_PLAN
from retrovue_tui.rundown.positions import Position, Stretch
from retrovue_tui.schedule.spots.spot_rules import PoolSpot
from tests.playout.test_planner import HOUSE, PIECE, Shelf

if TYPE_CHECKING:
    from retrovue_tui.media.rendering.piece_store import PieceStore

TOP = Position(0, 0, 0)
LENGTH = PIECE + 20
PASSES = 400


@dataclass
class Scene:
    """A film and a spot with two variants, by weight 2 : 1 : 1. The pieces of the files in `made` are prepared."""

    rows: tuple[Entry, ...] = ()
    loop: bool = True
    lengths: dict[str, int] = field(default_factory=dict)
    unprepared: tuple[str, ...] = ()
    shelf: Shelf = field(default_factory=Shelf)
    files: dict[str, Path] = field(default_factory=dict)
    planner: Planner = field(init=False)

    def __post_init__(self) -> None:
        for name in ("film", "cola", "cola b", "cola c", "soap"):
            self.files[name] = self.shelf.put(name, self.lengths.get(name, LENGTH))
            if name not in self.unprepared:
                end = self.lengths.get(name, LENGTH)
                marks = [(first, min(end, first + PIECE)) for first in range(0, end, PIECE)]
                self.shelf.made |= {(name, first, stop) for first, stop in marks}
        cola = self.files["cola"]
        spot = PoolSpot(cola, "", 0, variants=("cola b.mp4", "cola c.mp4"), variant_weights=(2.0, 1.0, 1.0))
        self.planner = Planner(
            HOUSE, cast("PieceStore", self.shelf), self.shelf.assets.get, lambda asset: None, lambda file: "gone",
            loop=self.loop, in_turn={cola: spot}.get,
        )  # fmt: skip
        self.planner.entries = self.rows or (self.row("film"), self.row("cola"))

    def row(self, name: str, id: str = "", **more: object) -> Entry:
        kind = "programme" if name == "film" else "spot"
        file = Path(f"/media/{name}.mp4")
        return replace(Entry(id or name, kind, file), **more)  # type: ignore[arg-type]

    def aired(self, passes: int = PASSES, first: int = 0, id: str = "cola") -> list[str]:
        """The version that the entry airs in each pass."""
        found = self.planner.entries_from(Position(first, 0, 0))
        rows = takewhile(lambda each: each.loop < first + passes, found)
        return [each.entry.file.stem for each in rows if each.entry.id == id]


def test_each_pass_takes_a_version_by_weight() -> None:
    aired = Scene().aired()
    found = Counter(aired)
    assert len(aired) == PASSES
    assert abs(found["cola"] - PASSES / 2) < 5 * (PASSES / 4) ** 0.5
    assert abs(found["cola b"] - PASSES / 4) < 5 * (PASSES * 3 / 16) ** 0.5
    pairs = Counter(pairwise(aired))
    assert len(pairs) == 9, "a version does not depend on that of the pass before"


@given(st.integers(0, 10**7))
def test_a_pass_has_the_same_versions_wherever_the_channel_begins(first: int) -> None:
    assert Scene().aired(3, first) == [Scene().aired(1, first + n)[0] for n in range(3)]


def test_two_airings_in_one_pass_take_their_own_versions() -> None:
    scene = Scene()
    scene.planner.entries = tuple(
        scene.row(*each) for each in (("film",), ("cola",), ("film", "film 2"), ("cola", "two"))
    )
    one, two = scene.aired(), scene.aired(id="two")
    assert len(Counter(zip(one, two, strict=True))) == 9


def test_what_stays_as_it_is() -> None:
    scene = Scene()
    pinned = scene.row("cola b", "pinned")
    planned = scene.row("cola", "planned", tags=(BY_PLAN,))
    fixed = scene.row("cola", "fixed", tags=(("version", "fixed"),))
    film = scene.row("cola", "as film", kind="programme")
    scene.planner.entries = (scene.row("film"), pinned, planned, fixed, scene.row("soap"), film)
    same = {"pinned": "cola b", "planned": "cola", "fixed": "cola", "soap": "soap", "as film": "cola"}
    for id, name in same.items():
        assert set(scene.aired(id=id)) == {name}
    assert not any(map(scene.planner.rotates, scene.planner.entries))
    assert all(each.entry is scene.planner.entries[each.index] for each in islice(scene.planner.stretches(TOP), 40))


def test_a_rundown_that_does_not_repeat_airs_what_it_names() -> None:
    assert Scene(loop=False).aired() == ["cola"]


def test_a_version_of_another_length_never_airs() -> None:
    aired = Counter(Scene(lengths={"cola b": LENGTH - 1}).aired())
    assert set(aired) == {"cola", "cola c"}
    assert abs(aired["cola"] - PASSES * 2 / 3) < 5 * (PASSES * 2 / 9) ** 0.5


def test_the_air_list_has_the_pieces_of_the_versions_and_every_pass_is_equally_long() -> None:
    scene = Scene()
    airlist = scene.planner.compile(TOP, 60 * 2 * LENGTH / 25)
    assert airlist is not None
    for item in airlist.items:
        assert item.file == Path(f"/cache/{item.stretch.entry.file.stem}/{item.stretch.first}-{item.stretch.end}.ts")
    by_pass = Counter(item.stretch.loop for item in airlist.items for _ in range(item.stretch.frames))
    assert {count for loop, count in by_pass.items() if loop < max(by_pass)} == {2 * LENGTH}
    stems = {item.stretch.loop: item.stretch.entry.file.stem for item in airlist.items if item.stretch.index == 1}
    assert list(stems.values())[:20] == scene.aired(20)


def test_a_version_that_is_not_prepared_is_asked_for_and_the_spot_itself_airs_until_then() -> None:
    scene = Scene(unprepared=("cola b",))
    assert set(scene.aired()) == {"cola", "cola c"}
    airlist = scene.planner.compile(TOP, 100 * LENGTH / 25)
    assert airlist is not None
    assert airlist.frames >= 80 * LENGTH, "nothing makes it wait"
    scene.shelf.make(scene.planner.needs(TOP, 0.0, 3_600))
    assert scene.aired() == Scene().aired()


def test_every_version_that_airs_within_the_hour_is_needed() -> None:
    found = {need.asset.key for need in Scene().planner.needs(TOP, 0.0, 3_600)}
    assert found == {"film", "cola", "cola b", "cola c"}


def test_a_stated_title_says_which_version_it_is() -> None:
    scene = Scene()
    row = scene.row("cola", title="Cola 30")
    titles = {scene.planner.title(scene.planner.aired(row, loop)) for loop in range(50)}
    assert titles == {"Cola 30", "Cola 30 (cola b)", "Cola 30 (cola c)"}


@pytest.mark.parametrize("frame", [0, 7, PIECE + 3])
def test_the_version_on_air_goes_on_after_an_edit_that_gave_its_entry_another_id(frame: int) -> None:
    scene = Scene()
    loop = scene.aired().index("cola c")
    airing = next(scene.planner.stretches(Position(loop, 1, frame)))
    names = [f"other {n}" for n in range(30)]
    changed = [
        scene.row("cola", name)
        for name in names
        if scene.planner.aired(scene.row("cola", name), loop).file.stem != "cola c"
    ]
    assert changed
    edited = scene.planner.with_entries((scene.row("soap"), scene.row("film"), changed[0]))
    going_on = list(islice(edited.going_on(Position(loop, 2, frame), airing), 1 + (frame < PIECE)))
    assert {each.entry.file.stem for each in going_on} == {"cola c"}
    assert sum(each.frames for each in going_on) == LENGTH - frame
    assert {each.entry.id for each in going_on} == {changed[0].id}
    plan = Plan(edited.entries, Position(loop, 2, frame))
    assert scene.planner.same_for((), Position(loop, 1, frame), plan, airing) == LENGTH - frame


def test_a_list_that_begins_inside_a_spot_goes_on_with_its_version() -> None:
    scene = Scene(unprepared=("cola b",))
    loop = Scene().aired().index("cola b")
    first = next(scene.planner.stretches(Position(loop, 1, 0)))
    assert first.entry.file.stem == "cola"
    scene.shelf.make(scene.planner.needs(TOP, 0.0, 3_600))
    assert next(scene.planner.stretches(first.following)).entry.file.stem == "cola b"
    airlist = scene.planner.compile(first.following, after=first)
    assert airlist is not None
    assert airlist.items[0].stretch.entry.file.stem == "cola"
    later = [item.stretch for item in airlist.items if item.stretch.index == 1 and item.stretch.loop > loop]
    stems = {each.loop: each.entry.file.stem for each in later}
    assert list(stems.values())[:9] == Scene().aired(9, loop + 1)


def test_equal_rundowns_in_other_passes_are_not_taken_for_the_same() -> None:
    scene = Scene()
    aired = scene.aired()
    loop = next(n for n in range(PASSES) if aired[n] != aired[n + 1])
    plan = Plan(scene.planner.entries, Position(loop + 1, 0, 0))
    assert scene.planner.same_for((), Position(loop, 0, 0), plan) == LENGTH
    same = Plan(scene.planner.entries, Position(loop, 0, 0))
    assert scene.planner.same_for((), Position(loop, 0, 0), same) is None


def test_the_entry_on_air_is_another_spot() -> None:
    scene = Scene()
    soap = Stretch(0, 1, scene.row("soap"), 0, PIECE)
    found = next(scene.planner.going_on(Position(0, 1, 0), soap))
    assert found == next(scene.planner.stretches(Position(0, 1, 0)))
