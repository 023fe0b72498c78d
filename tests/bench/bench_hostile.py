"""200 hostile files come into the library while channels air: `python -m tests.bench.bench_hostile [--files 200]`.

Files that crash the decoder, endless FIFOs, links to nowhere, 8K, 10 000 chapters, 64 streams, five formats cut off at
every 64 KiB, and the same five with 2 000 bytes flipped at random. To the viewers nothing may happen: no jump, no
continuity error, no gap of 100 ms. In the end each file is usable, or listed with the reason why it is not.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from tests.bench.reading import read_packets, read_times
from tests.bench.rig import Figures, Home, Line, Recorder, Running, bench_home, memory_mb, station
from tests.media_factory import AAC, H264, MPEG2, VP9, Clip, make

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP_MS = 100
CUT = 64 * 1024
FLIPS = 2_000
OPUS, MP2 = ("-c:a", "libopus"), ("-c:a", "mp2")
SOUND = "aevalsrc=0|0|0.3*sin(2*PI*440*t)|0|0|0|0|0:c=7.1:s=48000"
EIGHT = ("-f", "lavfi", "-i", "color=black:s=320x180:r=30", "-f", "lavfi", "-i", SOUND, "-t", "5", "-c:v", "libx264",
         "-c:a", "pcm_s16le")  # fmt: skip


def ffmpeg(*words: str | Path) -> None:
    subprocess.run([find_ffmpeg().path, "-v", "error", "-y", *words], check=True)


def formats() -> Sequence[Path]:
    """Five formats, each of about half a megabyte."""
    kinds = ((H264, AAC, ".mp4"), (H264, AAC, ".ts"), (MPEG2, MP2, ".mpg"), (VP9, OPUS, ".webm"), (H264, AAC, ".mkv"))
    return [make(Clip(frames=600, video=video, audio=audio, suffix=suffix)) for video, audio, suffix in kinds]


def special(folder: Path) -> Iterator[Path]:
    """Those of a kind of their own."""
    first = folder / "eight-0.mov"
    ffmpeg(*EIGHT, first)
    yield first
    for number in range(1, 8):
        path = folder / f"eight-{number}.mov"
        path.write_bytes(first.read_bytes())
        yield path
    for number in range(3):
        os.mkfifo(folder / f"endless-{number}.mp4")
        yield folder / f"endless-{number}.mp4"
    (folder / "nowhere.mp4").symlink_to(folder / "gone.mp4")
    (folder / "zero.mkv").symlink_to("/dev/zero")
    (folder / "empty.mp4").touch()
    yield from (folder / "nowhere.mp4", folder / "zero.mkv", folder / "empty.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=7680x4320:r=30:d=0.3", "-c:v", "libx264", "-preset", "ultrafast",
           folder / "8k.mp4")  # fmt: skip
    yield folder / "8k.mp4"
    small = make(Clip(frames=300, size=(160, 90), video=H264))
    marks = "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={n}\nEND={n + 1}\ntitle=Chapter {n}\n" for n in range(10_000))
    (folder / "marks.txt").write_text(f";FFMETADATA1\n{marks}")
    ffmpeg("-i", small, "-i", folder / "marks.txt", "-map_metadata", "1", "-c", "copy", folder / "chapters.mkv")
    yield folder / "chapters.mkv"
    ffmpeg("-i", small, *(word for _ in range(32) for word in ("-map", "0:v", "-map", "0:a")), "-c", "copy",
           folder / "streams.mkv")  # fmt: skip
    yield folder / "streams.mkv"


def damaged(folder: Path, count: int) -> Iterator[Path]:
    """This number of files that are cut off, or have bytes flipped."""
    sources, chance = formats(), random.Random(1)
    cuts = [(path, end) for path in sources for end in range(CUT, path.stat().st_size, CUT)][: count // 2]
    for path, end in cuts:
        made = folder / f"cut-{path.suffix[1:]}-{end // CUT}{path.suffix}"
        made.write_bytes(path.read_bytes()[:end])
        yield made
    left = count - len(cuts)
    for number in range(left):
        path = sources[number % len(sources)]
        data = bytearray(path.read_bytes())
        for _ in range(-(-FLIPS // left)):
            # Half of them near the top, where headers are.
            at = chance.randrange(4_096 if chance.random() < 0.5 else len(data))
            data[at] ^= 1 << chance.randrange(8)
        made = folder / f"flip-{number}{path.suffix}"
        made.write_bytes(data)
        yield made


def settled(running: Running, files: Sequence[str]) -> dict[str, Any]:
    """The rows of these files, once each is usable or has its reason."""
    rows = {Path(row["file"]).name: row for row in running.get("/api/library")["rows"]}
    waiting = ("is still being copied", "has not been probed yet")
    return {name: rows[name] for name in files if name in rows and rows[name]["problem"] not in waiting}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--timeout", type=float, default=900)
    arguments = parser.parse_args()
    film = make(Clip(frames=900, size=(160, 90), video=H264))
    with bench_home() as folder:
        hostile = folder / "hostile"
        hostile.mkdir()
        files = list(special(hostile))
        files += damaged(hostile, max(0, arguments.files - len(files)))
        names = [path.name for path in files]
        rundowns = [[Line(film)] for _ in range(arguments.channels)]
        with station(Home(folder, video_kbps=200, rundowns=rundowns)) as running:
            running.prepared()
            print(f"on air; {len(files)} files come", flush=True)
            recorders = [Recorder(running.url, number + 1) for number in range(arguments.channels)]
            time.sleep(5)
            calm = max(recorder.longest_gap_s for recorder in recorders) * 1_000
            pid, began = running.pid, time.monotonic()
            for path in files:
                path.rename(folder / "media" / path.name)
            deadline = began + arguments.timeout
            while len(settled(running, names)) < len(names) and time.monotonic() < deadline:
                time.sleep(1)
            took = time.monotonic() - began
            rows = settled(running, names)
            time.sleep(2)
            gaps = [recorder.longest_gap_s * 1_000 for recorder in recorders]
            gone = sum(recorder.disconnected for recorder in recorders)
            streams = [recorder.stop() for recorder in recorders]
            memory = memory_mb(pid)
    figures = Figures(f"{len(files)} hostile files with {arguments.channels} channels on air")
    usable = sum(not row["problem"] for row in rows.values())
    figures.add("all looked at after", f"{took:.1f} s; usable {usable}, listed with a reason {len(rows) - usable}")
    figures.none("files that are neither", len(files) - len(rows))
    figures.none("viewers that were let go", gone)
    figures.none("jumps", sum(read_times(data).video_jumps(3003) for data in streams))
    figures.none("continuity errors", sum(read_packets(data).cc_errors for data in streams))
    figures.none(f"channels with a gap over {GAP_MS} ms", sum(gap > GAP_MS for gap in gaps))
    figures.add("the longest gap; before the files came", f"{max(gaps):.0f} ms; {calm:.0f} ms")
    figures.add("memory of the station", f"{memory:.0f} MB")
    for reason, count in Counter(row["problem"] for row in rows.values() if row["problem"]).most_common():
        figures.add(f"  {reason[:70]}", count)
    figures.end()


if __name__ == "__main__":
    main()
