from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.errors import RundownError
from retrovue_tui.rundown import undo_history as history_module
from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.undo_history import MOST_EDITS, OUTSIDE, Edit, History, difference, load, save

if TYPE_CHECKING:
    from pathlib import Path


def labels(history: History) -> tuple[str | None, str | None]:
    """The labels of the edits that undo takes back and redo does again; None where there is none."""
    last, following = history.edits[: history.done][-1:], history.edits[history.done :][:1]
    return last[0].label if last else None, following[0].label if following else None


def test_undo_and_redo_of_any_depth() -> None:
    texts = ["one\n", "one\ntwo\n", "two\n", "two\nthree\n"]
    history = History(texts[0])
    for before, after in itertools.pairwise(texts):
        history = history.record(before, after, f"to {after!r}")
    assert (history.revision, *labels(history)) == (3, "to 'two\\nthree\\n'", None)
    for before, after in reversed(list(itertools.pairwise(texts))):
        history, text, label = history.undo(after)
        assert (text, label) == (before, f"to {after!r}")
    assert (history.revision, *labels(history)) == (6, None, "to 'one\\ntwo\\n'")
    for after in texts[1:]:
        history, text, _ = history.redo(history.text or "")
        assert text == after
    assert history.revision == 9
    with pytest.raises(EditError, match="nothing to redo"):
        history.redo(texts[-1])
    with pytest.raises(EditError, match="nothing to undo"):
        History("one\n").undo("one\n")


def test_a_new_edit_ends_what_could_be_redone() -> None:
    history = History("a").record("a", "b", "first").undo("b").history.record("a", "c", "second")
    assert labels(history) == ("second", None)
    assert history.undo("c").text == "a"


def test_an_edit_that_changes_nothing_is_none() -> None:
    history = History("a").record("a", "b", "first")
    assert history.record("b", "b", "nothing") is history


def test_a_rundown_that_was_changed_without_a_word_is_not_overwritten() -> None:
    history = History("a\n").record("a\n", "b\n", "first")
    with pytest.raises(EditError, match="changed since"):
        history.undo("c\n")
    with pytest.raises(EditError, match="changed since"):
        history.undo("b\n").history.redo("c\n")


