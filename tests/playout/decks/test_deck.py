"""The deck: one real FFmpeg, held by back-pressure, that says how it is doing and never stays behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.ffmpeg.locate import FFmpeg, find_ffmpeg
from retrovue_tui.media.ffmpeg.process import DECK_NICE, end, spawn
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_scheduler import Preparer
from retrovue_tui.media.slate import FRAMES, slate_piece
from retrovue_tui.playout.decks.deck import Deck, classify
from retrovue_tui.playout.decks.ffmpeg_args import deck_command
from retrovue_tui.rundown.airlist import AirItem, write_airlist
from retrovue_tui.rundown.file_format.ffconcat_syntax import quote
from retrovue_tui.rundown.positions import Position, Stretch
from tests.media_factory import Clip, make, numbers, packets
from tests.playout.studio import NTSC, entry, small_house, studio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from retrovue_tui.playout.mpegts.access_units import CodedPicture

HOUSE = small_house()


@pytest.fixture(scope="module")
def piece() -> Iterator[Path]:
    """One piece of 120 pictures."""
    with tempfile.TemporaryDirectory() as folder:
        yield asyncio.run(slate_piece(find_ffmpeg(), HOUSE, Path(folder), "Test", "Deck"))


def listing(folder: Path, *pieces: Path) -> Path:
    """An air list of such pieces."""
    path = folder / "list.ffconcat"
    items = [AirItem(each, Stretch(n, 0, entry(each), 0, FRAMES)) for n, each in enumerate(pieces)]
    write_airlist(items, path, NTSC)
    return path


async def until(condition: Callable[[], bool], timeout: float = 90.0) -> None:
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


async def take(deck: Deck, count: int | None = None) -> list[CodedPicture]:
    """This number of pictures, or all, as fast as they arrive."""
    taken: list[CodedPicture] = []
    async with asyncio.timeout(90):
        while not deck.finished and (count is None or len(taken) < count):
            picture = deck.pop()
            if picture is None:
                await asyncio.sleep(0.005)
            else:
                taken.append(picture)
    return taken


def pid_of(deck: Deck) -> int:
    assert deck.pid is not None
    return deck.pid


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def stand_in(folder: Path, script: str) -> FFmpeg:
    """Something that is started in FFmpeg's place."""
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return FFmpeg(path, "0", frozenset())


async def output(script: Path) -> bytes:
    """Everything that a deck's command writes."""
    process = await spawn(deck_command(find_ffmpeg(), "copy", script, house=HOUSE), stdout=asyncio.subprocess.PIPE)
    data, errors = await process.communicate()
    assert not errors
    return data


async def test_an_air_list_saves_probing_and_nothing_else(tmp_path: Path, piece: Path) -> None:
    """FFmpeg is given options that keep it from decoding the start of each piece; what it writes stays the same."""
    edge = make(Clip(frames=45, first=2_000))
    store = PieceStore(tmp_path / "cache", HOUSE, 10**9)
    preparer = Preparer(find_ffmpeg(), store, HOUSE)
    asset = await asyncio.to_thread(probe, edge)
    await preparer.prepare(asset)
    short = store.find(asset, 0, 45)
    assert short is not None
    script = listing(tmp_path, piece, piece, piece)
    text = script.read_text()
    mixed = text.replace(str(piece), str(short), 2).replace(str(short), str(piece), 1)  # the second is another asset's
    script.write_text(mixed)
    assert "option" in mixed
    plain = tmp_path / "plain.ffconcat"
    plain.write_text("".join(line for line in mixed.splitlines(keepends=True) if not line.startswith("option")))
    assert await output(script) == await output(plain)


# ── on air ───────────────────────────────────────────────────────────────────────────────────────


async def test_every_picture_comes_once_and_in_order(tmp_path: Path, piece: Path) -> None:
    deck = Deck(find_ffmpeg(), HOUSE, listing(tmp_path, *[piece] * 3), 3 * FRAMES)
    await deck.start()
    try:
        taken = await take(deck)
        assert [picture.video.pts - taken[0].video.pts for picture in taken] == pytest.approx(
            [NTSC.ticks(number) for number in range(3 * FRAMES)], abs=2
        )
        assert [number for number, picture in enumerate(taken) if picture.video.key] == list(range(0, 3 * FRAMES, 60))
        assert (deck.position, deck.delivered, deck.complete, deck.finished) == (360, 360, True, True)
        assert deck.pop() is None
        assert deck.lost_bytes == 0
        assert not deck.remarks
    finally:
        await deck.close()


