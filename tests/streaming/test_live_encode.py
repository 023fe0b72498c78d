"""The classic command as a stream: what it begins with, what it plays, and what it refuses."""

from __future__ import annotations

import threading
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui import CommercialStreamer, MPEGTSStreamer
from retrovue_tui.errors import FFmpegError, MediaError, RetrovueError, RundownError
from retrovue_tui.rundown.file_format.ffconcat_syntax import quote
from retrovue_tui.streaming import MissingFileError, live_encode
from tests.media_factory import Clip, make, numbers, shelf
from tests.playout.studio import small_house
from tests.streaming.scene import FILM, FRAMES, SPOT, SPOT_FRAMES, ffmpegs, seconds, streamer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("nothing_is_left")
PAT, DISCONTINUITY = b"\x47\x40\x00", 0x80


def live(source: Path | str, tmp_path: Path, **more: Any) -> MPEGTSStreamer:
    """A live encode, small and as fast as it is taken, with a cache that must stay empty."""
    given = {"cache": tmp_path / "cache", "pace": False, "_house": small_house(), **more}
    return MPEGTSStreamer(source, "live", prepare=False, **given)


def script(tmp_path: Path, *files: Path, after: str = "") -> Path:
    path = tmp_path / "it's a list.txt"
    path.write_text("ffconcat version 1.0\n" + "".join(f"file {quote(str(file))}\n{after}" for file in files))
    return path


def taken(stream: Iterator[bytes], pictures: int) -> bytes:
    """The stream up to this many pictures, in chunks of whole packets."""
    data = b""
    while data.count(b"\0\0\1\xe0") <= pictures:
        chunk = next(stream)
        assert len(chunk) % 188 == 0
        assert set(chunk[::188]) == {0x47}
        data += chunk
    return data


def test_a_live_encode_starts_in_under_a_second(tmp_path: Path) -> None:
    """The best of three, since the machine does other things too; a stream of full size, probing included."""
    film, times = make(Clip(frames=90, size=(1280, 720))), []
    for _ in range(3):
        began = monotonic()
        stream = MPEGTSStreamer(film, "live", prepare=False, cache=tmp_path / "cache").start_stream()
        taken(stream, 1)
        times.append(monotonic() - began)
        stream.close()
    assert min(times) < 1.0, times
    assert not (tmp_path / "cache").exists()


def test_a_file_plays_over_and_over_without_a_cache(tmp_path: Path) -> None:
    stream = live(FILM, tmp_path).start_stream()
    data = taken(stream, 900)
    stream.close()
    assert numbers(data)[:890] == (FRAMES * 3)[:890]
    assert not (tmp_path / "cache").exists()


def test_the_first_packets_mark_a_new_clock(tmp_path: Path) -> None:
    stream = live(FILM, tmp_path).start_stream()
    data = taken(stream, 2)
    stream.close()
    packets = [data[at : at + 188] for at in range(0, len(data), 188)]
    assert any(packet.startswith(PAT) for packet in packets)
    video = next(packet for packet in packets if packet[1] & 0x1F == 1 and packet[2] == 0)
    assert video[3] & 0x20
    assert video[5] & DISCONTINUITY


def test_a_list_of_one_format_plays_file_after_file(tmp_path: Path) -> None:
    files = [make(Clip(frames=30, first=first)) for first in (0, 200)]
    data = b"".join(live(script(tmp_path, *files), tmp_path, loop=False).start_stream())
    assert numbers(data) == [*range(30), *range(200, 230)]


def test_segments_of_an_episode_with_its_commercials_play_live(tmp_path: Path, cache: Path) -> None:
    """The way of the classic recipe: cut the episode, write the script, play it with one command."""
    prepared = streamer(FILM, cache)
    prepared.segment_episode(FILM, [seconds(180)], folder=tmp_path / "segments")
    made = prepared.create_segmented_concat_file(FILM, [SPOT], [seconds(180)])
    data = b"".join(live(made, tmp_path, loop=False).start_stream())
    assert numbers(data) == FRAMES[:180] + SPOT_FRAMES + FRAMES[180:]


def test_ffmpeg_keeps_the_pace(tmp_path: Path) -> None:
    stream = live(FILM, tmp_path, pace=True).start_stream()
    taken(stream, 30)
    began = monotonic()
    taken(stream, 45)
    assert monotonic() - began >= 1.0
    stream.close()


