"""What the station answers to a command, and a channel's rundown as it shows it. Plain facts, and their JSON.

Times `…_at` are Unix time (s), `…_s` are seconds, `…_frame` are house frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from retrovue_tui.control.snapshots import EntryKind, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

Status = Literal["aired", "on_air", "locked", "planned", "missing"]


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


@dataclass(frozen=True)
class RundownRow:
    """One entry of a rundown. `out_frame` None: to the asset's end. `start_at` None: not known, or not to air again.
    `break_id` is the break it belongs to; JSON calls it `break`, which Python keeps for itself."""

    id: str
    kind: EntryKind
    title: str
    file: str
    in_frame: int
    out_frame: int | None
    duration_s: float
    start_at: float | None
    status: Status
    break_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types; cheap, as a rundown may have ten thousand of them."""
        data = dict(vars(self))
        data["break"] = data.pop("break_id")
        return data


@dataclass(frozen=True)
class HistoryRow:
    """One step of a rundown's history: what was done, when (Unix time, None: not known), whether it is undone now."""

    label: str
    at: float | None = None
    undone: bool = False


@dataclass(frozen=True)
class HistorySnapshot:
    """The steps that can be undone and redone, oldest first, undone ones last."""

    revision: int
    steps: tuple[HistoryRow, ...] = ()


@dataclass(frozen=True)
class RundownSnapshot:
    """A rundown at one moment. Each edit gives it another `revision`."""

    revision: int
    entries: tuple[RundownRow, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {"revision": self.revision, "entries": list(self.rows())}

    def rows(self) -> Iterator[dict[str, Any]]:
        """The entries as plain JSON types, one by one."""
        return (row.to_json() for row in self.entries)

    @classmethod
    def from_json(cls, data: Any) -> RundownSnapshot:
        """From what `to_json` made. Raises `ValueError`."""
        return from_json(cls, data)
