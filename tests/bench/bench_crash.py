"""The station killed under edits: `python -m tests.bench.bench_crash [--kills 100]`.

`kill -9` of the server at random moments while commands come in. After each, the next one must have every edit that
was acknowledged, every file must parse, and none of the dead one's FFmpegs may run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import threading
import time
import urllib.error
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui.rundown import undo_history
from retrovue_tui.rundown.file_format import ffconcat
from tests.bench.bench_break_now import home_of
from tests.bench.meddling import RATE
from tests.bench.rig import Figures, Running, bench_home, launch, station, url_of

if TYPE_CHECKING:
    from tests.bench.rig import Home

ENDED_S = 1.0


@dataclass
class Book:
    """The expected rundown: the breaks that were acknowledged, and the change that the last command may have made."""

    breaks: frozenset[str] = frozenset()
    maybe: str = ""
    acknowledged: int = 0
    past: list[frozenset[str]] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    lost: list[str] = []
    broken: list[str] = []
    survivors = acknowledged = 0
    with bench_home() as folder:
        home = home_of(folder)
        with station(home) as running:
            running.prepared()
        print("prepared", flush=True)
        breaks = breaks_in(home)
        for kill in range(arguments.kills + 1):
            process = launch(home)
            try:
                running = Running(process.pid, url_of(process, home))
                running.until(partial(rows_of, running), "the rundown")
                there = breaks_of(running)
                if kill and not fits(breaks, there):
                    lost.append(f"kill {kill}: {sorted(there)}, not one of {[sorted(each) for each in breaks]}")
                book = Book(there)
                if kill < arguments.kills:
                    edit_until_killed(running, book, chance)
            finally:
                os.kill(process.pid, signal.SIGKILL if kill < arguments.kills else signal.SIGTERM)
                process.wait(20)
                assert process.stdout is not None
                process.stdout.close()
            survivors += left_behind(home)
            broken += damaged(home)
            broken += book.trouble
            acknowledged += book.acknowledged
            breaks = [book.breaks, *book.past[-1:]]
            if kill % 10 == 9:
                print(f"{kill + 1} kills, {acknowledged} edits acknowledged, lost: {lost}", flush=True)
    for line in lost + broken:
        print(f"  {line}")
    figures = Figures(f"the station killed {arguments.kills} times under edits")
    figures.add("edits acknowledged", acknowledged)
    figures.none("restarts that lacked an acknowledged edit", len(lost))
    figures.none("files that do not parse", len(broken))
    figures.none("FFmpegs that outlived their station", survivors)
    figures.end()


def rows_of(running: Running) -> list[Any]:
    try:
        return list(running.get("/api/channels/1/rundown")["entries"])
    except urllib.error.HTTPError:
        return []


def breaks_of(running: Running) -> frozenset[str]:
    return frozenset(row["break"] for row in rows_of(running) if row["break"])


def breaks_in(home: Home) -> list[frozenset[str]]:
    there = ffconcat.load(home.rundown(), RATE, ())
    return [frozenset(entry.break_id for entry in there.entries if entry.break_id)]


def fits(expected: list[frozenset[str]], there: frozenset[str]) -> bool:
    """The last acknowledged state, or the one that the command under way would have made."""
    return there in expected or any(len(there ^ each) <= 1 for each in expected[:1])


def edit_until_killed(running: Running, book: Book, chance: random.Random) -> None:
    """Send commands from another thread until the station is killed during one."""
    dead = threading.Event()
    editor = threading.Thread(target=edit, args=(running, book, random.Random(chance.random()), dead))
    editor.start()
    time.sleep(chance.uniform(0.2, 2.5))
    os.kill(running.pid, signal.SIGKILL)
    dead.set()
    editor.join()


def edit(running: Running, book: Book, chance: random.Random, dead: threading.Event) -> None:
    """Breaks put in and taken out, undone and done again; what is acknowledged is noted."""
    while not dead.is_set():
        try:
            rows = rows_of(running)
            films = [row for row in rows if row["kind"] == "programme"]
            named = sorted(book.breaks)
            if chance.random() < 0.2:
                receipt = running.command("undo")
                if receipt.get("accepted"):
                    book.acknowledged += 1
                    # Which break it was is told by what is there now, and must be there again after the kill.
                    there = breaks_of(running)
                    book.breaks = there
                continue
            if len(named) > 12 or (named and chance.random() < 0.3):
                gone = chance.choice(named)
                receipt = running.command("remove_break", 1, **{"break": gone})
                if receipt.get("accepted"):
                    book.acknowledged += 1
                    book.breaks -= {gone}
                continue
            film = chance.choice(films)
            span = round(float(film["duration_s"]) * float(RATE.fraction))
            at = int(film["in_frame"]) + chance.randrange(1, max(2, span))
            receipt = running.command("insert_break", entry=film["id"], at_frame=at, seconds=2)
            if receipt.get("accepted"):
                book.acknowledged += 1
                book.breaks |= {receipt["changes"][0].split()[1]}
        except (OSError, http.client.HTTPException, ValueError, urllib.error.URLError):
            return


def left_behind(home: Home) -> int:
    """FFmpegs of this home that still run a moment after their station is gone."""
    deadline = time.monotonic() + ENDED_S
    while (found := ffmpegs(home)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def ffmpegs(home: Home) -> int:
    count = 0
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            mine = any(os.fsencode(str(home.path)) in word for word in words)
            count += mine and b"ffmpeg" in words[0] and state != "Z"
    return count


def damaged(home: Home) -> list[str]:
    """Every file of the station's that cannot be read."""
    found = []
    try:
        ffconcat.load(home.rundown(), RATE, ())
    except Exception as error:
        found.append(f"rundown: {error}")
    for path in (home.path / "state").glob("*.json"):
        if path.name.endswith(".history.json"):
            if (warning := undo_history.load(path).warning) is not None:
                found.append(warning)
            continue
        try:
            json.loads(path.read_text())
        except ValueError as error:
            found.append(f"{path.name}: {error}")
    return found


if __name__ == "__main__":
    main()
