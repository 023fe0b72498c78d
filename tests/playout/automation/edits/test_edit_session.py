"""Edits of a draft at random: what has left stays as it was, and edits as they were made come to the same again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.playout.automation.edits.edit_handlers import DRAFT_EDITS, do, do_all
from retrovue_tui.playout.automation.edits.edit_session import EditSession
from retrovue_tui.playout.automation.file_names import FileNames
from retrovue_tui.playout.automation.spot_pool import SpotPoolSnapshot
from retrovue_tui.protocol.commands import EDITS, Command
from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.break_fill import Clip
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.positions import Position, span
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.playout.channel.channel import Channel

RATE = FrameRate(25, 1)
LOCK = 8
IN_THE_FILM = Position(3, 0, 1_000)
FILM, OTHER = Path("/media/film.mp4"), Path("/media/other.mp4")
CLIPS = tuple(Clip(Path(f"/ads/{name}.mp4"), name.title(), frames) for name, frames in
              (("cola", 750), ("soap", 500), ("shoes", 375), ("tuna", 250)))  # fmt: skip
LENGTHS = {FILM: 9_000, OTHER: 4_000} | {clip.file: clip.frames for clip in CLIPS}
ROWS = (
    Entry("p1", "programme", FILM, 0, 4_000, "Film"),
    Entry("s1", "spot", CLIPS[0].file, break_id="b1"),
    Entry("s2", "spot", CLIPS[1].file, break_id="b1"),
    Entry("p2", "programme", FILM, 4_000, None, "Film"),
    Entry("s3", "spot", CLIPS[2].file, break_id="b2"),
    Entry("p3", "programme", OTHER, 100, 3_900, "Other"),
)


def lengths(entry: Entry) -> int | None:
    return LENGTHS.get(entry.file)


def names() -> FileNames:
    return FileNames({file: cast("Asset", SimpleNamespace(path=file, title="")) for file in LENGTHS})


def pool(recent: tuple[Path, ...] = ()) -> SpotPoolSnapshot:
    channel = SimpleNamespace(
        name="Test", house=SimpleNamespace(rate=RATE), planner=SimpleNamespace(length=lengths),
        config=SimpleNamespace(pool="ads"),
    )  # fmt: skip
    return SpotPoolSnapshot(cast("Channel", channel), CLIPS, CLIPS, recent, names, (Path("/ads"),))


def draft(air: Position = IN_THE_FILM, *, recent: tuple[Path, ...] = (), rows: tuple[Entry, ...] = ROWS) -> EditSession:
    return EditSession(Rundown(rows), air, lengths, RATE, pool(recent), LOCK, on_air=True)


def edit(name: str, **arguments: Any) -> Command:
    return Command.parse({"command": name, **arguments})


def seconds_from(low: float) -> st.SearchStrategy[float]:
    return st.floats(low, 120, allow_nan=False).map(lambda value: round(value, 2))


@st.composite
def commands(draw: st.DrawFn, some: Rundown) -> Command:
    """Any edit, with names that there are; most of them can be made."""
    entry = st.sampled_from([each.id for each in some.entries])
    breaks = st.sampled_from(sorted({each.break_id for each in some.entries if each.break_id} | {"b1"}))
    frame = st.integers(0, 9_000)
    given: dict[str, st.SearchStrategy[Any]] = {}
    match name := draw(st.sampled_from(EDITS)):
        case "insert_break":
            given = {"entry": entry, "at_frame": frame, "seconds": seconds_from(5)}
        case "move_break":
            given = {"break": breaks, "at_frame": frame, "entry": entry}
        case "remove_break":
            given = {"break": breaks}
        case "replace_spot":
            given = {"entry": entry, "file": st.sampled_from([str(clip.file) for clip in CLIPS])}
        case "fill":
            given = {"break": breaks, "seconds": seconds_from(1)}
        case "lift":
            by_break = draw(st.booleans())
            given = {"break": breaks} if by_break else {"entry": entry, "at_frame": st.none() | frame}
        case "trim":
            given = {"entry": entry, "in_frame": st.none() | st.integers(0, 500), "out_frame": st.integers(501, 9_000)}
        case "split":
            given = {"entry": entry, "at_frame": frame}
        case "insert":
            file = st.sampled_from([str(path) for path in LENGTHS])
            given = {"file": file, draw(st.sampled_from(["before", "after"])): entry}
        case "move_entry":
            given = {"entry": entry, draw(st.sampled_from(["before", "after"])): entry}
        case "remove":
            given = {"entry": entry}
    return edit(name, **{key: draw(value) for key, value in given.items()})


positions = st.integers(0, len(ROWS) - 1).flatmap(
    lambda index: st.integers(
        ROWS[index].in_frame, (ROWS[index].out_frame or LENGTHS[ROWS[index].file]) - LOCK - 1
    ).map(lambda frame: Position(3, index, frame))
)


@settings(max_examples=150, deadline=None)
@given(positions, st.data())
def test_random_edits_leave_what_has_left_alone_and_come_to_the_same_again(air: Position, data: st.DataObject) -> None:
    one = draft(air)
    for _ in range(data.draw(st.integers(1, 6))):
        if not one.rundown.entries:
            break
        command = data.draw(commands(one.rundown))
        before, rundown, position = one.airing(), one.rundown, one.air
        count = len(one.made)
        try:
            do(one, command)
        except EditError:
            assert (one.rundown, one.air, len(one.made)) == (rundown, position, count), (
                "what is refused changes nothing"
            )
            continue
        ids = [entry.id for entry in one.rundown.entries]
        assert len(set(ids)) == len(ids)
        assert all(span(entry, lengths(entry))[0] < span(entry, lengths(entry))[1] for entry in one.rundown.entries)
        now = one.airing()
        if command.name in ("remove", "remove_break") or before is None:
            continue  # what is on air may be taken out: it ends first
        assert now is not None
        assert (now.file, one.air.frame) == (before.file, position.frame)
        assert one.air.frame + LOCK <= span(now, lengths(now))[1] or now.out_frame == before.out_frame
    again = do_all(draft(air, recent=tuple(clip.file for clip in CLIPS)), one.made)
    assert again.rundown == one.rundown
    assert (again.made, again.changes != [], again.air) == (one.made, one.changes != [], one.air)


def test_every_edit_that_can_be_written_can_be_made() -> None:
    assert set(DRAFT_EDITS) == set(EDITS)


def test_the_first_of_an_apply_that_is_refused_is_named() -> None:
    with pytest.raises(EditError, match=r"edit 2 of 3: there is no break 'b9'"):
        do_all(
            draft(), [edit("remove", entry="p3"), edit("remove_break", **{"break": "b9"}), edit("remove", entry="p2")]
        )


def test_how_long_the_air_may_go_on_before_an_edit_comes_too_late() -> None:
    for command, room in (
        (edit("split", entry="p1", at_frame=1_500), 492),
        (edit("trim", entry="p1", out_frame=1_200), 192),
        (edit("lift", entry="p1", at_frame=1_100), 92),
        (edit("insert_break", entry="p1", at_frame=1_008, seconds=30), 0),
        (edit("trim", entry="p2", out_frame=8_000), None),
        (edit("remove", entry="p3"), None),
    ):
        one = draft()
        do(one, command)
        assert one.room == room, command


def test_a_file_is_what_its_folder_says_where_nobody_says_it() -> None:
    for file, arguments, kind in (
        ("/ads/tuna.mp4", {}, "spot"),
        ("/media/other.mp4", {}, "programme"),
        ("/media/other.mp4", {"break": "b7"}, "spot"),
        ("/ads/tuna.mp4", {"kind": "programme"}, "programme"),
    ):
        one = draft()
        do(one, edit("insert", file=file, **arguments))
        assert one.rundown.entries[-1].kind == kind


def test_names_of_what_an_edit_made_are_followed_within_an_apply_alone() -> None:
    told = draft()
    do(told, edit("insert_break", entry="p1", at_frame=2_000, seconds=30))
    (mine,) = told.made
    name, spot, second = mine.arguments["ids"]
    theirs = draft()
    do(theirs, edit("insert_break", entry="p3", at_frame=2_000, spots=list(mine.arguments["spots"])))
    one = draft(rows=theirs.rundown.entries)
    assert one.rundown.entries[-2].id == spot
    do_all(one, [mine, edit("remove_break", **{"break": name}), edit("split", entry="p1", at_frame=3_000)])
    assert [entry.id for entry in one.rundown.entries if entry.break_id == name] == [spot], "theirs is there still"
    assert one.made[1].arguments["break"] != name
    assert second not in [entry.id for entry in theirs.rundown.entries]


@pytest.mark.parametrize("named", ["p1", "p2", None])
def test_a_break_moves_to_no_frame_that_has_left_whichever_segment_is_named(named: str | None) -> None:
    given = {"break": "b1", "at_frame": 1_007} | ({"entry": named} if named else {})
    with pytest.raises(EditError, match="the earliest is 1008"):
        do(draft(), edit("move_break", **given))
    one = draft()
    do(one, edit("move_break", **given | {"at_frame": 1_008}))
    assert one.rundown.entries[0].out_frame == 1_008