@pytest.mark.parametrize("skip", [1, 77, 120, 200])
async def test_aired_pictures_are_skipped(tmp_path: Path, piece: Path, skip: int) -> None:
    frames = 2 * FRAMES
    deck = Deck(find_ffmpeg(), HOUSE, listing(tmp_path, piece, piece), frames, skip=skip)
    await deck.start()
    try:
        await until(deck.ready)
        assert deck.position == skip
        taken = await take(deck)
        assert len(taken) == frames - skip
        assert deck.complete
    finally:
        await deck.close()


async def test_a_prerolled_deck_sleeps_until_it_is_taken(tmp_path: Path, piece: Path) -> None:
    """Two minutes of stream: FFmpeg fills the pipe and waits, and we hold about a second of it."""
    deck = Deck(find_ffmpeg(), HOUSE, listing(tmp_path, *[piece] * 30), 30 * FRAMES)
    await deck.start()
    try:
        process = psutil.Process(pid_of(deck))
        await until(deck.ready)
        written = await _still(process)
        assert written < 400_000  # of six megabytes
        assert process.status() == psutil.STATUS_SLEEPING
        assert process.nice() == min(19, psutil.Process().nice() + DECK_NICE)  # after the station, before renders
        before, memory = process.cpu_times(), process.memory_info().rss
        assert await _still(process) - written < 2_000  # its reports of progress go on
        assert deck.ready()
        after = process.cpu_times()
        assert after.user + after.system - before.user - before.system < 0.05
        assert deck.reach - deck.position < 4 * NTSC.nominal
        for _ in range(20):
            assert len(await take(deck, 60)) == 60
            assert deck.reach - deck.position < 4 * NTSC.nominal
        assert process.memory_info().rss - memory < 16_000_000
        assert await _still(process) < written + 20 * 60 * 4_000
    finally:
        await deck.close()


async def _still(process: psutil.Process) -> int:
    """How many bytes it has written when it has written no more for a fifth of a second."""
    last, since = -1, monotonic()
    async with asyncio.timeout(90):
        while monotonic() - since < 0.2:
            now = int(process.io_counters().write_chars)
            if now != last:
                last, since = now, monotonic()
            await asyncio.sleep(0.02)
    return last


async def test_progress_becomes_figures(tmp_path: Path, piece: Path) -> None:
    deck = Deck(find_ffmpeg(), HOUSE, listing(tmp_path, piece, piece), 2 * FRAMES)
    await deck.start()
    try:
        await take(deck)
        await until(lambda: deck.progress.done)
        told = deck.progress
        assert told.frame == 2 * FRAMES
        assert told.out_time_s == pytest.approx(float(NTSC.seconds(2 * FRAMES)), abs=0.1)
        assert told.speed > 1
        assert told.dup_frames == told.drop_frames == 0
    finally:
        await deck.close()


async def test_a_deck_that_cannot_be_started_leaves_no_descriptor_open(tmp_path: Path, piece: Path) -> None:
    here = psutil.Process()
    before = here.num_fds()
    deck = Deck(FFmpeg(tmp_path / "nowhere", "0", frozenset()), HOUSE, listing(tmp_path, piece), FRAMES)
    with pytest.raises(Exception, match="cannot be started"):
        await deck.start()
    await deck.close()
    assert here.num_fds() <= before


# ── what it says ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("[concat @ 0x1] Impossible to open 'file:/x/000001.ts'", "file"),
        ("/x/000001.ts: No such file or directory", "file"),
        ("[in#0] Error during demuxing: Input/output error", "file"),
        ("[mpegts @ 0x1] Packet corrupt (stream = 0, dts = 1)", "damage"),
        ("Error opening input file list.ffconcat: Invalid data found when processing input", "damage"),
        ("[mpegts @ 0x1] Application provided invalid, non monotonically increasing dts", "time stamps"),
        ("av_interleaved_write_frame(): Broken pipe", "pipe"),
        ("Something that nobody has foreseen", "other"),
    ],
)
def test_messages_of_ffmpeg_are_sorted(line: str, fault: str) -> None:
    assert (classify(line).fault, classify(line).text) == (fault, line)


