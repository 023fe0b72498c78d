"""A stream in a plain program: what it yields, how fast, and what is left of it."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path
from time import monotonic

import av
import pytest

from retrovue_tui import MPEGTSStreamer
from tests.media_factory import shelf
from tests.playout.studio import NTSC
from tests.streaming.scene import (
    FILM,
    FRAMES,
    OTHER_FILM,
    check,
    decks,
    ffmpegs,
    options,
    seen,
    streamer,
    take,
)

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_a_file_loops_like_a_channel(cache: Path) -> None:
    stream = streamer(FILM, cache).start_stream()
    data = take(stream, 900)
    stream.close()
    assert seen(data) == (FRAMES * 3)[:900]
    report = check(data[: 188 * 400])
    assert report.first_pids[3] == 0x100
    assert report.key_frames > 0


def test_the_first_picture_is_a_key_frame_after_its_tables(cache: Path) -> None:
    stream = streamer(FILM, cache).start_stream()
    first = next(stream)
    stream.close()
    assert check(first).key_frames == 1


def test_a_stream_may_end_with_its_source(cache: Path) -> None:
    data = b"".join(streamer(FILM, cache, loop=False).start_stream())
    assert seen(data) == FRAMES


def test_it_begins_while_the_file_is_still_being_prepared(tmp_path: Path) -> None:
    stream = streamer(FILM, tmp_path, loop=False).start_stream()
    data = take(stream, 1)
    data += b"".join(stream)
    assert seen(data) == FRAMES


def test_chunks_come_in_real_time(cache: Path) -> None:
    stream = streamer(FILM, cache, pace=True).start_stream()
    take(stream, 1)
    began = monotonic()
    take(stream, 45)
    elapsed = monotonic() - began
    stream.close()
    assert elapsed >= float(NTSC.seconds(45)) - 0.05


def test_a_burst_comes_at_once(cache: Path) -> None:
    stream = streamer(FILM, cache, pace=True, burst_s=4.0).start_stream()
    take(stream, 1)
    began = monotonic()
    take(stream, 118)
    assert monotonic() - began < float(NTSC.seconds(118))  # the pace would take all of it
    stream.close()


def test_killed_decks_leave_no_trace_in_the_stream(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    # With all of the film prepared each deck has a list of ten minutes, and owes most of it when it is killed: what it
    # has written ahead is some seconds. Before that its list is one piece, which it has written out before we get here.
    assert seen(b"".join(streamer(FILM, cache, loop=False).start_stream())) == FRAMES
    stream = streamer(FILM, cache).start_stream()
    chunks = [next(stream)]
    killed: list[int] = []
    for _ in range(3):
        while not (playing := [deck for deck in decks() if deck.pid not in killed]):
            chunks.append(next(stream))  # the last one's pictures, until its successor is there
        for deck in playing:
            deck.kill()
            killed.append(deck.pid)
        chunks += islice(stream, 35)
    chunks += islice(stream, 300)
    stream.close()
    assert seen(b"".join(chunks)) == (FRAMES * 3)[: len(chunks)]
    assert len(killed) >= 3
    for pid in killed:
        assert f"deck {pid} died" in caplog.text


def test_the_first_chunks_are_logged(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "retrovue_tui.streaming"):
        stream = streamer(FILM, cache).start_stream()
        take(stream, 20)
        stream.close()
    assert caplog.text.count("bytes") == 5


def test_stop_from_another_thread_ends_the_stream(cache: Path) -> None:
    one = streamer(FILM, cache, pace=True)
    stream = one.start_stream()
    take(stream, 5)
    threading.Timer(0.2, one.stop_stream).start()
    assert len(list(stream)) < 60
    one.stop_stream()
    assert len(take(one.start_stream(), 3)) > 0


def test_stop_while_the_first_piece_is_being_made(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = MPEGTSStreamer(FILM, "big", profile="1080p", cache=tmp_path)
    stream = one.start_stream()
    threading.Timer(0.5, one.stop_stream).start()
    assert len(list(stream)) < 30
    assert caplog.text == ""


def test_a_stopped_streamer_can_start_again(cache: Path) -> None:
    one = streamer(FILM, cache)
    for _ in range(2):
        stream = one.start_stream()
        assert seen(take(stream, 40)) == FRAMES[:40]
        one.stop_stream()
        assert list(stream) == []


def test_a_stream_that_nobody_refers_to_any_more_ends(cache: Path) -> None:
    stream = streamer(FILM, cache).start_stream()
    take(stream, 3)
    assert decks()
    del stream
    gc.collect()
    assert ffmpegs() == []


def test_a_stream_that_was_never_taken_from_starts_nothing(cache: Path) -> None:
    stream = streamer(FILM, cache).start_stream()
    assert threading.active_count() == 1 or ffmpegs() == []
    stream.close()


def test_several_at_once_from_several_threads(cache: Path) -> None:
    found: dict[int, list[int | None]] = {}
    at_once = threading.Barrier(3)

    def watch(number: int, source: Path) -> None:
        stream = streamer(source, cache).start_stream()
        first = take(stream, 1)
        at_once.wait(30)
        found[number] = seen(first + take(stream, 99))
        stream.close()

    threads = [threading.Thread(target=watch, args=each) for each in enumerate((FILM, OTHER_FILM, FILM))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {0: FRAMES[:100], 1: list(range(3000, 3100)), 2: FRAMES[:100]}


@pytest.mark.parametrize("name", ["audio_only", "no_audio", "truncated", "cover_art"])
def test_odd_files_play(name: str, cache: Path) -> None:
    stream = streamer(shelf(name), cache).start_stream()
    check(take(stream, 60))
    stream.close()


def test_a_program_that_forgets_its_stream_ends_cleanly(cache: Path) -> None:
    program = f"""
from tests.streaming.scene import FILM, streamer
from pathlib import Path
stream = streamer(FILM, Path({str(cache)!r})).start_stream()
next(stream)
from tests.streaming.scene import decks
print(decks()[0].pid, flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False, cwd=Path.cwd()
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not Path(f"/proc/{done.stdout.strip()}").exists()


def test_other_quality_levels(cache: Path) -> None:
    more = options(cache) | {"profile": "480p", "video_kbps": 300}
    del more["_house"]
    stream = MPEGTSStreamer(shelf("h264"), "low", **more).start_stream()
    data = take(stream, 30)
    stream.close()
    with av.open(io.BytesIO(data), format="mpegts") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (854, 480)


def test_importing_the_package_stays_cheap() -> None:
    program = "import sys, retrovue_tui; print([m for m in ('av', 'asyncio', 'aiohttp') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
