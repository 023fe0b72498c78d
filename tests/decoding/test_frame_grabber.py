"""The frame that is shown is the frame that airs: of real files, out of their pieces and without them."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from retrovue_tui.decoding import frame_grabber as grabber_module
from retrovue_tui.decoding.frame_grabber import BEHIND, FrameGrabber
from retrovue_tui.decoding.frame_scaling import fit
from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.workers.tasks import PieceFile
from retrovue_tui.timecode import FrameRate
from tests.media.rendered import pieces, preparer, running, shown
from tests.media_factory import Clip, make, read_number, shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.protocol.answers.pictures import Picture

NTSC = FrameRate(30_000, 1_001)
SIZE = (320, 180)


def number_in(picture: Picture) -> int | None:
    """The number of a picture's frame in its clip."""
    rows = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    return read_number(rows.mean(axis=2).astype(np.uint8))


def openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every file that is opened from now on."""
    opened: list[str] = []
    plain: Any = av.open

    def noted(file: str, *args: object, **kwargs: object) -> Any:
        opened.append(file)
        return plain(file, *args, **kwargs)

    monkeypatch.setattr(av, "open", noted)
    return opened


@pytest.mark.parametrize("name", ["h264", "mpeg2", "hevc", "vp9", "vfr", "film", "fifty", "late_start"])
async def test_any_frame_in_any_order_is_the_one_that_is_rendered(name: str, tmp_path: Path) -> None:
    """Files of other rates, with B-frames, with holes and odd starts: as the preparer maps their frames."""
    asset = probe(shelf(name))
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, asset)
        aired = shown(made)
        first = one.store.index(asset).pieces[0].first
    assert len(aired) > 90
    grabber, order = FrameGrabber(NTSC), [*range(0, len(aired), 7), len(aired) - 1]
    random.Random(3).shuffle(order)
    for frame in order:
        picture = grabber.frame(asset, frame, *SIZE)
        assert (number_in(picture), picture.frame) == (aired[frame], frame)
        assert number_in(grabber.frame(asset, frame, *SIZE, PieceFile(made[0], first))) == aired[frame]
    grabber.close()


async def test_a_piece_that_is_gone_is_no_loss(tmp_path: Path) -> None:
    asset = probe(shelf("long"))
    grabber = FrameGrabber(NTSC)
    assert number_in(grabber.frame(asset, 200, *SIZE, PieceFile(tmp_path / "gone.ts", 180))) == 200
    torn = tmp_path / "torn.ts"
    torn.write_bytes(bytes(1_880))
    assert number_in(grabber.frame(asset, 201, *SIZE, PieceFile(torn, 180))) == 201


def remembers(grabber: FrameGrabber, asset: Asset, frame: int, width: int, height: int) -> bool:
    return (asset.key, frame, width, height) in grabber._pictures


def test_a_step_to_either_side_is_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    asset, grabber = probe(shelf("long")), FrameGrabber(NTSC)
    opened = openings(monkeypatch)
    assert number_in(grabber.frame(asset, 200, *SIZE)) == 200
    assert len(opened) == 1
    assert remembers(grabber, asset, 199, *SIZE)
    assert not remembers(grabber, asset, 199, 160, 90)
    for frame in (199, 201, 198, 230, 229, 200 - BEHIND // 2):
        assert number_in(grabber.frame(asset, frame, *SIZE)) == frame
    assert len(opened) == 1


def test_the_memory_of_frames_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grabber_module, "_MOST_BYTES", 20 * 3 * SIZE[0] * SIZE[1])
    asset, grabber = probe(shelf("long")), FrameGrabber(NTSC)
    for frame in range(0, 420, 30):
        assert number_in(grabber.frame(asset, frame, *SIZE)) == frame
    assert sum(remembers(grabber, asset, frame, *SIZE) for frame in range(420)) <= 20


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("h264", (160, 90)),
        ("vertical", (51, 90)),
        ("wide_pixels", (160, 90)),
        ("rotated", (160, 90)),
        ("odd", (160, 90)),
    ],
)
def test_it_is_upright_in_its_true_aspect_and_within_bounds(name: str, size: tuple[int, int]) -> None:
    picture = FrameGrabber(NTSC).frame(probe(shelf(name)), 30, 160, 90)
    assert (picture.width, picture.height) == size
    assert len(picture.rgb) == 3 * size[0] * size[1]
    assert number_in(FrameGrabber(NTSC).frame(probe(shelf(name)), 30, *SIZE)) == 30


def test_it_is_never_larger_than_the_picture_is() -> None:
    picture = FrameGrabber(NTSC).frame(probe(shelf("h264")), 3, 1920, 1080)
    assert (picture.width, picture.height) == (320, 180)
    assert fit(1, 1_000, 10, 10) == (1, 10)


def test_an_error_names_the_frame_and_the_file(tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(shelf("h264").read_bytes())
    asset = probe(file)
    file.write_bytes(b"not a film any more")
    with pytest.raises(MediaError, match="frame 3 cannot be decoded") as error:
        FrameGrabber(NTSC).frame(asset, 3, *SIZE)
    assert str(file) in str(error.value)
    file.unlink()
    with pytest.raises(MediaError, match="frame 3 cannot be decoded"):
        FrameGrabber(NTSC).frame(asset, 3, *SIZE)
    with pytest.raises(MediaError, match="there is no picture in it"):
        FrameGrabber(NTSC).frame(probe(shelf("audio_only")), 0, *SIZE)


def test_damage_costs_the_frames_that_it_hit_and_no_other() -> None:
    asset, grabber = probe(shelf("corrupt")), FrameGrabber(NTSC)
    assert number_in(grabber.frame(asset, 20, *SIZE)) == 20
    assert number_in(grabber.frame(asset, 235, *SIZE)) == 235
    grabber.frame(asset, 125, *SIZE)  # whatever is shown there, it is no fault


def test_open_files_are_few_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    grabber, opened = FrameGrabber(NTSC), openings(monkeypatch)
    assets = [probe(shelf(name)) for name in ("h264", "hevc", "vp9")]
    opened.clear()
    for asset in assets:
        grabber.frame(asset, 0, *SIZE)
    assert len(grabber._cursors) == 2
    grabber.close()
    assert not grabber._cursors
    assert number_in(grabber.frame(assets[2], 60, *SIZE)) == 60
    assert len(opened) == 4


def test_house_rates_map_frames_as_they_air() -> None:
    """A clip of 25 frames a second in a house of 50: each is shown twice."""
    asset = probe(make(Clip(rate="25", frames=50)))
    grabber = FrameGrabber(FrameRate(50, 1))
    assert [number_in(grabber.frame(asset, frame, *SIZE)) for frame in (0, 1, 2, 3, 50, 51)] == [0, 0, 1, 1, 25, 25]


def test_it_works_in_a_thread_of_its_own() -> None:
    found: list[int | None] = []
    asset, grabber = probe(shelf("h264")), FrameGrabber(NTSC)

    def look() -> None:
        found.extend(number_in(grabber.frame(asset, frame, *SIZE)) for frame in _steps())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(30)
    assert found == list(_steps())


def _steps() -> Iterator[int]:
    yield from range(50, 60)
    yield from range(58, 40, -1)
