"""While nothing changes, nothing is worked out again: counted, not timed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from retrovue_tui.media.rendering.render_demand import Demand
from retrovue_tui.playout.automation.spot_pool import SpotPool
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.playout.planner import Planner
from retrovue_tui.rundown.positions import Position
from tests.media_factory import make
from tests.playout.stage import LONG, OTHER, SPOT, stage_with
from tests.playout.studio import NTSC, entry, studio

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def counted(patch: pytest.MonkeyPatch, counts: Counter[str], kind: type, name: str) -> None:
    """Count the calls of a method."""
    original = getattr(kind, name)

    def counting(*args: Any, **kwargs: Any) -> Any:
        counts[name] += 1
        return original(*args, **kwargs)

    patch.setattr(kind, name, counting)


async def test_a_channel_on_air_plans_only_when_something_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make(LONG)
    async with stage_with(tmp_path, entry(film, id="one"), entry(film, id="two"), pool=(SPOT, OTHER)) as stage:
        channel = stage.made.channel
        await stage.standby()
        await stage.made.until(lambda: channel.decks.frames_left > channel.house.rate.count(60))
        await stage.aired(75)  # more than two seconds, in which all was worked out once or twice before
        counts: Counter[str] = Counter()
        for name in ("needs", "ready", "compile"):
            counted(monkeypatch, counts, Planner, name)
        counted(monkeypatch, counts, SpotPool, "snapshot")
        counted(monkeypatch, counts, Demand, "_missing_now")
        await stage.aired(90)
        assert counts == Counter()
        channel.wake()  # a piece was made, say
        await stage.made.until(lambda: counts["needs"] == counts["ready"] == 1)
        await stage.made.until(lambda: counts["snapshot"] == 1)


async def test_a_pool_without_a_usable_spot_is_not_searched_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage_with(tmp_path, entry(make(LONG)), pool=()) as stage:
        counts: Counter[str] = Counter()
        await stage.aired(45)  # it was searched once
        counted(monkeypatch, counts, SpotPool, "snapshot")
        await stage.aired(90)
        assert counts == Counter()


async def test_without_viewers_the_pictures_that_are_due_are_sent_a_few_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with studio(tmp_path, tick_s=float(NTSC.seconds(1))) as made:
        rundown = [entry(make(LONG))]
        await made.prepared(rundown)
        channel = made.channel
        channel.start(rundown, Position(0, 0, 0))
        await made.until(lambda: channel.splicer.frame > 10)
        counts: Counter[str] = Counter()
        counted(monkeypatch, counts, Bus, "flush")
        first = channel.splicer.frame
        await made.until(lambda: channel.splicer.frame >= first + 60)
        alone = counts["flush"] / (channel.splicer.frame - first)
        made.record()
        counts.clear()
        first = channel.splicer.frame
        await made.until(lambda: channel.splicer.frame >= first + 60)
        watched = counts["flush"] / (channel.splicer.frame - first)
        assert alone < 0.6
        assert watched > alone * 1.5
