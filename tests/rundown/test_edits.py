from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from retrovue_tui.rundown.airlist import Position, span
from retrovue_tui.rundown.carry import carry_over
from retrovue_tui.rundown.edits import (
    Edited,
    EditError,
    Spot,
    break_entries,
    insert_break,
    move_break,
    remove_break,
    remove_entries,
    replace_spot,
    segments,
    shorten_break,
)
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.ffconcat import dump, parse
from retrovue_tui.rundown.history import History
from retrovue_tui.rundown.recuts import Part, lift, move_entry, refill, split, trim
from retrovue_tui.rundown.recuts import insert as insert_part
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = FrameRate(30_000, 1_001)
PATH = Path("/home/op/tv/channels/1.ffconcat")
PILOT = Path("/media/pilot.mp4")
FINALE = Path("/media/finale.mp4")
COLA, SOAP, SHOES = Spot(Path("/ads/cola.mp4"), "Cola 30"), Spot(Path("/ads/soap.mp4")), Spot(Path("/ads/shoes.mp4"))

SCRIPT = """\
ffconcat version 1.0
# Retro One

# the pilot
#retrovue kind=programme title=Pilot id=p1 year=1984
file /media/pilot.mp4
duration 40
option probesize 5000000
# late night
#retrovue kind=spot id=s1
file /ads/promo.mp4
#retrovue kind=spot id=s2
file /ads/ident.mp4
#retrovue kind=programme title=Finale id=f1
file /media/finale.mp4
inpoint 1.001
outpoint 20.02
#retrovue kind=slate id=x1
file /media/slate.png
# the end
"""


def lengths(entry: Entry) -> int | None:
    return {PILOT: 1_000, FINALE: 900}.get(entry.file, 300)


def rundown(script: str = SCRIPT) -> Rundown:
    return parse(script, PATH, RATE)


def insert(old: Rundown, entry_id: str, at: int, *spots: Spot, break_id: str | None = None) -> Edited:
    return insert_break(old, entry_id, at, spots or (COLA,), lengths=lengths, rate=RATE, break_id=break_id)


def move(old: Rundown, break_id: str, entry_id: str, at: int) -> Edited:
    return move_break(old, break_id, entry_id, at, lengths=lengths, rate=RATE)


def shape(some: Rundown) -> list[tuple[str, int, int | None]]:
    return [(entry.file.stem, entry.in_frame, entry.out_frame) for entry in some.entries]


def refused(edit: Callable[[], object]) -> str:
    with pytest.raises(EditError) as caught:
        edit()
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_break_splits_a_segment() -> None:
    old = rundown()
    edited = insert(old, "p1", 450, COLA, SOAP)
    first, cola, soap, second, *rest = edited.rundown.entries
    assert (first.id, first.in_frame, first.out_frame) == ("p1", 0, 450)
    assert (second.in_frame, second.out_frame, second.title) == (450, None, "Pilot")
    assert second.id not in {entry.id for entry in old.entries}
    assert [(spot.kind, spot.break_id, spot.title) for spot in (cola, soap)] == [
        ("spot", "b1", "Cola 30"),
        ("spot", "b1", ""),
    ]
    assert all(new is before for new, before in zip(rest, old.entries[1:], strict=True))
    assert break_entries(edited.rundown, "b1") == (cola, soap)
    assert segments(edited.rundown, second.id) == segments(edited.rundown, "p1") == (first, second)
    assert edited.changes == (
        'break b1 inserted in "Pilot" at 00:00:15;00: Cola 30, soap',
        f'"Pilot" split: p1 from 00:00:00;00 to 00:00:15;00; {second.id} from 00:00:15;00 to its end',
    )


def test_what_was_said_of_an_entry_is_kept() -> None:
    old = rundown()
    first, _, second, *_ = insert(old, "p1", 450).rundown.entries
    assert (first.comments, second.comments) == (("# the pilot",), ())
    assert first.tags == second.tags == (("year", "1984"),)
    assert first.directives == second.directives == ("option probesize 5000000",)
    back = remove_break(insert(old, "p1", 450).rundown, "b1", rate=RATE)
    whole = back.rundown.entries[0]
    assert whole.tags == first.tags
    assert whole.comments == first.comments
    assert whole.directives == first.directives
    assert (whole.id, whole.in_frame, whole.out_frame) == ("p1", 0, None)
    assert len(back.changes) == 2


