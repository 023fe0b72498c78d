"""The deck that is held for the next likely break."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, SPOT, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.playout.stage import Stage


def held_for(stage: Stage) -> Path | None:
    """The first spot of the deck that is held."""
    held = stage.desk._jumps.standby
    return held.airlist.items[0].stretch.entry.file if held is not None and held.usable() else None


async def test_it_waits_for_a_break_as_long_as_the_one_fired_last(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER)) as stage:
        await stage.standby()
        receipt = await stage.say("break_now", seconds=1.6)  # only the shorter one fits
        assert receipt.accepted, receipt.reason
        await stage.aired(60)  # the break is over, and its spot the one that aired last
        await stage.made.until(lambda: held_for(stage) == make(SPOT))
