"""The pictures of a guide: artwork, or a card; nothing that the guide does not name."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from retrovue_tui.errors import MediaError
from retrovue_tui.playout.guide import guide_art
from retrovue_tui.playout.guide.guide_art import GuideArt
from retrovue_tui.threads import BusyError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that a worker was asked for; each gives ten bytes, one named `broken` none."""
    asked: list[Path] = []

    async def artwork(path: Path, width: int, height: int) -> bytes:
        asked.append(path)
        await asyncio.sleep(0)
        if path.stem == "broken":
            raise MediaError("the picture cannot be read", path)
        return b"0123456789"

    monkeypatch.setattr(guide_art, "artwork", artwork)
    return asked


def key_of(address: str) -> str:
    return address.removeprefix("art/").partition(".")[0]


async def test_artwork_is_read_once(tmp_path: Path, files: list[Path]) -> None:
    art = GuideArt()
    address = art.address(tmp_path / "poster.jpg", "Show", "")
    assert address == art.address(tmp_path / "poster.jpg", "Other", "x")
    assert address.endswith(".jpg")
    made = await asyncio.gather(*(art.picture(key_of(address)) for _ in range(5)))
    assert {(each.data, each.mime) for each in made if each} == {(b"0123456789", "image/jpeg")}
    assert files == [tmp_path / "poster.jpg"]
    assert await art.picture("0" * 20) is None


@pytest.mark.parametrize(
    "title", ["Show", "A very long title of a programme that nobody can remember at all", "", "日本"]
)
async def test_a_card_is_drawn_where_there_is_no_artwork(title: str) -> None:
    art = GuideArt()
    address = art.address(None, title, "S01E02 Pilot")
    assert address.endswith(".png")
    made = await art.picture(key_of(address))
    assert made is not None
    assert made.mime == "image/png"
    assert Image.open(io.BytesIO(made.data)).size == (640, 360)


async def test_a_card_replaces_artwork_that_cannot_be_read(tmp_path: Path, files: list[Path]) -> None:
    art = GuideArt()
    made = await art.picture(key_of(art.address(tmp_path / "broken.jpg", "Show", "")))
    assert made is not None
    assert made.mime == "image/png"


async def test_memory_and_waiting_requests_have_limits(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide_art, "MOST_BYTES", 25)
    monkeypatch.setattr(guide_art, "MOST_KNOWN", 3)
    monkeypatch.setattr(guide_art, "MOST_WAITING", 2)
    art = GuideArt()
    keys = [key_of(art.address(tmp_path / f"{number}.jpg", "", "")) for number in range(4)]
    assert await art.picture(keys[0]) is None  # it was forgotten for the fourth
    for key in keys[1:]:
        assert await art.picture(key) is not None
    await art.picture(keys[3])
    await art.picture(keys[1])  # of three, only two have a place
    assert [file.stem for file in files] == ["1", "2", "3", "1"]
    monkeypatch.setattr(guide_art, "KEPT_S", -1.0)
    answers = await asyncio.gather(*map(art.picture, keys[1:]), return_exceptions=True)
    assert [isinstance(each, BusyError) for each in answers] == [False, False, True]
