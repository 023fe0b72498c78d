"""JSON Schema (2020-12) of the commands for a channel, made from their specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from retrovue_tui.entry_kind import EntryKind
from retrovue_tui.protocol.command_specs import COMMAND_SPECS, EDITS, NOT_BOTH
from retrovue_tui.protocol.command_values import (
    LAST_FRAME,
    LATEST_S,
    LONGEST_BREAK_S,
    LONGEST_FILE,
    LONGEST_ID,
    MOST_SPOTS,
)
from retrovue_tui.protocol.commands import MOST_EDITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.protocol.command_specs import CommandSpec
    from retrovue_tui.protocol.json_schema import Schema

_TEXT: Final = r"^[^\n\r\x00]*[^\s\x00][^\n\r\x00]*$"
_FILE: Final = {"type": "string", "pattern": _TEXT, "maxLength": LONGEST_FILE}
_ID: Final = {"type": "string", "pattern": _TEXT, "maxLength": LONGEST_ID}
_FRAME: Final = {"type": "integer", "minimum": 0, "maximum": LAST_FRAME}
ARGUMENTS: Final[dict[str, Schema]] = {
    "spots": {"type": "array", "items": _FILE, "minItems": 1, "maxItems": MOST_SPOTS,
              "description": "The files of the spots, in order."},
    "seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_BREAK_S,
                "description": "The length of the break (s); it is filled from the pool."},
    "at_s": {"type": "number", "minimum": 0, "maximum": LATEST_S, "description": "A time of the entry's file (s)."},
    "at_frame": {**_FRAME, "description": "A house frame of the entry's file, from 0."},
    "in_frame": {**_FRAME, "description": "The first house frame of the file that airs."},
    "out_frame": {**_FRAME, "description": "The house frame of the file after the last one that airs."},
    "entry": {**_ID, "description": "The id of an entry."},
    "break": {**_ID, "description": "The id of a break."},
    "file": {**_FILE, "description": "A media file, as the library and the rundowns name it."},
    "before": {**_ID, "description": "The id of the entry before which it goes."},
    "after": {**_ID, "description": "The id of the entry after which it goes."},
    "kind": {"enum": list(get_args(EntryKind))},
    "ids": {"type": "array", "items": _ID, "maxItems": 2 * MOST_SPOTS,
            "description": "The ids that a dry run gave to the new break and entries."},
    "edits": {"type": "array", "minItems": 1, "maxItems": MOST_EDITS, "items": {"$ref": "#/components/schemas/Edit"},
              "description": "The edits, which are applied as one."},
}  # fmt: skip
"""Argument → the schema of its value."""


def command_schemas() -> dict[str, Schema]:
    """Return the schemas `Command` and `Edit`, and one for each command."""
    made = {_name(name): _command(name, spec) for name, spec in COMMAND_SPECS.items()}
    made |= {f"{_name(name)}Edit": _command(name, COMMAND_SPECS[name], edit=True) for name in EDITS}
    made["Command"] = _one_of([(name, _name(name)) for name in COMMAND_SPECS], "A command for a channel.")
    made["Edit"] = _one_of([(name, f"{_name(name)}Edit") for name in EDITS], "An edit of an `apply`.")
    return made


def _name(command: str) -> str:
    return "".join(part.title() for part in command.split("_")) + "Command"


def _one_of(names: list[tuple[str, str]], what: str) -> Schema:
    refs = {command: f"#/components/schemas/{name}" for command, name in names}
    return {
        "description": what,
        "oneOf": [{"$ref": each} for each in refs.values()],
        "discriminator": {"propertyName": "command", "mapping": refs},
    }


def _command(name: str, spec: CommandSpec, *, edit: bool = False) -> Schema:
    properties: dict[str, Any] = {"command": {"const": name}}
    properties |= {each: ARGUMENTS[each] for each in spec.names}
    if not edit:
        properties["dry_run"] = {"type": "boolean", "description": "Only report what would happen."}
        properties["revision"] = {
            "type": "integer", "minimum": 0, "exclusiveMaximum": 2**53,
            "description": "Refuse the command if the rundown has another revision.",
        }  # fmt: skip
    rules = list(_rules(spec))
    return {
        "type": "object",
        "description": f"{spec.does[0].upper()}{spec.does[1:]}.",
        "properties": properties,
        "required": ["command", *spec.needs],
        "additionalProperties": False,
        **({"allOf": rules} if rules else {}),
    }


def _rules(spec: CommandSpec) -> Iterator[Schema]:
    """Yield the rules about arguments that exclude or need each other."""
    names = set(spec.names)
    for pair in dict.fromkeys((*NOT_BOTH, *((spec.one_of,) if spec.one_of else ()))):
        if names.issuperset(pair):
            yield {"not": {"required": list(pair)}}
    choices = [spec.one_of, spec.any_of, ("at_s", "at_frame") if spec.needs_place else ()]
    for choice in filter(None, choices):
        yield {"anyOf": [{"required": [each]} for each in choice]}
