"""Another source, other commercials, while the stream runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import RetrovueError
from tests.streaming.scene import (
    FILM,
    FRAMES,
    LONG_SPOT,
    LONG_SPOT_FRAMES,
    OTHER_FILM,
    OTHER_SPOT,
    OTHER_SPOT_FRAMES,
    SPOT,
    SPOT_FRAMES,
    commercial_streamer,
    seconds,
    seen,
    streamer,
    take,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_another_source_is_taken_at_its_top(cache: Path) -> None:
    one = streamer(FILM, cache, pace=True, burst_s=1.0)
    one.segment_episode(OTHER_FILM, [])
    stream = one.start_stream()
    data = take(stream, 40)
    one.source_path = str(OTHER_FILM)
    assert one.source_path == str(OTHER_FILM)
    data += take(stream, 80)
    stream.close()
    numbers = seen(data)
    at = numbers.index(3000)
    assert at >= 40
    assert numbers == FRAMES[:at] + list(range(3000, 3120 - at))


def test_a_source_that_cannot_be_played_changes_nothing(cache: Path, tmp_path: Path) -> None:
    one = streamer(FILM, cache)
    stream = one.start_stream()
    data = take(stream, 10)
    with pytest.raises(RetrovueError, match="no such file"):
        one.source_path = str(tmp_path / "gone.mkv")
    assert one.source_path == str(FILM)
    data += take(stream, 100)
    stream.close()
    assert seen(data) == FRAMES[:110]


def test_breaks_that_are_added_while_streaming_air_at_their_frames(cache: Path) -> None:
    one = commercial_streamer(FILM, cache, loop=False)
    stream = one.start_stream()
    data = take(stream, 20)
    one.update_commercials([SPOT, OTHER_SPOT], [seconds(100), seconds(230)])
    data += b"".join(stream)
    assert seen(data) == FRAMES[:100] + SPOT_FRAMES + FRAMES[100:230] + OTHER_SPOT_FRAMES + FRAMES[230:]


def test_a_break_that_has_passed_is_not_repeated(cache: Path) -> None:
    one = commercial_streamer(FILM, cache, loop=False)
    one.update_commercials([SPOT], [seconds(40)])
    stream = one.start_stream()
    data = take(stream, 150)  # 40 of the film, the spot, 65 of the film
    one.update_commercials([OTHER_SPOT, OTHER_SPOT], [seconds(40), seconds(300)])
    data += b"".join(stream)
    assert seen(data) == FRAMES[:40] + SPOT_FRAMES + FRAMES[40:300] + OTHER_SPOT_FRAMES + FRAMES[300:]


def test_a_commercial_that_is_on_air_ends_and_the_episode_goes_on(cache: Path) -> None:
    one = commercial_streamer(FILM, cache, loop=False)
    one.update_commercials([OTHER_FILM, SPOT], [seconds(40)])
    stream = one.start_stream()
    data = take(stream, 60)
    one.update_commercials([OTHER_SPOT], [seconds(200)])
    data += b"".join(stream)
    spot = list(range(3000, 3240))
    assert seen(data) == FRAMES[:40] + spot + FRAMES[40:200] + OTHER_SPOT_FRAMES + FRAMES[200:]


def test_a_commercial_on_air_of_which_the_rest_is_still_being_prepared_airs_whole(tmp_path: Path) -> None:
    one = commercial_streamer(FILM, tmp_path, loop=False)
    one.update_commercials([LONG_SPOT, SPOT], [seconds(40)])
    stream = one.start_stream()
    data = take(stream, 50)
    one.update_commercials([OTHER_SPOT], [seconds(200)])
    data += b"".join(stream)
    assert seen(data) == FRAMES[:40] + LONG_SPOT_FRAMES + FRAMES[40:200] + OTHER_SPOT_FRAMES + FRAMES[200:]


def test_commercials_that_are_taken_out_do_not_air(cache: Path) -> None:
    one = commercial_streamer(FILM, cache, loop=False)
    one.update_commercials([SPOT, OTHER_SPOT], [seconds(30), seconds(200)])
    stream = one.start_stream()
    data = take(stream, 85)
    one.update_commercials([], [])
    data += b"".join(stream)
    assert seen(data) == FRAMES[:30] + SPOT_FRAMES + FRAMES[30:]


def test_the_next_round_has_the_new_breaks(cache: Path) -> None:
    one = commercial_streamer(FILM, cache)
    stream = one.start_stream()
    data = take(stream, 200)
    one.update_commercials([SPOT], [seconds(40)])
    data += take(stream, 420)
    stream.close()
    assert seen(data) == (FRAMES + FRAMES[:40] + SPOT_FRAMES + FRAMES[40:])[:620]


def test_many_updates_while_streaming(cache: Path) -> None:
    one = commercial_streamer(FILM, cache, loop=False)
    stream = one.start_stream()
    data, wanted = b"", list(FRAMES)
    for at in (90, 160, 240, 330):
        one.update_commercials([OTHER_SPOT], [seconds(at)])
        data += take(stream, 5)
        one.update_commercials([SPOT], [seconds(at + 3)])
        data += take(stream, 110)
    data += b"".join(stream)
    numbers = seen(data)
    assert [number for number in numbers if number is not None and number < 1000] == wanted
    for frame in (93, 163, 243, 333):
        at = numbers.index(frame)
        assert numbers[at - 45 : at] == SPOT_FRAMES, (frame, numbers[at - 60 : at + 60])
    assert 2000 not in numbers


def test_a_change_before_the_first_chunk_counts(cache: Path) -> None:
    one = streamer(FILM, cache)
    stream = one.start_stream()
    one.source_path = str(OTHER_FILM)
    data = b""
    while 3000 not in (numbers := seen(data) if data else []):
        data += take(stream, 60)
    stream.close()
    at = numbers.index(3000)
    assert numbers[at:] == list(range(3000, 3000 + len(numbers) - at))
