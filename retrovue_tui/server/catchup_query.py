"""Reads the query of a request for the past of a channel, in the ways in which players write it.

Kodi (pvr.iptvsimple), TiviMate and others fill in templates such as `?utc={utc}&lutc={lutc}` or
`?start=${start}&end=${end}`. All times are Unix time in seconds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.catchup import PastRequest
from retrovue_tui.server.http import HttpError
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

START: Final = ("utc", "start")
END: Final = ("utcend", "end")
CLIENT_NOW: Final = ("lutc", "now", "timestamp")
PROGRAMME: Final = "programme"
"""The value of `start` that means the start of the programme on air now."""
_SECONDS: Final = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,6})?")


def past_request(query: Mapping[str, str]) -> PastRequest | None:
    """Return the past that a query asks for; None if it asks for the live stream. Raises an `HttpError` (400) if a
    parameter is malformed."""
    name = _name(query, START)
    if name is None:
        return None
    programme = name == "start" and query[name] == PROGRAMME
    start = None if programme else _seconds(query, name, ", or start=programme" if name == "start" else "")
    end = _optional(query, _name(query, END))
    length = _optional(query, "duration" if "duration" in query else None)
    if end is None and length is not None:
        if start is None:
            raise HttpError(400, "bad_time", f"duration needs a time to start at, not start={PROGRAMME}; give an end.")
        end = start + length
    pace = query.get("pace", "1")
    if pace not in ("0", "1"):
        raise HttpError(400, "bad_pace", f"pace is 0 (as fast as possible) or 1 (real time), not {_shown(pace)}.")
    return PastRequest(start, end, pace == "1", _optional(query, _name(query, CLIENT_NOW)))


def _name(query: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in query), None)


def _optional(query: Mapping[str, str], name: str | None) -> float | None:
    return None if name is None else _seconds(query, name)


def _seconds(query: Mapping[str, str], name: str, also: str = "") -> float:
    text = query[name]
    if not _SECONDS.fullmatch(text):
        what = "a number of seconds" if name == "duration" else "a Unix time in seconds, such as 1795000000"
        raise HttpError(400, "bad_time", f"{name} is {what}{also}, not {_shown(text)}.")
    return float(text)


def _shown(text: str) -> str:
    return repr(printable(text, 40))
