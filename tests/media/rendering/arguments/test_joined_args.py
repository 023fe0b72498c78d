"""Files in which the clock restarts air whole, each part in sync, whatever is in it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrovue_tui.decoding import raw_bytes
from retrovue_tui.decoding.frame_grabber import FrameGrabber
from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.library.probe_cache import recall, remember
from retrovue_tui.media.rendering.arguments.joined_args import last_frame
from retrovue_tui.media.rendering.loudness import measure
from tests.media import joined_files
from tests.media.rendered import house, pieces, preparer, running, shown
from tests.media_factory import beeps, decode, derived, read_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.protocol.answers.pictures import Picture

_FILES: dict[str, tuple[Callable[[Path], None], list[tuple[int, int]]]] = {
    "three.ts": (joined_files.three_ts, [(0, 120), (1000, 1120), (2000, 2120)]),
    "two.vob": (joined_files.two_vob, [(0, 120), (1000, 1120)]),
    "fields.vob": (joined_files.progressive_and_interlaced, [(0, 120), (1000, 1120)]),
    "programs.ts": (joined_files.two_programs, [(0, 120), (1000, 1120)]),
    "silent.ts": (joined_files.picture_without_sound_between, [(0, 120), (1000, 1120), (2000, 2120)]),
    "short.ts": (joined_files.short_parts, [(1000 * n, 1000 * n + 30) for n in range(12)]),
    "damaged.ts": (joined_files.damaged, [(0, 240)]),
}


def _file(name: str) -> Path:
    return derived(name, _FILES[name][0])


def _number(picture: Picture) -> int | None:
    """The number in a preview."""
    raster = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    return read_number(raster[:, :, 1])


def _sync(paths: list[Path]) -> float:
    """The greatest distance of a flash from the beep nearest to it, in seconds; 0 where nothing flashes."""
    data = b"".join(path.read_bytes() for path in paths)
    heard = [float(time) for time in beeps(data)]
    frames = [frame for path in paths for frame in decode(path)]
    lit = [b.ticks / 90_000 for a, b in pairwise(frames) if b.lit and not a.lit]
    return max((min(abs(time - each) for each in heard) for time in lit), default=0.0)


@pytest.mark.parametrize("name", [name for name in _FILES if name != "damaged.ts"])
async def test_every_part_airs_whole_and_in_sync(name: str, tmp_path: Path) -> None:
    asset, expected = probe(_file(name)), _FILES[name][1]
    numbers = [number for first, end in expected for number in range(first, end)]
    assert asset.frames(house().rate) == len(numbers)
    assert len(asset.parts) == len(expected)
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, asset)
        assert one.store.frames(asset) == len(numbers)
    assert shown(made) == numbers
    if name != "silent.ts":
        assert _sync(made) < 0.0214


async def test_parts_of_another_shape_rate_and_sound(tmp_path: Path) -> None:
    asset = probe(derived("shapes.mpg", joined_files.two_shapes))
    assert [(part.video.width, part.video.rate) for part in asset.parts if part.video] == [
        (320, Fraction(30_000, 1_001)), (352, Fraction(25)),
    ]  # fmt: skip
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, asset)
    seen = shown(made)
    assert seen[:120] == list(range(120))
    assert len(seen) == 240
    slots = [round(k * Fraction(30_000, 25 * 1001)) for k in range(100)]
    assert seen[120:] == [1000 + max(k for k in range(100) if slots[k] <= n) for n in range(120)]
    assert _sync(made) < 0.0335  # a flash of 25 frames a second begins up to a frame of the house late


async def test_ranges_of_separate_runs_show_the_same(tmp_path: Path) -> None:
    asset = probe(_file("three.ts"))
    async with running(preparer(tmp_path / "all")) as one, running(preparer(tmp_path / "late")) as two:
        whole = await pieces(one, asset)
        late = await pieces(two, asset, 180)
        early = await pieces(two, asset, 0, 180)
    assert shown(early + late) == shown(whole)
    assert _sync(early + late) < 0.0214


async def test_a_part_without_sound_is_silent_and_the_next_is_not(tmp_path: Path) -> None:
    async with running(preparer(tmp_path, house(loudness=None))) as one:
        made = await pieces(one, probe(_file("silent.ts")))
    heard = [float(time) for time in beeps(b"".join(path.read_bytes() for path in made))]
    assert len([time for time in heard if time < 4]) == 4
    assert not [time for time in heard if 4.05 < time < 7.9]
    assert len([time for time in heard if 7.9 < time < 11.9]) == 4


async def test_joined_sound_alone(tmp_path: Path) -> None:
    asset = probe(derived("chained.ogg", joined_files.ogg))
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, asset)
    assert sum(len(decode(path)) for path in made) == 240
    heard = [float(time) for time in beeps(b"".join(path.read_bytes() for path in made))]
    for expected in (0.0, 1.0, 2.0, 3.0, 4.004, 5.004, 6.004, 7.004):
        assert min(abs(time - expected) for time in heard) < 0.0214


def test_damaged_time_stamps_are_no_restart() -> None:
    asset = probe(_file("damaged.ts"))
    assert asset.parts == ()
    assert asset.frames(house().rate) == 240


def test_previews_show_the_frame_that_airs() -> None:
    asset, grabber = probe(_file("three.ts")), FrameGrabber(house().rate)
    for number, expected in ((0, 0), (119, 119), (120, 1000), (239, 1119), (300, 2060), (359, 2119)):
        picture = grabber.frame(asset, number, 320, 180)
        assert (picture.frame, _number(picture)) == (number, expected)


def test_the_parts_of_a_joined_file_are_remembered(tmp_path: Path) -> None:
    asset = probe(_file("two.vob"))
    remember(tmp_path / "memory.json", [asset], {}, append=False)
    assert recall(tmp_path / "memory.json").assets == {asset.path: asset}


async def test_loudness_of_a_joined_file_is_measured() -> None:
    quiet, _ = await measure(find_ffmpeg(), house(), probe(_file("three.ts")))
    assert quiet != 0


def test_a_run_opens_few_parts_and_ends_with_a_piece() -> None:
    asset, of = probe(_file("short.ts")), house()
    assert last_frame(of, asset, 0, 360) == 180
    assert last_frame(of, asset, 180, 360) == 360
    assert last_frame(of, asset, 0, 100) == 100
    assert last_frame(of, probe(_file("three.ts")), 0, 360) == 360


def test_clocks_that_are_sampled_tell_of_a_restart() -> None:
    for name, restarts in (("three.ts", True), ("two.vob", True), ("damaged.ts", False)):
        kind = "mpeg" if name.endswith("vob") else "mpegts"
        assert raw_bytes.clock_restarts(_file(name), kind) is restarts, name
