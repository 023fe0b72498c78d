from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.rundown.break_edits import (
    EditError,
    EditResult,
    Spot,
    break_entries,
    insert_break,
    move_break,
    new_block,
    remove_break,
    remove_entries,
    replace_spot,
    segments,
)
from retrovue_tui.rundown.edit_helpers import MOST_ENTRIES, free_id
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.file_format.ffconcat import dump, parse
from retrovue_tui.rundown.position_mapping import carry_over
from retrovue_tui.rundown.positions import Position
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


def insert(old: Rundown, entry_id: str, at: int, *spots: Spot, break_id: str | None = None) -> EditResult:
    return insert_break(old, entry_id, at, spots or (COLA,), lengths=lengths, rate=RATE, break_id=break_id)


def move(old: Rundown, break_id: str, entry_id: str, at: int) -> EditResult:
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


def test_the_facts_of_an_entry_are_kept() -> None:
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
    assert move(old, "b1", "p1", 450) == EditResult(old, ())


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
    assert replace_spot(old, cola.id, COLA.file, rate=RATE) == EditResult(old, ())
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
    assert "not a valid name" in refused(lambda: insert(old, "f1", 100, break_id=""))
    assert "not a valid name" in refused(lambda: insert(old, "f1", 100, break_id="a\nb"))
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
        "carry": lambda: carry_over(old.entries, insert(old, "p9", 9).rundown.entries, Position(0, middle, 3), lengths),
    }
    for name, edit in quick.items():
        assert edit() is not None, name
    refused(lambda: remove_break(old, "b17x00", rate=RATE))


def test_new_ids_of_equal_entries_take_no_longer_the_more_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """400 equal spots took 80 000 tries, counting through the ids of one another."""
    tries = 0
    real = hashlib.blake2s

    def counted(*given: Any, **options: Any) -> Any:
        nonlocal tries
        tries += 1
        return real(*given, **options)

    monkeypatch.setattr("retrovue_tui.rundown.edit_helpers.hashlib.blake2s", counted)
    taken: set[str] = set()
    ids = [free_id(Path("/ads/cola.mp4"), 0, None, taken) for _ in range(2_000)]
    assert len(set(ids)) == 2_000
    assert tries <= 3 * 2_000
    fresh = set(ids[1_000:])  # some were taken out again: what comes next must not meet all of the others
    tries = 0
    more = [free_id(Path("/ads/cola.mp4"), 0, None, fresh) for _ in range(1_000)]
    assert len(fresh) == 2_000
    assert len(set(more)) == 1_000
    assert tries <= 3 * 1_000


def test_no_edit_makes_a_rundown_endless() -> None:
    full = Rundown(tuple(Entry(f"e{number}", "programme", PILOT) for number in range(MOST_ENTRIES)))
    with pytest.raises(EditError, match=f"at most {MOST_ENTRIES} entries"):
        insert_break(full, "e7", 0, [Spot(Path("/ads/cola.mp4"))], lengths=lambda _: 9_000, rate=RATE)
    over = Rundown((*full.entries, Entry("x", "spot", PILOT)))
    assert len(remove_entries(over, ["x"], rate=RATE).rundown.entries) == MOST_ENTRIES


def test_a_block_made_before_is_the_same_break() -> None:
    rundown = parse(SCRIPT, PATH, RATE)
    spots = [COLA, SOAP]
    whole = insert_break(rundown, "p1", 300, spots, lengths=lengths, rate=RATE)
    block = new_block(rundown, spots)
    assert insert_break(rundown, "p1", 300, spots, lengths=lengths, rate=RATE, block=block) == whole
    with pytest.raises(EditError, match="at least one spot"):
        new_block(rundown, [])


def test_a_change_line_names_the_first_of_many_titles() -> None:
    made = insert_break(parse(SCRIPT, PATH, RATE), "p1", 300, [COLA] * 1_000, lengths=lengths, rate=RATE)
    assert made.changes[0].endswith("Cola 30 and 980 more")
    assert len(made.changes[0]) < 300
