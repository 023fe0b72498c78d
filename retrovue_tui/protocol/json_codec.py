"""Turns frozen dataclasses into JSON values and back."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from retrovue_tui.compute_turn import give_way

T = TypeVar("T")


Reader = Callable[[Any], Any]


_JSON_NAMES = {"break_id": "break"}
"""Field name → its name in JSON, for names that are keywords of Python."""


def to_json(snapshot: Any) -> dict[str, Any]:
    """Return a dataclass as plain JSON types."""
    return dataclasses.asdict(snapshot, dict_factory=_object)


def from_json(kind: type[T], data: Any) -> T:
    """Return the dataclass `kind` that `to_json` turned into `data`. Unknown keys are ignored, so that an older control
    room works with a newer station. Raises `ValueError` if a required field is missing or has the wrong type."""
    if not isinstance(data, dict):
        raise ValueError(f"{kind.__name__} is an object, not {type(data).__name__}")
    known: dict[str, Any] = {}
    for name, key, read in _fields(kind):  # type: ignore[arg-type]  # a class is hashable, whatever its metaclass
        if key in data:
            known[name] = read(data[key]) if read else data[key]
    try:
        return kind(**known)
    except TypeError as error:
        raise ValueError(str(error)) from error


def json_name(field: str) -> str:
    """Return the name in JSON of a field of a dataclass."""
    return _JSON_NAMES.get(field, field)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    give_way()
    return {_JSON_NAMES.get(name, name): value for name, value in pairs}


@cache
def _fields(kind: type) -> tuple[tuple[str, str, Reader | None], ...]:
    """Return (field name, JSON name, reader) for each field of a dataclass. Cached, because a control room reads
    snapshots four times a second."""
    hints = typing.get_type_hints(kind)
    return tuple((name, _JSON_NAMES.get(name, name), _reader(hint)) for name, hint in hints.items())


def _reader(hint: Any) -> Reader | None:
    """Return the function that converts a JSON value to this type; None if the value needs no conversion."""
    if isinstance(hint, types.UnionType):
        read = _reader(next(arg for arg in typing.get_args(hint) if arg is not type(None)))
        return read and (lambda value: None if value is None else read(value))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return partial(from_json, hint)
    if typing.get_origin(hint) is tuple:
        each = _reader(typing.get_args(hint)[0])
        return (lambda value: tuple(map(each, value))) if each else tuple
    return None