def test_another_format_in_a_list_is_refused_with_both(tmp_path: Path) -> None:
    path = script(tmp_path, shelf("h264"), shelf("long"), shelf("fifty"))
    with pytest.raises(RundownError) as refused:
        live(path, tmp_path).start_stream()
    message = str(refused.value)
    assert f"{path}:4: " in message
    assert "files of one format" in message
    assert "at 50.00 fps" in message
    assert "at 29.97 fps" in message
    assert "leave out prepare=False" in message


@pytest.mark.parametrize(("name", "reason"), [("no_audio", "no sound"), ("audio_only", "no picture")])
def test_a_file_needs_picture_and_sound(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(MediaError, match=reason):
        live(shelf(name), tmp_path).start_stream()
    with pytest.raises(RundownError, match=rf":2: .*{reason}"):
        live(script(tmp_path, shelf(name)), tmp_path).start_stream()


def test_parts_of_files_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RundownError, match=r":2: .*whole files"):
        live(script(tmp_path, FILM, after="inpoint 1.5\n"), tmp_path).start_stream()
    with pytest.raises(RundownError, match="names no file"):
        live(script(tmp_path), tmp_path).start_stream()
    with pytest.raises(RundownError, match=r":2: .*no such file"):
        live(script(tmp_path, tmp_path / "gone.mp4"), tmp_path).start_stream()
    with pytest.raises(MissingFileError):
        live(tmp_path / "gone.mp4", tmp_path).start_stream()


def test_a_file_whose_clock_restarts_is_refused(tmp_path: Path) -> None:
    part, joined = make(Clip(frames=60, suffix=".ts", extra=("-f", "mpegts"))), tmp_path / "joined.ts"
    joined.write_bytes(part.read_bytes() * 2)
    with pytest.raises(MediaError, match="clock restarts"):
        live(joined, tmp_path).start_stream()


def test_a_killed_ffmpeg_begins_the_source_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stream = live(FILM, tmp_path, pace=True).start_stream()
    next(stream)
    for child in ffmpegs():
        child.kill()
    data = taken(stream, 60)
    stream.close()
    assert "the source begins again" in caplog.text
    seen = numbers(data)
    again = len(seen) - 1 - seen[::-1].index(0)
    assert seen[again : again + 40] == FRAMES[:40]


def test_an_ffmpeg_that_hangs_begins_the_source_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live_encode, "STALL_S", 1.0)
    stream = live(FILM, tmp_path, pace=True).start_stream()
    next(stream)
    for child in ffmpegs():
        child.suspend()
    taken(stream, 30)
    stream.close()
    assert "it delivered nothing for 1 s" in caplog.text


def test_a_stream_without_a_loop_reports_that_ffmpeg_died(tmp_path: Path) -> None:
    stream = live(FILM, tmp_path, pace=True, loop=False).start_stream()
    next(stream)
    for child in ffmpegs():
        child.kill()
    with pytest.raises(FFmpegError, match="broke off"):
        list(stream)


def test_stop_from_another_thread_ends_it(tmp_path: Path) -> None:
    one = live(FILM, tmp_path, pace=True)
    stream = one.start_stream()
    next(stream)
    threading.Timer(0.2, one.stop_stream).start()
    assert len(list(stream)) < 200


def test_a_slow_caller_holds_ffmpeg_back(tmp_path: Path) -> None:
    stream = live(FILM, tmp_path).start_stream()
    list(islice(stream, 3))
    (child,) = ffmpegs()
    threading.Event().wait(1.0)
    spent = sum(child.cpu_times()[:2])
    threading.Event().wait(0.5)
    assert sum(child.cpu_times()[:2]) - spent < 0.2
    stream.close()


def test_calls_that_need_prepared_media_are_refused_with_the_reason(tmp_path: Path) -> None:
    one = live(FILM, tmp_path)
    for call in (
        lambda: one.segment_episode(FILM, [1.0]),
        lambda: one.create_segmented_concat_file(FILM, [SPOT], [1.0]),
        lambda: CommercialStreamer(FILM, "live", prepare=False).update_commercials([SPOT], [1.0]),
        lambda: MPEGTSStreamer(FILM, "live", prepare=False, burst_s=5.5),
    ):
        with pytest.raises(RetrovueError, match=r"leave out .*prepare=False"):
            call()


def test_its_source_changes_between_streams_only(tmp_path: Path) -> None:
    one = live(FILM, tmp_path, loop=False)
    unstarted = one.start_stream()
    one.source_path = SPOT
    assert numbers(b"".join(unstarted)) == SPOT_FRAMES
    one.source_path = FILM
    stream = one.start_stream()
    next(stream)
    with pytest.raises(RetrovueError, match="leave out prepare=False"):
        one.source_path = SPOT
    assert one.source_path == str(FILM)
    stream.close()
