"""FFmpeg itself reads our scripts, and we read scripts as FFmpeg does."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.rundown.airlist import AirItem, write_airlist
from retrovue_tui.rundown.entries import Entry, Rundown
from retrovue_tui.rundown.file_format.ffconcat import parse, save
from retrovue_tui.rundown.positions import Stretch
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from pathlib import Path

NTSC = FrameRate(30_000, 1_001)
NASTY = [
    "it's.ts",
    "''",
    " leading and trailing ",
    "-dash.ts",
    "#hash.ts",
    "a#b.ts",
    "?query.ts",
    "a?b&c=d.ts",
    "Show: Pilot.ts",
    "http:x.ts",
    "file:x.ts",
    "subfile,,start,1,end,2,,:x.ts",
    "concat:a|b.ts",
    "back\\slash\\",
    "tab\there.ts",
    'say "hi".ts',
    "ünïcødé 日本 🎬.ts",
    "line\u2028separator\x0b.ts",
    "100%20.ts",
    "$(x) `y` ~.ts",
    "[a]{b}*!.ts",
    os.fsdecode(b"latin\xe9.ts"),
]


@cache
def ffmpeg() -> str:
    return str(find_ffmpeg().path)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A quarter of a second of sound; FFmpeg's versions differ by a packet in how they end it."""
    path = tmp_path_factory.mktemp("media") / "tone.ts"
    source = ["-f", "lavfi", "-i", "sine=sample_rate=48000", "-frames:a", "10", "-c:a", "mp2"]
    subprocess.run([ffmpeg(), "-v", "error", *source, "-f", "mpegts", str(path)], check=True, stdin=subprocess.DEVNULL)
    return path.read_bytes()


@pytest.fixture(scope="module")
def count(media: bytes, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many packets the media has: a list that FFmpeg opens wholly has as many for each of its files."""
    folder = tmp_path_factory.mktemp("one")
    (folder / "a.ts").write_bytes(media)
    (folder / "list").write_text("file a.ts\n")
    found = len(packets(folder / "list"))
    assert found >= 10
    return found


def packets(list_file: Path) -> list[int]:
    """The time stamps of all packets that FFmpeg copies out of a list, in 90 kHz ticks."""
    argv = [ffmpeg(), "-v", "error", "-f", "concat", "-safe", "0", "-i", str(list_file), "-c", "copy"]
    done = subprocess.run([*argv, "-f", "framecrc", "-"], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stderr == b""
    return [int(line.split(b",")[2]) for line in done.stdout.splitlines() if not line.startswith(b"#")]


@pytest.mark.parametrize("folder", ["media", "channels", "it's? #1: a home/media"])
def test_ffmpeg_opens_every_file_of_a_saved_rundown(tmp_path: Path, media: bytes, count: int, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True, exist_ok=True)
    (tmp_path / "channels").mkdir(exist_ok=True)
    for name in NASTY:
        (place / name).write_bytes(media)
    rundown = Rundown(tuple(Entry(str(index), "spot", place / name) for index, name in enumerate(NASTY)))
    path = tmp_path / "channels" / "1.ffconcat"
    save(rundown, path, NTSC)
    assert len(packets(path)) == count * len(NASTY)


def test_ffmpeg_finds_the_files_of_a_rundown_in_a_nasty_home(tmp_path: Path, media: bytes, count: int) -> None:
    home = tmp_path / "what? #1: 'home'"
    (home / "channels").mkdir(parents=True)
    (home / "a.ts").write_bytes(media)
    save(Rundown((Entry("a", "spot", home / "a.ts"),)), home / "channels" / "1.ffconcat", NTSC)
    assert len(packets(home / "channels" / "1.ffconcat")) == count


@pytest.mark.parametrize(
    "line",
    [
        r"file a\ b'c.ts".replace("'", r"\'"),
        r"file 'a b'\''c.ts'",
        r"file a' 'b\'c.ts",
        "  file\t \t'a b'\\'c.ts   # a comment",
        r"file ''a' 'b''\'''c.ts",
        r"file 'a b'\'c.t\s",
        r"file ./x/../'a b'\'c.ts",
    ],
)
def test_we_read_quoting_as_ffmpeg_does(tmp_path: Path, media: bytes, count: int, line: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "a b'c.ts").write_bytes(media)
    path = tmp_path / "list.ffconcat"
    path.write_text(f"ffconcat version 1.0\n{line}\n")
    assert parse(path.read_text(), path, NTSC).entries[0].file == tmp_path / "a b'c.ts"
    assert len(packets(path)) == count


def test_each_file_of_an_air_list_begins_on_its_frame(tmp_path: Path, media: bytes, count: int) -> None:
    piece = tmp_path / "it's a piece.ts"
    piece.write_bytes(media)
    entry = Entry("a", "spot", piece)
    path = tmp_path / "air.ffconcat"
    write_airlist([AirItem(piece, Stretch(0, index, entry, 0, 8)) for index in range(40)], path, NTSC)
    begins = packets(path)[::count]
    ticks = [time - begins[0] for time in begins]
    # The demuxer counts in whole microseconds and 90 kHz ticks: one tick of rounding, however far into the list.
    assert all(abs(tick - NTSC.ticks(8 * index)) <= 1 for index, tick in enumerate(ticks))
