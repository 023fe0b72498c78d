"""The receipt: the station's answer to a command, and its JSON.

Times `…_at` are Unix time (s), `…_s` are seconds, `…_frame` are house frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from retrovue_tui.protocol.answers.rundown import RundownSnapshot
from retrovue_tui.protocol.json_codec import from_json, to_json


@dataclass(frozen=True)
class Downstream:
    """A later entry, and when it would begin after the change, in the receipt of a dry run."""

    entry: str
    title: str
    starts_at: float
    starts_in_s: float


@dataclass(frozen=True)
class Receipt:
    """The answer to a command. A refused command has changed nothing; `reason` says why it was refused.

    `on_air_at`: when viewers at the live edge first see a difference. It is None if they never do (`changes` then says
    so), and while the channel is stopped. `on_air_in_s`: the same time, relative to the receipt; slightly below 0 if
    the change went on air while the station wrote the receipt. Everything that airs before `locked_until` can no longer
    change.

    A dry run fills `downstream`. A dry run of `apply` also fills `rundown`: the resulting rundown with its ids. A dry
    run of edits fills `edits`: the same edits, in which the station has filled in the spots that it chose and the `ids`
    of the new breaks and entries. Sent in this form, the edits have the same result, whatever airs in the meantime.
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