async def test_a_missing_piece_is_reported_and_logged(
    tmp_path: Path, piece: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lost = tmp_path / "lost.ts"
    deck = Deck(find_ffmpeg(), HOUSE, listing(tmp_path, piece, lost, piece), 3 * FRAMES, name="deck.1")
    await deck.start()
    try:
        await take(deck)
        await until(lambda: deck.ended)
        assert not deck.complete or deck.delivered < 3 * FRAMES
        await until(lambda: any(remark.fault == "file" for remark in deck.remarks))
        assert any("lost.ts" in remark.text for remark in deck.remarks)
        assert any(record.name == "retrovue_tui.deck.1" and "lost.ts" in record.message for record in caplog.records)
    finally:
        await deck.close()


async def test_a_list_that_cannot_be_read_ends_the_deck(tmp_path: Path) -> None:
    path = tmp_path / "list.ffconcat"
    path.write_text("this is no list\n")
    deck = Deck(find_ffmpeg(), HOUSE, path, FRAMES)
    await deck.start()
    try:
        assert await take(deck) == []
        assert deck.ended
        await until(lambda: any(remark.fault == "damage" for remark in deck.remarks))
    finally:
        await deck.close()


async def test_garbage_on_both_pipes_is_survived(tmp_path: Path) -> None:
    """Noise for a stream, and a line on standard error that never ends: no picture, no exception, still listening."""
    noise = "head -c 300000 /dev/urandom | tr -d 'G'; head -c 400000 /dev/zero | tr '\\0' 'x' >&2"
    deck = Deck(stand_in(tmp_path, f"{noise}; echo >&2; echo the end >&2"), HOUSE, tmp_path / "list", FRAMES)
    await deck.start()
    try:
        assert await take(deck) == []
        await until(lambda: bool(deck.remarks) and deck.remarks[-1].text == "the end")
        assert deck.lost_bytes > 250_000
        assert sum(len(remark.text) for remark in deck.remarks) < 200_000
    finally:
        await deck.close()


async def test_many_lines_are_kept_within_bounds(tmp_path: Path) -> None:
    deck = Deck(stand_in(tmp_path, "seq 1 5000 >&2; exec sleep 60"), HOUSE, tmp_path / "list", FRAMES)
    await deck.start()
    try:
        await until(lambda: bool(deck.remarks) and deck.remarks[-1].text == "5000")
        assert [remark.text for remark in deck.remarks] == [str(number) for number in range(4_901, 5_001)]
    finally:
        await deck.close()


# ── its end ──────────────────────────────────────────────────────────────────────────────────────


async def test_it_ends_when_it_is_closed(tmp_path: Path, piece: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = psutil.Process().num_fds()
    deck = Deck(find_ffmpeg(), HOUSE, listing(tmp_path, *[piece] * 30), 30 * FRAMES)
    await deck.start()
    await until(deck.ready)
    await deck.close()
    assert gone(pid_of(deck))
    await deck.close()  # once more does no harm
    assert psutil.Process().num_fds() <= before + 1  # the loop's own watch for children
    assert not caplog.records, "an ordinary end is not worth a line in the log"


async def test_it_is_killed_when_it_does_not_end(tmp_path: Path) -> None:
    deck = Deck(stand_in(tmp_path, "trap '' TERM; echo deaf >&2; while :; do sleep 0.1; done"), HOUSE, tmp_path, FRAMES)
    await deck.start()
    await until(lambda: bool(deck.remarks))
    began = monotonic()
    await deck.close()
    assert monotonic() - began > 0.9
    assert gone(pid_of(deck))


async def test_a_suspended_ffmpeg_is_killed_too(tmp_path: Path, piece: Path) -> None:
    deck = Deck(find_ffmpeg(), HOUSE, listing(tmp_path, *[piece] * 30), 30 * FRAMES)
    await deck.start()
    await until(deck.ready)
    os.kill(pid_of(deck), signal.SIGSTOP)
    await deck.close()
    assert gone(pid_of(deck))


# ── the classic command ──────────────────────────────────────────────────────────────────────────


LITERAL = (
    "-nostdin", "-hide_banner", "-nostats", "-loglevel error", "-fflags +genpts+discardcorrupt+igndts", "-readrate 1.0",
    "-re", "-stream_loop -1", "-f concat", "-safe 0", "-protocol_whitelist file,http,tcp,https,tcp,tls",
    "-probesize 32", "-i /lists/1.ffconcat", "-map 0:v:0", "-map 0:a:0", "-sn", "-dn", "-c:v libx264",
    "-preset veryfast", "-tune zerolatency", "-profile:v main", "-pix_fmt yuv420p", "-g 60", "-keyint_min 60",
    "-sc_threshold 0", "-bf 0", "-flags +cgop", "-c:a aac", "-b:a 128k", "-ar 48000", "-ac 2", "-muxpreload 0",
    "-muxdelay 0", "-f mpegts", "-mpegts_flags +initial_discontinuity",
)  # fmt: skip


def classic(ffmpeg: FFmpeg, path: Path | str, *, loop: bool = True) -> list[str]:
    house = small_house()
    return deck_command(ffmpeg, "encode", path, house=house, loop=loop)


@pytest.mark.parametrize("flag", LITERAL)
def test_the_classic_command_has_each_of_its_flags(flag: str) -> None:
    from retrovue_tui.media.house_format import HouseFormat

    words = deck_command(
        FFmpeg(Path("/f"), "9", frozenset()), "encode", "/lists/1.ffconcat", house=HouseFormat(), loop=True
    )
    assert f" {flag} " in f" {' '.join(words)} "


def test_the_order_of_the_classic_command_and_what_is_left_out() -> None:
    words = classic(FFmpeg(Path("/f"), "9", frozenset()), "LIST")
    assert words[0] == "/f"
    assert words[-1] == "pipe:1"
    line = " ".join(words)
    assert (
        "-nostdin -hide_banner -nostats -loglevel error -fflags +genpts+discardcorrupt+igndts -readrate 1.0 -re"
        " -stream_loop -1 -f concat -safe 0 -protocol_whitelist file,http,tcp,https,tcp,tls -probesize 32 -i LIST"
        " -map 0:v:0 -map 0:a:0 -sn -dn -c:v libx264" in line
    )
    assert " -muxpreload 0 -muxdelay 0 -f mpegts -mpegts_flags +initial_discontinuity " in line
    assert "-movflags" not in words
    assert "-stream_loop" not in classic(FFmpeg(Path("/f"), "9", frozenset()), "LIST", loop=False)


def _ffmpegs() -> list[str]:
    named = os.environ.get("RETROVUE_TEST_FFMPEG") or shutil.which("ffmpeg", path="/usr/bin")
    return ["", *([named] if named else [])]


@pytest.mark.parametrize("named", _ffmpegs(), ids=lambda named: named or "bundled")
async def test_the_classic_command_plays_files_that_match(tmp_path: Path, named: str) -> None:
    """Two files of the same format, for ever: the second follows the first, and the first the second."""
    ffmpeg = await asyncio.to_thread(find_ffmpeg, Path(named) if named else None)
    files = [await asyncio.to_thread(make, Clip(frames=30, first=first)) for first in (0, 200)]
    script = tmp_path / "it's a list.ffconcat"
    script.write_text("ffconcat version 1.0\n" + "".join(f"file {quote(str(file))}\n" for file in files))
    read, write = os.pipe()
    process = await spawn(classic(ffmpeg, script), stdout=write)
    os.close(write)
    try:
        data = await asyncio.wait_for(asyncio.to_thread(_read, read, 85), 20)
    finally:
        await end(process)
        os.close(read)
    assert process.stderr is not None
    assert await process.stderr.read() == b""
    assert set(data[::188]) == {0x47}
    seen = numbers(data[: len(data) // 188 * 188])
    assert seen[:75] == [*range(30), *range(200, 230), *range(15)]


def _read(descriptor: int, pictures: int) -> bytes:
    data = b""
    while data.count(b"\0\0\1\xe0") <= pictures:
        chunk = os.read(descriptor, 65_536)
        if not chunk:
            break
        data += chunk
    return data


async def test_every_picture_of_a_deck_is_a_frame_after_the_one_before_it(tmp_path: Path) -> None:
    """Over every join of pieces: the deck counts its pictures by their times, and loses count where those drift."""
    film, spot = make(Clip(frames=840)), make(Clip(frames=45, first=2_000))
    async with studio(tmp_path) as made:
        rows = [entry(film, 0, 457), entry(spot, spot=True), entry(film, 457), entry(spot, spot=True)] * 3
        await made.prepared(rows)
        for first in (0, 180, 360):
            airlist = made.channel.planner.compile(Position(0, 0, first))
            assert airlist is not None
            assert len(airlist.items) > 15
            listing = tmp_path / f"from {first}.ffconcat"
            await asyncio.to_thread(write_airlist, airlist.items, listing, NTSC)
            house = made.channel.house
            command = deck_command(await asyncio.to_thread(find_ffmpeg), "copy", listing, house=house, progress=2)
            played = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=True)
            times = [ticks for ticks, _ in packets(played.stdout)["video"]]
            assert len(times) == airlist.frames
            drift = [abs(ticks - times[0] - NTSC.ticks(number)) for number, ticks in enumerate(times)]
            assert max(drift) < 200, first  # of the 3003 ticks of a frame; half of one would be a miscount
