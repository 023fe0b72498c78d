"""Pictures over HTTP: how they are asked for, how they are refused, and that they show what the station airs."""

from __future__ import annotations

import asyncio
import io
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetCue, Picture
from retrovue_tui.protocol.client import Refused, StationClient
from tests.media_factory import Clip, make, read_number, shelf
from tests.playout.homes import Home, serving
from tests.server.fakes import FakePreviews

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.protocol.answers.pictures import AssetFacts
    from tests.server.conftest import Served

FILM = FakePreviews.film


def number_in(picture: Picture) -> int | None:
    rows = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)
    return read_number(rows.mean(axis=2).astype(np.uint8))


# ── what is asked, and what is answered ──────────────────────────────────────────────────────────


async def test_a_picture_is_a_jpeg_of_the_size_that_was_asked_for(served: Served) -> None:
    for query, size in (("", (480, 270)), ("?width=64&height=36", (64, 36))):
        async with served.http.get(f"{served.url}/api/channels/1/picture{query}") as answer:
            assert (answer.status, answer.content_type) == (200, "image/jpeg")
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Frame"] == "1234"
            image = Image.open(io.BytesIO(await answer.read()))
            assert image.size == size
            pixel = image.convert("RGB").getpixel((5, 5))
            assert isinstance(pixel, tuple)
            assert pixel[0] > 240
            assert max(pixel[1:]) < 20


async def test_a_picture_is_exact_over_http(served: Served) -> None:
    async with StationClient(served.url) as client:
        assert await client.picture("1", 16, 9) == Picture(16, 9, bytes((255, 0, 0)) * 144, 1_234)
        assert await client.preview(FILM, 42, 8, 8) == Picture(8, 8, bytes((0, 0, 42)) * 64, 42)
        assert served.station.previews is not None
        assert await client.facts(FILM) == served.station.previews.facts_now


@pytest.mark.parametrize(
    ("path", "status", "code", "part"),
    [
        ("channels/9/picture", 404, "no_such_channel", "9"),
        ("channels/film%20noir/picture", 503, "no_picture", 'The "Noir" has no picture now; try again'),
        ("channels/1/picture?width=0", 400, "bad_size", "`width` is a number of pixels from 1 to 1920, not '0'"),
        ("channels/1/picture?height=1081", 400, "bad_size", "from 1 to 1080"),
        ("channels/1/picture?height=x", 400, "bad_size", "not 'x'"),
        ("channels/1/picture?width=%D9%A3", 400, "bad_size", "number of pixels"),
        ("channels/1/picture?format=gif", 400, "bad_format", "jpeg or ppm, not 'gif'"),
        ("library/preview", 400, "no_file", "?file="),
        ("library/preview?file=/etc/passwd", 404, "no_such_file", "'/etc/passwd' is not a media file of this station"),
        (f"library/preview?file={FILM}&frame=-1", 400, "bad_frame", "not '-1'"),
        (f"library/preview?file={FILM}&frame=1.5", 400, "bad_frame", "number of a frame"),
        (f"library/preview?file={FILM}&frame=100", 404, "cannot_be_shown", "there is no frame 100 in it"),
        ("library/facts", 400, "no_file", "?file="),
        ("library/facts?file=/etc/passwd", 404, "no_such_file", "library and rundowns list them"),
    ],
)
async def test_a_refused_picture_has_a_reason(served: Served, path: str, status: int, code: str, part: str) -> None:
    async with served.http.get(f"{served.url}/api/{path}") as answer:
        data = await answer.json()
        assert (answer.status, data["error"]["code"]) == (status, code)
        assert part in data["error"]["message"]


async def test_a_review_reaches_the_station_and_its_candidates_come_back(served: Served) -> None:
    assert served.station.previews is not None
    async with StationClient(served.url) as client:
        breaks = await client.review_break(FILM, 40, "accept")
        assert breaks == AssetBreaks(FILM, (AssetCue(40, "fade", score=1.0, state="accepted"),))
        await client.review_break(FILM, 40, "move", 45)
        assert served.station.previews.reviewed == [(40, "accept", None), (40, "move", 45)]
        with pytest.raises(Refused, match="a break cannot be at frame 100") as refused:
            await client.review_break(FILM, 100, "reject")
        assert (refused.value.status, refused.value.code) == (409, "cannot_review")
        with pytest.raises(Refused, match="not a media file of this station") as unknown:
            await client.review_break("/etc/passwd", 1, "accept")
        assert unknown.value.status == 404


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ([], "A review of a break looks like"),
        ({"frame": 1, "decision": "accept"}, "A review of a break looks like"),
        ({"file": ["x"], "frame": 1, "decision": "accept"}, "A review of a break looks like"),
        ({"file": FILM, "frame": 1, "decision": "like"}, "`decision` is one of accept, reject, move, forget"),
        ({"file": FILM, "frame": 1, "decision": ["accept"]}, "`decision` is one of"),
        ({"file": FILM, "frame": "1", "decision": "accept"}, "`frame` is the number of a frame"),
        ({"file": FILM, "frame": True, "decision": "accept"}, "`frame` is the number of a frame"),
        ({"file": FILM, "frame": -1, "decision": "accept"}, "`frame` is the number of a frame"),
        ({"file": FILM, "frame": 1, "decision": "move"}, "`to` is the frame to which"),
        ({"file": FILM, "frame": 1, "decision": "accept", "to": 2}, "`to` is the frame to which"),
        ({"file": FILM, "frame": 1, "decision": "move", "to": 1.5}, "`to` is the number of a frame"),
        ({"file": "a" * 5_000, "frame": 1, "decision": "accept"}, "at most 4096 bytes"),
    ],
)
async def test_a_malformed_review_is_refused(served: Served, body: object, part: str) -> None:
    async with served.http.post(f"{served.url}/api/library/breaks", json=body) as answer:
        assert answer.status == 400
        assert part in (await answer.json())["error"]["message"]


