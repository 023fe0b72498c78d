"""Files that people reported as faulty in other playout systems air correctly here: length, sync, shape, both
channels."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from retrovue_tui.media.workers.tasks import probe
from tests.media.recipes import RECIPES, recipe_file
from tests.media.rendered import house, pieces, preparer, running

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

_AAC_S = 0.0214
"""One AAC frame: as exact as sound can be cut."""


class Aired:
    """The stream as a player gets it: the light of each frame, and the sound of both channels."""

    def __init__(self, paths: list[Path]) -> None:
        self.light: list[float] = []
        self.times: list[float] = []
        samples: list[Any] = []
        self.start = 0.0
        for path in paths:
            with av.open(str(path)) as container:
                assert [(each.type, each.codec_context.name) for each in container.streams] == [
                    ("video", "h264"), ("audio", "aac"),
                ]  # fmt: skip
                pictures: Any = container.decode(video=0)
                for frame in pictures:
                    assert frame.format.name == "yuv420p"
                    assert (frame.width, frame.height, frame.rotation) == (320, 180, 0)
                    self.light.append(float(frame.to_ndarray()[40:140, 120:200].mean()))
                    self.times.append(float(frame.pts * frame.time_base))
        data = b"".join(path.read_bytes() for path in paths)
        whole: Any = io.BytesIO(data)
        with av.open(whole, mode="r", format="mpegts") as container:
            sounds: Any = container.decode(audio=0)
            for frame in sounds:
                if not samples:
                    self.start = float(frame.pts * frame.time_base)
                samples.append(frame.to_ndarray())
        self.sound = np.concatenate(samples, axis=1)

    @property
    def flashes(self) -> list[float]:
        """When the picture becomes light."""
        low, high = min(self.light), max(self.light)
        lit = [each > (low + high) / 2 for each in self.light]
        return [time for time, before, now in zip(self.times[1:], lit, lit[1:], strict=False) if now and not before]

    @property
    def beeps(self) -> list[float]:
        """When a beep begins, to a millisecond."""
        level = np.abs(self.sound).max(axis=0)
        level = level[: len(level) // 48 * 48].reshape(-1, 48).max(axis=1)
        loud = level > max(0.01, float(level.max()) / 4)
        return [self.start + n / 1000 for n in np.flatnonzero(loud) if not loud[max(0, n - 40) : n].any()]


async def air(asset: Asset, folder: Path) -> Aired:
    async with running(preparer(folder, house())) as one:
        made = await pieces(one, asset)
        aired = Aired(made)
        assert len(aired.light) == one.store.frames(asset)
    step = 1001 / 30_000
    assert all(abs(b - a - step) < 0.0001 for a, b in pairwise(aired.times))
    return aired


@pytest.mark.parametrize("name", RECIPES)
async def test_it_airs_right(name: str, tmp_path: Path) -> None:
    recipe, asset = RECIPES[name], await probe(recipe_file(name))
    aired = await air(asset, tmp_path)
    assert abs(len(aired.light) - recipe.frames) <= recipe.slack
    assert abs(asset.frames(house().rate) - len(aired.light)) <= recipe.slack
    loudest = np.abs(aired.sound).max(axis=1)
    assert (loudest > 0.02).all() if recipe.tone else (loudest < 0.002).all() or len(aired.light) < 10
    if recipe.sync:
        assert len(aired.flashes) >= 2
        heard = [time + recipe.late_s for time in aired.beeps]
        # The house shows a picture of another rate up to half a frame early or late.
        allowed = _AAC_S + (1001 / 60_000 if recipe.slack else 0)
        assert all(min(abs(time - each) for each in heard) < allowed for time in aired.flashes)
