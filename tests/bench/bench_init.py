"""`init` looks at a large library: `python -m tests.bench.bench_init [--files 20000]`.

The library has shows in folders with seasons, films and spots; every fourth episode has an `.nfo` file. Measured are
the time until the config is written, and the time until the station with it has its first programme on air.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

from retrovue_tui.config.config_file import load_config
from retrovue_tui.media.metadata.name_parser import facts_of_name
from tests.bench.rig import Figures, bench_home
from tests.media_factory import Clip, make
from tests.test_cli import serving

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN_S, NAMES_S, ON_AIR_S = 20, 10, 15
NFO = "<episodedetails><title>Part {0}</title><season>{1}</season><episode>{0}</episode></episodedetails>"


def library(top: Path, files: int) -> None:
    """Make this number of media files: nine tenths are episodes of shows, the others films and spots."""
    film, spot = make(Clip(frames=300, size=(320, 180))), make(Clip(frames=150, size=(320, 180), first=20_000))
    for number in range(files):
        if number % 10:
            show, season, episode = number // 60, number // 20 % 3 + 1, number % 20 + 1
            stem = f"The.Show.{show}.S{season:02}E{episode:02}.Part.{number}.1080p.WEB-DL.x264"
            path = top / "TV" / f"The Show {show}" / f"Season {season}" / f"{stem}.mp4"
        elif number % 50:
            name = f"Film {number} ({1930 + number % 90})"
            path = top / "Movies" / name / f"{name}.mp4"
        else:
            path = top / "Commercials" / f"spot {number}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(spot if "spot" in path.name else film, path)
        if number % 4 == 1:
            path.with_suffix(".nfo").write_text(NFO.format(number % 20 + 1, number // 20 % 3 + 1))


def names(figures: Figures, files: int) -> None:
    """How long the names alone take, each of them new."""
    began = time.process_time()
    for number in range(files):
        folders = ("TV", f"The Show {number}", "Season 1")
        facts_of_name(f"The.Show.{number}.S01E{number % 99}.A.Title.1080p.mkv", folders)
    figures.most(f"{files} names alone", time.process_time() - began, NAMES_S, "s")


def first_programme(home: Path) -> float:
    """Seconds from the start of the station until its first programme is on air."""
    began = time.monotonic()
    with serving(home, "--port", "0") as (_, url):
        while time.monotonic() - began < 120:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/api/channels/1", timeout=30) as answer:
                if json.load(answer)["state"] == "on_air":
                    break
            time.sleep(0.05)
        return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    arguments = parser.parse_args()
    figures = Figures("init")
    names(figures, arguments.files)
    with bench_home() as folder:
        library(folder / "media", arguments.files)
        home = folder / "home"
        words = ["-m", "retrovue_tui", "init", str(folder / "media"), "--home", str(home), "--yes"]
        began = time.monotonic()
        done = subprocess.run([sys.executable, *words], input="", capture_output=True, text=True, check=True)
        figures.most(f"{arguments.files} files to a written config", time.monotonic() - began, WRITTEN_S, "s")
        figures.add("found", done.stdout.partition(":")[0])
        figures.add("channels", len(load_config(home).channels))
        figures.most("from `serve` to the first programme on air", first_programme(home), ON_AIR_S, "s")
    figures.end()


if __name__ == "__main__":
    main()
