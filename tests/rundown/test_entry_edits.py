"""Single entries edited: what each edit makes of a rundown, what it says, what it refuses, and what always holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.rundown.break_edits import EditError, EditResult, Spot, break_entries, remove_entries
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.entry_edits import Part, airtime, insert, lift, move_entry, refill, split, trim
from retrovue_tui.rundown.file_format.ffconcat import dump, parse
from retrovue_tui.rundown.positions import span
from retrovue_tui.rundown.undo_history import History
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = FrameRate(30_000, 1_001)
PATH = Path("/home/op/tv/channels/1.ffconcat")
PILOT, FINALE, GONE = Path("/media/pilot.mp4"), Path("/media/finale.mp4"), Path("/media/gone.mp4")
COLA, SOAP, SHOES = Spot(Path("/ads/cola.mp4"), "Cola 30"), Spot(Path("/ads/soap.mp4")), Spot(Path("/ads/shoes.mp4"))
LENGTHS = {PILOT: 1_000, FINALE: 900, COLA.file: 300, SOAP.file: 150, SHOES.file: 90}

ROWS = (
    Entry("p1", "programme", PILOT, 0, 450, "Pilot"),
    Entry("s1", "spot", COLA.file, title="Cola 30", break_id="b1"),
    Entry("s2", "spot", SOAP.file, break_id="b1"),
    Entry("p2", "programme", PILOT, 450, None, "Pilot"),
    Entry("f1", "programme", FINALE, 30, 600, "Finale"),
    Entry("x1", "slate", Path("/media/slate.png")),
)
OLD = Rundown(ROWS)


def lengths(entry: Entry) -> int | None:
    return None if entry.file == GONE else LENGTHS.get(entry.file, 300)


def shape(some: Rundown) -> list[tuple[str, int, int | None, str | None]]:
    return [(entry.id, entry.in_frame, entry.out_frame, entry.break_id) for entry in some.entries]


def ids(some: Rundown) -> list[str]:
    return [entry.id for entry in some.entries]


def refused(edit: Callable[[], object]) -> str:
    with pytest.raises(EditError) as caught:
        edit()
    assert "\n" not in caught.value.message
    return caught.value.message


# ── trimmed and split ────────────────────────────────────────────────────────────────────────────


def test_an_entry_is_trimmed_at_both_ends_and_its_neighbours_stay() -> None:
    edited = trim(OLD, "f1", 60, 500, lengths=lengths, rate=RATE)
    assert shape(edited.rundown)[4] == ("f1", 60, 500, None)
    assert all(new is old for new, old in zip(edited.rundown.entries[:4], ROWS[:4], strict=True))
    assert edited.changes == ('"Finale" trimmed: f1 from 00:00:02;00 to 00:00:16;20, 4.34 s shorter',)
    longer = trim(OLD, "f1", 0, None, lengths=lengths, rate=RATE)
    assert longer.changes[0].endswith(", 1.00 s longer")
    moved = trim(OLD, "f1", 60, 630, lengths=lengths, rate=RATE)
    assert moved.changes[0].endswith(", as long as before")


def test_an_end_that_is_the_files_own_is_not_written_down() -> None:
    assert trim(OLD, "f1", None, 900, lengths=lengths, rate=RATE).rundown.entries[4].out_frame is None
    assert trim(OLD, "p2", 500, None, lengths=lengths, rate=RATE).rundown.entries[3].out_frame is None
    assert trim(OLD, "p2", None, 1_000, lengths=lengths, rate=RATE) == EditResult(OLD, ())
    assert trim(OLD, "f1", 30, 600, lengths=lengths, rate=RATE) == EditResult(OLD, ())


def test_impossible_trims_are_refused() -> None:
    assert "nothing of" in refused(lambda: trim(OLD, "f1", 600, None, lengths=lengths, rate=RATE))
    assert "set its out point after its in point" in refused(
        lambda: trim(OLD, "f1", None, 30, lengths=lengths, rate=RATE)
    )
    assert "has 900 frames" in refused(lambda: trim(OLD, "f1", None, 901, lengths=lengths, rate=RATE))
    assert "did you mean 'f1'" in refused(lambda: trim(OLD, "f11", 0, 5, lengths=lengths, rate=RATE))
    missing = Rundown((Entry("g", "programme", GONE),))
    assert "give its out_frame" in refused(lambda: trim(missing, "g", 3, None, lengths=lengths, rate=RATE))


def test_a_split_airs_the_same_and_gives_the_second_part_a_new_id() -> None:
    edited = split(OLD, "p1", 100, lengths=lengths, rate=RATE)
    first, second = edited.rundown.entries[:2]
    assert shape(edited.rundown)[:2] == [("p1", 0, 100, None), (second.id, 100, 450, None)]
    assert second.id not in ids(OLD)
    assert edited.rundown.entries[2:] == ROWS[1:]
    assert first.title == second.title == "Pilot"
    assert edited.changes == (
        f'"Pilot" split: p1 from 00:00:00;00 to 00:00:03;10; {second.id} from 00:00:03;10 to 00:00:15;00',
    )
    of_a_break = split(OLD, "s1", 100, lengths=lengths, rate=RATE).rundown
    assert [entry.break_id for entry in break_entries(of_a_break, "b1")] == ["b1"] * 3


def test_impossible_splits_are_refused() -> None:
    assert "begins at 00:00:01;00" in refused(lambda: split(OLD, "f1", 30, lengths=lengths, rate=RATE))
    assert "ends at 00:00:20;00" in refused(lambda: split(OLD, "f1", 600, lengths=lengths, rate=RATE))
    assert "from 00:00:01;00 to 00:00:20;00" in refused(lambda: split(OLD, "f1", 601, lengths=lengths, rate=RATE))
    missing = Rundown((Entry("g", "programme", GONE),))
    assert "leave it whole" in refused(lambda: split(missing, "g", 3, lengths=lengths, rate=RATE))


# ── moved and put in ─────────────────────────────────────────────────────────────────────────────


def test_a_spot_moves_within_its_break_and_out_of_it() -> None:
    turned = move_entry(OLD, "s2", before="s1", rate=RATE)
    assert ids(turned.rundown) == ["p1", "s2", "s1", "p2", "f1", "x1"]
    assert {entry.break_id for entry in turned.rundown.entries[1:3]} == {"b1"}
    assert turned.changes == ('spot "soap" (s2) moved before "Cola 30" (s1), in break b1',)
    alone = move_entry(OLD, "s2", after="f1", rate=RATE).rundown
    assert ids(alone) == ["p1", "s1", "p2", "f1", "s2", "x1"]
    assert alone.entries[4].break_id == "b2"
    assert move_entry(OLD, "s2", after="s1", rate=RATE) == EditResult(OLD, ())


def test_segments_that_meet_where_an_entry_was_are_joined() -> None:
    one = Rundown((ROWS[0], ROWS[1], *ROWS[3:]))
    moved = move_entry(one, "s1", after="f1", rate=RATE)
    assert shape(moved.rundown)[0] == ("p1", 0, None, None)
    assert "joined again" in moved.changes[1]
    programme = move_entry(OLD, "f1", before="p1", rate=RATE).rundown
    assert ids(programme) == ["f1", "p1", "s1", "s2", "p2", "x1"]


def test_no_programme_moves_into_a_break() -> None:
    assert "in the middle of break b1" in refused(lambda: move_entry(OLD, "f1", after="s1", rate=RATE))
    assert "beside itself" in refused(lambda: move_entry(OLD, "f1", after="f1", rate=RATE))
    assert "there is no entry" in refused(lambda: move_entry(OLD, "f1", after="zz", rate=RATE))


def test_a_file_is_put_in_beside_an_entry_or_at_the_end() -> None:
    part = Part(SHOES, "spot")
    joined = insert(OLD, part, after="s2", lengths=lengths, rate=RATE)
    new = joined.rundown.entries[3]
    assert (new.file, new.kind, new.break_id, new.out_frame) == (SHOES.file, "spot", "b1", None)
    assert joined.changes == (
        f'spot "shoes" inserted after "soap" (s2), in break b1: {new.id} from 00:00:00;00 to its end',
    )
    alone = insert(OLD, part, before="p1", lengths=lengths, rate=RATE).rundown
    assert alone.entries[0].break_id == "b2"
    film = insert(OLD, Part(Spot(PILOT), "programme", 10, 20), lengths=lengths, rate=RATE).rundown.entries[-1]
    assert (film.in_frame, film.out_frame, film.break_id) == (10, 20, None)
    assert insert(Rundown(), part, lengths=lengths, rate=RATE).rundown.entries[0].break_id == "b1"


def test_impossible_insertions_are_refused() -> None:
    long = Part(SHOES, "spot", 0, 91)
    assert "choose a place from" in refused(lambda: insert(OLD, long, lengths=lengths, rate=RATE))
    far = Part(SHOES, "spot", 90)
    assert "choose a place from" in refused(lambda: insert(OLD, far, lengths=lengths, rate=RATE))
    gone = Part(Spot(GONE), "programme")
    assert "choose another file" in refused(lambda: insert(OLD, gone, lengths=lengths, rate=RATE))
    elsewhere = Part(SHOES, "spot", break_id="b1")
    assert "break b1 is elsewhere" in refused(lambda: insert(OLD, elsewhere, after="f1", lengths=lengths, rate=RATE))
    taken = Part(SHOES, "spot", break_id="p1")
    assert "is taken" in refused(lambda: insert(OLD, taken, after="s1", lengths=lengths, rate=RATE))


# ── spots chosen anew ────────────────────────────────────────────────────────────────────────────


def test_a_break_is_filled_again_and_spots_that_it_had_keep_their_entries() -> None:
    edited = refill(OLD, "b1", [SHOES, COLA], seconds=15, lengths=lengths, rate=RATE)
    made = break_entries(edited.rundown, "b1")
    assert [entry.file for entry in made] == [SHOES.file, COLA.file]
    assert made[1] is ROWS[1]
    assert edited.changes == ("break b1 refilled: shoes, Cola 30 (13.01 of 15 s)",)
    assert refill(OLD, "s1", [COLA, SOAP], lengths=lengths, rate=RATE) == EditResult(OLD, ())
    begun = refill(OLD, "b1", [SHOES], begun=ROWS[1:2], lengths=lengths, rate=RATE)
    assert [entry.file for entry in break_entries(begun.rundown, "b1")] == [COLA.file, SHOES.file]
    assert begun.rundown.entries[1] is ROWS[1]
    assert "at least one spot" in refused(lambda: refill(OLD, "b1", [], lengths=lengths, rate=RATE))


def test_a_lifted_part_is_replaced_by_spots_and_the_effect_is_described() -> None:
    of_break = lift(OLD, ROWS[1:3], [SHOES], lengths=lengths, rate=RATE)
    assert [entry.file for entry in break_entries(of_break.rundown, "b1")] == [SHOES.file]
    assert of_break.changes == (
        "break b1 lifted; in its place, in break b1: shoes",
        "the entries after it air 12.01 s earlier",
    )
    film = lift(OLD, [ROWS[4]], [COLA, COLA], lengths=lengths, rate=RATE)
    assert [entry.break_id for entry in film.rundown.entries[4:6]] == ["b2", "b2"]
    assert film.changes[1] == "the entries after it air 1.00 s later"
    same = lift(OLD, [ROWS[1]], [COLA], lengths=lengths, rate=RATE)
    assert same.changes[1] == "the entries after it keep their times"


# ── what always holds ────────────────────────────────────────────────────────────────────────────

FILES = (PILOT, FINALE, COLA.file, SOAP.file)


@st.composite
def rundowns(draw: st.DrawFn) -> Rundown:
    """Programmes, each perhaps with a break behind it."""
    rows: list[Entry] = []
    for number in range(draw(st.integers(1, 4))):
        file = draw(st.sampled_from(FILES[:2]))
        first = draw(st.integers(0, LENGTHS[file] - 1))
        end = draw(st.none() | st.integers(first + 1, LENGTHS[file]))
        rows.append(Entry(f"p{number}", "programme", file, first, end))
        for spot in range(draw(st.integers(0, 2))):
            rows.append(Entry(f"s{number}{spot}", "spot", draw(st.sampled_from(FILES[2:])), break_id=f"b{number}"))
    return Rundown(tuple(rows))


def chosen(data: st.DataObject, some: Rundown) -> Entry:
    return data.draw(st.sampled_from(some.entries))


def airing(some: Rundown) -> list[tuple[Path, int]]:
    return [(entry.file, frame) for entry in some.entries for frame in range(*span(entry, lengths(entry)))]


def sound(old: Rundown, edited: EditResult) -> Rundown:
    """Check an edit's rundown: its ids differ, it has a line for each change, it is read back as written, and it can be
    undone exactly."""
    new = edited.rundown
    assert len(set(ids(new))) == len(new.entries)
    assert bool(edited.changes) == (new is not old)
    assert all(entry.in_frame < span(entry, lengths(entry))[1] for entry in new.entries)
    before, after = dump(old, PATH, RATE), dump(new, PATH, RATE)
    assert parse(after, PATH, RATE) == new
    if edited.changes:
        history, text, _ = History(before).record(before, after, "edit").undo(after)
        assert parse(text, PATH, RATE) == old
        assert history.redo(text)[1] == after
    return new


@given(rundowns(), st.data())
def test_a_trim_airs_the_frames_between_its_ends_and_touches_no_other(old: Rundown, data: st.DataObject) -> None:
    entry = chosen(data, old)
    length = lengths(entry) or 0
    first = data.draw(st.integers(0, length - 1))
    end = data.draw(st.integers(first + 1, length))
    new = sound(old, trim(old, entry.id, first, end, lengths=lengths, rate=RATE))
    assert ids(new) == ids(old)
    there = new.entries[ids(new).index(entry.id)]
    assert span(there, length) == (first, end)
    assert [each for each in new.entries if each is not there] == [each for each in old.entries if each is not entry]


@given(rundowns(), st.data())
def test_a_split_loses_and_adds_no_frame(old: Rundown, data: st.DataObject) -> None:
    entry = chosen(data, old)
    first, end = span(entry, lengths(entry))
    if end - first < 2:
        refused(lambda: split(old, entry.id, first, lengths=lengths, rate=RATE))
        return
    at = data.draw(st.integers(first + 1, end - 1))
    edited = split(old, entry.id, at, lengths=lengths, rate=RATE)
    new = sound(old, edited)
    assert airing(new) == airing(old)
    (second,) = set(ids(new)) - set(ids(old))
    if end - at > 1:
        again = split(new, second, end - 1, lengths=lengths, rate=RATE)
        assert airing(sound(new, again)) == airing(old)


@given(rundowns(), st.data())
def test_a_move_keeps_every_frame(old: Rundown, data: st.DataObject) -> None:
    entry, beside = chosen(data, old), chosen(data, old)
    side = data.draw(st.sampled_from(["before", "after"]))
    try:
        edited = move_entry(old, entry.id, **{side: beside.id}, rate=RATE)
    except EditError:
        assert entry is beside or (entry.kind != "spot" and beside.break_id is not None)
        return
    new = sound(old, edited)
    assert sorted(airing(new)) == sorted(airing(old))
    assert entry.id in ids(new)


@given(rundowns(), st.data(), st.sampled_from([COLA, SOAP, SHOES]))
def test_an_inserted_entry_airs_once_and_its_removal_leaves_the_same_frames(
    old: Rundown, data: st.DataObject, spot: Spot
) -> None:
    beside = chosen(data, old)
    side = data.draw(st.sampled_from(["before", "after"]))
    new = sound(old, insert(old, Part(spot, "spot"), **{side: beside.id}, lengths=lengths, rate=RATE))
    (made,) = set(ids(new)) - set(ids(old))
    assert abs(ids(new).index(made) - ids(new).index(beside.id)) == 1
    assert airtime(new.entries, lengths) == airtime(old.entries, lengths) + LENGTHS[spot.file]
    assert airing(remove_entries(new, [made], rate=RATE).rundown) == airing(old)


@given(rundowns(), st.data(), st.lists(st.sampled_from([COLA, SOAP, SHOES]), min_size=1, max_size=3))
def test_spots_in_the_place_of_others_leave_the_programmes_alone(
    old: Rundown, data: st.DataObject, spots: list[Spot]
) -> None:
    entry = chosen(data, old)
    if entry.kind == "spot":
        edited = refill(old, entry.break_id or "", spots, lengths=lengths, rate=RATE)
        assert [each.file for each in break_entries(edited.rundown, entry.break_id or "")] == [s.file for s in spots]
    else:
        edited = lift(old, [entry], spots, lengths=lengths, rate=RATE)
        at = old.entries.index(entry)
        assert [each.file for each in edited.rundown.entries[at : at + len(spots)]] == [s.file for s in spots]
    new = sound(old, edited)
    left = [each for each in old.entries if each.kind == "programme" and each is not entry]
    assert [each for each in new.entries if each.kind == "programme"] == left
