"""The slots of a plan: each has a programme, its breaks, and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.schedule.series_memory import Planned, Programme
    from retrovue_tui.schedule.spots.spot_rules import Rule

RowKind = Literal["programme", "spot", "bumper", "card"]
CardKind = Literal["", "next", "now", "back", "sign-off"]


@dataclass(frozen=True)
class PlanRow:
    """One entry of a planned rundown: frames `in_frame` to before `out_frame` of a file.

    `file` is None for a card, which is still to be drawn; `card` says which. Rows with the same `break_number` form a
    break of their slot; None: the row is not in a break.
    """

    kind: RowKind
    file: Path | None
    in_frame: int
    out_frame: int
    title: str = ""
    break_number: int | None = None
    card: CardKind = ""
    whole: bool = False
    """Whether the row ends where its file ends."""
    short: int = 0
    """On the first row of a break: how many frames the break is shorter than it should be."""
    gave_way: tuple[Rule, ...] = ()
    """The rules that gave way for the row's spot."""

    @property
    def frames(self) -> int:
        """The length in frames."""
        return self.out_frame - self.in_frame


@dataclass(frozen=True)
class Slot:
    """A programme with its breaks, or a stretch of filling without a programme.

    `start` and `end` are frames of the plan's time grid. `fixed`: the slot begins at an announced time: on the grid of
    its block, or at the block's beginning. `airing`: what the memory notes; None without a programme.
    `why` says why this programme airs here; `gave_way`, which rules of spots gave way in its breaks; `warnings`, what
    else could not be done as the rules want it.
    """

    start: int
    end: int
    block: str
    rows: tuple[PlanRow, ...]
    why: str
    fixed: bool = False
    programme: Programme | None = None
    airing: Planned | None = None
    warnings: tuple[str, ...] = ()
    gave_way: tuple[str, ...] = ()
