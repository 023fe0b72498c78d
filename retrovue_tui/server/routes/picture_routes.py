"""Routes of pictures from channels and media files, of the files' break candidates (cues) and audio envelopes, and of
the operator's review of these candidates."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from PIL import Image

from retrovue_tui.break_candidate import DECISIONS
from retrovue_tui.errors import MediaError, RetrovueError
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.server.bodies import read_json
from retrovue_tui.server.http import HttpError, channel_of, dumped, json_answer
from retrovue_tui.server.limits import (
    COMMANDS_A_SECOND,
    COMMANDS_AT_ONCE,
    FILE_NAME,
    PICTURES_WAITING,
    PIXELS_A_SECOND,
    PIXELS_AT_ONCE,
    Bucket,
    too_many,
)
from retrovue_tui.threads import ANSWERS, BROWSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.server.interfaces import Previews, Station

SIZE: Final = (480, 270)
"""The size of a picture in pixels (width, height) if the request names none."""
LARGEST: Final = (1920, 1080)
_QUALITY: Final = 80
_DECISION: Final = '{"file": "/media/film.mkv", "frame": 18000, "decision": "accept"}'
_FRAME: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


class PictureRoutes:
    """The routes of channel pictures, previews of files, and facts of files."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._pixels = Bucket("pixels", PIXELS_A_SECOND, PIXELS_AT_ONCE)
        self._reviews = Bucket("reviews of breaks", COMMANDS_A_SECOND, COMMANDS_AT_ONCE)
        self._under_way = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/channels/{channel}/picture", self._picture),
            web.get("/api/library/preview", self._preview),
            web.get("/api/library/facts", self._facts),
            web.post("/api/library/breaks", self._review),
        ]

    async def _picture(self, request: web.Request) -> web.Response:
        channel = channel_of(self._station, request)
        size, kind = _size(request), _kind(request)
        with self._turn(size):
            picture = await self._previews.picture(channel.id, *size)
            if picture is None:
                raise HttpError(503, "no_picture", f"{channel.name} has no picture now; try again in a moment.")
            return await _shown(picture, kind)

    async def _preview(self, request: web.Request) -> web.Response:
        file, size, kind = _named(request.query.get("file")), _size(request), _kind(request)
        frame = request.query.get("frame", "0")
        if not _FRAME.fullmatch(frame):
            raise HttpError(400, "bad_frame", f"`frame` is the number of a frame of the file, not {frame[:40]!r}.")
        with self._turn(size):
            try:
                picture = await self._previews.preview(file, int(frame), *size)
            except MediaError as error:
                raise _cannot_be_shown(error) from error
            if picture is None:
                raise _unknown(file)
            return await _shown(picture, kind)

    async def _facts(self, request: web.Request) -> web.Response:
        file = _named(request.query.get("file"))
        try:
            facts = await self._previews.facts(file)
        except MediaError as error:
            raise _cannot_be_shown(error) from error
        if facts is None:
            raise _unknown(file)
        return json_answer(await ANSWERS.run(lambda: dumped(to_json(facts))))

    async def _review(self, request: web.Request) -> web.Response:
        self._reviews.take()
        file, frame, decision, to = await read_json(request, _DECISION, _decision)
        try:
            breaks = await self._previews.review(file, frame, decision, to)
        except MediaError as error:
            raise _cannot_be_shown(error) from error
        except RetrovueError as error:
            raise HttpError(409, "cannot_review", f"{error.message.rstrip('.')}.") from error
        if breaks is None:
            raise _unknown(file)
        return json_answer(await ANSWERS.run(lambda: dumped(to_json(breaks))))

    @contextmanager
    def _turn(self, size: tuple[int, int]) -> Iterator[None]:
        """Count a picture as in progress during the `with` block. Raises `HttpError` (429) if too many pictures or
        pixels are in progress."""
        self._pixels.take(size[0] * size[1])
        if self._under_way >= PICTURES_WAITING:
            raise too_many(f"{PICTURES_WAITING} pictures being made already, which is the limit")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    @property
    def _previews(self) -> Previews:
        previews = self._station.previews
        if previews is None:
            raise HttpError(503, "no_picture", "The station has no pictures yet; try again in a moment.")
        return previews


def _named(file: str | None) -> str:
    if not file:
        raise HttpError(400, "no_file", "Name the file with ?file=, as the library and the rundowns have it.")
    if "\0" in file or len(file.encode("utf-8", "surrogatepass")) > FILE_NAME:
        raise HttpError(400, "no_file", f"A file's name has no zero byte, and at most {FILE_NAME} bytes.")
    return file


def _decision(data: Any) -> tuple[str, int, ReviewDecision, int | None]:
    """Return file, frame, decision and target of a review."""
    if not isinstance(data, dict) or not isinstance(data.get("file"), str) or not data["file"]:
        raise HttpError(400, "bad_review", f"A review of a break looks like {_DECISION}.")
    file, decision = _named(data["file"]), data.get("decision")
    if decision not in DECISIONS:
        raise HttpError(400, "bad_review", f"`decision` is one of {', '.join(DECISIONS)}.")
    if (decision == "move") != (data.get("to") is not None):
        raise HttpError(400, "bad_review", "`to` is the frame to which `move` moves the break; nothing else has it.")
    return file, _frame(data, "frame"), decision, _frame(data, "to") if decision == "move" else None


def _frame(data: Mapping[str, Any], name: str) -> int:
    frame = data.get(name)
    if type(frame) is not int or not 0 <= frame < 10**9:
        raise HttpError(400, "bad_review", f"`{name}` is the number of a frame of the file, like 18000.")
    return frame


def _unknown(file: str) -> HttpError:
    return HttpError(
        404,
        "no_such_file",
        f"{file!r} is not a media file of this station; its library and rundowns list them.",
    )


def _cannot_be_shown(error: MediaError) -> HttpError:
    return HttpError(404, "cannot_be_shown", f"{error.message.rstrip('.')}.")


def _size(request: web.Request) -> tuple[int, int]:
    width, height = (
        _length(request, name, default, most)
        for name, default, most in zip(("width", "height"), SIZE, LARGEST, strict=True)
    )
    return width, height


def _length(request: web.Request, name: str, default: int, most: int) -> int:
    text = request.query.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) or not 0 < int(text) <= most:
        raise HttpError(400, "bad_size", f"`{name}` is a number of pixels from 1 to {most}, not {text[:40]!r}.")
    return int(text)


def _kind(request: web.Request) -> str:
    kind = request.query.get("format", "jpeg")
    if kind not in ("jpeg", "ppm"):
        raise HttpError(400, "bad_format", f"`format` is jpeg or ppm, not {kind[:40]!r}.")
    return kind


async def _shown(picture: Picture, kind: str) -> web.Response:
    if kind == "ppm":
        body, mime = await BROWSE.run(picture.to_ppm), "image/x-portable-pixmap"
    else:
        body, mime = await BROWSE.run(jpeg_of, picture), "image/jpeg"
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if picture.frame is not None:
        headers["X-Frame"] = str(picture.frame)
    return web.Response(body=body, content_type=mime, headers=headers)


def jpeg_of(picture: Picture) -> bytes:
    """Return a picture as JPEG. Blocking."""
    file = io.BytesIO()
    Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
