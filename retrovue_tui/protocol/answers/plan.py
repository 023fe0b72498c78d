"""The plan of a channel, as clients receive it, and changes of its blocks.

Times `…_at` are Unix time (s), `…_s` are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from retrovue_tui.protocol.json_codec import from_json, to_json

BASE: Literal[-1] = -1
"""The number of [channel.plan], whose rules hold where no block does, among the blocks of a channel."""
MOST_DAYS = 14
Source = Literal["rundown", "forecast"]
Action = Literal["change", "add", "remove"]


@dataclass(frozen=True)
class ClockChange:
    """From `at` on, clocks of the channel's time zone are `offset_s` ahead of UTC."""

    at: float
    offset_s: float


@dataclass(frozen=True)
class PlanDay:
    """One day of the channel's time zone: its date like `2026-11-26`, its first moment, and that of the next day."""

    date: str
    start_at: float
    end_at: float


@dataclass(frozen=True)
class BlockSpan:
    """A stretch of time in which the rules of one block hold. `block`: its number; `BASE` for [channel.plan]."""

    block: int
    start_at: float
    end_at: float


@dataclass(frozen=True)
class PlannedSlot:
    """A programme with its breaks, or a stretch of filling (`title` is empty).

    `source`: `rundown` (it is written), or `forecast` (a plan from today's rules; it is written later). `block`: the
    number of the block that holds when it begins. `file`: the programme's path; empty for filling. `breaks`, `break_s`:
    how many breaks it has, and their whole length. `fixed`: it begins at an announced time. `marks`: `premiere`,
    `repeat`, or `by hand`. `warnings`: what could not be done as the rules want it.
    """

    start_at: float
    end_at: float
    title: str
    why: str = ""
    file: str = ""
    block: int = BASE
    source: Source = "rundown"
    breaks: int = 0
    break_s: float = 0.0
    fixed: bool = False
    marks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanGap:
    """A stretch of time without a programme. `why`: what is the matter, and what to do about it."""

    start_at: float
    end_at: float
    why: str


@dataclass(frozen=True)
class BlockRules:
    """A block as the file has it. `block`: its number; `BASE` for [channel.plan]. `values`: its keys and their TOML
    values."""

    block: int
    name: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanSnapshot:
    """The programmes of a channel in the coming days.

    `revision`: names the text of `retrovue.toml` from which `blocks` was read; a change sends it back. `timezone`: its
    name; empty for the station's own. `planned`: whether the channel has a plan; without one, the slots are those of
    the rundown file. `horizon_at`: where the rundown ends and the forecast begins. `until_at`: where the forecast ends;
    earlier than the last day if planning took too long. `undo`: what an undo would take back; empty if nothing.
    `problem`: why blocks cannot be changed now; empty if they can.
    """

    channel: str
    at: float
    revision: str = ""
    timezone: str = ""
    planned: bool = False
    horizon_at: float = 0.0
    until_at: float = 0.0
    days: tuple[PlanDay, ...] = ()
    clock: tuple[ClockChange, ...] = ()
    spans: tuple[BlockSpan, ...] = ()
    slots: tuple[PlannedSlot, ...] = ()
    gaps: tuple[PlanGap, ...] = ()
    blocks: tuple[BlockRules, ...] = ()
    undo: str = ""
    problem: str = ""


@dataclass(frozen=True)
class BlockEdit:
    """A change of a channel's blocks.

    `block`: the number of the block that is changed or removed. `values`: key → new TOML value; None removes the key.
    Keys that are not named stay as they are. `revision`: that of the `PlanSnapshot` from which the client works.
    """

    action: Action
    revision: str
    block: int = BASE
    values: dict[str, Any] = field(default_factory=dict)
    dry_run: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain JSON types."""
        return to_json(self)

    @classmethod
    def from_json(cls, data: Any) -> BlockEdit:
        """Return the change that `to_json` turned into `data`. Raises `ValueError` if a value has the wrong type."""
        made = from_json(cls, data)
        if made.action not in ("change", "add", "remove"):
            raise ValueError(f'action is "change", "add" or "remove", not {made.action!r}')
        if not isinstance(made.revision, str) or not isinstance(made.dry_run, bool):
            raise ValueError("revision is a text, and dry_run is true or false")
        if isinstance(made.block, bool) or not isinstance(made.block, int) or made.block < BASE:
            raise ValueError("block is the number of a block, from 0; -1 is [channel.plan]")
        if not isinstance(made.values, dict):
            raise ValueError("values is an object of keys and their new values")
        return made


@dataclass(frozen=True)
class BlockProblem:
    """Why a change is refused. `key`: the key of the block that is wrong; empty if it is none of them. `line`: where it
    stands in the changed text."""

    message: str
    key: str = ""
    line: int | None = None


@dataclass(frozen=True)
class PlanDifference:
    """A time at which something else airs after a change. `before`, `after`: titles; empty where nothing begins."""

    at: float
    before: str
    after: str
    why: str = ""


@dataclass(frozen=True)
class BlockReceipt:
    """The answer to a change of blocks. A refused change has changed nothing.

    `reason`: why it is refused as a whole; `problems`: what is wrong in single values. `revision`: that of the file
    now. `differences`: the first times at which something else airs, `count`: how many there are until `until_at`.
    `warnings`: what the new plan cannot do as its rules want it. `undo`: what an undo would take back.
    """

    accepted: bool
    revision: str = ""
    reason: str = ""
    problems: tuple[BlockProblem, ...] = ()
    differences: tuple[PlanDifference, ...] = ()
    count: int = 0
    until_at: float = 0.0
    warnings: tuple[str, ...] = ()
    undo: str = ""
