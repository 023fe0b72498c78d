"""The deck that is held for the next likely break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retrovue_tui.rundown import break_edits
from retrovue_tui.rundown.break_edits import EditError
from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, SPOT, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.playout.stage import Stage


def held_for(stage: Stage) -> Path | None:
    """The first spot of the deck that is held."""
    held = stage.controller._standby.deck
    return held.airlist.items[0].stretch.entry.file if held is not None and held.usable() else None


async def test_it_waits_for_a_break_as_long_as_the_one_fired_last(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await stage.standby()
        receipt = await stage.say("break_now", seconds=1.6)  # only the shorter one fits
        assert receipt.accepted, receipt.reason
        await stage.aired(60)  # the break is over, and its spot the one that aired last
        await stage.made.until(lambda: held_for(stage) == make(SPOT))


async def test_a_break_that_is_refused_or_only_tried_out_leaves_it_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(*_: Any, **__: Any) -> None:
        raise EditError("no room")

    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await stage.standby()
        held, usual_s = stage.controller._standby.deck, stage.controller._pool.usual_s
        assert held is not None
        loaded = held.airlist
        tried = await stage.say("break_now", dry_run=True)
        assert tried.accepted, tried.reason
        tried = await stage.say("break_now", seconds=1.6, dry_run=True)
        assert tried.accepted, tried.reason
        refused = await stage.say("break_now", seconds=0.1)  # no spot is as short
        assert not refused.accepted
        refused = await stage.say("break_now", spots=["no such file"])
        assert not refused.accepted
        with monkeypatch.context() as patch:
            patch.setattr(break_edits, "insert_break", refusal)  # after the deck was taken
            refused = await stage.say("break_now")
        assert refused.reason == "no room"
        assert stage.controller._standby.deck is held
        assert held.usable()
        assert (held.airlist, held.deck.frames) == (loaded, loaded.frames)
        assert stage.controller._pool.usual_s == usual_s
        receipt = await stage.say("break_now")
        assert receipt.accepted, receipt.reason
        assert stage.channel.decks.on_air is held or held in stage.channel.decks.queue
