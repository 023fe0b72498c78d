"""FFmpeg is run to its end with a time limit; what it prints is kept in bounded memory."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.ffmpeg.run import LastLines, run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

FLOOD = """import sys
lines, written = b"Invalid PNG signature\\n" * 1000, 0
file = open(sys.argv[1], "wb", buffering=0)
while True:
    written += sys.stderr.buffer.write(lines)
    sys.stderr.buffer.flush()
    file.seek(0)
    file.write(b"%d" % written)
"""


async def test_output_code_and_last_words() -> None:
    finished = await run_ffmpeg(
        ["sh", "-c", "echo out; echo first >&2; echo last >&2; exit 3"], limit_s=10, output=True
    )
    assert (finished.code, finished.output, finished.reason) == (3, b"out\n", "last")
    assert (await run_ffmpeg(["sh", "-c", "echo noise >&2"], limit_s=10)).reason == ""
    assert (await run_ffmpeg(["sh", "-c", "exit 4"], limit_s=10)).reason == "FFmpeg ended with code 4"


async def test_an_ffmpeg_that_does_not_end_is_killed_and_the_error_says_so() -> None:
    with pytest.raises(FFmpegError, match=r"had not ended after 0.5 s and was killed; its last message: stuck"):
        await run_ffmpeg(["sh", "-c", "echo stuck >&2; exec sleep 997"], limit_s=0.5)
    assert not [child for child in psutil.Process().children(recursive=True) if "997" in child.cmdline()]


async def test_a_flood_of_errors_is_read_at_a_bounded_rate(tmp_path: Path) -> None:
    written = tmp_path / "written"
    with pytest.raises(FFmpegError, match="Invalid PNG signature"):
        await run_ffmpeg([sys.executable, "-c", FLOOD, str(written)], limit_s=3)
    buffers = 400_000  # what the pipe and the reader hold besides
    assert buffers < int(written.read_text()) < buffers + 3 * 1_300_000


async def test_endless_output_is_refused() -> None:
    with pytest.raises(FFmpegError, match="more than 64 MiB"):
        await run_ffmpeg(["cat", "/dev/zero"], limit_s=60, output=True)


async def test_a_cancelled_run_leaves_no_child() -> None:
    task = asyncio.create_task(run_ffmpeg(["sleep", "998"], limit_s=60))
    while not _sleepers("998"):
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not _sleepers("998")


def _sleepers(word: str) -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if child.cmdline()[-1:] == [word]]


def test_last_words_are_bounded_and_printable() -> None:
    words = LastLines()
    for _ in range(100):
        words.feed(b"x" * 100_000)
    words.feed(b"\n\x1b[31mred\x07 alert\x1b[0m\n\n" + "é".encode() + b"\xff\n")
    assert len(words.text) <= 65_536
    assert words.last == "é\ufffd"
    assert "red" in words.lines[-2]
    assert not any(c in "\x1b\x07" for c in "".join(words.lines))
    assert all(len(line) <= 300 for line in words.lines)
