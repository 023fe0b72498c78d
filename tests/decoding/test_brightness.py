"""The measurements of a film's pictures: sizes, bars, and the brightness of each frame at its place."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.brightness import looks, packet_facts, survey
from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.timecode import FrameRate
from tests.media.analysis.films import END, FADE, GREY, film, only
from tests.media_factory import shelf

if TYPE_CHECKING:
    from pathlib import Path

PAL, NTSC = FrameRate(25), FrameRate(30_000, 1_001)


def test_packets_show_the_black_pictures() -> None:
    facts = packet_facts(probe(film()), PAL)
    assert facts.count == END
    assert facts.keys[0] == 0
    assert not facts.even
    flat = [run for run in facts.runs if run.share < 0.06]
    assert any(abs(run.first - FADE[0]) <= 2 and abs(run.end - FADE[1]) <= 2 for run in flat)
    assert packet_facts(probe(only("a")), PAL).count == 0


def test_bars_are_no_picture_and_the_looks_are_exact() -> None:
    asset = probe(film())
    box, found = survey(asset, PAL, range(0, END, 500))
    assert box[0] == 0
    assert box[2] == 160
    assert 10 <= box[1] <= 12
    assert 78 <= box[3] <= 80
    assert all(earlier.frame < later.frame for earlier, later in pairwise(found))
    windows = looks(asset, PAL, [[(1890, 1925)], [(2295, 2320), (2330, 2335)]], box)
    assert [[each.frame for each in window] for window in windows] == [
        list(range(1890, 1925)), list(range(2295, 2320)), list(range(2330, 2335)),
    ]  # fmt: skip
    assert [each.frame for each in windows[0] if each.high <= 17] == list(range(*FADE))
    assert [each.frame for each in windows[1] if each.high <= 40] == list(range(*GREY))
    assert windows[1][0].change == -1
    assert windows[1][GREY[0] - 2295].change > 20


@pytest.mark.parametrize("name", ["h264", "mpeg2", "hevc", "vp9", "vfr", "film", "fifty", "late_start"])
@pytest.mark.parametrize("rate", [PAL, NTSC])
def test_odd_files_are_read_in_the_order_of_frames(name: str, rate: FrameRate) -> None:
    asset = probe(shelf(name))
    frames = asset.frames(rate)
    facts = packet_facts(asset, rate)
    assert facts.count > 0
    assert all(0 <= key < frames for key in facts.keys)
    box, found = survey(asset, rate, facts.keys)
    assert found
    (window,) = looks(asset, rate, [[(frames // 3, 2 * frames // 3)]], box)
    numbers = [each.frame for each in window]
    assert numbers == sorted(set(numbers))
    assert frames // 3 <= numbers[0]
    assert numbers[-1] < 2 * frames // 3
    assert len(numbers) > frames / 10


def test_a_file_that_is_gone_is_an_error_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film().read_bytes())
    asset = probe(path)
    path.write_bytes(b"")
    for measure in (
        lambda: packet_facts(asset, PAL),
        lambda: survey(asset, PAL, [0]),
        lambda: looks(asset, PAL, [[(0, 5)]], (0, 0, 160, 90)),
    ):
        with pytest.raises(MediaError, match=r"film\.mp4: its (packets|pictures) cannot be"):
            measure()
