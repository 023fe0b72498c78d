"""The picture of a programme is made small, and whatever else its file contains does no harm."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from retrovue_tui.decoding.artwork import MOST_BYTES, artwork
from retrovue_tui.errors import MediaError

if TYPE_CHECKING:
    from pathlib import Path


def picture(path: Path, size: tuple[int, int], mode: str = "RGB") -> Path:
    Image.new(mode, size, 128 if mode in ("L", "P") else (200, 30, 30, 128)[: len(mode)]).save(path)
    return path


@pytest.mark.parametrize(("name", "mode"), [("a.jpg", "RGB"), ("a.png", "RGBA"), ("a.webp", "RGB"), ("a.png", "P")])
def test_each_usual_kind_becomes_a_small_jpeg(tmp_path: Path, name: str, mode: str) -> None:
    made = Image.open(io.BytesIO(artwork(picture(tmp_path / name, (2_000, 3_000), mode), 600, 600)))
    assert (made.format, made.size) == ("JPEG", (400, 600))


def test_a_small_picture_stays_as_small_as_it_is(tmp_path: Path) -> None:
    assert Image.open(io.BytesIO(artwork(picture(tmp_path / "a.png", (40, 30)), 600, 600))).size == (40, 30)


def test_a_kodi_thumbnail_is_a_jpeg_by_another_name(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", (60, 30)).rename(tmp_path / "a.tbn")
    assert Image.open(io.BytesIO(artwork(tmp_path / "a.tbn", 600, 600))).size == (60, 30)


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("<svg/>")
    (tmp_path / "cut.jpg").write_bytes(picture(tmp_path / "a.jpg", (900, 900)).read_bytes()[:300])
    picture(tmp_path / "a.gif", (9, 9))
    picture(tmp_path / "large.png", (8_000, 7_000), "L")
    (tmp_path / "link.jpg").symlink_to("/etc/passwd")
    with (tmp_path / "heavy.jpg").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    os.mkfifo(tmp_path / "pipe.jpg")
    for name in ("text.jpg", "cut.jpg", "a.gif", "large.png", "link.jpg", "heavy.jpg", "pipe.jpg", "none.jpg", "."):
        with pytest.raises(MediaError):
            artwork(tmp_path / name, 600, 600)
