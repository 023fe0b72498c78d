"""Prepare a folder of audio files many times: does it end every time, and how long does the slowest run take?

    python -m tests.bench.bench_audio_files [--runs 20] [--files 40]

Each run is the real command (`retrovue-tui prepare FILE …`) with an empty cache.
Exits with 1 where the target is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

_LIMIT_S = 600.0
"""A run that takes longer counts as one that does not end."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--files", type=int, default=40)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="retrovue-audio-") as name:
        folder = Path(name)
        files = [_make(folder, number) for number in range(arguments.files)]
        seconds: list[float] = []
        bad: list[str] = []
        for run in range(1, arguments.runs + 1):
            took, fault = _prepare(files, folder / f"cache-{run}")
            seconds.append(took)
            bad += [f"run {run}: {fault}"] if fault else []
            print(f"run {run:2d} of {arguments.runs}: {took:6.1f} s  {fault or 'ended'}", flush=True)
    print(f"runs that ended with every file prepared: {arguments.runs - len(bad)} of {arguments.runs} (target: all)")
    print(f"slowest {max(seconds):.1f} s, median {sorted(seconds)[len(seconds) // 2]:.1f} s")
    print("verdict: " + ("reached" if not bad else "MISSED: " + "; ".join(bad)))
    return 1 if bad else 0


def _make(folder: Path, number: int) -> Path:
    path = folder / f"song {number:02d}.mp3"
    tone = f"sine=frequency={220 + 20 * number}:duration={3 + number % 5}"
    words = [
        str(find_ffmpeg().path),
        "-v",
        "error",
        "-nostdin",
        "-f",
        "lavfi",
        "-i",
        tone,
        "-c:a",
        "libmp3lame",
        str(path),
    ]
    subprocess.run(words, check=True, timeout=60)
    return path


def _prepare(files: list[Path], cache: Path) -> tuple[float, str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "retrovue_tui", "prepare", "--json", *(str(file) for file in files)]
    began, fault = time.monotonic(), ""
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, timeout=_LIMIT_S, check=False)
        if ended.returncode:
            fault = ended.stderr.decode(errors="replace").strip()[-300:] or f"code {ended.returncode}"
    except subprocess.TimeoutExpired:
        fault = f"did not end within {_LIMIT_S:.0f} s"
    return time.monotonic() - began, fault


if __name__ == "__main__":
    sys.exit(main())
