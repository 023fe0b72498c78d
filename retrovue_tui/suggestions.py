"""Finds the known word that a person probably meant, for messages that name it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like `word`. None if none is at least `cutoff` like it (0: any, 1: equal)."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", cutoff: float = 0.6) -> str:
    """Return the question `did you mean 'WORD'?` with the nearest known word; `otherwise` if there is none."""
    near = nearest(word, known, cutoff)
    return otherwise if near is None else f"did you mean {near!r}?"
