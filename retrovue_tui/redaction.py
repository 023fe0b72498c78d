"""Keeps tokens out of all written text: one place that knows them, and hides them in any text."""

from __future__ import annotations

import logging
import re
from typing import Final
from urllib.parse import quote, quote_plus

from retrovue_tui.text_safety import lines_safe

SHORT: Final = 16
"""A token of fewer characters can be found by trying."""
LEAST: Final = 4
"""A secret of fewer characters is not hidden: hiding it would remove letters from every word."""
_HIDDEN: Final = "…"
_VALUE: Final = r"""[^\s"'&,;\])}]+"""
_NAMED: Final = re.compile(
    rf"""(token["']?\s*[=:]\s*["'] | token["']?[=:] | --token["']?(?:=|,?\s+)["']? | \bBearer\s+) {_VALUE}""",
    re.VERBOSE,
)
"""`?token=…`, `token = "…"`, `--token …`, `Authorization: Bearer …`, whether the token is known or not."""


class Secrets:
    """The secrets of this process."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def hide(self, value: str | None) -> None:
        """Hide a value in all text from now on, also in the spelling of an address. It must have at least `LEAST`
        characters."""
        if value and len(value) >= LEAST:
            self._known.update((value, quote(value), quote_plus(value)))

    def redact(self, text: str) -> str:
        """Return the text with every secret in it replaced."""
        for value in sorted(self._known, key=len, reverse=True):
            if value in text:
                text = text.replace(value, _HIDDEN)
        return _NAMED.sub(rf"\1{_HIDDEN}", text)


SECRETS: Final = Secrets()


class SafeFormatter(logging.Formatter):
    """Formats like another formatter, including tracebacks, without secrets and without control characters."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text."""
        return SECRETS.redact(lines_safe(self._inner.format(record)))
