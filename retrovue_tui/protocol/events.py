"""The events of a station: numbered, and kept for a while so that a listener can resume."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Event:
    """One event. `id` rises by one with each event, `at` is Unix time, `message` is one line for a person.

    Kinds: `state`, `take`, `seam`, `entry_started`, `entry_ended`, `deck_failed`, `slate`, `prepare`, `library`,
    `viewer_joined`, `viewer_left`, `edit_applied`, `edit_refused`, `alarm`, `warning`, `station`.
    """

    id: int
    at: float
    kind: str
    message: str
    channel: str | None = None
    level: Level = "info"
    data: dict[str, Any] = field(default_factory=dict)
