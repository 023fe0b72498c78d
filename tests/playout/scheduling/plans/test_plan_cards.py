"""The cards of a plan say what follows, and when."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from retrovue_tui.media.ffmpeg.locate import FFmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.playout.scheduling.plans import plan_cards
from retrovue_tui.playout.scheduling.plans.plan_cards import PlanCards
from retrovue_tui.schedule.planned_slot import PlanRow, Slot
from retrovue_tui.schedule.series_memory import Programme
from retrovue_tui.schedule.time_grid import TimeGrid
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    import pytest

    from retrovue_tui.media.cards.card import Card

NTSC = FrameRate.parse("30000/1001")
GRID = TimeGrid(datetime(1970, 1, 1, tzinfo=UTC), NTSC)
FIRST = datetime(2026, 11, 27, 20, tzinfo=UTC)


async def test_a_card_says_the_full_minute_at_which_the_next_programme_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drawn(ffmpeg: FFmpeg, house: HouseFormat, folder: Path, card: Card) -> Any:
        return folder / f"{card.kind} {card.title} {card.at}"

    monkeypatch.setattr(plan_cards, "make_card", drawn)
    cards = PlanCards(
        "One", FFmpeg(Path("ffmpeg"), "0", frozenset()), HouseFormat.of("240p"), zone=ZoneInfo("Europe/Berlin"),
        art=tmp_path / "art", folder=tmp_path,
    )  # fmt: skip
    starts = [GRID.frame(FIRST + number * timedelta(minutes=5)) for number in range(25)]
    rows = (PlanRow("card", None, 0, 300, card="next"),)
    slots = [
        Slot(start, end, "plan", rows, "", programme=Programme(Path("/m/a.mkv"), ("a.mkv",), 1, "Film"))
        for start, end in itertools.pairwise(starts)
    ]
    files = await cards.files(slots, GRID)
    said = [files[slot.start, 0].name for slot in slots[:-1]]
    assert said[:3] == ["next Film 21:05", "next Film 21:10", "next Film 21:15"]
    assert said == [f"next Film {21 + number // 12}:{number % 12 * 5:02}" for number in range(1, 24)]
