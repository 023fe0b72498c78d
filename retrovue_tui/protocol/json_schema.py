"""JSON Schema (2020-12) of the dataclasses that cross the wall, made from their types. Descriptions are their
docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from typing import Any, Final, Literal

from retrovue_tui.protocol.json_codec import json_name

Schema = dict[str, Any]
_PLAIN: Final[dict[Any, Schema]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"},
    type(None): {"type": "null"}, Any: {},
}  # fmt: skip


class SchemaSet:
    """Collects the schemas of dataclasses. `prefix`: the address below which they are, as `$ref` names them."""

    def __init__(self, prefix: str) -> None:
        self.schemas: dict[str, Schema] = {}
        self._prefix = prefix

    def add(self, kind: type, *, sent: bool = False) -> Schema:
        """Return a reference to the schema of a dataclass, and collect that schema and all that it needs. `sent`:
        clients send it, so fields that have a default may be missing; the station's answers have all fields."""
        name = kind.__name__
        if name not in self.schemas:
            self.schemas[name] = {}  # a class may contain itself
            self.schemas[name] = self._object(kind, sent=sent)
        return {"$ref": f"{self._prefix}{name}"}

    def of(self, hint: Any, *, sent: bool = False) -> Schema:
        """Return the schema of a type. Raises `TypeError` for a type that has no schema."""
        if (plain := _PLAIN.get(hint) if isinstance(hint, typing.Hashable) else None) is not None:
            return dict(plain)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin in (types.UnionType, typing.Union):
            return _either([self.of(each, sent=sent) for each in arguments])
        if origin in (tuple, list):
            return {"type": "array", "items": self.of(arguments[0], sent=sent)}
        if origin is dict:
            values = self.of(arguments[1], sent=sent)
            return {"type": "object", **({"additionalProperties": values} if values else {})}
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self.add(hint, sent=sent)
        raise TypeError(f"no schema for {hint!r}")

    def _object(self, kind: type, *, sent: bool) -> Schema:
        hints = typing.get_type_hints(kind)
        fields = {each.name: each for each in dataclasses.fields(kind)}
        required = [json_name(name) for name, each in fields.items() if not sent or _is_needed(each)]
        return {
            "type": "object",
            "description": inspect.getdoc(kind) or "",
            "properties": {json_name(name): self.of(hints[name], sent=sent) for name in fields},
            **({"required": required} if required else {}),
        }


def _is_needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _either(schemas: list[Schema]) -> Schema:
    """Return the schema of a union: short if all are plain types."""
    if all(set(each) == {"type"} for each in schemas):
        return {"type": [each["type"] for each in schemas]}
    return {"anyOf": schemas}
