"""An order to a machine of a farm: which file to search for break candidates. The result is a file in the order's
folder, which all machines share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui import __version__
from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.analysis.result_cache import VERSION, candidate_from_json
from retrovue_tui.media.asset_json import asset_from_json, asset_to_json
from retrovue_tui.media.farm.path_maps import mapped, mapped_asset
from retrovue_tui.media.farm.render_order import OrderError
from retrovue_tui.text.printable import printable
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.analysis.analyser import Analysis
    from retrovue_tui.media.asset import Asset

KIND: Final = "analysis"
"""The kind of these orders in JSON; an order to render has none."""
RESULT: Final = "analysis.json"
"""The name of the result in the order's folder."""
PARTS: Final = 1_000
"""A machine reports its progress in so many parts."""
MOST_WARNINGS: Final = 20


@dataclass(frozen=True)
class AnalysisOrder:
    """Search an asset for break candidates, in frames of `rate`. `id` names the order in every message about it."""

    id: str
    folder: Path
    asset: Asset
    rate: FrameRate

    def to_json(self) -> dict[str, Any]:
        """Return the order as plain JSON types, with the version of this program."""
        return {
            "kind": KIND, "version": __version__, "analysis": VERSION, "id": self.id, "folder": str(self.folder),
            "asset": asset_to_json(self.asset), "rate": str(self.rate),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> AnalysisOrder:
        """Return the order that `to_json` returned as `data`. Raises `OrderError` for any other data, also for an order
        of another version of this program."""
        if (theirs := (data.get("version"), data.get("analysis"))) != (__version__, VERSION):
            raise OrderError(f"the station is version {theirs[0]}, and this machine is {__version__}; install the same")
        try:
            asset, rate = asset_from_json(data["asset"]), FrameRate.parse(data["rate"])
            return cls(str(data["id"]), Path(data["folder"]), asset, rate)
        except (KeyError, ValueError, TypeError, AttributeError, ZeroDivisionError, RetrovueError) as error:
            raise OrderError(f"the station sent an order that cannot be read: {error!r}") from error

    def on_machine(self, maps: Sequence[tuple[str, str]]) -> AnalysisOrder:
        """Return the order with the paths of another machine; see `mapped`."""
        return AnalysisOrder(self.id, mapped(self.folder, maps), mapped_asset(self.asset, maps), self.rate)


def result_to_json(analysis: Analysis) -> dict[str, Any]:
    """Return the result of an analysis as plain JSON types."""
    return {"candidates": [asdict(each) for each in analysis.candidates], "warnings": list(analysis.warnings)}


def read_result(data: Any, frames: int) -> tuple[list[BreakCandidate], list[str]]:
    """Return the candidates and the warnings in a result. `frames`: the asset's length. Raises `ValueError`, `KeyError`
    or `TypeError` if it is no result of this asset."""
    found = [candidate_from_json(each) for each in data["candidates"]]
    if any(each.frame >= frames for each in found):
        raise ValueError("a candidate after the end of the file")
    return found, [printable(str(each)) for each in data["warnings"][:MOST_WARNINGS]]
