"""How long a viewer waits: `python -m tests.bench.bench_tunein [--joins 30] [--mpv]`.

A running channel at 720p and 3 Mb/s, joined by a plain socket (first byte, and what the first bytes are) and by FFmpeg
with its default probing (wall time to its first decoded picture, its own start included; what that start costs alone
is printed beside it: one picture of a local file that needs no probing).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from tests.bench.reading import PAT, PMT, VIDEO
from tests.bench.rig import Figures, Home, Line, bench_home, percentile, station, tune_in
from tests.bench.scenery import scenery

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FIRST_BYTE_MS, FIRST_PICTURE_MS = 20, 300
RING_S = 6.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joins", type=int, default=30)
    parser.add_argument("--mpv", action="store_true", help="with mpv too, as it starts")
    arguments = parser.parse_args()
    ffmpeg = str(find_ffmpeg().path)
    figures = Figures(f"{arguments.joins} tune-ins at 720p, 3 Mb/s")
    with bench_home("720p-3000") as folder:
        home = Home(folder, profile="720p", video_kbps=3000, rundowns=[[Line(file) for file in scenery()]])
        with station(home) as running:
            running.prepared()
            time.sleep(RING_S)
            tune_ins = [first_bytes(running.url) for _ in range(arguments.joins)]
            pictures = timed(arguments.joins, lambda: decode_one(ffmpeg, f"{running.url}/iptv/channel/1.ts"))
            players = timed(arguments.joins, lambda: play(running.url)) if arguments.mpv else []
    with tempfile.TemporaryDirectory() as work:
        picture = local_file(ffmpeg, Path(work))
        alone = timed(arguments.joins, lambda: decode_one(ffmpeg, str(picture)))
    first = [taken for taken, _ in tune_ins]
    figures.most("first byte, median", percentile(first, 50), FIRST_BYTE_MS, "ms")
    figures.most("first byte, worst", max(first), FIRST_BYTE_MS, "ms")
    figures.none("joins that do not begin with PAT, PMT, key frame", sum(not right for _, right in tune_ins))
    figures.most("FFmpeg's first picture, median", percentile(pictures, 50), FIRST_PICTURE_MS, "ms", 0)
    figures.most("FFmpeg's first picture, worst", max(pictures), FIRST_PICTURE_MS, "ms", 0)
    figures.add("  of that its start alone, median, worst", f"{percentile(alone, 50):.0f}, {max(alone):.0f} ms")
    if players:
        figures.add("mpv, one picture and its end: median, worst",
                    f"{percentile(players, 50):.0f}, {max(players):.0f} ms")  # fmt: skip
    figures.end()


def first_bytes(url: str) -> tuple[float, bool]:
    """Milliseconds from before the connection to the first byte of the stream, and whether it begins as it should."""
    time.sleep(0.1)
    began = time.monotonic()
    sock, data = tune_in(url, query="")
    while not data:
        data = sock.recv(65_536)
    took = time.monotonic() - began
    while len(data) < 188 * 8:
        data += sock.recv(65_536)
    sock.close()
    return took * 1000, begins_well(data)


def begins_well(data: bytes) -> bool:
    """PAT, PMT, and the first video packet begins a picture that is marked as a random access point."""
    packets = [data[at : at + 188] for at in range(0, 188 * 8, 188)]
    pids = [(packet[1] & 0x1F) << 8 | packet[2] for packet in packets]
    if pids[:2] != [PAT, PMT] or VIDEO not in pids:
        return False
    first = next(packet for packet, pid in zip(packets, pids, strict=True) if pid == VIDEO)
    return bool(first[1] & 0x40 and first[3] & 0x20 and first[4] and first[5] & 0x40)


def decode_one(ffmpeg: str, source: str) -> None:
    """FFmpeg from its start to one decoded picture and its end."""
    subprocess.run(
        [ffmpeg, "-nostdin", "-v", "error", "-i", source, "-frames:v", "1", "-an", "-f", "null", "-"],
        check=True, stdin=subprocess.DEVNULL, timeout=30,
    )  # fmt: skip


def local_file(ffmpeg: str, folder: Path) -> Path:
    """One picture as a bitmap: nothing to probe."""
    path = folder / "one.bmp"
    subprocess.run(
        [ffmpeg, "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=1280x720", "-frames:v", "1",
         str(path)], check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return path


def play(url: str) -> None:
    mpv = shutil.which("mpv")
    if mpv is None:
        raise SystemExit("mpv is not installed")
    subprocess.run(
        [mpv, "--no-config", "--vo=null", "--ao=null", "--frames=1", "--really-quiet", f"{url}/iptv/channel/1.ts"],
        check=True, stdin=subprocess.DEVNULL, timeout=30,
    )  # fmt: skip


def timed(times: int, work: Callable[[], None]) -> Sequence[float]:
    """Milliseconds of each run; the first of all is not counted, as it may have to read programs from the disk."""
    taken = []
    for _ in range(times + 1):
        began = time.monotonic()
        work()
        taken.append((time.monotonic() - began) * 1000)
    return taken[1:]


if __name__ == "__main__":
    main()
