"""The fields of the block dialog: what an operator types, and the value that stands for it in `retrovue.toml`. Pure."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from retrovue_tui.protocol.answers.plan import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["text", "list", "number", "flag", "table"]


@dataclass(frozen=True)
class BlockField:
    """One key of a block: how it is typed, the values to choose from, and an explanation."""

    key: str
    hint: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()


_ALL: Final = (
    BlockField("name", "what the block is called"),
    BlockField("days", "mon-fri, sat,sun, 2026-12-24..2026-12-26, or 12-24..12-26 for each year", choices=("daily",)),
    BlockField("at", "when it begins: 18:00"),
    BlockField("until", "when it ends: 20:00; 02:00 is on the next day"),
    BlockField("programmes", "folders or globs below the library, with commas between: Shows/*, Movies", "list"),
    BlockField("order", "series: in turn · shuffle: no repeat before all aired · random: by weights",
               choices=("series", "shuffle", "random")),
    BlockField("align", "programmes begin on multiples of this: 30m; none: one after another",
               choices=("none", "30m", "15m", "10m", "5m", "1h")),
    BlockField("overrun", "the last programme: finish it · skip what is too long · cut it",
               choices=("finish", "skip", "cut")),
    BlockField("breaks", 'where breaks go: natural · chapters · every 10m · none',
               choices=("natural", "chapters", "none", "every 10m")),
    BlockField("break_length", "the length of a break: 2m"),
    BlockField("act_length", "the part of a programme between two breaks: 10m"),
    BlockField("most_breaks", "the most breaks of a programme", "number"),
    BlockField("unnatural_breaks", "allow: break also where no natural place is · avoid", choices=("allow", "avoid")),
    BlockField("break_in", "the pool of the bumpers that open a break"),
    BlockField("break_out", "the pool of the bumpers that close a break"),
    BlockField("on_time", "absorb: change breaks to stay on time · drift", choices=("absorb", "drift")),
    BlockField("marathon", "true: all episodes of a series before the next one", "flag", ("true", "false")),
    BlockField("weights", "how often programmes are drawn: Shows/Quiz/* = 2, Movies = 0.5", "table"),
    BlockField("rerun_of", "the name of the block that this one repeats"),
    BlockField("after", "how long after the other block it repeats it: 1d, 7d"),
)  # fmt: skip
_OF_PLAN: Final = (
    BlockField("horizon", "how far ahead the rundown is written: 1d"),
    BlockField("seed", "another number shuffles differently", "number"),
    BlockField("colour", "the colour of the cards: #2a4d8f"),
)


def fields_of(block: int) -> tuple[BlockField, ...]:
    """Return the fields of a block, or those of [channel.plan]."""
    if block != BASE:
        return _ALL
    return tuple(field for field in _ALL if field.key not in ("name", "days", "at", "until")) + _OF_PLAN


def text_of(value: Any) -> str:
    """Return a value as an operator types it; empty for a key that the block does not have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_quoted(str(each)) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{_quoted(str(key))} = {each:g}" for key, each in value.items())
    return str(value)


def value_of(field: BlockField, text: str) -> Any:
    """Return the value that a text stands for; None if it is empty. A text that is not what the field expects stays a
    text, so that the station explains what is wrong."""
    text = text.strip()
    if not text:
        return None
    if field.kind == "list":
        return _items(text)
    if field.kind == "number":
        return int(text) if text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 18 else text
    if field.kind == "flag":
        return {"true": True, "false": False}.get(text.lower(), text)
    return _table(text) if field.kind == "table" else text


def changes(fields: tuple[BlockField, ...], before: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return key → new value for the fields whose text has changed; None removes the key."""
    changed = [field for field in fields if texts[field.key].strip() != text_of(before.get(field.key)).strip()]
    return {field.key: value_of(field, texts[field.key]) for field in changed}


def _quoted(text: str) -> str:
    plain = text == text.strip() and not any(each in text for each in ',"=') and text
    return text if plain else '"' + text.replace('"', '""') + '"'


def _items(text: str) -> list[str]:
    """Return the parts between commas; a part in quotes may contain commas."""
    rows = list(csv.reader([text.replace("\n", " ").replace("\r", " ")], skipinitialspace=True))
    return [each for each in (part.rstrip() for part in rows[0]) if each] if rows else []


def _table(text: str) -> Any:
    """Return `A/* = 2, B = 0.5` as a table; the text itself if it is not one."""
    table: dict[str, float] = {}
    for part in _items(text):
        key, _, number = part.rpartition("=")
        try:
            table[key.strip()] = float(number)
        except ValueError:
            return text
        if not key.strip():
            return text
    return table
