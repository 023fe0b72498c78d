"""The logos of channels: drawn, or the operator's own."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from retrovue_tui.media.cards.card import colours_from
from retrovue_tui.media.channel_logo import MOST_BYTES, SIZE, draw_logo, read_logo
from tests.server.conftest import Served, serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.fakes import FakeStation


def picture(kind: str, colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(file, kind)
    return file.getvalue()


async def fetched(
    served: Served, channel: str = "1", method: str = "GET", **headers: str
) -> tuple[int, str, bytes, str]:
    async with served.http.request(method, f"{served.url}/iptv/logo/{channel}.png", headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read(), answer.headers.get("ETag", "")


async def test_a_channel_without_a_logo_gets_one_that_stays_the_same(served: Served) -> None:
    status, kind, data, etag = await fetched(served)
    assert (status, kind) == (200, "image/png")
    assert Image.open(io.BytesIO(data)).size == SIZE
    assert await fetched(served) == (200, "image/png", data, etag)
    assert (await fetched(served, method="HEAD"))[::3] == (200, etag)
    assert (await fetched(served, **{"If-None-Match": etag}))[::2] == (304, b"")
    assert (await fetched(served, "film noir"))[2] != data
    served.station.channels["1"].name = "Retro Uno"
    assert (await fetched(served, **{"If-None-Match": etag}))[0] == 200


async def test_an_unknown_channel_has_no_logo(served: Served) -> None:
    assert (await fetched(served, "3"))[0] == 404
    assert (await fetched(served, "..%2f..%2fetc%2fpasswd"))[0] == 404


async def test_the_operators_logo_is_sent_as_it_is(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "one.png"
    served.station.channels["1"].logo = path
    for kind, mime in (("PNG", "image/png"), ("JPEG", "image/jpeg")):
        path.write_bytes(picture(kind, "red"))
        assert (await fetched(served))[1:3] == (mime, path.read_bytes())  # a changed file counts at once
    assert served.station.warnings.texts() == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "the logo cannot be read: No such file or directory"),
        (b"<svg onload='alert(1)'/>", "the logo is neither a PNG nor a JPEG file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(MOST_BYTES), "the logo has more than 2 MiB, which is the limit"),
    ],
    ids=range(3),
)
async def test_a_bad_logo_is_a_warning_and_another_is_shown(
    served: Served, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "one.png"
    if content is not None:
        path.write_bytes(content)
    served.station.channels["1"].logo = path
    drawn = await fetched(served)
    assert drawn[:2] == (200, "image/png")
    (warning,) = served.station.warnings.texts()
    assert warning.startswith(f"{path}: {said}")
    assert warning.endswith("; a drawn logo is shown")
    path.write_bytes(picture("PNG", "blue"))
    assert (await fetched(served))[2] == path.read_bytes()
    assert served.station.warnings.texts() == ()
    path.unlink()
    await fetched(served)
    served.station.channels["1"].logo = None
    assert (await fetched(served))[0] == 200
    assert served.station.warnings.texts() == ()


async def test_a_pipe_and_a_folder_are_no_logos(served: Served, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", tmp_path):
        served.station.channels["1"].logo = path
        assert (await fetched(served))[0] == 200
        assert served.station.warnings.texts() == (f"{path}: a logo is a file; a drawn logo is shown",)


async def test_viewers_see_logos(station: FakeStation) -> None:
    async with serving(station, "operator", "viewer") as made:
        assert (await fetched(made))[0] == 401
        async with made.http.get(f"{made.url}/iptv/logo/1.png?token=viewer") as answer:
            assert answer.status == 200


def test_a_logo_has_the_channels_colour_and_any_name_can_be_drawn(tmp_path: Path) -> None:
    logo = draw_logo("Kids", 3, "#2a4d8f")
    image = Image.open(io.BytesIO(logo.data)).convert("RGB")
    assert image.getpixel((256, 380)) == colours_from("#2a4d8f").accent
    assert logo == draw_logo("Kids", 3, "#2a4d8f")
    for name, number in (("🎬 " * 90, 99_999), ("", 0), ("\x1b[2J", 7)):
        assert len(draw_logo(name, number).data) < 100_000
    path = tmp_path / "one.png"
    path.write_bytes(logo.data)
    assert read_logo(path) == logo
