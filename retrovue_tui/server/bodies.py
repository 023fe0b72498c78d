"""Reads the JSON body of a request, with limits on size, depth and time, so that no body can overload the station."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from retrovue_tui.server.http import HttpError
from retrovue_tui.server.limits import BODY, BODY_S, DEPTH, VALUES
from retrovue_tui.threads import BROWSE

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

SMALL: Final = 8 * 1024
"""A body of at most this many bytes is parsed in the event loop, a longer one in a thread."""
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
_TOO_MANY: Final = HttpError(400, "too_many_values", f"The body holds more than {VALUES} values, which is the limit.")


async def read_json(request: web.Request, like: str, use: Callable[[Any], T]) -> T:
    """Parse the body, and return what `use` makes of its JSON. `like`: an example of the JSON, for the error message.
    Raises `HttpError` (400, 408, 413, 415), and the errors of `use`."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise HttpError(415, "bad_encoding", "The body is compressed; send it as it is.")
    try:
        async with asyncio.timeout(BODY_S):
            body = await request.read()
    except TimeoutError as error:
        message = f"The body did not arrive within {BODY_S:.0f} s."
        raise HttpError(408, "too_slow", message) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise HttpError(413, "body_too_large", f"The body has more than {BODY} bytes, which is the limit.") from error
    if len(body) <= SMALL:
        return _parsed(body, like, use)
    return await BROWSE.run(_parsed, body, like, use)


def _parsed(body: bytes, like: str, use: Callable[[Any], T]) -> T:
    try:
        text = body.decode()
        _check_shape(text)
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "bad_json", f"The body is not JSON like {like}: {error}.") from error
    return use(data)


def _check_shape(text: str) -> None:
    """Raise an `HttpError` if the JSON is nested more deeply or has more values than a command may have. The check
    reads only the text, before any objects exist."""
    if text.count(",") > VALUES:
        raise _TOO_MANY
    if text.count("[") + text.count("{") <= DEPTH:
        return
    depth = 0
    for number, token in enumerate(_TOKENS.finditer(text)):
        if number > 4 * VALUES:  # each value has at most four tokens: key, value, two brackets
            raise _TOO_MANY
        if token[0] in ("[", "{"):
            depth += 1
            if depth > DEPTH:
                raise HttpError(400, "too_deep", f"The body's objects and lists are nested more than {DEPTH} deep.")
        elif token[0] in ("]", "}"):
            depth -= 1
