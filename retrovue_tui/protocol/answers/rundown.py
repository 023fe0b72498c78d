"""A channel's rundown and its edit history, as clients receive them."""

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
    """One entry of a rundown. `out_frame` is exclusive; None: the end of the asset. `start_at`: the planned start (Unix
    time, s); None: unknown, or the entry does not air again. `break_id`: the id of its break. In JSON the key is
    `break`, which cannot be a name in Python. `split`: the versions that groups of viewers see instead, with their
    shares, for people; empty if all see the same. `version`: the file that airs instead of `file` in this pass
    through the rundown, if the versions of a spot air in turn; empty if `file` airs."""

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
    split: str = ""
    version: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain JSON types. This is quick, because a rundown may have ten thousand rows."""
        data = dict(vars(self))
        data["break"] = data.pop("break_id")
        return data


@dataclass(frozen=True)
class HistoryRow:
    """One step of a rundown's edit history: its description, its time (Unix time, s; None: unknown), and whether it is
    undone."""

    label: str
    at: float | None = None
    undone: bool = False


@dataclass(frozen=True)
class HistorySnapshot:
    """The steps that can be undone or redone, oldest first. The undone steps are at the end."""

    revision: int
    steps: tuple[HistoryRow, ...] = ()


@dataclass(frozen=True)
class RundownSnapshot:
    """A rundown at one moment. Each edit changes its `revision`. `grid`: the times at which aligned programmes of a
    planned channel may begin (Unix time, s), from about an hour ago to a day ahead; empty without `align`."""

    revision: int
    entries: tuple[RundownRow, ...] = ()
    grid: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the rundown as plain JSON types."""
        return {"revision": self.revision, "grid": list(self.grid), "entries": list(self.rows())}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the entries as plain JSON types, one by one."""
        return (row.to_json() for row in self.entries)

    @classmethod
    def from_json(cls, data: Any) -> RundownSnapshot:
        """Return the rundown that `to_json` turned into `data`. Raises `ValueError`."""
        return from_json(cls, data)