async def test_before_there_is_anything_to_look_at(served: Served) -> None:
    served.station.previews = None
    for path in ("channels/1/picture", f"library/preview?file={FILM}", f"library/facts?file={FILM}"):
        async with served.http.get(f"{served.url}/api/{path}") as answer:
            assert answer.status == 503


# ── a real station ───────────────────────────────────────────────────────────────────────────────


async def facts_of(client: StationClient, file: str) -> AssetFacts:
    """The facts of a file, once its sound has been measured."""
    async with asyncio.timeout(90):
        while not (facts := await client.facts(file)).complete:
            await asyncio.sleep(0.05)
    return facts


async def test_a_station_shows_what_it_airs_and_what_is_in_its_files(tmp_path: Path) -> None:
    """Two channels, two films: each picture is that of its own channel; any frame of a film; a broken file and a
    stopped channel say so."""
    one = await asyncio.to_thread(make, Clip(frames=900, size=(320, 180)))
    two = await asyncio.to_thread(make, Clip(frames=900, first=5_000, size=(320, 180)))
    home = Home.make(tmp_path, {"one.mp4": one, "two.mp4": two, "chapters.mkv": shelf("chapters"),
                                "broken.mkv": shelf("text")}, {"1": "", "2": ""})  # fmt: skip
    home.rundown("1", "one.mp4")
    home.rundown("2", "two.mp4")
    film, broken = str(home.path / "media" / "two.mp4"), str(home.path / "media" / "broken.mkv")
    async with serving(home) as station:
        await station.until(
            lambda now: all(each.state == "on_air" and not each.prepare.pending for each in now.channels)
        )
        client = station.client
        for channel, first in (("1", 0), ("2", 5_000)):
            before = (await client.station()).channels[int(channel) - 1].on_air
            number = number_in(await client.picture(channel, 480, 270))
            after = (await client.station()).channels[int(channel) - 1].on_air
            assert number is not None
            assert before is not None
            assert after is not None
            rate = 30_000 / 1_001
            assert before.position_s * rate - 90 <= number - first <= after.position_s * rate + 1
        for frame in (0, 123, 122, 124, 899):
            picture = await client.preview(film, frame, 160, 90)
            assert (number_in(picture), picture.frame) == (5_000 + frame, frame)
            assert (picture.width, picture.height) == (160, 90)
        facts = await facts_of(client, film)
        assert (facts.frames, len(facts.envelope)) == (900, 31)
        assert facts.envelope[8:30] == pytest.approx([-20.0] * 22, abs=0.5)
        marks = (await client.facts(str(home.path / "media" / "chapters.mkv"))).cues
        assert [(cue.frame, cue.kind, cue.title) for cue in marks] == [(45, "chapter", "Two")]
        with pytest.raises(Refused, match="there is no frame 900 in it; it has 900") as beyond:
            await client.preview(film, 900, 160, 90)
        assert beyond.value.status == 404
        for file, reason in (
            (broken, r"broken\.mkv: not a usable media file"),
            (str(home.path / "retrovue.toml"), "not a media file of this station"),
        ):
            for ask in (partial(client.preview, file, 0, 160, 90), partial(client.facts, file)):
                with pytest.raises(Refused, match=reason) as refused:
                    await ask()
                assert refused.value.status == 404
        with pytest.raises(Refused, match="no channel '9'"):
            await client.picture("9", 160, 90)
        assert (await client.command("2", "stop")).accepted
        with pytest.raises(Refused, match="has no picture now") as stopped:
            await client.picture("2", 160, 90)
        assert stopped.value.status == 503
        assert number_in(await client.picture("1", 160, 90)) is not None
