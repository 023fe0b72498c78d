"""Break commands on air, with a pool file: which spots they choose, and what the receipt says of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, SPOT, stage_with
from tests.playout.studio import entry

if TYPE_CHECKING:
    from tests.playout.stage import Stage

OPEN = "0.50 s of the break stay open: no other spot fits and may air then"


def spots_of(stage: Stage) -> list[Path]:
    return [Path(row.file) for row in stage.controller.rundown().entries if row.kind == "spot"]


def held_for(stage: Stage) -> Path:
    held = stage.controller._standby.deck
    assert held is not None
    return held.airlist.items[0].stretch.entry.file


async def test_a_spot_that_may_not_air_now_is_not_chosen(tmp_path: Path) -> None:
    rules = f'["{make(OTHER).name}"]\nfrom = 2999-01-01\n["{make(SPOT).name}"]\ntitle = "Cola 30"\n'
    async with stage_with(tmp_path, entry(make(LONG)), pool=(SPOT, OTHER), rules=rules) as stage:
        await stage.standby()
        assert held_for(stage) == make(SPOT)
        held = stage.controller._standby.deck
        receipt = await stage.say("break_now", seconds=2)
        assert receipt.accepted, receipt.reason
        assert (receipt.warnings, spots_of(stage)) == ((OPEN.replace("0.50", "0.47"),), [make(SPOT)])
        assert stage.channel.decks.on_air is held or held in stage.channel.decks.queue
        film = stage.controller.rundown().entries[-1].id
        refused = await stage.say("insert_break", entry=film, at_s=15, seconds=0.5)
        assert not refused.accepted


async def test_a_rule_that_gives_way_is_in_the_receipt(tmp_path: Path) -> None:
    rules = 'cooldown = "1h"\n'
    async with stage_with(tmp_path, entry(make(LONG), id="film"), rules=rules) as stage:
        spot, earlier = make(SPOT), time.time() - 600
        receipt = await stage.say("insert_break", entry="film", at_s=15, seconds=1.55, dry_run=True)
        assert (receipt.accepted, receipt.warnings) == (True, ())
        await stage.controller.recall([(spot, earlier)])
        warning = f"a rule gave way for {spot.stem} (cooldown): it airs again within 1h"
        for dry_run in (True, False):
            receipt = await stage.say("insert_break", entry="film", at_s=15, seconds=1.55, dry_run=dry_run)
            assert receipt.accepted, receipt.reason
            assert receipt.warnings == (warning,)
        (name,) = {row.break_id for row in stage.controller.rundown().entries if row.break_id}
        receipt = await stage.say("fill", **{"break": name}, seconds=1.55)
        assert (receipt.warnings, spots_of(stage)) == ((warning,), [spot])


async def test_a_spot_that_the_operator_names_airs_with_a_warning(tmp_path: Path) -> None:
    rules = f'["{make(OTHER).name}"]\nuntil = 2020-01-01\ntitle = "Old Soap"\n'
    async with stage_with(tmp_path, entry(make(LONG), id="film"), pool=(SPOT, OTHER), rules=rules) as stage:
        made = await stage.say("insert_break", entry="film", at_s=15, spots=[str(make(SPOT))])
        assert made.accepted, made.reason
        assert made.warnings == ()
        (row,) = [row for row in stage.controller.rundown().entries if row.kind == "spot"]
        receipt = await stage.say("replace_spot", entry=row.id, file=str(make(OTHER)))
        assert receipt.accepted, receipt.reason
        (warning,) = receipt.warnings
        assert warning.startswith("Old Soap airs outside its flight dates or hours: ")
        assert spots_of(stage) == [make(OTHER)]


async def test_lifted_time_is_filled_within_the_rules(tmp_path: Path) -> None:
    rules = f'["{make(OTHER).name}"]\nuntil = 2020-01-01\n'
    rows = (entry(make(LONG), 0, 300, id="one"), entry(make(LONG), 300, id="two"))
    async with stage_with(tmp_path, *rows, pool=(SPOT, OTHER), rules=rules) as stage:
        receipt = await stage.say("lift", entry="two", at_frame=540)
        assert receipt.accepted, receipt.reason
        assert spots_of(stage) == [make(SPOT)]  # the other one is as long as what was lifted
        assert receipt.warnings == (OPEN,)
