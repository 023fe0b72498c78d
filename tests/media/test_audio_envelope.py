"""How loud a file is over its length: known tones in, decibels out, once per file."""

from __future__ import annotations

import asyncio
import contextlib
import json
from fractions import Fraction
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.media import audio_envelope as envelope_module
from retrovue_tui.media.audio_envelope import FLOOR_DBFS, Envelopes
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from tests.media_factory import H264, Clip, make, shelf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

SOUND = ("-c:a", "pcm_s16le")


@contextlib.asynccontextmanager
async def worked_out(folder: Path) -> AsyncIterator[Envelopes]:
    envelopes = Envelopes(find_ffmpeg(), folder)
    task = asyncio.create_task(envelopes.run())
    try:
        yield envelopes
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def told(envelopes: Envelopes, asset: Asset) -> tuple[float, ...]:
    """The envelope once it is there."""
    async with asyncio.timeout(120):
        while (found := await envelopes.get(asset)) is None:
            await asyncio.sleep(0.01)
    return found


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@pytest.mark.parametrize("gain_db", [-6.0, -20.0, -40.0])
async def test_a_tone_is_as_loud_as_it_was_made(gain_db: float, tmp_path: Path) -> None:
    asset = probe(make(Clip(frames=120, gain_db=gain_db, suffix=".mkv", audio=SOUND)))
    async with worked_out(tmp_path) as envelopes:
        levels = await told(envelopes, asset)
    assert len(levels) == 5
    assert levels[:4] == pytest.approx([gain_db] * 4, abs=0.1)


async def test_seconds_with_and_without_sound(tmp_path: Path) -> None:
    """Two seconds of sound in a file of four: each figure stands for its own second, from the file's start on."""
    asset = probe(make(Clip(frames=120, audio_s=Fraction(2), suffix=".mkv", audio=SOUND)))
    silent = probe(make(Clip(frames=60, gain_db=-200.0)))
    late = probe(shelf("late_start"))
    async with worked_out(tmp_path) as envelopes:
        assert (await told(envelopes, asset))[:2] == pytest.approx([-20.0] * 2, abs=0.5)
        assert set((await told(envelopes, asset))[2:]) <= {FLOOR_DBFS}
        assert set(await told(envelopes, silent)) == {FLOOR_DBFS}
        assert len(await told(envelopes, late)) == 5
        assert (await told(envelopes, late))[1:4] == pytest.approx([-20.0] * 3, abs=0.5)


async def test_without_sound_there_is_nothing_to_work_out(tmp_path: Path) -> None:
    async with worked_out(tmp_path) as envelopes:
        assert await envelopes.get(probe(shelf("no_audio"))) == ()
    assert names(tmp_path) == []


async def test_an_envelope_is_computed_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = probe(shelf("h264"))
    async with worked_out(tmp_path) as envelopes:
        first = await told(envelopes, asset)
        assert await envelopes.get(asset) is first
    monkeypatch.setattr(envelope_module, "run_ffmpeg", None)  # nothing may be started any more
    async with worked_out(tmp_path) as envelopes:
        assert await envelopes.get(asset) == first
    assert names(tmp_path) == [f"{asset.key}.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "seconds": 1.0, "peaks_dbfs": [null]}', "\udc80"])
async def test_a_damaged_result_is_computed_again(text: str, tmp_path: Path) -> None:
    asset = probe(shelf("h264"))
    kept = tmp_path / f"{asset.key}.json"
    kept.write_bytes(text.encode("utf-8", "surrogateescape"))
    async with worked_out(tmp_path) as envelopes:
        levels = await told(envelopes, asset)
    assert json.loads(kept.read_text())["peaks_dbfs"] == list(levels)


async def test_a_file_that_became_unreadable_is_reported_and_not_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(shelf("h264").read_bytes())
    asset = probe(file)
    file.write_bytes(b"no film")
    async with worked_out(tmp_path / "kept") as envelopes:
        assert await told(envelopes, asset) == ()
        assert await envelopes.get(asset) == ()
    assert caplog.text.count(f"the audio level of {file} cannot be measured") == 1
    assert not (tmp_path / "kept").exists()


async def test_a_disk_that_takes_nothing_costs_only_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    async with worked_out(tmp_path / "kept") as envelopes:
        assert (await told(envelopes, probe(shelf("h264"))))[1] == pytest.approx(-20.0, abs=0.5)
    assert "cannot be written" in caplog.text


async def test_the_newest_wish_comes_first_and_nothing_is_left_behind(tmp_path: Path) -> None:
    long = probe(make(Clip(frames=9_000, size=(64, 36), video=(*H264, "-r", "30"), suffix=".mkv")))
    async with worked_out(tmp_path) as envelopes:
        assert await envelopes.get(long) is None
        short = probe(shelf("h264"))
        assert await envelopes.get(short) is None
        await told(envelopes, short)
    assert not [child for child in psutil.Process().children() if "ffmpeg" in child.name()]
