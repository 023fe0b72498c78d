"""Cards as media files: as long as stated, with the drawn picture, made once."""

from __future__ import annotations

import os
import subprocess
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageStat

from retrovue_tui.errors import MediaError
from retrovue_tui.media.cards import render
from retrovue_tui.media.cards.card import Card
from retrovue_tui.media.cards.drawing import draw_card
from retrovue_tui.media.cards.render import card_command, card_frames, make_card, with_art
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.workers.tasks import probe
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.media_factory import ffmpeg, sound

if TYPE_CHECKING:
    from pathlib import Path

HOUSE = HouseFormat.of("480p")
SIZE = (HOUSE.width, HOUSE.height)
ENCODED = 2.5
"""By how much a picture differs from itself after encoding, at most (see `difference`)."""


def picture_at(file: Path, second: float) -> Image.Image:
    words = [
        "-v",
        "error",
        "-ss",
        str(second),
        "-i",
        str(file),
        "-frames:v",
        "1",
        "-f",
        "image2pipe",
        "-c:v",
        "png",
        "-",
    ]
    return Image.open(BytesIO(subprocess.run([find_ffmpeg().path, *words], check=True, capture_output=True).stdout))


def files(folder: Path) -> set[Path]:
    return set(folder.iterdir())


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, from 0 to 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize("rate", HOUSE_RATES)
async def test_a_card_has_its_length_its_picture_and_silence(tmp_path: Path, rate: str) -> None:
    house = HouseFormat.of("480p", FrameRate.parse(rate))
    card = Card("next", "Retro One", "Late Film", "18:30", seconds=5)
    file = await make_card(find_ffmpeg(), house, tmp_path / "cards", card)
    asset = await probe(file)
    assert asset.frames(house.rate) == card_frames(house, card)
    assert abs(asset.duration - 5) <= 10 / house.rate.fraction
    assert asset.title == "Up next: Late Film 18:30"
    assert asset.video is not None
    assert (asset.video.codec, asset.video.width, asset.video.height) == ("h264", *SIZE)
    drawn = draw_card(card, SIZE)
    for second in (0, 3.9):
        assert difference(picture_at(file, second), drawn) < ENCODED
    assert difference(drawn, draw_card(Card("next", "Retro One", "Soap at Noon", "12:00"), SIZE)) > ENCODED
    _, samples = sound(file)
    assert float(np.abs(samples).max()) < 0.001


async def test_it_is_made_once_and_each_change_makes_another(tmp_path: Path) -> None:
    card = Card("back", "Retro One", seconds=1)
    first = await make_card(find_ffmpeg(), HOUSE, tmp_path, card)
    made = first.stat().st_mtime_ns
    assert await make_card(find_ffmpeg(), HOUSE, tmp_path, card) == first
    assert first.stat().st_mtime_ns == made
    assert await make_card(find_ffmpeg(), HOUSE, tmp_path, Card("back", "Retro Two", seconds=1)) != first
    assert len(files(tmp_path)) == 2


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """A folder with a green picture and a short tune."""
    folder = tmp_path / "art's: 100%"
    folder.mkdir()
    Image.new("RGB", (300, 100), (0, 200, 0)).save(folder / "sea %d.png")
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=440:duration=0.7", folder / "tune.wav")
    return folder


async def test_background_and_music_of_a_folder(tmp_path: Path, art: Path) -> None:
    card = with_art(Card("back", "Retro One", seconds=3), art)
    assert (card.background, card.music) == (art / "sea %d.png", art / "tune.wav")
    file = await make_card(find_ffmpeg(), HOUSE, tmp_path / "cards", card)
    red, green, blue = np.asarray(picture_at(file, 2.5).convert("RGB"))[240, 20]
    assert green > 50
    assert max(red, blue) < 20
    _, samples = sound(file)
    assert float(np.abs(samples[..., -24_000:]).max()) > 0.05  # it plays again and again


async def test_without_usable_art_there_is_a_plain_card(tmp_path: Path) -> None:
    assert with_art(Card("back", "One"), tmp_path / "none") == Card("back", "One")
    for name in ("sea.jpg", "tune.mp3"):
        (tmp_path / name).write_bytes(b"neither picture nor sound")
    card = with_art(Card("back", "Retro One", seconds=1), tmp_path)
    assert card.background is not None
    file = await make_card(find_ffmpeg(), HOUSE, tmp_path / "cards", card)
    assert difference(picture_at(file, 0), draw_card(Card("back", "Retro One"), SIZE)) < ENCODED


async def test_a_card_that_cannot_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> list[str]:
        return [*card_command(*arguments)[:-1], "-no-such-option", "file:x.mp4"]

    monkeypatch.setattr(render, "card_command", broken)
    with pytest.raises(MediaError, match="the card could not be made"):
        await make_card(find_ffmpeg(), HOUSE, tmp_path, Card("back", "One"))
    assert files(tmp_path) == set()


async def test_the_cards_requested_longest_ago_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "MOST_CARDS", 2)
    cards = [Card("back", name, seconds=1) for name in ("One", "Two", "Three")]
    one, two = [await make_card(find_ffmpeg(), HOUSE, tmp_path, card) for card in cards[:2]]
    long_ago = time.time() - 20 * 86_400
    for file in (one, two):
        os.utime(file, (long_ago, long_ago))
    assert await make_card(find_ffmpeg(), HOUSE, tmp_path, cards[0]) == one
    three = await make_card(find_ffmpeg(), HOUSE, tmp_path, cards[2])
    assert files(tmp_path) == {one, three}
    assert not two.exists()


async def test_no_card_is_removed_that_may_still_air(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "MOST_CARDS", 1)
    cards = [Card("next", "One", title, "18:30", seconds=1) for title in ("A", "B", "C")]
    made = [await make_card(find_ffmpeg(), HOUSE, tmp_path, card) for card in cards]
    two_weeks_ago = time.time() - 14 * 86_400
    os.utime(made[0], (two_weeks_ago, two_weeks_ago))
    four = await make_card(find_ffmpeg(), HOUSE, tmp_path, Card("back", "One", seconds=1))
    assert files(tmp_path) == {*made, four}


def test_a_still_is_never_read_again_and_again(tmp_path: Path) -> None:
    command = card_command(find_ffmpeg(), HOUSE, Card("back", "One", background=tmp_path), tmp_path, tmp_path)
    assert "-loop" not in command
