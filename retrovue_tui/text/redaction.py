"""Keeps tokens out of all output: knows the secrets of the process, and replaces them in any text."""

from __future__ import annotations

import logging
import re
from typing import Final
from urllib.parse import quote, quote_plus

from retrovue_tui.text.printable import lines_safe

SHORT: Final = 16
"""A token with fewer characters can be guessed."""
LEAST: Final = 4
"""A secret with fewer characters is not hidden, because hiding it would also replace parts of ordinary words."""
_HIDDEN: Final = "…"
_VALUE: Final = r"""[^\s"'&,;\])}]+"""
_NAMED: Final = re.compile(
    rf"""(token["']?\s*[=:]\s*["'] | token["']?[=:] | --token["']?(?:=|,?\s+)["']? | \bBearer\s+) {_VALUE}""",
    re.VERBOSE,
)
"""Matches `?token=…`, `token = "…"`, `--token …`, `Authorization: Bearer …`, so that unknown tokens are hidden, too."""


class Secrets:
    """The secrets of this process."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def hide(self, value: str | None) -> None:
        """Hide this value in all texts from now on, also in its URL-encoded form. A value shorter than `LEAST` stays
        visible."""
        if value and len(value) >= LEAST:
            self._known.update((value, quote(value), quote_plus(value)))

    def redact(self, text: str) -> str:
        """Return the text with all secrets replaced."""
        for value in sorted(self._known, key=len, reverse=True):
            if value in text:
                text = text.replace(value, _HIDDEN)
        return _NAMED.sub(rf"\1{_HIDDEN}", text)


SECRETS: Final = Secrets()


class SafeFormatter(logging.Formatter):
    """Formats like another formatter, including tracebacks, but without secrets and control characters."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """Return the text for a record."""
        return SECRETS.redact(lines_safe(self._inner.format(record)))
