"""The frame that a receipt promises is the first at which a viewer sees something else than what was planned."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from retrovue_tui.playout.automation.edits.rundown_edits import RundownEdits
from retrovue_tui.playout.automation.receipts import UNSEEN, seen_in
from retrovue_tui.playout.planner import Planner
from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.positions import GONE, Position, Stretch, span
from tests.media_factory import Clip as Film
from tests.media_factory import make, numbers
from tests.playout.automation.edits.test_edit_session import (
    LENGTHS,
    RATE,
    ROWS,
    commands,
    edit,
    lengths,
    pool,
    positions,
)
from tests.playout.stage import LONG, OTHER, SPOT, Stage, stage_with
from tests.playout.studio import entry, small_house

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from retrovue_tui.playout.automation.air_change import AirChange
    from retrovue_tui.playout.automation.spot_pool import SpotPool
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.protocol.answers.receipts import Receipt

ROUNDS = 5


def channel_at(air: Position, rows: Sequence[Entry], *, finishing: Stretch | None = None, cut: bool = False) -> Channel:
    """A channel whose next frame of the rundown is at `air`, after what is `finishing`; no deck behind it."""
    planner = Planner(
        small_house(RATE), cast("Any", SimpleNamespace(frames=LENGTHS.get)), cast("Any", lambda path: path),
        lambda asset: None,
    )  # fmt: skip
    planner.entries = tuple(rows)
    committed = list(itertools.islice(planner.stretches(air), 400))
    if finishing is not None:
        committed.insert(0, finishing)
    decks = SimpleNamespace(
        on_air=object(), finishing=finishing, frames_left=sum(part.frames for part in committed),
        committed=lambda: committed, airing=committed[0] if committed and finishing is None else None,
    )  # fmt: skip
    config = SimpleNamespace(on_remove="cut" if cut else "finish", pool="ads")
    return cast("Channel", SimpleNamespace(
        name="Test", position=air, planner=planner, decks=decks, config=config, house=SimpleNamespace(rate=RATE),
    ))  # fmt: skip


def frames_from(rows: Sequence[Entry], start: Position) -> Iterator[tuple[Path, int]]:
    """The frames that air from a position on, for a few rounds."""
    for index, row in itertools.islice(itertools.cycle(enumerate(rows)), start.index, ROUNDS * len(rows)):
        first, end = span(row, lengths(row))
        if start is not None and index == start.index:
            first, start = max(first, start.frame), Position(0, -1, 0)
        yield from ((row.file, frame) for frame in range(first, end))


def expected(channel: Channel, move: AirChange) -> int | None:
    """The first frame that differs, counted one by one."""
    finishing = channel.decks.finishing
    ending = [] if finishing is None else [(finishing.entry.file, n) for n in range(finishing.first, finishing.end)]
    old: Iterator[tuple[Path, int]] = itertools.chain(ending, frames_from(channel.planner.entries, channel.position))
    before: list[tuple[Path, int]] = [] if move.back else ending
    if move.keep is not None:
        old, again = itertools.tee(old)
        before = list(itertools.islice(again, min(move.keep, channel.decks.frames_left)))
    new = itertools.chain(before, frames_from(move.rundown.entries, move.position))
    if not move.rundown.entries:
        return len(before)
    return next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), None)


async def moved(channel: Channel, *given: Any) -> AirChange | None:
    planned = RundownEdits(channel, cast("SpotPool", SimpleNamespace(snapshot=pool)))
    try:
        return await planned.edited(Rundown(channel.planner.entries), given)
    except EditError:
        return None


@settings(max_examples=120, deadline=None)
@given(positions, st.booleans(), st.data())
async def test_the_promised_frame_is_the_first_that_differs(air: Position, cut: bool, data: st.DataObject) -> None:
    channel = channel_at(air, ROWS, cut=cut)
    some = [data.draw(commands(Rundown(ROWS))) for _ in range(data.draw(st.integers(1, 3)))]
    move = await moved(channel, *some)
    if move is not None:
        promised = seen_in(channel, move)()
        event(f"{some[0].name}: {'unseen' if promised is None else 'seen'}")
        assert promised == expected(channel, move)


@settings(max_examples=60, deadline=None)
@given(positions, st.data())
async def test_it_is_so_while_something_ends_that_was_taken_out(air: Position, data: st.DataObject) -> None:
    gone = Entry("gone", "programme", ROWS[-1].file, 200, 700)
    channel = channel_at(air, ROWS, finishing=Stretch(3, GONE, gone, 300, 700))
    move = await moved(channel, data.draw(commands(Rundown(ROWS))))
    if move is not None:
        assert seen_in(channel, move)() == expected(channel, move)


@pytest.mark.parametrize("where", range(len(ROWS)))
async def test_an_entry_put_back_while_it_ends_is_seen_only_in_the_next_round(where: int) -> None:
    """An entry that was removed on air, and is back before it has ended: this round airs as it would have."""
    rows = [row for row in ROWS if row is not ROWS[where]]
    row = ROWS[where]
    first, end = span(row, lengths(row))
    following = Position(3, where, 0) if where < len(rows) else Position(4, 0, 0)
    channel = channel_at(following, rows, finishing=Stretch(3, GONE, row, first + 20, end))
    planned = RundownEdits(channel, cast("SpotPool", SimpleNamespace(snapshot=pool)))
    move = await planned.rewritten(Rundown(tuple(rows)), Rundown(ROWS), "undone")
    assert move.back
    promised = seen_in(channel, move)()
    assert promised == expected(channel, move)
    assert promised is not None
    assert promised > end - first - 20


async def test_a_split_is_never_seen_and_a_lift_far_off_when_it_airs() -> None:
    channel = channel_at(Position(3, 0, 1_000), ROWS)
    split, lift = await moved(channel, edit("split", entry="p2", at_frame=6_000)), None
    assert split is not None
    assert seen_in(channel, split)() is None
    lift = await moved(channel, edit("lift", entry="s1"))
    assert lift is not None
    assert seen_in(channel, lift)() == 3_000
    airs = [row.file for row in lift.rundown.entries if row.break_id == "b1"]
    assert ROWS[1].file not in airs, "what is lifted does not come back by itself"


# ── on the wire ──────────────────────────────────────────────────────────────────────────────────

ROW = Film(frames=90, first=4_000)


async def promised_and_seen(stage: Stage, name: str, **arguments: Any) -> tuple[Receipt, int | None, int | None]:
    """Carry a command out; the bus frame that its receipt promises, and the first that is not as it was planned."""
    recorder = stage.made.record()
    start = stage.channel.splicer.frame - recorder.pictures
    planner, at = stage.channel.planner.with_entries(stage.channel.planner.entries), stage.channel.position
    begun = stage.channel.splicer.frame
    receipt = await stage.say(name, **arguments)
    assert receipt.accepted, receipt.reason
    promised = None
    if receipt.on_air_at is not None:
        promised = round((receipt.on_air_at - stage.channel.air_time(0)) * 30_000 / 1_001)
    last = max(promised or 0, begun) + 40
    await stage.made.until(lambda: stage.channel.splicer.frame > last)
    wire = numbers(recorder.data)[begun - start : last - start]
    plan = (FIRST[part.entry.file] + n for part in planner.entries_from(at) for n in range(part.first, part.end))
    differs = next((n for n, (one, other) in enumerate(zip(plan, wire, strict=False)) if one != other), None)
    return receipt, promised, None if differs is None else begun + differs


FIRST = {make(film): film.first for film in (LONG, SPOT, OTHER, ROW)}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("break_now", {"spots": [str(make(SPOT))]}),
        ("skip", {}),
        ("insert_break", {"entry": "film", "at_frame": 110, "spots": [str(make(SPOT))]}),
        ("remove_break", {"break": "b1"}),
        ("lift", {"entry": "s1"}),
        ("fill", {"break": "b1", "spots": [str(make(SPOT)), str(make(OTHER))]}),
        ("replace_spot", {"entry": "s1", "file": str(make(OTHER))}),
        ("trim", {"entry": "film", "out_frame": 120}),
        ("insert", {"file": str(make(OTHER)), "before": "s1"}),
        ("move_entry", {"entry": "last", "after": "film"}),
        ("remove", {"entry": "film"}),
        ("split", {"entry": "film", "at_frame": 120}),
        ("hold", {}),
    ],
)
async def test_a_viewer_sees_it_at_the_promised_frame(tmp_path: Path, name: str, arguments: dict[str, Any]) -> None:
    rows = (
        entry(make(LONG), 0, 150, id="film"),
        replace(entry(make(SPOT), spot=True, id="s1"), break_id="b1"),
        entry(make(LONG), 150, 300, id="rest"),
        entry(make(ROW), id="last"),
    )
    async with stage_with(tmp_path, *rows, pool=(SPOT, OTHER)) as stage:
        await stage.aired(20)
        dry = await stage.say(name, **arguments, dry_run=True)
        assert dry.accepted, dry.reason
        receipt, promised, seen = await promised_and_seen(stage, name, **arguments)
        assert promised == seen
        assert (promised is None) == (name == "split") == (UNSEEN in receipt.changes)
        if dry.on_air_at is None or name in ("break_now", "skip"):
            assert (dry.on_air_at is None) == (receipt.on_air_at is None)
        else:
            assert receipt.on_air_at == pytest.approx(dry.on_air_at, abs=0.034)
        assert (UNSEEN in dry.changes) == (UNSEEN in receipt.changes)
