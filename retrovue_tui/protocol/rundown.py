"""A channel's rundown and its history, as clients get them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from retrovue_tui.entry_kind import EntryKind  # read at run time, by `from_json`
from retrovue_tui.protocol.json_codec import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator


Status = Literal["aired", "on_air", "locked", "planned", "missing"]


@dataclass(frozen=True)
class RundownRow:
    """One entry of a rundown. `out_frame` None: to the asset's end. `start_at` None: not known, or it does not air
    again. `break_id` is the id of its break; in JSON the key is `break`, which is a keyword of Python."""

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
        """Return the row as plain JSON types. Costs little, because a rundown may have ten thousand rows."""
        data = dict(vars(self))
        data["break"] = data.pop("break_id")
        return data


@dataclass(frozen=True)
class HistoryRow:
    """One step of a rundown's history: its description, its time (Unix time; None: not known), and whether it is
    undone."""

    label: str
    at: float | None = None
    undone: bool = False


@dataclass(frozen=True)
class HistorySnapshot:
    """The steps that can be undone and redone, oldest first. The undone ones come last."""

    revision: int
    steps: tuple[HistoryRow, ...] = ()


@dataclass(frozen=True)
class RundownSnapshot:
    """A rundown at one moment. Each edit changes its `revision`."""

    revision: int
    entries: tuple[RundownRow, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the rundown as plain JSON types."""
        return {"revision": self.revision, "entries": list(self.rows())}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the entries as plain JSON types, one by one."""
        return (row.to_json() for row in self.entries)

    @classmethod
    def from_json(cls, data: Any) -> RundownSnapshot:
        """Return the rundown from the output of `to_json`. Raises `ValueError`."""
        return from_json(cls, data)