def test_the_time_of_an_edit_is_kept_and_those_from_before_there_was_one_have_none(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    history = History("a\n").record("a\n", "b\n", "first").record("b\n", "c\n", "second", 1_795_000_000.5)
    save(history, path)
    assert load(path).history == history
    assert [edit.at for edit in load(path).history.undo("c\n").history.edits] == [None, 1_795_000_000.5]


def test_changes_from_outside_become_edits() -> None:
    history = History().settled("a\n").record("a\n", "b\n", "first").record("x\n", "y\n", "second")
    assert [edit.label for edit in history.edits] == ["first", OUTSIDE, "second"]
    text = "y\n"
    for before in ("x\n", "b\n", "a\n"):
        history, text, _ = history.undo(text)
        assert text == before
    assert labels(history.settled("other\n"))[0] == OUTSIDE


def test_an_edit_that_never_reached_the_rundown_is_as_if_undone() -> None:
    history = History("a\n").record("a\n", "b\n", "first").record("b\n", "c\n", "second")
    assert history.settled("c\n") is history
    stopped = history.settled("b\n")
    assert (stopped.text, *labels(stopped)) == ("b\n", "first", "second")
    assert stopped.revision > history.revision
    undone = history.undo("c\n").history
    assert labels(undone.settled("c\n"))[0] == "second"


def test_the_oldest_edits_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    history = History("0\n")
    for number in range(MOST_EDITS + 20):
        history = history.record(f"{number}\n", f"{number + 1}\n", str(number))
    assert len(history.edits) == MOST_EDITS
    assert history.edits[0].label == "20"
    assert history.revision == MOST_EDITS + 20
    monkeypatch.setattr(history_module, "MOST_CHARACTERS", 100)
    history = history.record(history.text or "", "x" * 500 + "\n", "large")
    assert [edit.label for edit in history.edits] == ["large"]


def test_a_history_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "1.history"
    assert load(path) == (History(), None)
    name = b"file caf\xe9 \xf0\x9f\x93\xba\r\n".decode("utf-8", "surrogateescape")
    history = History("").record("", name, "an ‘odd’ name").record(name, "", "away").undo("").history
    save(history, path)
    again, warning = load(path)
    assert (again, warning) == (history, None)
    assert again.redo(name).text == ""


def test_a_damaged_history_starts_empty_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "1.history"
    save(History("a\n").record("a\n", "b\n", "first"), path)
    good = path.read_bytes()
    damaged = [
        good[:-1],
        good[:20],
        b"",
        b"\n",
        b"[]\n{}",
        b"\x00" * 100,
        good.replace(b"first", b"worst"),
        b"1" * 5000,
    ]
    damaged += [good.replace(b'history": 1', b'history": 9')]
    for data in damaged:
        path.write_bytes(data)
        history, warning = load(path)
        assert history == History()
        assert warning is not None
        assert "damaged" in warning
        assert str(path) in warning
    path.unlink()
    path.mkdir()
    assert "directory" in (load(path).warning or "")


def test_a_disk_that_says_no_leaves_the_old_file(tmp_path: Path) -> None:
    with pytest.raises(RundownError, match="cannot be written"):
        save(History("a"), tmp_path / "missing" / "1.history")


lines = st.lists(st.sampled_from(["a\n", "b\r\n", "c\n", "\n", "d\x85e\n", "f"]) | st.text(max_size=4), max_size=25)


@given(lines, lines)
def test_a_difference_leads_there_and_back(old: list[str], new: list[str]) -> None:
    before, after = "".join(old), "".join(new)
    edit = Edit("", difference(before, after))
    assert edit.done(before) == after
    assert edit.undone(after) == before


@given(st.permutations(range(30)), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_a_move_of_lines_holds_only_what_moved(order: list[int], first: int, end: int, to: int) -> None:
    first, end = sorted((first, end))
    old = [f"line {number}\n" for number in order]
    block, rest = old[first:end], old[:first] + old[end:]
    to = min(to, len(rest))
    before, after = "".join(old), "".join(rest[:to] + block + rest[to:])
    edit = Edit("", difference(before, after))
    assert edit.done(before) == after
    assert edit.undone(after) == before


def test_edits_of_a_long_rundown_are_small() -> None:
    rows = [f"#retrovue kind=programme id=e{n}\nfile /media/{n % 900}.mp4\ninpoint {n}.5\n" for n in range(10_000)]
    before = "".join(rows)
    moved = "".join([*rows[:5], *rows[9_000:9_003], *rows[5:9_000], *rows[9_003:]])
    history = History(before).record(before, moved, "move")
    assert history.edits[0].size < 1_000
    assert history.undo(moved).text == before
    one = before.replace("id=e5000\n", "id=e5000 title=Noon\n")
    assert History(before).record(before, one, "title").edits[0].size < 100


def test_wholesale_changes_of_a_long_rundown() -> None:
    rows = [f"file /media/{n}.mp4\n" for n in range(10_000)]
    before = "".join(rows)
    for after in ("".join(reversed(rows)), "".join(rows[::2] + rows[1::2]), "file /x.mp4\n" * 10_000):
        edit = Edit("", difference(before, after))
        assert (edit.done(before), edit.undone(after)) == (after, before)


LINES = st.lists(st.tuples(st.sampled_from(("in", "out")), st.integers(0, 30)), max_size=6)


@given(LINES, st.integers(0, 6), st.integers(0, 4), st.integers(0, 3), st.integers(0, 6))
def test_changes_of_the_plan_are_not_undone(
    edits: list[tuple[str, int]], undone: int, dropped: int, added: int, count: int
) -> None:
    lines = [f"line {n}" for n in range(count)]

    def text(some: list[str]) -> str:
        return "".join(f"{each}\n" for each in some)

    history, states = History(text(lines)), [lines]
    for number, (what, at) in enumerate(edits):
        new = list(states[-1])
        if what == "in":
            new.insert(at % (len(new) + 1), f"new {number}")
        elif new:
            new.pop(at % len(new))
        if new != states[-1]:
            history = history.record(text(states[-1]), text(new), f"{number}")
            states.append(new)
    for _ in range(min(undone, len(states) - 1)):
        history = history.undo(history.text or "").history
    now = states[history.done]
    gone, more = now[:dropped], [f"plan {n}" for n in range(added)]

    def planned(some: list[str]) -> str:
        return text([*(each for each in some if each not in gone), *more])

    before, carried = history, history.carried(text(now), planned(now))
    assert carried.text == planned(now)
    assert carried.revision == before.revision + (planned(now) != text(now))
    assert [each.label for each in carried.edits[: carried.done]] == (
        [each.label for each in before.edits[before.done - carried.done : before.done]]
    )
    for forth, depth in ((False, carried.done), (True, len(carried.edits) - carried.done)):
        step = carried
        for number in range(1, depth + 1):
            made = step.redo(step.text or "") if forth else step.undo(step.text or "")
            step = made.history
            assert made.text == planned(states[before.done + (number if forth else -number)])


def test_an_extension_keeps_the_edits_before_it() -> None:
    history = History("a\nb\n").record("a\nb\n", "a\nx\nb\n", "x").record("a\nx\nb\n", "a\nx\nb\ny\n", "y")
    longer = history.carried("a\nx\nb\ny\n", "x\nb\ny\nplan\n")
    assert labels(longer) == ("y", None)
    undone = longer.undo("x\nb\ny\nplan\n")
    assert undone.text == "x\nb\nplan\n"
    longest = undone.history.carried(undone.text, "x\nb\nplan\nmore\n")
    assert longest.undo("x\nb\nplan\nmore\n").text == "b\nplan\nmore\n"
    assert labels(longest) == ("x", "y")
    assert longest.redo("x\nb\nplan\nmore\n").text == "x\nb\ny\nplan\nmore\n"
    assert labels(History("a").carried("a", "b")) == (None, None)
