"""The facts of a file, or the reason why it is refused."""

from __future__ import annotations

import os
import shutil
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.asset import identity
from retrovue_tui.media.library.probe_cache import recall, remember
from retrovue_tui.media.metadata.media_tags import facts_of_tags
from retrovue_tui.media.metadata.programme_facts import MOST_PLOT
from retrovue_tui.timecode import FrameRate
from tests.media_factory import Clip, make, shelf

if TYPE_CHECKING:
    from pathlib import Path

NTSC = FrameRate(30_000, 1_001)


def test_facts_of_a_plain_file() -> None:
    asset = probe(shelf("h264"))
    assert asset.frames(NTSC) == 120
    assert asset.video is not None
    assert (asset.video.codec, asset.video.width, asset.video.height) == ("h264", 320, 180)
    assert asset.video.rate == Fraction(30_000, 1_001)
    assert asset.audio is not None
    assert (asset.audio.sample_rate, asset.audio.channels) == (48_000, 2)


@pytest.mark.parametrize(
    ("name", "rate", "frames"),
    [("mpeg2", "25", 100), ("hevc", "24000/1001", 96), ("vp9", "30", 120), ("fifty", "50", 200),
     ("long_audio", "30000/1001", 60), ("late_start", "30000/1001", 120), ("truncated", "30000/1001", 144),
     ("audio_only", "25", 100)],
)  # fmt: skip
def test_length_is_exact_in_every_container(name: str, rate: str, frames: int) -> None:
    assert probe(shelf(name)).frames(FrameRate.parse(rate)) == frames


def test_interlace_hdr_and_rotation_are_seen() -> None:
    for name, expected in (
        ("interlaced", (True, False)), ("hdr", (False, True)), ("ten_bit", (False, False)), ("h264", (False, False)),
    ):  # fmt: skip
        video = probe(shelf(name)).video
        assert video is not None
        assert (video.interlaced, video.hdr) == expected, name
    rotated = probe(shelf("rotated")).video
    assert rotated is not None
    assert rotated.rotation % 180 == 90


def test_cover_art_is_not_video() -> None:
    song = probe(shelf("song"))
    assert song.video is None
    assert song.title == "A Song"
    film = probe(shelf("cover_art"))
    assert film.video is not None
    assert film.video.codec == "h264"


def test_chapters_and_title() -> None:
    asset = probe(shelf("chapters"))
    assert asset.title == "Feature"
    assert [(c.title, c.start) for c in asset.chapters] == [("One", Fraction(0)), ("Two", Fraction(3, 2))]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("empty", "empty"), ("text", "text or a still"), ("header_only", "no media")],
)
def test_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(MediaError, match=reason) as caught:
        probe(shelf(name))
    assert str(shelf(name)) in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ('"../media/a.mp4"', "use single quotes"),
        ('"a.mp4"', "use single quotes"),
        ("C:/films/a.mp4", "a path of Windows"),
        ("C:filmsa.mp4", "a path of Windows"),
        ("C:\\films\\a.mp4", "a path of Windows"),
        ("\\\\nas\\films\\a.mp4", "a path of Windows"),
        ("Q: The Film.mp4", ""),
        ('The "Film".mp4', ""),
    ],
)
def test_a_missing_file_whose_path_is_written_wrong_is_refused_with_advice(
    name: str, advice: str, tmp_path: Path
) -> None:
    with pytest.raises(MediaError) as refused:
        probe(tmp_path / name)
    assert refused.value.reason.startswith("no such file; " if advice else "no such file")
    assert advice in refused.value.reason
    assert advice or refused.value.reason == "no such file"


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        probe(tmp_path / "gone.mp4")
    with pytest.raises(MediaError, match="not a file"):
        probe(tmp_path)


@pytest.mark.parametrize(
    "name", ["-dash first.mp4", 'it\'s "quoted" 100%d.mp4', "Überraschung 映画.mp4", "concat:a|b.mp4"]
)
def test_strange_names_work(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copy(shelf("h264"), path)
    assert probe(path).frames(NTSC) == 120


def test_line_break_in_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="line break"):
        probe(tmp_path / "a\nb.mp4")


def test_key_changes_with_content_and_date(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    shutil.copy(shelf("h264"), path)
    first = identity(path)[0]
    assert identity(path)[0] == first
    os.utime(path, ns=(1, 1))
    second = identity(path)[0]
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(1, 1))
    assert len({first, second, identity(path)[0]}) == 3


def test_the_first_pictures_may_have_no_time_beside_sound() -> None:
    asset = probe(shelf("negative_start"))
    assert asset.audio is not None, "it is no bare stream"
    assert (asset.frames(NTSC), asset.audio.channels) == (119, 2)


@pytest.mark.parametrize(("suffix", "series"), [(".mp4", "show"), (".mkv", "SHOW")])
def test_the_tags_of_a_programme_are_kept_also_in_the_probe_cache(suffix: str, series: str, tmp_path: Path) -> None:
    words = {
        "title": "The Trial",
        series: "Night Court",
        "season_number": "2",
        "episode_sort": "5",
        "comment": "c" * 9_000,
    }
    extra = tuple(word for name, value in words.items() for word in ("-metadata", f"{name}={value}"))
    asset = probe(make(Clip(frames=10, size=(64, 36), suffix=suffix, audio=None, extra=extra)))
    facts = facts_of_tags(asset.tags)
    assert (facts.title, facts.series, facts.season, facts.episode) == ("The Trial", "Night Court", 2, 5)
    assert len(facts.plot) == MOST_PLOT
    remember(tmp_path / "library.jsonl", [asset], {}, append=False)
    assert recall(tmp_path / "library.jsonl").assets[asset.path] == asset
