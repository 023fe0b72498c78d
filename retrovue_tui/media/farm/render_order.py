"""An order to a machine of a farm: which frames of which file to render, in which format, and into which folder.

It consists of plain JSON types. Everything that decides the content of a piece is in it, so that a piece is the same
wherever it is rendered.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui import __version__
from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.asset_json import asset_from_json, asset_to_json
from retrovue_tui.media.house_format import RECIPE, HouseFormat
from retrovue_tui.media.rendering.arguments.render_filters import Range
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset


class OrderError(RetrovueError):
    """An order that this machine cannot carry out; the message says why, and what to do."""


@dataclass(frozen=True)
class RenderOrder:
    """Render the frames `wanted` of an asset into `folder`, which all machines share. `length` is the asset's length in
    frames, as far as it is known. `measure`: also measure the pieces for the search for breaks. `id` names the order in
    every message about it."""

    id: str
    folder: Path
    asset: Asset
    house: HouseFormat
    wanted: Range
    length: int
    measure: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the order as plain JSON types, with the version of this program."""
        house = {**asdict(self.house), "rate": str(self.house.rate)}
        return {
            "version": __version__, "recipe": RECIPE, "id": self.id, "folder": str(self.folder),
            "asset": asset_to_json(self.asset), "house": house, "house_key": self.house.key,
            "wanted": asdict(self.wanted) | {"keys": list(self.wanted.keys)}, "length": self.length,
            "measure": self.measure,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> RenderOrder:
        """Return the order that `to_json` returned as `data`. Raises `OrderError` for any other data, also for an order
        of another version of this program."""
        if (theirs := (data.get("version"), data.get("recipe"))) != (__version__, RECIPE):
            raise OrderError(f"the station is version {theirs[0]}, and this machine is {__version__}; install the same")
        try:
            house = HouseFormat(**{**data["house"], "rate": FrameRate.parse(data["house"]["rate"])})
            wanted = Range(**{**data["wanted"], "keys": tuple(data["wanted"]["keys"])})
            asset, folder = asset_from_json(data["asset"]), Path(data["folder"])
            order = cls(str(data["id"]), folder, asset, house, wanted, int(data["length"]), data["measure"] is True)
        except (KeyError, ValueError, TypeError, AttributeError, ZeroDivisionError, RetrovueError) as error:
            raise OrderError(f"the station sent an order that cannot be read: {error!r}") from error
        if order.house.key != data["house_key"]:
            raise OrderError("the station's house format has another name here; install the same version on both")
        return order
