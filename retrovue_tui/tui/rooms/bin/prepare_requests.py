"""Asks the station to prepare files of the bin, one after another, and collects the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.tui.station_link import StationLine

REASONS: Final = 3
"""How many refusals are shown in full."""


@dataclass(frozen=True)
class PrepareResult:
    """How many files the station accepted, and why it refused others."""

    taken: int
    refused: tuple[str, ...]

    @property
    def reasons(self) -> str:
        """The first of the reasons, one per line."""
        more = len(self.refused) - REASONS
        return "\n".join([*self.refused[:REASONS], *([f"and {more} more"] if more > 0 else [])])


async def prepare(line: StationLine, files: Iterable[str]) -> PrepareResult:
    """Ask for each file. If the station is lost, the rest is not asked for."""
    taken, refused = 0, []
    for file in files:
        try:
            await line.prepare(file)
            taken += 1
        except Refused as error:
            refused.append(error.message)
        except (RetrovueError, OSError, ValueError) as error:
            refused.append(str(error) or type(error).__name__)
            break
    return PrepareResult(taken, tuple(refused))
