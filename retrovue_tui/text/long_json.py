"""JSON of data with many rows, written so that other threads go on meanwhile.

Python's encoder is one call into C, and no other thread runs until it returns: for ten thousand rows that is longer
than a picture.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.compute_turn import give_way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

FEW: Final = 20
"""A list with more values is written one value at a time."""


def long_json(
    data: dict[str, Any] | list[Any], *, ascii: bool = True, default: Callable[[Any], str] | None = None
) -> str:
    """Return an object or a list as JSON without spaces. `ascii`: all other characters are escapes, also surrogates
    that stand alone, which have no UTF-8. `default` returns the text of a value that JSON cannot hold; without it, such
    a value raises `TypeError`."""
    return "".join(_parts(data, _encoder(ascii, default)))


def json_rows(rows: Iterable[Any], *, ascii: bool = True) -> str:
    """Return rows as a JSON array without spaces. Each row is taken when its turn comes."""
    return "".join(_rows(rows, _encoder(ascii, None)))


def _encoder(ascii: bool, default: Callable[[Any], str] | None) -> Callable[[Any], str]:
    return json.JSONEncoder(ensure_ascii=ascii, separators=(",", ":"), default=default).encode


def _parts(value: Any, encode: Callable[[Any], str]) -> Iterator[str]:
    if isinstance(value, dict):
        for number, (key, each) in enumerate(value.items()):
            yield f"{',' if number else '{'}{encode(key)}:"
            yield from _parts(each, encode)
        yield "}" if value else "{}"
    elif isinstance(value, (list, tuple)) and len(value) > FEW:
        yield from _rows(value, encode)
    else:
        yield encode(value)


def _rows(rows: Iterable[Any], encode: Callable[[Any], str]) -> Iterator[str]:
    yield "["
    for number, each in enumerate(rows):
        give_way()
        if number:
            yield ","
        yield encode(each)
    yield "]"
