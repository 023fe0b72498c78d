"""The audience: `python -m tests.bench.bench_audience [--clients 500] [--seconds 8] [--rows 200000] [--runs 2000]`.

1. Clients join and leave a bus on a known plan, in real time; each count must be exact, the viewer-seconds nearly so.
2. The processor time of counting a thousand viewers, half of whom come and go within an hour.
3. Reports over a year of as-run.
4. How often the interval of a difference contains the truth.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import tempfile
import time
from pathlib import Path

from retrovue_tui.playout.asrun import audience_rows
from retrovue_tui.playout.asrun.audience_recorder import AudienceRecorder, ViewersOf
from retrovue_tui.playout.asrun.audience_report import audience_report, proof_of_play
from retrovue_tui.playout.asrun.audience_rows import AnyAudienceRow, AudienceRow, GroupBreakRow
from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.asrun.schema import KEEP, bring_up_to_date
from retrovue_tui.protocol.answers.asrun import AsRunEntry, flat
from retrovue_tui.protocol.answers.audience import DIMENSIONS, AudienceFilter
from tests.audience.simulated import SCENARIOS, coverage
from tests.playout.asrun.scripted_audience import ScriptedAudience, counted


async def scripted(folder: Path, clients: int, seconds: float) -> None:
    """Count a scripted audience in real time, and compare."""
    audience, log = ScriptedAudience(clients, seconds), AsRunDatabase(folder / "scripted.db")
    await log.start()
    began = time.monotonic()

    async def wait(at: float) -> float:
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        return time.monotonic() - began

    await audience.play(log, wait)
    await log.close()
    pairs = list(zip(audience.expected(), counted(folder / "scripted.db"), strict=True))
    exact = all(found[:5] == right[:5] for right, found in pairs)
    worst = max(abs(found.seconds - right.seconds) / right.seconds for right, found in pairs)
    print(f"{clients} clients: counts exact: {exact}; viewer-seconds within {100 * worst:.3f} %")


def cost(viewers: int = 1_000, hours: int = 1) -> None:
    """Count an hour of a channel with spots of 30 s, and print the processor time."""
    now = [0.0]
    recorder = AudienceRecorder(lambda row: None, lambda: now[0])
    dice, kind = random.Random(1), ViewersOf("720p", "ts")
    for number in range(viewers):
        recorder.joined(number, kind)
    began = time.process_time()
    for second in range(3_600 * hours):
        now[0] = float(second)
        if second % 30 == 0:
            recorder.airing_began(f"{second}", break_airing=f"{second - second % 60}")
        if second % 4 == 0:
            recorder.checkpoint()
        if second % 7 == 0:
            gone = dice.randrange(viewers)
            recorder.left(gone)
            recorder.joined(gone, kind)
    spent = time.process_time() - began
    print(f"{viewers} viewers: {spent:.3f} s of processor time an hour, {100 * spent / 3_600 / hours:.4f} % of a core")


def year(path: Path, rows: int) -> None:
    """Write a year of as-run: a programme, then four spots, again and again. Every tenth spot splits its viewers."""
    dice, at, number = random.Random(1), time.time() - 365 * 86_400, 0
    base = sqlite3.connect(path, isolation_level=None)
    bring_up_to_date(base, path)
    base.execute("BEGIN")
    while number < rows:
        entries: list[AsRunEntry] = []
        audience: list[AnyAudienceRow] = []
        for place in range(5):
            id, first, spot = f"a-{number}", f"a-{number - place}", dice.randrange(60)
            length = 30 if place else 512
            main = f"/media/ads/spot{spot}.mp4" if place else f"/media/shows/{dice.randrange(400)}.mp4"
            file = main.replace(".mp4", "b.mp4") if place and spot < 6 and dice.random() < 0.5 else main
            entries.append(AsRunEntry(
                id, "1", f"e{number}", "spot" if place else "programme", f"Title {spot}", file,
                f"b{number // 5}" if place else None, 1, at, 0, at, number * 900, at + length, number * 900 + 900, 0,
                length * 30, length * 30, ended="complete" if dice.random() < 0.97 else "cut",
                spot=main if place else None, advertiser=f"Advertiser {spot % 12}" if place else None,
                position=place or None, break_airing=f"a-{number - place + 1}" if place else None,
                programme_airing=first if place else None,
            ))  # fmt: skip
            start = dice.randrange(80)
            left = min(start, dice.randrange(6))
            curve = audience_rows.curve_text(1, {dice.randrange(length): [1, 1, 1, 1] for _ in range(left)})
            if place and 6 <= spot < 12:
                for seen in (main, main.replace(".mp4", "b.mp4")):
                    counts = start // 2, start // 2 + 1, start // 2, left, left, left, left, start * length / 2
                    audience.append(AudienceRow(id, seen, "720p", "ts", *counts, curve))
                    audience.append(GroupBreakRow(id, seen, start // 2, curve))
            for kind in (("", ""), ("720p", "ts")):
                audience.append(
                    AudienceRow(id, "", *kind, start, start + 1, start, left, left, left, left, start * length, curve)
                )
            at, number = at + length, number + 1
        base.executemany(KEEP, map(flat, entries))
        audience_rows.write(base, audience)
    base.execute("COMMIT")
    base.close()


def reports(path: Path) -> None:
    """Print how long each report takes."""
    for by in DIMENSIONS:
        wall, cpu = time.perf_counter(), time.process_time()
        found = audience_report(path, AudienceFilter(), by)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"by {by}: {wall:.2f} s, {cpu:.2f} s of processor time; {found.total.airings} airings")
    for name in ("spot3b.mp4", "spot9b.mp4", "spot20.mp4"):
        one, wall = AudienceFilter(dimension="variant", key=f"/media/ads/{name}"), time.perf_counter()
        curve = audience_report(path, one, "hour").break_curve
        print(f"the variant {name}: {time.perf_counter() - wall:.2f} s; {curve.airings} breaks")
    wall = time.perf_counter()
    proof = proof_of_play(path, "", AudienceFilter(advertiser="Advertiser 3"))
    print(f"proof of play: {time.perf_counter() - wall:.2f} s; {len(proof.airings)} airings")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("clients", 500), ("seconds", 8), ("rows", 200_000), ("runs", 2_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(scripted(folder, arguments.clients, arguments.seconds))
        cost()
        if arguments.rows:
            year(folder / "year.db", arguments.rows)
            reports(folder / "year.db")
    for scenario in SCENARIOS if arguments.runs else ():
        print(f"{scenario}: coverage {100 * coverage(scenario, arguments.runs):.1f} %")


if __name__ == "__main__":
    main()
