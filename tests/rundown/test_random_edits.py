"""Random edits of a rundown, undone and done again, against what an operator expects of each."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from retrovue_tui.rundown.break_edits import (
    EditResult,
    Spot,
    break_entries,
    insert_break,
    move_break,
    remove_break,
    remove_entries,
    replace_spot,
)
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.entry_edits import Part, lift, move_entry, refill, split, trim
from retrovue_tui.rundown.entry_edits import insert as insert_part
from retrovue_tui.rundown.file_format.ffconcat import dump, parse
from retrovue_tui.rundown.position_mapping import carry_over
from retrovue_tui.rundown.positions import Position, span
from retrovue_tui.rundown.undo_history import History
from tests.rundown.test_break_edits import PATH, RATE, refused


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

    def took(self, edited: EditResult, breaks: dict[str, tuple[int, tuple[Path, ...]]]) -> None:
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
        edited = remove_entries(self.rundown, [entry.id for entry in block[count:]], rate=RATE)
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
        """Frames at the end of a segment no longer air, and the entries after it air earlier by their number."""
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
            assert self.history.done == 0
            refused(lambda: self.history.undo(self.text))
            return
        self.history, self.text, _ = self.history.undo(self.text)
        self.state -= 1
        self.rundown = parse(self.text, PATH, RATE)
        _, self.breaks, self.frames = self.states[self.state]

    @rule()
    def redo(self) -> None:
        if self.state == len(self.states) - 1:
            assert self.history.done == len(self.history.edits)
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
