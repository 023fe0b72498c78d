"""One operation of the HTTP interface: what a client sends, and what it gets. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from retrovue_tui.server.limits import COMMANDS_A_SECOND, COMMANDS_AT_ONCE, READS_A_SECOND, READS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]
Access = Literal["operator", "viewer", "open"]
Place = Literal["path", "query", "header"]

READS: Final = f"{READS_A_SECOND:.0f} a second, {READS_AT_ONCE:.0f} in a burst"
COMMANDS: Final = f"{COMMANDS_A_SECOND:.0f} a second, {COMMANDS_AT_ONCE:.0f} in a burst"
JSON: Final = "application/json"
TIME: Final = "Unix time (s), 2026-03-01, 2026-03-01T20:15, 20:15, or 2h (ago)"
"""How a time is written in the query."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of an address or a header. Those of the path are always needed."""

    name: str
    text: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    place: Place = "query"
    needed: bool = False


@dataclass(frozen=True)
class Answer:
    """An answer: what it is, and its contents. `kind`: a dataclass of the protocol, a schema, or None if there is no
    body. `media`: its media type."""

    text: str
    kind: type | Schema | None = None
    media: str = JSON


@dataclass(frozen=True)
class Operation:
    """An operation. `id`: its name for generated clients. `body`: the JSON that it takes; None: it takes none.
    `access`: whose token it needs; `open`: none. `limit`: how often it may be called. `head`: whether HEAD answers,
    too."""

    method: Literal["GET", "POST", "HEAD", "OPTIONS"]
    path: str
    id: str
    summary: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: type | Schema | None = None
    body_needed: bool = True
    access: Access = "operator"
    limit: str = ""
    head: bool = True
    description: str = ""


CHANNEL: Final = Parameter("channel", "The id of a channel.", {"type": "string"}, "path", True)
FILE: Final = Parameter(
    "file", "A media file, as the library and the rundowns name it.",
    {"type": "string", "minLength": 1, "maxLength": 4_096}, needed=True,
)  # fmt: skip


def whole(name: str, text: str, low: int, high: int, default: int) -> Parameter:
    """Return a parameter of the query that is a whole number."""
    return Parameter(name, text, {"type": "integer", "minimum": low, "maximum": high, "default": default})


def choice(name: str, text: str, *values: str) -> Parameter:
    """Return a parameter of the query that is one of these texts."""
    return Parameter(name, text, {"enum": list(values)})


def json(kind: type | Schema, text: str) -> dict[int, Answer]:
    """Return the answers of an operation that answers with JSON."""
    return {200: Answer(text, kind)}
