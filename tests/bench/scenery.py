"""Moving pictures that need the bitrate they are given: for benches that weigh a channel as it is in earnest."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

CLIPS = {
    "mandelbrot": (20, "mandelbrot=s=640x360:r=30000/1001"),
    "life": (16, "life=s=320x180:mold=10:r=30000/1001:ratio=0.2:seed=4:death_color=#C83232:life_color=#00ff00"),
    "card": (24, "testsrc2=s=640x360:r=30000/1001"),
}
"""Name to seconds and FFmpeg's source; noise over it keeps the encoder busy."""


def scenery() -> list[Path]:
    """The files, made at the first call."""
    folder = Path(tempfile.gettempdir()) / f"retrovue-bench-{os.getuid()}" / "scenery"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, (seconds, source) in CLIPS.items():
        path = folder / f"{name}.mp4"
        files.append(path)
        if path.exists():
            continue
        made = folder / f".{name}.mp4"
        subprocess.run(
            [str(find_ffmpeg().path), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i",
             "sine=frequency=440:sample_rate=48000", "-t", str(seconds), "-vf", "noise=alls=12:allf=t,format=yuv420p",
             "-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-c:a", "aac", str(made)],
            check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        made.rename(path)
    return files
