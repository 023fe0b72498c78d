"""A running station lists the problems that are still to come, and publishes each once when it appears and ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrovue_tui.cli import main
from tests.media_factory import Clip, make
from tests.playout.homes import Home, programme, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.protocol.events import Event
    from tests.playout.homes import OnAir

PLANNED = """number = 1
name = "Own"
pool = "ads"
[channel.plan]
programmes = ["*"]
breaks = "none"
break_length = "20s"
horizon = "1h"
"""
BY_HAND = 'number = 2\nname = "Hand"\non_start = "top"\nat_end = "slate"\n'
RULES = '["spot 0.mp4"]\ncooldown = "3h"\n'


def home(path: Path) -> Home:
    """A planned channel whose one spot has a rule that cannot hold, and one by hand that ends."""
    long = programme(9_000)
    made = Home.make(path, {"film.mp4": long, "last.mp4": long}, {"1": PLANNED, "2": BY_HAND}, prepared=True)
    made.rundown("2", "film.mp4", "last.mp4")
    (path / "ads").mkdir()
    made.bring("spot 0.mp4", make(Clip(frames=45, size=(64, 36), first=20_000)))
    (path / "media" / "spot 0.mp4").rename(path / "ads" / "spot 0.mp4")
    config = path / "retrovue.toml"
    config.write_text(config.read_text().replace("[[channel]]", '[pools]\nads = "ads"\n[[channel]]', 1))
    return made


def kinds(channel: ChannelSnapshot) -> set[str]:
    return {each.kind for each in channel.upcoming}


async def event(station: OnAir, condition: Callable[[Event], bool]) -> Event:
    """The first event for which it is true."""
    async with asyncio.timeout(60):
        async for each in station.client.events(0):
            if each.kind == "upcoming" and condition(each):
                return each
    raise AssertionError("events do not end")


async def test_problems_are_listed_and_published(tmp_path: Path) -> None:
    made = home(tmp_path)
    async with serving(made) as station:
        # a break of 1.5 s instead of 20 s; the channels are judged one after the other
        now = await station.until(
            lambda now: "break_short" in kinds(now.channels[0]) and "rundown_ends" in kinds(now.channels[1])
        )
        first = next(each for each in now.channels[0].upcoming if each.kind == "break_short")
        assert first.text.endswith("is 18.5 s too short: no spots of the pool fill it")
        assert first.at > now.at
        assert sorted(each.at for each in now.channels[0].upcoming) == [each.at for each in now.channels[0].upcoming]
        ends = next(each for each in now.channels[1].upcoming if each.kind == "rundown_ends")
        assert ends.at - now.at > 500
        assert "after last; then viewers see the slate" in ends.text
        appeared = await event(station, lambda each: each.data["subject"] == first.subject)
        assert (appeared.data["over"], appeared.data["problem"]) == (False, "break_short")
        assert (appeared.level, appeared.channel) == ("warning", "1")

        made.take_away("last.mp4")
        now = await station.until(lambda now: "file_gone" in kinds(now.channels[1]))
        gone = next(each for each in now.channels[1].upcoming if each.kind == "file_gone")
        assert "last at " in gone.text
        assert " is left out: last.mp4: no such file" in gone.text
        await event(
            station, lambda each: (each.channel, each.data["problem"], each.data["over"]) == ("2", "file_gone", False)
        )
        made.bring("last.mp4", made.path / "media" / "film.mp4")
        await station.until(lambda now: "file_gone" not in kinds(now.channels[1]))
        over = await event(
            station, lambda each: (each.channel, each.data["problem"], each.data["over"]) == ("2", "file_gone", True)
        )
        assert over.message.startswith("Hand: over: last at ")
        assert over.level == "info"


def test_check_says_what_a_plan_has_ahead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = home(tmp_path)
    (tmp_path / "ads" / "pool.toml").write_text(RULES)
    assert main(["check", "--home", str(made.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "all is well"
    assert all(line.startswith("warning: channel '1': ") for line in lines[:-1])
    assert any("pool ads is too small for its rules: cooldown gives way in " in line for line in lines)
    assert any(line.endswith("is 18.5 s too short: no spots of the pool fill it") for line in lines)
    assert lines[-2].startswith("warning: channel '1': and ")
