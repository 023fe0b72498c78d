"""How fast preparing is against bare FFmpeg with the same flags and threads. To reach: 0.9 or more.

Run: `python -m tests.bench.bench_prepare [SECONDS]`
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.arguments.encoder_args import audio_encoder, video_encoder
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer

ROUNDS = 3


def source(folder: Path, seconds: int) -> Path:
    """A moving picture with noise, 1280×720 at 25 frames a second, so that nothing is free."""
    path = folder / "source.mp4"
    picture = f"testsrc2=s=1280x720:r=25:d={seconds},noise=alls=6:allf=t"
    words = [str(find_ffmpeg().path), "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i"]
    words += [f"sine=f=440:d={seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(path)]
    subprocess.run(words, check=True)
    return path


def bare(house: HouseFormat, path: Path, folder: Path, threads: int) -> float:
    """Seconds that plain FFmpeg takes for the same work."""
    words = [str(find_ffmpeg().path), "-v", "error", "-y", "-threads", str(threads), "-i", str(path)]
    words += ["-vf", f"fps={house.rate},scale={house.width}:{house.height},format=yuv420p", *video_encoder(house)]
    words += ["-threads", str(threads), *audio_encoder(house), "-f", "mpegts", str(folder / "bare.ts")]
    begin = time.perf_counter()
    subprocess.run(words, check=True)
    return time.perf_counter() - begin


async def ours(house: HouseFormat, path: Path, folder: Path) -> float:
    """Seconds that preparing takes, loudness measurement included."""
    preparer = Preparer(find_ffmpeg(), PieceStore(folder, house, 10**10), house)
    asset = probe(path)
    begin = time.perf_counter()
    await preparer.prepare(asset)
    return time.perf_counter() - begin


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    house = HouseFormat()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = source(folder, seconds)
        threads = Preparer(find_ffmpeg(), PieceStore(folder, house, 0), house).threads
        plain, prepared = [], []
        for number in range(ROUNDS):
            plain.append(bare(house, path, folder, threads))
            prepared.append(asyncio.run(ours(house, path, folder / f"cache{number}")))
    best, least = min(plain), min(prepared)
    print(f"{seconds} s of 720p, {threads} threads: bare FFmpeg {best:.2f} s ({seconds / best:.1f}x), ", end="")
    print(f"prepare {least:.2f} s ({seconds / least:.1f}x), ratio {best / least:.3f} (to reach: 0.9)")


if __name__ == "__main__":
    main()
