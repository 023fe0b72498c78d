"""Reads the JSON body of a request within limits, so that no size, depth or slowness of it burdens the station."""

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
"""The most bytes of a body that is parsed in the event loop. A longer body is parsed in a thread."""
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
_TOO_MANY: Final = HttpError(400, "too_many_values", f"The body holds more than {VALUES} values, which is the limit.")


async def read_json(request: web.Request, like: str, use: Callable[[Any], T]) -> T:
    """Return the result of `use` for the body's JSON. A long body is parsed in a thread. `like` is an example for the
    error message. Raises `HttpError` (400, 408, 413, 415), and the errors of `use`."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise HttpError(415, "bad_encoding", "The body is compressed; send it as it is.")
    try:
        async with asyncio.timeout(BODY_S):
            body = await request.read()
    except TimeoutError as error:
        message = f"The body did not arrive within {BODY_S:.0f} s."
        raise HttpError(408, "too_slow", message, {"Connection": "close"}) from error
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
    """Raise an `HttpError` if the JSON is nested more deeply, or has more values, than a command may have. This is
    checked before any objects are made."""
    if text.count(",") > VALUES:
        raise _TOO_MANY
    if text.count("[") + text.count("{") <= DEPTH:
        return
    depth = 0
    for number, token in enumerate(_TOKENS.finditer(text)):
        if number > 4 * VALUES:  # a key, a value and two brackets for each comma: more tokens are not JSON
            raise _TOO_MANY
        if token[0] in ("[", "{"):
            depth += 1
            if depth > DEPTH:
                raise HttpError(400, "too_deep", f"The body's objects and lists are nested more than {DEPTH} deep.")
        elif token[0] in ("]", "}"):
            depth -= 1
