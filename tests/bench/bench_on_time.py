"""Back on time after unplanned breaks: `python -m tests.bench.bench_on_time [--seed 1] [--channels 4]`.

On each channel an operator commands twenty times, at random moments, in a clock that the bench drives: breaks of 30 s
to 4 min, skips of whole programmes, and breaks that are held and released. Every fixed start that airs must be met to
the frame; where it is not, the station must have said so before. Each channel has its own media, plan and seed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.config.plan import PlanRules
from retrovue_tui.playout.scheduling.on_time import TOLERANCE
from tests.bench.rig import Figures, percentile
from tests.playout.scheduling.fake_air import RATE, FakeAir
from tests.schedule.plan_checker import media, spots

if TYPE_CHECKING:
    from retrovue_tui.playout.scheduling.time_keeper import TimeKeeper

START = datetime(2026, 11, 26, 18, tzinfo=UTC)
COMMANDS = 20
HOURS = 15
"""How far ahead each channel is planned."""
EVERY_S = 60.0
"""How often a channel is looked at; it is also after each command."""
PLANS = (
    PlanRules(("Shows/*",), align_s=1_800.0),
    PlanRules(("*",), order="shuffle", align_s=1_800.0),
    PlanRules(("Shows/*",), align_s=900.0, break_s=90.0),
    PlanRules(("*",), order="random", align_s=3_600.0, break_s=180.0),
)


class Run:
    """One channel with its operator."""

    def __init__(self, number: int, seed: int, folder: Path) -> None:
        self.draw = random.Random(f"{seed} {number}")
        self.pool = spots(120, seed + number)
        rules = PLANS[number % len(PLANS)]
        self.air = FakeAir.plan(folder, media(400, seed + number), self.pool, rules, START, HOURS)
        self.keeper: TimeKeeper = self.air.keeper()
        self.commands: Counter[str] = Counter()
        self.said: dict[int, str] = {}
        """The fixed starts that were said to be missed: Unix time → why."""
        self.took: list[float] = []
        self.edits = 0

    async def look(self) -> None:
        """Do the scheduler's work after a change and once a minute."""
        began = time.process_time()
        receipt = await self.keeper.keep(self.air.inputs, self.air.journal)
        self.took.append((time.process_time() - began) * 1_000)
        if receipt is not None:
            assert receipt.accepted
            assert receipt.changes
            self.edits += 1
        if self.keeper.missed is not None:
            self.said[round(self.keeper.missed[0])] = self.keeper.missed[1]

    async def watch(self, seconds: float) -> None:
        while seconds > 0:
            self.air.advance(RATE.count(min(EVERY_S, seconds)))
            seconds -= EVERY_S
            await self.look()

    async def run(self) -> None:
        """Twenty commands, and an hour after the last."""
        while sum(self.commands.values()) < COMMANDS:
            await self.watch(self.draw.uniform(300, 1_500))
            await self.command()
            await self.look()
        await self.watch(3_700)

    async def command(self) -> None:
        air = self.air
        if air.entries[air.index].kind != "programme":
            return
        match self.draw.choices(("break", "skip", "hold"), (12, 4, 4))[0]:
            case "break":
                self.draw.shuffle(self.pool)
                air.break_now(air.spots_of(self.pool, self.draw.uniform(30, 240)))
                self.commands["break_now"] += 1
            case "skip":
                air.skip()
                self.commands["skip"] += 1
            case _ if air.hold():
                self.commands["hold"] += 1
                await self.watch(self.draw.uniform(60, 600))
                while air.entries[air.index].kind != "programme":
                    await self.watch(EVERY_S)
                air.release()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--channels", type=int, default=4)
    arguments = parser.parse_args()
    figures = Figures("back on time")
    unsaid, exact, total, took, commands, missed = 0, 0, 0, [0.0], Counter[str](), []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.channels):
            run = Run(number, arguments.seed, Path(folder))
            asyncio.run(run.run())
            for entry, wanted, late in run.air.starts():
                total += 1
                exact += abs(late) <= TOLERANCE
                if abs(late) > TOLERANCE:
                    why = next((text for at, text in run.said.items() if abs(at - float(RATE.seconds(wanted))) < 2), "")
                    unsaid += not why
                    missed.append(
                        f"channel {number}, {entry.title}: {float(RATE.seconds(late)):+.1f} s: {why or 'NOT SAID'}"
                    )
            took += run.took
            commands += run.commands
    for each in missed[:20]:
        print(f"  ! {each}")
    figures.add("commands", ", ".join(f"{count} {name}" for name, count in sorted(commands.items())))
    figures.add("fixed starts that aired; met to the frame", f"{total}; {exact}")
    figures.none("missed without a word", unsaid)
    figures.add("a look at the time: p50", f"{percentile(took, 50):.1f} ms of CPU, in threads where it plans")
    figures.most("the same: worst", max(took), 1_500, "ms")
    figures.end()


if __name__ == "__main__":
    main()