def test_at_the_ends_nothing_is_split() -> None:
    old = rundown()
    before = insert(old, "f1", 30).rundown
    assert shape(before)[3:5] == [("cola", 0, None), ("finale", 30, 600)]
    behind = insert(old, "p1", 1_000).rundown
    assert shape(behind)[:2] == [("pilot", 0, None), ("cola", 0, None)]
    assert [entry.id for entry in behind.entries if entry.file == PILOT] == ["p1"]
    first = insert(old, "p1", 0).rundown
    assert shape(first)[:2] == [("cola", 0, None), ("pilot", 0, None)]


def test_a_break_moves_within_its_programme_and_everyone_keeps_their_id() -> None:
    old = insert(rundown(), "p1", 450, COLA, SOAP).rundown
    second = old.entries[3]
    for named in ("p1", second.id):
        for at in (100, 700):
            moved = move(old, "b1", named, at)
            assert shape(moved.rundown)[:4] == [
                ("pilot", 0, at),
                ("cola", 0, None),
                ("soap", 0, None),
                ("pilot", at, None),
            ]
            assert [entry.id for entry in moved.rundown.entries] == [entry.id for entry in old.entries]
            assert moved.rundown.entries[1:3] == old.entries[1:3]
    assert move(old, "b1", "p1", 450) == Edited(old, ())


def test_a_break_moves_to_another_programme() -> None:
    old = insert(rundown(), "p1", 450, COLA).rundown
    moved = move(old, "b1", "f1", 100)
    assert shape(moved.rundown) == [
        ("pilot", 0, None),
        ("promo", 0, None),
        ("ident", 0, None),
        ("finale", 30, 100),
        ("cola", 0, None),
        ("finale", 100, 600),
        ("slate", 0, None),
    ]
    assert moved.rundown.entries[4] is old.entries[1]
    assert any("joined again" in change for change in moved.changes)
    to_start = move(old, "b1", old.entries[2].id, 0).rundown
    assert shape(to_start)[:2] == [("cola", 0, None), ("pilot", 0, None)]
    assert to_start.entries[1].id == "p1"


def test_spots_without_a_break_are_one_by_any_of_their_ids() -> None:
    old = rundown()
    assert [entry.id for entry in break_entries(old, "s2")] == ["s1", "s2"]
    moved = move(old, "s2", "p1", 450).rundown
    assert [entry.id for entry in moved.entries[1:3]] == ["s1", "s2"]
    assert shape(remove_break(old, "s1", rate=RATE).rundown)[:2] == [("pilot", 0, None), ("finale", 30, 600)]
    named = insert(old, "p1", 450, COLA, break_id="noon").rundown
    assert break_entries(named, named.entries[1].id) == break_entries(named, "noon")


def test_a_break_is_shortened_to_what_has_aired() -> None:
    old = insert(rundown(), "p1", 450, COLA, SOAP, SHOES).rundown
    ids = [entry.id for entry in old.entries[1:4]]
    short = shorten_break(old, "b1", ids[:1], rate=RATE)
    assert shape(short.rundown)[:3] == [("pilot", 0, 450), ("cola", 0, None), ("pilot", 450, None)]
    assert short.changes == ('"soap" taken out of break b1', '"shoes" taken out of break b1')
    assert shape(shorten_break(old, "b1", (), rate=RATE).rundown)[0] == ("pilot", 0, None)
    assert shorten_break(old, "b1", ids, rate=RATE) == Edited(old, ())
    assert "no spot of break b1 'p1'" in refused(lambda: shorten_break(old, "b1", ["p1"], rate=RATE))


