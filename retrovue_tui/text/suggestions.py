"""Finds the known word that a person probably meant, for error messages."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word most similar to `word`; None if none has a similarity of `cutoff` or more (0: any word, 1:
    only an equal one)."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", cutoff: float = 0.6) -> str:
    """Return `did you mean 'WORD'?` with the most similar known word; if none is similar, return `otherwise`."""
    near = nearest(word, known, cutoff)
    return otherwise if near is None else f"did you mean {near!r}?"
