"""Two hundred changes while viewers record: `python -m tests.bench.bench_edits [--minutes 10]`.

Commands and edits of the rundown file in random order; each is looked for in the engine and on the disk. Two viewers
record all the while, and every picture that they got is counted.
"""

from __future__ import annotations

import argparse
import random
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.bench.bench_break_now import FILM, home_of
from tests.bench.bench_joins import judge_packets
from tests.bench.meddling import Meddler
from tests.bench.reading import seen
from tests.bench.rig import Figures, Recorder, bench_home, percentile, station

if TYPE_CHECKING:
    from pathlib import Path

EDITS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--edits", type=int, default=0, help="default: 20 a minute")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    edits = arguments.edits or round(EDITS / 10 * arguments.minutes)
    with bench_home() as folder:
        home = home_of(folder)
        with station(home) as running:
            running.prepared()
            viewers = [Recorder(running.url), Recorder(running.url)]
            meddler = Meddler(running, home.rundown(), home.spots, chance=random.Random(arguments.seed))
            began = time.monotonic()
            print("prepared", flush=True)
            while (done := sum(meddler.done.values())) < edits:
                meddler.turn()
                due = began + 60 * arguments.minutes * sum(meddler.done.values()) / edits
                time.sleep(max(0.0, min(5.0, due - time.monotonic())))
                if done // 20 != sum(meddler.done.values()) // 20:
                    print(f"{sum(meddler.done.values())} edits, lost: {meddler.lost[-3:]}", flush=True)
            time.sleep(2)
            agreed = meddler.agree()
            told = running.channel()
            first, second = (viewer.stop() for viewer in viewers)
        faults = log_faults(folder)
    figures = Figures(f"{sum(meddler.done.values())} edits in {arguments.minutes:g} minutes, two viewers recording")
    for what, count in sorted(meddler.done.items()):
        figures.add(f"  {what}", count)
    for reason, count in meddler.refusals.most_common(12):
        print(f"  refused {count}x {reason}")
    for line in meddler.lost:
        print(f"  LOST {line}")
    figures.add("refused, with a reason", sum(meddler.refusals.values()))
    figures.none("commands and edits lost", len(meddler.lost))
    figures.add("rundown on disk = engine's = API's", "yes" if agreed else "no", "yes", agreed)
    figures.add("command to receipt: median, worst", f"{percentile(meddler.receipts_s, 50) * 1000:.0f}, "
                f"{max(meddler.receipts_s) * 1000:.0f} ms")  # fmt: skip
    figures.none("faults in the station's log", faults)
    figures.none("disconnects", sum(viewer.disconnected for viewer in viewers))
    figures.add("takes, restarts", f"{told['takes']}, {told['restarts']}")
    pictures = seen(first, viewers[0].arrivals)
    figures.none("pictures of the slate", sum(picture.number is None for picture in pictures))
    film = [p.number for p in pictures if p.number is not None and p.number < FILM]
    wrong = [(one, other) for one, other in pairwise(film) if other != one + 1 and (one, other) != (FILM - 1, 0)]
    for one, other in wrong[:5]:
        print(f"  behind picture {one} came {other}")
    figures.none("pictures of the film lost or repeated", len(wrong))
    judge_packets(figures, first)
    judge_packets(figures, second)
    figures.end()


def log_faults(folder: Path) -> int:
    """Errors that the station wrote into its log, the first ones shown."""
    lines = (folder / "logs" / "station.log").read_text(errors="replace").splitlines()
    faults = [line for line in lines if " ERROR " in line or line.startswith("Traceback")]
    for line in faults[:5]:
        print(f"  log: {line}")
    return len(faults)


if __name__ == "__main__":
    main()