def test_entries_are_removed_and_neighbours_that_meet_joined() -> None:
    old = insert(rundown(), "p1", 450, COLA).rundown
    edited = remove_entries(old, [old.entries[1].id, "x1"], rate=RATE)
    assert shape(edited.rundown)[0] == ("pilot", 0, None)
    assert len(edited.rundown.entries) == 4
    assert len(edited.changes) == 3
    nothing = remove_entries(old, [entry.id for entry in old.entries], rate=RATE).rundown
    assert nothing.entries == ()
    assert parse(dump(nothing, PATH, RATE), PATH, RATE) == nothing


def test_a_spot_is_replaced_in_its_place() -> None:
    old = insert(rundown(), "p1", 450, COLA, SOAP).rundown
    cola = old.entries[1]
    edited = replace_spot(old, cola.id, SHOES.file, rate=RATE)
    new = edited.rundown.entries[1]
    assert (new.id, new.file, new.title, new.break_id) == (cola.id, SHOES.file, "", "b1")
    assert edited.changes == ('"Cola 30" in break b1 replaced by "shoes"',)
    assert replace_spot(old, cola.id, COLA.file, rate=RATE) == Edited(old, ())
    assert "is a programme" in refused(lambda: replace_spot(old, "p1", COLA.file, rate=RATE))


def test_refusals_say_what_to_do() -> None:
    old = insert(rundown(), "p1", 450, break_id="noon").rundown
    assert "did you mean 'f1'" in refused(lambda: insert(old, "f11", 100))
    assert "did you mean 'noon'" in refused(lambda: remove_break(old, "non", rate=RATE))
    assert "such as 'f1'" in refused(lambda: insert(old, "s2", 10))
    assert "from 00:00:01;00 to 00:00:20;00" in refused(lambda: insert(old, "f1", 601))
    assert "frame -1 is not in" in refused(lambda: insert(old, "f1", -1))
    assert "at least one spot" in refused(lambda: insert_break(old, "f1", 100, (), lengths=lengths, rate=RATE))
    assert "taken" in refused(lambda: insert(old, "f1", 100, break_id="noon"))
    assert "taken" in refused(lambda: insert(old, "f1", 100, break_id="f1"))
    assert "no name" in refused(lambda: insert(old, "f1", 100, break_id=""))
    assert "no name" in refused(lambda: insert(old, "f1", 100, break_id="a\nb"))
    assert "absolute" in refused(lambda: insert(old, "f1", 100, Spot(Path("cola.mp4"))))
    assert "line break" in refused(lambda: insert(old, "f1", 100, Spot(Path("/co\nla.mp4"))))
    assert "line break" in refused(lambda: insert(old, "f1", 100, Spot(Path("/cola.mp4"), "co\nla")))
    assert "part of the break" in refused(lambda: move(old, "noon", old.entries[1].id, 0))
    assert "none" in refused(lambda: remove_break(Rundown(), "b1", rate=RATE))


def test_an_entry_whose_length_is_unknown_can_have_a_break_at_its_start_alone() -> None:
    old = rundown()
    edited = insert_break(old, "p1", 0, (COLA,), lengths=lambda entry: None, rate=RATE)
    assert shape(edited.rundown)[:2] == [("cola", 0, None), ("pilot", 0, None)]
    message = refused(lambda: insert_break(old, "p1", 10, (COLA,), lengths=lambda entry: None, rate=RATE))
    assert "/media/pilot.mp4 is missing" in message
    assert insert_break(old, "f1", 100, (COLA,), lengths=lambda entry: None, rate=RATE).changes


def test_a_break_on_top_leaves_the_comments_where_they_are_read_again() -> None:
    some = parse("ffconcat version 1.0\nfile /a.mp4\n\n# late\nfile /b.mp4\n", PATH, RATE)
    edited = remove_entries(some, [some.entries[0].id], rate=RATE).rundown
    assert edited.entries[0].comments == ("# late",)
    assert parse(dump(edited, PATH, RATE), PATH, RATE) == edited


