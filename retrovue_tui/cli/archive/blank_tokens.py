"""Removes the tokens and the secrets of the addresses of outputs and alerts from the text of `retrovue.toml`. Pure."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from retrovue_tui.config.alerts import secrets_of
from retrovue_tui.config.output import SURE_SECRET, secrets_in
from retrovue_tui.errors import StationError
from retrovue_tui.text.redaction import LEAST

if TYPE_CHECKING:
    from collections.abc import Sequence


_KEYS: Final = ("token", "viewer_token")
_REMOVED: Final = "REMOVED"
_BY_HAND: Final = "the tokens cannot be removed safely; remove them with an editor, or export with them"


def with_blank_tokens(text: str) -> str:
    """Return the text with empty tokens in [server] and with `REMOVED` in place of the secrets of outputs and alerts,
    and without their values anywhere else, as in comments. Raises `StationError` if that is not possible without
    another change."""
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
    values += [*_blank_outputs(expected, document), *_blank_alerts(expected, document)]
    made = tomlkit.dumps(document)
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= LEAST:
            made = made.replace(value, "…")
    if _parsed(made) != expected:
        raise StationError(_BY_HAND)
    return made.replace("\n", "\r\n") if "\r\n" in text else made


def _blank_outputs(expected: dict[str, Any], document: Any) -> list[str]:
    """Replace the secrets of all outputs in the parsed file and in the document. Return those that are surely not
    ordinary words."""
    found = []
    channels = expected.get("channel")
    for at, channel in enumerate(channels if isinstance(channels, list) else ()):
        outputs = channel.get("output") if isinstance(channel, dict) else None
        for index, output in enumerate(outputs if isinstance(outputs, list) else ()):
            url = output.get("url") if isinstance(output, dict) else None
            if isinstance(url, str) and (made := _without_secrets(url)) != url:
                found += [each for each in secrets_in(url) if len(each) >= SURE_SECRET]
                output["url"] = document["channel"][at]["output"][index]["url"] = made
    return found


def _blank_alerts(expected: dict[str, Any], document: Any) -> list[str]:
    """Replace the secrets of all receivers of alerts in the parsed file and in the document. Return them."""
    alerts, found = expected.get("alerts"), list[str]()
    for key in ("webhook", "notify"):
        urls = alerts.get(key) if isinstance(alerts, dict) else None
        for index, url in enumerate(urls if isinstance(urls, list) else [urls]):
            if not isinstance(url, str):
                continue
            found += secrets_of(url)
            made = _without_secrets(url, secrets_of(url))
            for part in (expected["alerts"], document["alerts"]):
                if isinstance(urls, list):
                    part[key][index] = made
                else:
                    part[key] = made
    return found


def _without_secrets(url: str, known: Sequence[str] | None = None) -> str:
    try:
        secrets = sorted(secrets_in(url) if known is None else known, key=len, reverse=True)
    except ValueError:  # no address; `check` says so
        return url
    head, mark, tail = url.partition("://")
    for each in secrets:
        tail = tail.replace(each, _REMOVED)
    return head + mark + tail


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
