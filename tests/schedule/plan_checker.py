"""Checks a plan by rules that it states itself, without the planner's code; and makes up media to plan with."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.schedule.series_memory import FILMS, Programme
from retrovue_tui.schedule.spots.spot_rules import Hours, PoolSpot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from retrovue_tui.schedule.planned_slot import Slot
    from retrovue_tui.schedule.time_grid import TimeGrid

RATE = 30_000 / 1_001


def media(count: int, seed: int = 0) -> list[Programme]:
    """This number of programmes: nine tenths episodes of 22 or 45 minutes, the others films, with a candidate about
    each three minutes."""
    draw, found = random.Random(seed), []
    for number in range(count):
        film = number % 10 == 9
        minutes = draw.uniform(80, 130) if film else draw.choice([22, 45]) + draw.uniform(-1, 1)
        frames = int(minutes * 60 * RATE)
        points, at = [], int(70 * RATE)
        while (at := at + int(draw.uniform(60, 300) * RATE)) < frames - 70 * RATE:
            points.append(BreakCandidate(at, at / RATE, "black and silence", draw.choice([0.3, 0.6, 0.9]), ""))
        series = FILMS if film else f"Show {number % 40:02}"
        place = ("Movies", f"film {number:04}.mp4") if film else ("Shows", series, f"{number:04}.mp4")
        found.append(Programme(
            Path("/media", *place), place, frames, place[-1], series, None if film else 1 + number // 800,
            None if film else 1 + number // 40, candidates=tuple(points),
        ))  # fmt: skip
    return found


def spots(count: int, seed: int = 0) -> list[PoolSpot]:
    """This number of spots of 5 to 60 s, with all kinds of rules."""
    draw, found = random.Random(seed), []
    for number in range(count):
        seconds = draw.choice([5, 10, 15, 15, 20, 30, 30, 30, 45, 60]) + draw.choice([0, 0, 0.1, -0.2])
        found.append(PoolSpot(
            Path(f"/ads/{number:03}.mp4"), f"spot {number}", int(seconds * RATE),
            advertiser=draw.choice(["", *(f"advertiser {each}" for each in range(40))]),
            tags=tuple(draw.sample(["car", "food", "drink", "toy", "bank"], draw.choice([0, 0, 1]))),
            weight=draw.choice([1.0, 1.0, 2.0]),
            hours=(Hours(18 * 60, 2 * 60),) if number % 20 == 0 else (),
            most_per_day=draw.choice([None, None, 20]), cooldown=draw.choice([None, timedelta(minutes=20)]),
        ))  # fmt: skip
    return found


def faults(
    slots: Sequence[Slot], grid: TimeGrid, pool: Sequence[PoolSpot], zone: ZoneInfo, align_s: float
) -> list[str]:
    """Everything that is wrong with a plan; rules that gave way and were named are not."""
    found = [f"hole or overlap at {one.end}" for one, other in itertools.pairwise(slots) if one.end != other.start]
    by_file = {each.file: each for each in pool}
    last: dict[Path, datetime] = {}
    per_day: dict[object, Counter[Path]] = defaultdict(Counter)
    for slot in slots:
        found += _slot_faults(slot)
        if slot.fixed and align_s:
            found += _off_grid(slot, grid, zone, align_s)
        said = " ".join(slot.gave_way)
        at = slot.start
        for number, rows in itertools.groupby(slot.rows, key=lambda row: row.break_number):
            block = list(rows)
            moment = grid.time(at).astimezone(zone)
            at += sum(row.frames for row in block)
            if number is None:
                continue
            used = [by_file[row.file] for row in block if row.kind == "spot" and row.file is not None]
            names = Counter(each.file for each in used)
            found += [f"{file} twice in a break" for file, times in names.items() if times > 1]
            keys = Counter(key for each in used for key in each.keys)
            if "one per advertiser" not in said:
                found += [f"{key} twice in a break" for key, times in keys.items() if times > 1]
            for each in used:
                if not each.may_air(moment):
                    found.append(f"{each.title} at {moment}")
                before, day, utc = last.get(each.file), moment.date(), moment.astimezone(UTC)
                if each.cooldown and before and utc - before < each.cooldown and "cooldown" not in said:
                    found.append(f"{each.title} again after {utc - before}")
                per_day[day][each.file] += 1
                if each.most_per_day and per_day[day][each.file] > each.most_per_day and "per day" not in said:
                    found.append(f"{each.title} {per_day[day][each.file]} times on {day}")
                last[each.file] = utc
    return found


def _slot_faults(slot: Slot) -> list[str]:
    found = []
    if slot.end - slot.start != sum(row.frames for row in slot.rows):
        found.append(f"rows of {slot.why} are not as long as the slot")
    if any(row.frames <= 0 for row in slot.rows):
        found.append("an empty row")
    parts = [(row.in_frame, row.out_frame) for row in slot.rows if row.kind == "programme"]
    if parts and (parts[0][0] != 0 or any(one[1] != other[0] for one, other in itertools.pairwise(parts))):
        found.append(f"frames of {slot.why} lost or doubled")
    points = {each.frame for each in slot.programme.candidates} if slot.programme else set()
    found += [f"a break beside the candidates at {end}" for _, end in parts[:-1] if end not in points]
    return found


def _off_grid(slot: Slot, grid: TimeGrid, zone: ZoneInfo, align_s: float) -> list[str]:
    local = grid.time(slot.start).astimezone(zone)
    seconds = 3_600 * local.hour + 60 * local.minute + local.second + local.microsecond / 1e6
    off = (seconds + align_s / 2) % align_s - align_s / 2
    return [] if abs(off) <= 0.5 / RATE + 1e-3 else [f"fixed start {off:.3f} s off the grid at {local}"]