def test_edits_of_a_long_rundown() -> None:
    entries = []
    for number in range(3_334):
        episode = Path(f"/media/{number}.mp4")
        entries.append(Entry(f"p{number}", "programme", episode, 0, 500))
        entries.append(Entry(f"s{number}", "spot", COLA.file, break_id=f"b{number}"))
        entries.append(Entry(f"q{number}", "programme", episode, 500))
    old = Rundown(tuple(entries))
    middle = len(entries) // 2
    quick: dict[str, Callable[[], object]] = {
        "insert": lambda: insert(old, "p1700", 100, COLA, SOAP),
        "move": lambda: move(old, "b1700", "p9", 100),
        "remove": lambda: remove_break(old, "b1700", rate=RATE),
        "replace": lambda: replace_spot(old, "s1700", SOAP.file, rate=RATE),
        "shorten": lambda: shorten_break(old, "b1700", (), rate=RATE),
        "carry": lambda: carry_over(old.entries, insert(old, "p9", 9).rundown.entries, Position(0, middle, 3), lengths),
    }
    for name, edit in quick.items():
        assert edit() is not None, name
    refused(lambda: remove_break(old, "b17x00", rate=RATE))


class Editing(RuleBasedStateMachine):
    """Random edits against what an operator expects: a break's spots, and how many programme frames air before it."""

    ASSETS: ClassVar = {Path("/media/a b.mp4"): 40, Path("/media/it's.mp4"): 25, Path("/media/c.mp4"): 1}
    ADS = tuple(Path(f"/ads/{name}.mp4") for name in ("x", "y", "z"))

    def lengths(self, entry: Entry) -> int | None:
        return self.ASSETS.get(entry.file, 7)

    def airing(self, some: Rundown) -> list[tuple[Path, int]]:
        return [
            (entry.file, frame)
            for entry in some.entries
            if entry.kind == "programme"
            for frame in range(*span(entry, self.lengths(entry)))
        ]

    @initialize(
        parts=st.lists(
            st.tuples(
                st.sampled_from(sorted(ASSETS)),
                st.integers(0, 20),
                st.none() | st.integers(1, 60),
                st.sampled_from(["", "# note", "\n# apart"]),
            ),
            min_size=1,
            max_size=4,
        ),
        marked=st.booleans(),
    )
    def begin(self, parts: list[tuple[Path, int, int | None, str]], marked: bool) -> None:
        lines = ["ffconcat version 1.0", "# top"]
        for number, (file, first, frames, comment) in enumerate(parts):
            first = min(first, self.ASSETS[file] - 1)
            lines.append(comment)
            if marked:
                lines.append(f"#retrovue id=e{number} kind=programme year=198{number}")
            quoted = str(file).replace("'", "'\\''")
            lines.append(f"file '{quoted}'")
            if first:
                lines.append(f"inpoint {float(RATE.seconds(first)):.6f}")
            if frames is not None:
                lines.append(f"outpoint {float(RATE.seconds(first + frames)):.6f}")
        self.text = "\n".join([*lines, "# end", ""])
        self.rundown = parse(self.text, PATH, RATE)
        self.frames = self.airing(self.rundown)
        self.breaks: dict[str, tuple[int, tuple[Path, ...]]] = {}
        self.history = History(self.text)
        self.states = [(self.text, self.breaks, self.frames)]
        self.state = 0

    def place(self, target: Entry, at: int) -> int:
        """How many programme frames air before frame `at` of a segment."""
        index = self.rundown.entries.index(target)
        return len(self.airing(Rundown(self.rundown.entries[:index]))) + at - target.in_frame

    def target(self, data: st.DataObject) -> tuple[Entry, int]:
        programmes = [entry for entry in self.rundown.entries if entry.kind == "programme"]
        chosen = data.draw(st.sampled_from(programmes))
        first, end = span(chosen, self.lengths(chosen))
        return chosen, data.draw(st.integers(first, end))

    def took(self, edited: Edited, breaks: dict[str, tuple[int, tuple[Path, ...]]]) -> None:
        before = {entry.id: entry for entry in self.rundown.entries}
        for entry in edited.rundown.entries:
            assert entry is before.get(entry.id) or entry != before.get(entry.id), "what is untouched stays itself"
        changed = edited.rundown is not self.rundown
        assert bool(edited.changes) == changed
        text = dump(edited.rundown, PATH, RATE) if changed else self.text
        self.history = self.history.record(self.text, text, "edit")
        if changed:
            self.states = [*self.states[: self.state + 1], (text, breaks, self.airing(edited.rundown))]
            self.state += 1
        self.rundown, self.text, self.breaks = edited.rundown, text, breaks

    @rule(data=st.data(), spots=st.lists(st.sampled_from(ADS), min_size=1, max_size=3))
    def insert(self, data: st.DataObject, spots: list[Path]) -> None:
        target, at = self.target(data)
        place = self.place(target, at)
        chosen = [Spot(file) for file in spots]
        edited = insert_break(self.rundown, target.id, at, chosen, lengths=self.lengths, rate=RATE)
        (made,) = {entry.break_id or "" for entry in edited.rundown.entries} - {"", *self.breaks}
        self.took(edited, {**self.breaks, made: (place, tuple(spots))})

    @precondition(lambda self: self.breaks)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.breaks)))
        target, at = self.target(data)
        place = self.place(target, at)
        edited = move_break(self.rundown, chosen, target.id, at, lengths=self.lengths, rate=RATE)
        assert break_entries(edited.rundown, chosen) == break_entries(self.rundown, chosen)
        self.took(edited, {**self.breaks, chosen: (place, self.breaks[chosen][1])})

    @precondition(lambda self: self.breaks)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.breaks)))
        breaks = {id: what for id, what in self.breaks.items() if id != chosen}
        self.took(remove_break(self.rundown, chosen, rate=RATE), breaks)

    @precondition(lambda self: self.breaks)
    @rule(data=st.data(), file=st.sampled_from(ADS))
    def replace(self, data: st.DataObject, file: Path) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.breaks)))
        block = break_entries(self.rundown, chosen)
        number = data.draw(st.integers(0, len(block) - 1))
        place, files = self.breaks[chosen]
        edited = replace_spot(self.rundown, block[number].id, file, rate=RATE)
        self.took(edited, {**self.breaks, chosen: (place, (*files[:number], file, *files[number + 1 :]))})

    @precondition(lambda self: self.breaks)
    @rule(data=st.data())
    def shorten(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.breaks)))
        block = break_entries(self.rundown, chosen)
        count = data.draw(st.integers(1, len(block)))
        place, files = self.breaks[chosen]
        edited = shorten_break(self.rundown, chosen, [entry.id for entry in block[:count]], rate=RATE)
        self.took(edited, {**self.breaks, chosen: (place, files[:count])})

    @precondition(lambda self: self.breaks)
    @rule(data=st.data(), spots=st.lists(st.sampled_from(ADS), min_size=1, max_size=3), lifted=st.booleans())
    def choose_anew(self, data: st.DataObject, spots: list[Path], lifted: bool) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.breaks)))
        block = break_entries(self.rundown, chosen)
        new = [Spot(file) for file in spots]
        if lifted:
            edited = lift(self.rundown, block, new, lengths=self.lengths, rate=RATE)
        else:
            edited = refill(self.rundown, chosen, new, lengths=self.lengths, rate=RATE)
        self.took(edited, {**self.breaks, chosen: (self.breaks[chosen][0], tuple(spots))})

    @precondition(lambda self: self.breaks)
    @rule(data=st.data(), file=st.sampled_from(ADS), behind=st.booleans())
    def put_into_a_break(self, data: st.DataObject, file: Path, behind: bool) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.breaks)))
        block = break_entries(self.rundown, chosen)
        number = data.draw(st.integers(0, len(block) - 1))
        place, files = self.breaks[chosen]
        at, beside = number + behind, {"after" if behind else "before": block[number].id}
        part = Part(Spot(file), "spot", break_id=chosen)
        edited = insert_part(self.rundown, part, **beside, lengths=self.lengths, rate=RATE)
        self.took(edited, {**self.breaks, chosen: (place, (*files[:at], file, *files[at:]))})

    @precondition(lambda self: self.breaks)
    @rule(data=st.data())
    def turn_round_in_a_break(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.breaks)))
        block = break_entries(self.rundown, chosen)
        place, files = self.breaks[chosen]
        if len(block) > 1:
            edited = move_entry(self.rundown, block[0].id, after=block[-1].id, rate=RATE)
            self.took(edited, {**self.breaks, chosen: (place, (*files[1:], files[0]))})

    @rule(data=st.data())
    def cut_in_two(self, data: st.DataObject) -> None:
        target, at = self.target(data)
        first, end = span(target, self.lengths(target))
        if first < at < end:
            edited = split(self.rundown, target.id, at, lengths=self.lengths, rate=RATE)
            assert self.airing(edited.rundown) == self.frames
            self.took(edited, self.breaks)

    @rule(data=st.data())
    def trim_the_end(self, data: st.DataObject) -> None:
        """Frames at the end of a segment air no more: what is behind it comes earlier by so many."""
        target, at = self.target(data)
        first, end = span(target, self.lengths(target))
        if at == first:
            return
        behind = self.place(target, end)
        self.frames = [*self.frames[: behind - (end - at)], *self.frames[behind:]]
        edited = trim(self.rundown, target.id, None, at, lengths=self.lengths, rate=RATE)
        breaks = {id: (at_ - (end - at) if at_ >= behind else at_, files) for id, (at_, files) in self.breaks.items()}
        self.took(edited, breaks)

    @rule()
    def reload(self) -> None:
        self.rundown = parse(self.text, PATH, RATE)

    @rule()
    def undo(self) -> None:
        if not self.state:
            assert self.history.can_undo is None
            refused(lambda: self.history.undo(self.text))
            return
        self.history, self.text, _ = self.history.undo(self.text)
        self.state -= 1
        self.rundown = parse(self.text, PATH, RATE)
        _, self.breaks, self.frames = self.states[self.state]

    @rule()
    def redo(self) -> None:
        if self.state == len(self.states) - 1:
            assert self.history.can_redo is None
            refused(lambda: self.history.redo(self.text))
            return
        self.history, self.text, _ = self.history.redo(self.text)
        self.state += 1
        self.rundown = parse(self.text, PATH, RATE)
        _, self.breaks, self.frames = self.states[self.state]

    @rule(data=st.data(), spots=st.just((Spot(ADS[0]),)))
    def the_air_goes_on_at_its_frame(self, data: st.DataObject, spots: tuple[Spot, ...]) -> None:
        """Whatever a break's insertion splits, the frame that airs next is the same one."""
        target, at = self.target(data)
        edited = insert_break(self.rundown, target.id, at, spots, lengths=self.lengths, rate=RATE).rundown
        index = data.draw(st.integers(0, len(self.rundown.entries) - 1))
        airing = self.rundown.entries[index]
        first, end = span(airing, self.lengths(airing))
        frame = data.draw(st.integers(first, end - 1))
        for new in (edited, parse(dump(edited, PATH, RATE), PATH, RATE)):
            there = carry_over(self.rundown.entries, new.entries, Position(4, index, frame), self.lengths)
            assert there is not None
            assert (there.loop, there.frame, new.entries[there.index].file) == (4, frame, airing.file)
            if airing.kind == "programme":
                before = self.airing(Rundown(new.entries[: there.index]))
                offset = there.frame - new.entries[there.index].in_frame
                assert len(before) + offset == self.place(airing, frame)

    @invariant()
    def every_programme_frame_airs_once_in_order(self) -> None:
        assert self.airing(self.rundown) == self.frames
        for entry in self.rundown.entries:
            first, end = span(entry, self.lengths(entry))
            assert first < end

    @invariant()
    def breaks_are_as_commanded(self) -> None:
        found = {}
        for chosen in {entry.break_id for entry in self.rundown.entries} - {None}:
            assert chosen is not None
            block = break_entries(self.rundown, chosen)
            index = self.rundown.entries.index(block[0])
            assert self.rundown.entries[index : index + len(block)] == block
            place = len(self.airing(Rundown(self.rundown.entries[:index])))
            found[chosen] = (place, tuple(entry.file for entry in block))
        assert found == self.breaks

    @invariant()
    def the_text_says_it_all(self) -> None:
        assert self.text == self.states[self.state][0]
        assert parse(self.text, PATH, RATE) == self.rundown
        ids = [entry.id for entry in self.rundown.entries]
        assert len(set(ids)) == len(ids)


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)
