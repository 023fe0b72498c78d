"""Episodes in segments, and the scripts that put commercials between them."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from retrovue_tui import MPEGTSStreamer
from retrovue_tui.errors import MediaError, RetrovueError, RundownError
from tests.media_factory import numbers, shelf
from tests.playout.studio import NTSC
from tests.streaming.scene import (
    FILM,
    FRAMES,
    OTHER_SPOT,
    OTHER_SPOT_FRAMES,
    SPOT,
    SPOT_FRAMES,
    check,
    play,
    seconds,
    seen,
    streamer,
)

POINTS = [seconds(77), seconds(180), seconds(361)]
CUT = [FRAMES[:77], FRAMES[77:180], FRAMES[180:361], FRAMES[361:]]


def files(script: str) -> list[str]:
    return [line[5:].strip("'") for line in Path(script).read_text().splitlines() if line.startswith("file ")]


def test_points_cut_at_their_exact_frames(cache: Path) -> None:
    made = streamer(FILM, cache).segment_episode(str(FILM), [POINTS[2], POINTS[0], POINTS[1]])
    assert [numbers(Path(each)) for each in made] == CUT
    for each in made:
        check(Path(each).read_bytes())


def test_no_point_makes_one_segment(cache: Path, tmp_path: Path) -> None:
    made = streamer(FILM, cache).segment_episode(FILM, [], folder=tmp_path / "here")
    assert len(made) == 1
    assert Path(made[0]).parent == tmp_path / "here"
    assert numbers(Path(made[0])) == FRAMES
    assert [each.name for each in (tmp_path / "here").iterdir()] == [Path(made[0]).name]


def test_segments_stay_when_the_streamer_has_gone(cache: Path) -> None:
    made = streamer(FILM, cache).segment_episode(FILM, POINTS)
    gc.collect()
    dates = [Path(each).stat().st_mtime_ns for each in made]
    assert streamer(FILM, cache).segment_episode(FILM, POINTS) == made
    assert [Path(each).stat().st_mtime_ns for each in made] == dates


def test_a_segment_is_a_source(cache: Path) -> None:
    made = streamer(FILM, cache).segment_episode(FILM, POINTS)
    assert seen(b"".join(streamer(made[1], cache, loop=False).start_stream())) == CUT[1]


def test_the_episode_airs_once_with_commercials_in_between(cache: Path) -> None:
    one = streamer(FILM, cache, loop=False)
    one.source_path = one.create_segmented_concat_file(str(FILM), [str(SPOT), str(OTHER_SPOT), str(SPOT)], POINTS)
    wanted = [*CUT[0], *SPOT_FRAMES, *CUT[1], *OTHER_SPOT_FRAMES, *CUT[2], *SPOT_FRAMES, *CUT[3]]
    assert seen(b"".join(one.start_stream())) == wanted


def test_segments_make_a_script_that_plain_ffmpeg_plays_exactly(cache: Path) -> None:
    one = streamer(FILM, cache, loop=False)
    made = one.segment_episode(FILM, POINTS)
    script = one.create_segmented_concat_file(FILM, [SPOT, OTHER_SPOT], POINTS)
    named = files(script)
    assert [each for each in named if each in made] == made
    wanted = [*CUT[0], *SPOT_FRAMES, *CUT[1], *OTHER_SPOT_FRAMES, *CUT[2], *CUT[3]]
    copied = play(script, "-c", "copy", "-muxdelay", "0", "-muxpreload", "0")
    assert numbers(copied) == wanted
    assert numbers(play(script, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")) == wanted
    one.source_path = script
    assert seen(b"".join(one.start_stream())) == wanted


def test_a_script_of_segments_plays_the_original_again(cache: Path) -> None:
    """No second encoding: the pieces of the episode are there already, and no segment is prepared."""
    one = streamer(FILM, cache, loop=False)
    one.segment_episode(FILM, POINTS)
    one.source_path = one.create_segmented_concat_file(FILM, [], POINTS)
    before = {each.name for each in cache.glob("test-*/*")}
    assert seen(b"".join(one.start_stream())) == FRAMES
    assert {each.name for each in cache.glob("test-*/*")} == before


def test_segments_outlive_the_file_that_they_were_cut_from(cache: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    shutil.copy(FILM, film)
    one = streamer(film, cache, loop=False)
    one.segment_episode(film, POINTS[:1])
    one.source_path = one.create_segmented_concat_file(film, [SPOT], POINTS[:1])
    film.unlink()
    assert seen(b"".join(one.start_stream())) == FRAMES[:77] + SPOT_FRAMES + FRAMES[77:]


@pytest.mark.parametrize(
    ("commercials", "points", "wanted"),
    [
        ([SPOT, OTHER_SPOT, SPOT], POINTS[:1], ["film", "spot", "other", "spot", "film"]),
        ([SPOT, OTHER_SPOT, SPOT], POINTS[:2], ["film", "spot", "film", "other", "spot", "film"]),
        ([SPOT], POINTS[:2], ["film", "spot", "film", "film"]),
        ([SPOT], [], ["film"]),
        ([], POINTS, ["film"] * 4),
    ],
)
def test_commercials_are_shared_out_among_the_breaks(
    commercials: list[Path], points: list[float], wanted: list[str], cache: Path
) -> None:
    script = streamer(FILM, cache).create_segmented_concat_file(FILM, commercials, points)
    names = {str(FILM): "film", str(SPOT): "spot", str(OTHER_SPOT): "other"}
    assert [names[each] for each in files(script)] == wanted


def test_scripts_go_with_the_streamer_that_played_them(cache: Path) -> None:
    maker = streamer(FILM, cache)
    script = maker.create_segmented_concat_file(FILM, [SPOT], POINTS[:1])
    player = streamer(script, cache)
    del maker
    gc.collect()
    assert Path(script).exists()
    player.start_stream().close()
    del player
    gc.collect()
    assert not Path(script).exists()


def test_a_written_script_plays(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "it's a film.mp4").symlink_to(FILM)
    script = tmp_path / "list.txt"
    script.write_text(f"file 'it'\\''s a film.mp4'\noutpoint 1.5015\nfile '{SPOT}'\n")
    assert seen(b"".join(streamer(script, cache, loop=False).start_stream())) == FRAMES[:45] + SPOT_FRAMES


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "reason"), [("empty", "is empty"), ("text", "no such|script|unknown"), ("header_only", "usable|damaged")]
)
def test_a_bad_file_is_refused_before_the_first_byte(name: str, reason: str, cache: Path) -> None:
    with pytest.raises(RetrovueError, match=reason):
        streamer(shelf(name), cache).start_stream()


def test_a_missing_file_is_refused_by_its_name(cache: Path, tmp_path: Path) -> None:
    one = streamer(tmp_path / "gone.mkv", cache)
    with pytest.raises(FileNotFoundError, match=r"gone\.mkv: no such file") as caught:
        one.start_stream()
    assert isinstance(caught.value, MediaError)
    for bad in (lambda: one.segment_episode(tmp_path / "gone.mkv", [1.0]),
                lambda: one.create_segmented_concat_file(FILM, [tmp_path / "gone.mkv"], [1.0])):  # fmt: skip
        with pytest.raises(FileNotFoundError, match=r"gone\.mkv"):
            bad()


def test_a_script_that_names_a_missing_file_is_refused_with_its_line(cache: Path, tmp_path: Path) -> None:
    script = tmp_path / "list.ffconcat"
    script.write_text(f"ffconcat version 1.0\nfile {FILM}\nfile gone.mp4\n")
    with pytest.raises(RundownError, match=r"list.ffconcat:3: .*gone.mp4: no such file"):
        streamer(script, cache).start_stream()
    script.write_text("# nothing\n")
    with pytest.raises(RundownError, match="names no file"):
        streamer(script, cache).start_stream()


@pytest.mark.parametrize("points", [[0.0], [-3.0], [14.014], [900.0], [3.0, 3.001], [float("nan")], ["3"], [None]])
def test_break_points_outside_of_the_episode_are_refused(points: list[float], cache: Path) -> None:
    one = streamer(FILM, cache)
    with pytest.raises(ValueError, match="break point"):
        one.segment_episode(FILM, points)
    with pytest.raises(ValueError, match="break point"):
        one.create_segmented_concat_file(FILM, [SPOT], points)


def test_an_unknown_profile_names_those_that_are() -> None:
    with pytest.raises(RetrovueError, match="240p, 360p, 480p, 720p, 1080p"):
        MPEGTSStreamer(FILM, "x", profile="4k")


def test_frames_are_those_of_the_stream(cache: Path) -> None:
    assert NTSC.nearest(POINTS[0]) == 77
