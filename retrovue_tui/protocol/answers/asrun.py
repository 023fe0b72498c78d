"""The entries of the as-run log, and the filter for requests.

Times `…_at` are Unix time (s). Frames are numbers of pictures on the channel's bus, counted from 0 since the channel
started; only `asset_frame` counts from the start of the asset. `started_at` comes from the wall clock. `ended_at` is
`started_at` plus the duration of the aired frames, so setting the wall clock changes no length; `wall_ended_at` is the
wall clock's time at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from retrovue_tui.entry_kind import EntryKind  # read at run time, by `from_json`
from retrovue_tui.protocol.json_codec import to_json

Ending = Literal["complete", "cut", "skipped", "stopped", "failed"]
"""How an entry ended:

- `complete`: all of its frames aired.
- `cut`: the output switched to something else before the entry's end.
- `skipped`: the operator skipped the rest.
- `stopped`: the operator stopped the channel.
- `failed`: the entry could not be played, or the station was killed.
"""

DEFAULT_LIMIT: Final = 1_000
MOST: Final = 10_000


@dataclass(frozen=True)
class SeamFacts:
    """The measurements at the start or the end of an entry. `kind`: `join`, `take` or `slate`."""

    kind: str
    video_jumps: int
    cc_errors: int
    audio_error_ms: float


@dataclass(frozen=True)
class AsRunEntry:
    """An unbroken run of frames of an entry that aired. A programme that a break interrupts has one row before the
    break and one after it; in each row, `frames_planned` counts from the start of that row.

    `ended` None: the entry is on air. `ended_at`, `end_frame` and all counts then show the state at the last write to
    the log. `end_frame` is exclusive: the first picture after the entry. `note` explains an ending that was not
    planned. `asset` is the key of the content that aired; None for the slate, and in rows of older versions.

    Only rows of spots have the following; rows of older versions do not. `spot`: the file of the spot in its pool;
    `file` differs from it if a variant of the spot aired. `advertiser`: as the pool file stated it then. `position`:
    the place in the break, from 1. `break_airing`: the id of the first row of the break. `programme_airing`: the id of
    the row of the programme before the break; None if something else aired before it.
    """

    id: str
    channel: str
    entry: str
    kind: EntryKind
    title: str
    file: str
    break_id: str | None
    generation: int
    planned_at: float | None
    planned_frame: int | None
    started_at: float
    first_frame: int
    ended_at: float | None
    end_frame: int | None
    asset_frame: int
    frames_planned: int
    frames_aired: int = 0
    ended: Ending | None = None
    note: str = ""
    viewers_start: int = 0
    viewers_peak: int = 0
    viewers_end: int = 0
    viewer_seconds: float = 0.0
    seam_in: SeamFacts | None = None
    seam_out: SeamFacts | None = None
    wall_ended_at: float | None = None
    asset: str | None = None
    spot: str | None = None
    advertiser: str | None = None
    position: int | None = None
    break_airing: str | None = None
    programme_airing: str | None = None


_SEAM: Final = tuple(field.name for field in fields(SeamFacts))
_ENDS: Final = ("seam_in", "seam_out")
_LATER: Final = ("wall_ended_at", "asset", "spot", "advertiser", "position", "break_airing", "programme_airing")
COLUMNS: Final = (
    *(
        "break" if field.name == "break_id" else field.name
        for field in fields(AsRunEntry)
        if field.name not in (*_ENDS, *_LATER)
    ),
    *(f"{end}_{name}" for end in _ENDS for name in _SEAM),
    *_LATER,
)
"""The column names, in order, of a flat row in the database and in a CSV file. New columns go to the end."""


def flat(entry: AsRunEntry) -> dict[str, Any]:
    """Return an entry as one row: column name → plain value."""
    row = to_json(entry)
    for end in _ENDS:
        facts = row.pop(end) or {}
        row.update((f"{end}_{name}", facts.get(name)) for name in _SEAM)
    return row


def unflat(row: dict[str, Any]) -> AsRunEntry:
    """Return the entry of a row that `flat` made."""
    data = dict(row)
    data["break_id"] = data.pop("break")
    for end in _ENDS:
        facts = {name: data.pop(f"{end}_{name}") for name in _SEAM}
        data[end] = None if facts["kind"] is None else SeamFacts(**facts)
    return AsRunEntry(**data)


@dataclass(frozen=True)
class AsRunFilter:
    """A filter for entries. `channel`, `kind`: only entries of this channel, or of this kind. `since`, `until`: only
    entries that began at `since` or later, and before `until` (Unix time, s). `limit`: only the newest entries, at most
    this many. None: no restriction."""

    channel: str | None = None
    since: float | None = None
    until: float | None = None
    kind: str | None = None
    limit: int | None = None
