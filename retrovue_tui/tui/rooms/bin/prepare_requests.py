"""Asks the station to prepare files of the bin, one at a time, and collects the results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.tui.station_link import StationLine

REASONS: Final = 3
"""How many different reasons for refusals are shown."""


@dataclass(frozen=True)
class PrepareResult:
    """The number of files that the station accepted, and its reasons for refusing others."""

    taken: int
    refused: tuple[str, ...]

    @property
    def reasons(self) -> str:
        """The first `REASONS` reasons, one per line; then how many more there are."""
        more = len(self.refused) - REASONS
        return "\n".join([*self.refused[:REASONS], *([f"and {more} more"] if more > 0 else [])])


async def prepare(line: StationLine, files: Iterable[str]) -> PrepareResult:
    """Ask the station to prepare each file; stop if the connection is lost."""
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
