"""Pictures with words, without fonts from the machine."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageFont

from retrovue_tui.media import title_cards
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_machine_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(title_cards, "_MACHINE_FONTS", ())


def test_the_slate_says_who_it_is() -> None:
    one = title_cards.slate_card("House", "Retro One", (640, 360))
    two = title_cards.slate_card("House", "Retro Two", (640, 360))
    assert one.size == (640, 360)
    assert ImageChops.difference(one, two).getbbox() is not None
    assert ImageChops.difference(one, title_cards.slate_card("House", "Retro One", (640, 360))).getbbox() is None


@pytest.mark.parametrize("name", ["", "W" * 300, "Zürich – Ж", "\U0001f4fa", "a\nb"])
@pytest.mark.parametrize("size", [(854, 480), (90, 50)])
def test_any_name_on_any_size(name: str, size: tuple[int, int]) -> None:
    assert title_cards.slate_card(name, name, size).size == size


def test_a_long_name_stays_inside_the_picture() -> None:
    card = title_cards.slate_card("", "A rather long name for a channel, it goes on and on", (640, 360))
    blank = title_cards.slate_card("", "", (640, 360))
    box = ImageChops.difference(card, blank).getbbox()
    assert box is not None
    assert box[0] > 0
    assert box[2] < 640


@pytest.mark.usefixtures("no_machine_fonts")
def test_letters_that_the_built_in_font_lacks_are_written_plainer() -> None:
    assert title_cards.showable("Plain ASCII, 100 %") == "Plain ASCII, 100 %"
    assert title_cards.showable("Ž\u0301Ж") == "Z."


def test_the_font_file_is_a_font_that_drawtext_takes(tmp_path: Path) -> None:
    path = title_cards.font_file(tmp_path / "it's: here")
    assert ImageFont.truetype(path, 20).getname()[0] == "Aileron"
    before = path.stat().st_mtime_ns
    assert title_cards.font_file(path.parent) == path
    assert path.stat().st_mtime_ns == before
    ffmpeg = find_ffmpeg()
    if "drawtext" not in ffmpeg.features:
        pytest.skip("this FFmpeg has no drawtext")
    plain = title_cards.font_file(tmp_path / "plain")
    picture = tmp_path / "t.png"
    subprocess.run(
        [ffmpeg.path, "-v", "error", "-f", "lavfi", "-i", "color=black:s=160x60", "-vf",
         f"drawtext=fontfile={plain}:text=123:fontcolor=white:fontsize=40", "-frames:v", "1", picture],
        check=True,
    )  # fmt: skip
    with Image.open(picture) as drawn:
        assert drawn.convert("L").getextrema()[1] == 255
