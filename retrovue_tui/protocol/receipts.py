"""What the station answers to a command, and a channel's rundown as it shows it. Plain facts, and their JSON.

Times `…_at` are Unix time (s), `…_s` are seconds, `…_frame` are house frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from retrovue_tui.protocol.json_codec import from_json, to_json
from retrovue_tui.protocol.rundown import RundownSnapshot


@dataclass(frozen=True)
class Downstream:
    """A later entry and when it would begin: what a dry run shows of its effect."""

    entry: str
    title: str
    starts_at: float
    starts_in_s: float


@dataclass(frozen=True)
class Receipt:
    """The answer to a command. A refused one says the `reason` and has changed nothing.

    `on_air_at`: when viewers of the live edge first see a difference; None where they never do (the `changes` say so
    then) and while the channel is stopped.
    `on_air_in_s` is the same, counted from the receipt: a little below 0 where it went on air during the writing.
    `locked_until`: what airs before then can no longer be changed. `downstream` is filled by a dry run;
    `rundown`, by a dry run of `apply`: how it would look, with the ids that it would have. `edits`, by a dry run of
    edits, are the same edits again, each with the spots that were chosen for it and the `ids` of what it makes: given
    so, they come to the same, whatever airs meanwhile.
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
        """As plain JSON types."""
        return to_json(self)

    @classmethod
    def from_json(cls, data: Any) -> Receipt:
        """From what `to_json` made. Raises `ValueError`."""
        return from_json(cls, data)
