"""Removes the tokens from the text of `retrovue.toml`. Pure."""

from __future__ import annotations

import tomllib
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from retrovue_tui.errors import StationError
from retrovue_tui.redaction import LEAST

_KEYS: Final = ("token", "viewer_token")
_BY_HAND: Final = "the tokens cannot be removed safely; remove them with an editor, or export with them"


def with_blank_tokens(text: str) -> str:
    """Return the text with empty tokens in [server], and without their values anywhere else, as in comments. Raises
    `StationError` if that is not possible without another change."""
    plain = text.replace("\r\n", "\n")
    try:
        expected = tomllib.loads(plain)
        document = tomlkit.parse(plain)
    except (tomllib.TOMLDecodeError, TOMLKitError) as error:
        raise StationError(f"retrovue.toml is not TOML ({error}), so its tokens are not found; correct it") from error
    server = expected.get("server", {})
    if not isinstance(server, dict):
        raise StationError(_BY_HAND)
    values = [value for key in _KEYS if isinstance(value := server.get(key), str)]
    for key in _KEYS:
        if key in server:
            table: Any = document["server"]
            table[key] = server[key] = ""
    made = tomlkit.dumps(document)
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= LEAST:
            made = made.replace(value, "…")
    if _parsed(made) != expected:
        raise StationError(_BY_HAND)
    return made.replace("\n", "\r\n") if "\r\n" in text else made


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
