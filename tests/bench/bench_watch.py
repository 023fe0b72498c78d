"""The page for the browser in a real Chromium: how soon it shows a picture, and whether it plays on without a wait.

`python -m tests.bench.bench_watch [--clicks 20]`: the times from the click on a channel to its picture.
`… --minutes 10`: plays a channel as its first viewer over joins and over breaks that are fired by hand, and prints each
wait. Chromium decodes without a graphics card here, which takes most of a core: 360p leaves the machine room.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from time import monotonic

from tests.bench.rig import Figures, Line, percentile, station
from tests.bench.rig import Home as BenchHome
from tests.bench.scenery import scenery
from tests.browser import Tab, browser
from tests.media_factory import Clip, make
from tests.player_log import PlayerLog, record, recorded
from tests.playout.homes import Home, serving

PICTURE = "document.getElementById('video')?.currentTime > 0 && document.getElementById('video').readyState > 2"
ON_AIR = "[...document.querySelectorAll('.card .state')].filter(each => !each.textContent).length == 2"
PARTS = ((0, None), (17, 220), (0, 170), (33, None), (100, 265), (0, 600), (41, 131), (5, 95))
"""The frames of the entries: some are longer than a segment, others shorter, and few begin at a key frame."""
WINDOW = 'window = "30m"\n'


async def clicks(count: int, folder: Path) -> list[float]:
    """Return the seconds from each click to the first picture; the first click is that of the first viewer."""
    film = await asyncio.to_thread(make, Clip(frames=300, size=(1280, 720)))
    home = Home.make(folder, {"film.mp4": film}, {"1": 'on_start = "top"', "2": 'on_start = "top"'})
    for channel in ("1", "2"):
        home.rundown(channel, "film.mp4")
    took = []
    async with serving(home) as on_air, browser(folder) as tab:
        for number in range(count):
            await tab.open(f"{on_air.url}/")
            await tab.until(ON_AIR, 240)
            began = monotonic()
            await tab.value(f"document.querySelectorAll('.card')[{number % 2}].click()")
            await tab.until(PICTURE)
            took.append(monotonic() - began)
    return took


def show_clicks(count: int, folder: Path) -> None:
    took = asyncio.run(clicks(count, folder))
    print("each: " + " ".join(f"{each:.2f}" for each in took) + " s")
    ordered = sorted(took)
    print(f"median {ordered[len(ordered) // 2]:.2f} s, worst {ordered[-1]:.2f} s (to reach: 1.5 s)")


def play(minutes: float, breaks: int, profile: str, folder: Path) -> None:
    """Play a channel, and print the table of figures."""
    (home_folder := folder / "home").mkdir()
    files = scenery()
    lines = [Line(files[number % len(files)], first, end) for number, (first, end) in enumerate(PARTS)]
    home = BenchHome(home_folder, profile, rundowns=[lines], pool=[_spot()], more=f"[hls]\n{WINDOW}")
    figures = Figures(f"the watch page for {minutes:g} min, {profile}, {breaks} breaks by hand")
    with station(home) as running:
        running.prepared()

        def fire() -> bool:
            return bool(running.command("break_now", spots=[str(home.spots[0])])["accepted"])

        async def session() -> tuple[PlayerLog, float, list[str], int]:
            fired = 0
            async with browser(folder) as tab:
                await record(tab)
                began = monotonic()
                await tab.open(f"{running.url}/watch/1")
                await tab.until(PICTURE)
                first, end = monotonic() - began, began + 60 * minutes
                for number in range(breaks):
                    await _sleep_until(tab, began + (end - began) * (number + 0.5) / breaks)
                    fired += await asyncio.to_thread(fire)
                await _sleep_until(tab, end)
                return await recorded(tab), first, tab.errors, fired

        log, first, errors, fired = asyncio.run(session())
        joins = int(running.channel()["seams"]["count"])
    report(figures, log, first, errors)
    figures.add("joins since the start", joins)
    figures.add("breaks on air", fired, f"{breaks}", fired == breaks)
    figures.end()


async def _sleep_until(tab: Tab, at: float) -> None:
    """Wait until a monotonic time. A page that has no player any more ends the bench."""
    while (left := at - monotonic()) > 0:
        await asyncio.sleep(min(left, 5.0))
        assert await tab.value("document.getElementById('video').error") is None


def _spot() -> Path:
    return make(Clip(frames=233, size=(640, 360), flash=True))


def report(figures: Figures, log: PlayerLog, first_s: float, errors: list[str]) -> None:
    waits, last = log.waits, log.samples[-1]
    began = log.events[0][0]
    after = [each for each in log.samples if each.at - began > 10]
    ahead = [each.ahead for each in after]
    figures.most("first picture", first_s, 1.5, "s", 2)
    figures.none("waits for data " + " ".join(f"{at - began:.0f}s:{for_s:.2f}s" for at, for_s in waits), len(waits))
    figures.most("seconds waited", sum(for_s for _, for_s in waits), 0.0, "s", 2)
    figures.add("least in stock after 10 s", f"{min(ahead):.2f} s, 1 % below {percentile(ahead, 1):.2f} s", "> 0 s",
                min(ahead) > 0)  # fmt: skip
    figures.most("parts of the buffer", max(each.parts for each in log.samples), 1, "", 0)
    figures.add("behind live", f"{after[0].latency:.1f} s after 10 s, {last.latency:.1f} s at the end")
    slow = sum(each.rate < 1 for each in log.samples) / 4
    figures.add("played slower for", f"{slow:.0f} s")
    figures.add("pictures dropped", f"{last.dropped} of {last.shown} ({100 * last.dropped / max(1, last.shown):.2f} %)")
    faults = [str(each[2]) for each in log.events if each[1] == "error"]
    figures.none("faults that hls.js reports " + " ".join(sorted(set(faults))), len(faults))
    figures.none("errors on the console " + " ".join(errors)[:200], len(errors))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=0.0, help="play so long instead")
    parser.add_argument("--breaks", type=int, default=4, help="so many breaks by hand while it plays")
    parser.add_argument("--profile", default="360p")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if given.minutes:
            play(given.minutes, given.breaks, given.profile, Path(folder))
        else:
            show_clicks(given.clicks, Path(folder))


if __name__ == "__main__":
    main()
