"""The receipt with which the station answers a command, and its JSON.

Times `…_at` are Unix time (s), `…_s` are seconds, `…_frame` are house frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from retrovue_tui.protocol.json_codec import from_json, to_json
from retrovue_tui.protocol.rundown import RundownSnapshot


@dataclass(frozen=True)
class Downstream:
    """A later entry, and the time at which it would begin, as a dry run reports it."""

    entry: str
    title: str
    starts_at: float
    starts_in_s: float


@dataclass(frozen=True)
class Receipt:
    """The answer to a command. A refused command has changed nothing; `reason` says why.

    `on_air_at` is the time at which viewers of the live edge first see a difference. It is None if they never do (the
    `changes` then say so), and while the channel is stopped. `on_air_in_s` is the same time, counted from the receipt:
    a little below 0 if the change went on air while the receipt was written. Everything that airs before `locked_until`
    can no longer be changed.

    A dry run fills `downstream`. A dry run of `apply` also fills `rundown`: the rundown that would result, with its
    ids. A dry run of edits fills `edits`: the same edits, each with its chosen spots and with the `ids` of the breaks
    and entries that it makes. Sent in this form, they have the same result, whatever airs meanwhile.
    """

    accepted: bool
    generation: int
    revision: int
    on_air_at: float | None = None
    on_air_in_s: float | None = None
    changes: tuple[str, ...] = ()
    locked_until: float | None = None
    warnings: tuple[str, ...] = ()
    reason: str = ""
    downstream: tuple[Downstream, ...] = ()
    rundown: RundownSnapshot | None = None
    edits: tuple[dict[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the receipt as plain JSON types."""
        return to_json(self)

    @classmethod
    def from_json(cls, data: Any) -> Receipt:
        """Return the receipt from the output of `to_json`. Raises `ValueError`."""
        return from_json(cls, data)
