"""The past of a channel with real pieces: every frame that aired, in order, as one clean stream."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.media_factory import Clip, make, numbers
from tests.playout.catchup.past import clean, coded, past_of, read, seen
from tests.playout.stage import LONG, OTHER, SPOT
from tests.playout.studio import entry

if TYPE_CHECKING:
    from pathlib import Path

FILM = Clip(frames=250)
FRAME_S = 1001 / 30_000


async def test_the_past_with_two_breaks_by_hand_is_what_was_live(tmp_path: Path) -> None:
    spot = make(SPOT)
    async with past_of(tmp_path, entry(make(LONG), id="film"), entry(make(OTHER), id="other")) as past:
        for _ in range(2):
            await past.stage.aired(70)
            await past.stage.standby()
            receipt = await past.stage.say("break_now", spots=[str(spot)])
            assert receipt.accepted, receipt.reason
        rows = await past.ended(4)
        await past.stage.aired(100)
        live = past.stage.recorder.data
        data = await past.download(rows[0].started_at)
    assert [row.kind for row in rows] == ["programme", "spot", "programme", "spot"]
    shown, was = seen(data), [each for each in numbers(live) if each is not None]
    first = next(index for index, number in enumerate(shown) if number == was[0])
    assert first <= 60  # the recording began a moment after the channel
    common = min(len(was), len(shown) - first)
    assert common > 250
    assert shown[first : first + common] == was[:common]
    assert shown[: rows[0].frames_aired + 45] == [*range(rows[0].frames_aired), *range(2_000, 2_045)]
    again, before = coded(data)[first:], coded(live)
    differing = [index for index in range(common - 1) if again[index][0] != before[index][0]]
    assert differing == []  # the very pictures: nothing is rendered for catch-up


async def test_a_start_in_the_middle_begins_at_the_key_frame_before_it(tmp_path: Path) -> None:
    async with past_of(tmp_path, entry(make(FILM), id="film"), entry(make(OTHER), id="other")) as past:
        (row,) = await past.ended(1)
        for frame, key in ((200, 180), (245, 240), (0, 0), (249, 240)):
            at = row.started_at + frame * FRAME_S
            assert seen(await past.download(at, row.ended_at)) == list(range(key, 250)), frame
        at = row.started_at + 130 * FRAME_S
        cut = seen(await past.download(at, at + 100 * FRAME_S))
        assert cut == list(range(120, 230))


async def test_the_past_reaches_the_present_and_goes_on(tmp_path: Path) -> None:
    async with past_of(tmp_path, entry(make(LONG), id="film"), entry(make(OTHER), id="other")) as past:
        await past.stage.aired(60)
        stream = await past.open(time.time() - 1.0, paced=True)
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(90):
                while sum(part.count(b"\0\0\1\xe0") for part in parts) < 200:
                    part = await stream.next()
                    assert part is not None
                    parts.append(part)
                    assert stream.behind_s < 6.0
        finally:
            stream.close()
    shown = seen(b"".join(parts))
    assert shown[0] is not None
    assert shown == list(range(shown[0], shown[0] + len(shown)))


async def test_evicted_pieces_are_rendered_again(tmp_path: Path) -> None:
    film, other = make(OTHER), make(LONG)
    async with past_of(tmp_path, entry(film, id="film"), entry(other, id="other")) as past:
        (row,) = await past.ended(1)
        store, asset = past.stage.made.store, past.stage.made.assets[film]
        for piece in store.asset_folder(asset).glob("*.ts"):
            piece.unlink()
        assert seen(await past.download(row.started_at, row.ended_at)) == list(range(3_000, 3_060))
        assert past.skipped() == []
        for piece in store.asset_folder(asset).glob("*.ts"):
            piece.unlink()
        paced = await past.open(row.started_at, row.ended_at, paced=True)
        shown = seen(await read(paced))
        assert [number for number in shown if number is not None] == list(range(3_000, 3_060))
        assert store.find(asset, 0, 60) is not None


async def test_frames_that_cannot_be_rendered_again_are_skipped_with_the_reason(tmp_path: Path) -> None:
    film, other = make(OTHER), make(LONG)
    async with past_of(tmp_path, entry(film, id="film"), entry(other, id="other")) as past:
        (first,) = await past.ended(1)
        await past.stage.aired(60)
        made = past.stage.made
        asset = made.assets.pop(film)
        end = (first.ended_at or 0.0) + 30 * FRAME_S
        assert seen(await past.download(first.started_at, end)) == [*range(3_000, 3_060), *range(30)]
        assert past.skipped() == []  # the pieces outlive the file
        await _damage(made.store.piece_path(asset, 0))
        shown = seen(await past.download(first.started_at, end))
        assert shown[-30:] == list(range(30))
        assert 35 <= len(shown) < 90
        assert past.skipped() == ["a prepared piece of it is damaged"]
        for piece in made.store.asset_folder(asset).glob("*.ts"):
            piece.unlink()
        await made.store.forget(asset)
        past.service._reported.clear()
        for _ in range(2):
            assert seen(await past.download(first.started_at, end)) == list(range(30))
        assert past.skipped()[1:] == ["its file is not in the library any more, and its prepared pieces are gone"]


async def test_the_start_of_the_programme_on_air(tmp_path: Path) -> None:
    rows = (entry(make(OTHER), id="other"), entry(make(LONG), id="film"))
    async with past_of(tmp_path, *rows) as past:
        await past.ended(1)
        await past.stage.aired(70)
        await past.stage.standby()
        await past.stage.say("break_now", spots=[str(make(SPOT))])
        await past.ended(3)
        shown = seen(await past.download(None))
    assert shown[0] == 0
    assert 2_000 in shown


async def test_the_slate_airs_again_as_long_as_it_did(tmp_path: Path) -> None:
    async with past_of(tmp_path, entry(make(OTHER), id="film")) as past:
        channel = past.stage.channel
        channel.configure(replace(channel.config, at_end="slate"))
        film, slate = await _then_slate(past)
        end = slate + 40 * FRAME_S
        shown = seen(await past.download(film, end))
        assert shown == [*range(3_000, 3_060), *[None] * 40]
        assert channel.catchup_days == 1
        channel.configure(replace(channel.config, catchup=timedelta(hours=25)))
        assert channel.catchup_days == 2


async def _damage(piece: Path) -> None:
    """Cut the end off a piece."""
    data = await asyncio.to_thread(piece.read_bytes)
    await asyncio.to_thread(piece.write_bytes, data[: len(data) // 376 * 188])


async def _then_slate(past: object) -> tuple[float, float]:
    async with asyncio.timeout(90):
        while True:
            rows = await past.rows()  # type: ignore[attr-defined]
            slates = [row for row in rows if row.kind == "slate" and rows.index(row) > 0]
            if slates and slates[0].started_at + 41 * FRAME_S < time.time():
                before = rows[rows.index(slates[0]) - 1]
                return before.started_at, slates[0].started_at
            await asyncio.sleep(0.05)


def test_clean_says_what_is_wrong() -> None:
    with pytest.raises(AssertionError):
        clean(b"\0" * 188)
