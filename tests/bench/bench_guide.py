"""The programme guide: `python -m tests.bench.bench_guide [--channels 20] [--days 7] [--edits 200]`.

1. The guides of many channels are built from rundowns of some days, all of them, and again after edits of one channel
   and of all. The event loop is watched meanwhile: its stall is how late a task runs that wants to run each 2 ms.
2. XMLTV is written, and read again by a parser that counts overlaps and holes.
3. A channel is edited at random, and what then airs is compared with what its guide said. As a check of this check,
   guides from before the edits are compared too: they must be wrong.

Times of work are processor times, so that other programs do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree

from retrovue_tui.cli.serve import SWITCH_S
from retrovue_tui.config.plan import PlanRules
from retrovue_tui.config.station_config import ChannelConfig
from retrovue_tui.guide.guide_snapshot import GuideSnapshot, PreparedGuide, XmltvRequest, end_of
from retrovue_tui.playout.guide.guide_art import GuideArt
from retrovue_tui.playout.guide.guide_builder import GuideBuilder, GuideMedia
from retrovue_tui.rundown.positions import Position
from retrovue_tui.station_identity import StationIdentity
from tests.bench.rig import Figures
from tests.playout.guide.guided_air import GuidedAir, faults, meddle
from tests.playout.scheduling.fake_air import RATE, FakeAir
from tests.schedule.plan_checker import media, spots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.rundown.entries import Entry

POOL = spots(120)
RULES = PlanRules(("*",), order="shuffle", align_s=1_800.0)


class NoLog:
    """An as-run log without entries."""

    async def aired_since(self, channel: str, since: float) -> list[Any]:
        return []

    async def last_airings(self, channel: str, before: float) -> dict[Path, float]:
        return {}


class Rundowns:
    """Channels that air the same entries, each at its own time."""

    def __init__(self, count: int, days: int, folder: Path) -> None:
        air = FakeAir.plan(folder, media(600), POOL, RULES, datetime.now(UTC), 24 * days)
        self.entries = air.entries
        self.began = time.time()
        self.channels = [self._channel(number, air) for number in range(1, count + 1)]

    def _channel(self, number: int, air: FakeAir) -> Channel:
        planner = SimpleNamespace(length=air.length, entries=air.entries, loop=True)
        return cast("Channel", SimpleNamespace(
            id=f"{number}", state="on_air", config=ChannelConfig(f"{number}", number, f"Channel {number}"),
            planner=planner, position=Position(0, 0, number), house=SimpleNamespace(rate=RATE),
            next_due_at=lambda: self.began, decks=SimpleNamespace(finishing=None),
        ))  # fmt: skip

    def edit(self, channel: Channel, dice: random.Random) -> None:
        """Remove a random entry that airs soon."""
        entries: Sequence[Entry] = channel.planner.entries
        index = dice.randrange(1, 20)
        channel.planner.entries = (*entries[:index], *entries[index + 1 :])


def waited_s() -> float:
    """How long the threads of this process have waited for a core (s); 0 where Linux does not say it."""
    waits = []
    for each in Path("/proc/self/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # the thread has ended
            waits.append(int(each.read_text().split()[1]))
    return sum(waits) / 1e9


class Stalls:
    """How late the event loop runs a task that wants to run each 2 ms, less the time for which other programs had the
    cores."""

    def __init__(self) -> None:
        self.worst_s = 0.0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            began, waited = time.perf_counter(), waited_s()
            await asyncio.sleep(0.002)
            late = time.perf_counter() - began - 0.002
            if late > self.worst_s:
                self.worst_s = max(self.worst_s, late - (waited_s() - waited))

    def stop(self) -> float:
        self._task.cancel()
        return self.worst_s


async def builds(figures: Figures, count: int, days: int) -> None:
    dice, until = random.Random(1), end_of(time.time(), days)
    with tempfile.TemporaryDirectory() as folder:
        rundowns = await asyncio.to_thread(Rundowns, count, days, Path(folder))
    builder = GuideBuilder(
        StationIdentity("0123abcd"),
        GuideMedia(tuple, lambda file: None, ()),
        cast("AsRunDatabase", NoLog()),
        GuideArt(),
    )
    guides: dict[str, PreparedGuide] = {}

    async def all_due() -> tuple[float, float]:
        """Build what is due; returns the processor time and the time of the clock."""
        used, began = time.process_time(), time.perf_counter()
        for channel in rundowns.channels:
            if builder.is_due(channel, (), until):
                guides[channel.id] = await builder.build(channel, (), until, guides.get(channel.id))
        return time.process_time() - used, time.perf_counter() - began

    stalls = Stalls()
    await asyncio.sleep(2)
    figures.add("worst stall of the event loop with nothing to do", f"{1_000 * stalls.stop():.1f} ms")
    stalls = Stalls()
    name = f"{count} channels × {days} days"
    first, _ = await all_due()
    programmes = sum(len(each.guide.programmes) for each in guides.values())
    figures.add(f"entries of a channel; programmes of all: {name}", f"{len(rundowns.entries)}; {programmes}")
    figures.add("first build of all", f"{1_000 * first:.0f} ms")
    quiet, _ = await all_due()
    figures.most("look at all, nothing has changed", 1_000 * quiet, 5, "ms")
    one = []
    for _ in range(20):
        rundowns.edit(dice.choice(rundowns.channels), dice)
        one.append((await all_due())[0])
    figures.most("after an edit of one channel, the worst of 20", 1_000 * max(one), 200, "ms")
    for channel in rundowns.channels:
        rundowns.edit(channel, dice)
    every, _ = await all_due()
    figures.add("after an edit of every channel", f"{1_000 * every:.0f} ms")
    ordered = tuple(sorted(guides.values(), key=lambda each: each.guide.number))
    snapshot = GuideSnapshot(1, time.time(), ordered)
    used = time.process_time()
    document = await asyncio.to_thread(snapshot.document, XmltvRequest(days, None, "http://h/", ""), "1")
    figures.add(
        "writing XMLTV, with gzip", f"{1_000 * (time.process_time() - used):.0f} ms, {len(document.body) / 1e6:.1f} MB"
    )
    figures.most("worst stall of the event loop meanwhile", 1_000 * stalls.stop(), 5, "ms")
    check(figures, document.body, time.time() + days * 86_400)


def check(figures: Figures, body: bytes, until: float) -> None:
    spans: dict[str, list[tuple[str, str]]] = {}
    for each in ElementTree.fromstring(body).iter("programme"):
        spans.setdefault(str(each.get("channel")), []).append((str(each.get("start")), str(each.get("stop"))))
    wanted = time.strftime("%Y%m%d%H%M%S", time.gmtime(until))
    figures.none("overlaps", sum(a[1] > b[0] for one in spans.values() for a, b in pairwise(one)))
    figures.none("holes", sum(a[1] < b[0] for one in spans.values() for a, b in pairwise(one)))
    figures.none("channels whose guide ends too early", sum(one[-1][1][:14] < wanted for one in spans.values()))


def against_the_air(figures: Figures, edits: int) -> None:
    made = wrong = stale = 0
    counts: dict[str, int] = {}
    seed = 0
    while made < edits:
        dice = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            air = GuidedAir(FakeAir.plan(Path(folder), media(60), POOL, RULES, datetime.now(UTC), 24))
        for _ in range(25):
            air.advance(dice.randint(300, RATE.count(1_500)))
            old = air.guide()
            what = meddle(air.air, POOL, dice)
            counts[what] = counts.get(what, 0) + 1
            guide, since, count = air.guide(), float(RATE.seconds(air.air.frame)), len(air.rows)
            wrong += not all(one.end == other.start for one, other in pairwise(guide))
            air.advance(dice.randint(1, RATE.count(900)))
            rows = air.rows[max(0, count - 1) :]
            wrong += len(faults(guide, rows, since))
            stale += bool(faults(old, rows, since))
            made += what != "none"
        seed += 1
    said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if what != "none")
    figures.none(f"the air differs from the guide, after {made} random commands ({said})", wrong)
    figures.add("the same with the guide from before the command", stale, "> 0", stale > 0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--edits", type=int, default=200)
    arguments = parser.parse_args()
    sys.setswitchinterval(SWITCH_S)
    figures = Figures(f"Programme guide, {datetime.now(UTC):%Y-%m-%d}")
    gc.set_threshold(700, 10, 10**9)  # as in a station, where full collections have their own time
    asyncio.run(builds(figures, arguments.channels, arguments.days))
    against_the_air(figures, arguments.edits)
    figures.end()


if __name__ == "__main__":
    main()
