"""The deck on air is killed again and again while a viewer records: `python -m tests.bench.bench_kills [--kills 20]`.

`kill -9` of the FFmpeg that `/api/channels/1` names, at odd moments of a rundown with breaks inside pieces. To the
viewer nothing may have happened: no disconnect, no gap of a second, every picture once and in order.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from pathlib import Path

from tests.bench.bench_joins import judge_content, judge_packets, make_rundown
from tests.bench.rig import Figures, Home, Recorder, Running, bench_home, percentile, station

KEPT_PROCESSES = 2  # the deck on air, and the next one
LONGEST_GAP_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--every", type=float, default=5.7, help="seconds from one kill to the next")
    parser.add_argument("--kbps", type=int, default=500, help="the video's bitrate: the less, the more is in hand")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where to put the recording")
    arguments = parser.parse_args()
    rundown = make_rundown()
    with bench_home() as folder, station(Home(folder, video_kbps=arguments.kbps, rundowns=[rundown])) as running:
        running.prepared()
        print(f"prepared; {arguments.kills} kills, one every {arguments.every:g} s", flush=True)
        recorder = Recorder(running.url)
        time.sleep(2)
        before = running.channel()
        replaced: list[float] = []
        while len(replaced) < arguments.kills:
            replaced += kill(running, arguments.every)
        time.sleep(3)
        after = running.channel()
        longest = recorder.longest_gap_s
        data = recorder.stop()
        left = len(running.children())
    if arguments.keep:
        arguments.keep.write_bytes(data)
    figures = Figures(f"the deck killed {arguments.kills} times")
    figures.none("disconnects", int(recorder.disconnected))
    figures.add("restarts", after["restarts"] - before["restarts"], f"{arguments.kills}",
                after["restarts"] - before["restarts"] == arguments.kills)  # fmt: skip
    figures.most("longest gap in wall time", longest * 1000, LONGEST_GAP_S * 1000, "ms", 0)
    figures.add("another deck on air: median, worst",
                f"{percentile(replaced, 50) * 1000:.0f}, {max(replaced) * 1000:.0f} ms behind the kill")  # fmt: skip
    judge_packets(figures, data)
    judge_content(figures, data, rundown)
    figures.most("processes left beside the station", left, KEPT_PROCESSES)
    figures.end()


def kill(running: Running, every: float) -> list[float]:
    """Kill the deck on air, see that another takes over, and wait for the next turn; seconds that it took. Nothing
    where the deck had written all that it had to, and was gone by itself."""

    def deck() -> int:
        told = running.channel()["deck"]
        return told["pid"] if told else 0

    running.until(lambda: deck() != 0, "a deck on air")
    pid = deck()
    began = time.monotonic()
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        time.sleep(1)
        return []
    running.until(lambda: deck() not in (0, pid), "another deck", 30, 0.02)
    took = time.monotonic() - began
    time.sleep(max(0.0, every - took))
    return [took]


if __name__ == "__main__":
    main()
