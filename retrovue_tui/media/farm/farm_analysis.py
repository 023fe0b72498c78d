"""The search for break candidates on the machines of a farm. The analyser at home keeps the results."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.media.analysis.break_analysis import ElsewhereError
from retrovue_tui.media.farm.analysis_order import PARTS, RESULT, AnalysisOrder, read_result
from retrovue_tui.media.farm.farm import FarmError
from retrovue_tui.media.farm.farm_run import arrived, next_message
from retrovue_tui.media.farm.messages import Advanced, Closed, Delivered, Ended, OrderRefused, Started
from retrovue_tui.media.rendering.render_run import work_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.farm import Farm
    from retrovue_tui.media.farm.messages import Message
    from retrovue_tui.media.rendering.piece_store import PieceStore

AIR_S: Final = 3_600.0
"""An analysis comes after renders of what airs within this time (s), and before all others."""
MOST_BYTES: Final = 16_000_000
"""The most bytes of a result."""


class FarmAnalysis:
    """Searches assets for break candidates on the machines of a farm, on half of its workers at most, so that a render
    never waits for analyses alone."""

    def __init__(self, farm: Farm, store: PieceStore) -> None:
        self._farm, self._store = farm, store

    @classmethod
    def of(cls, farm: Farm | None, store: PieceStore) -> FarmAnalysis | None:
        """Return the search on a farm; None if there is no farm."""
        return None if farm is None else cls(farm, store)

    @property
    def most(self) -> int:
        """How many analyses may run there at once."""
        return -(-len(self._farm.workers) // 2)

    def takes(self, asset: Asset) -> bool:
        """Return whether a machine can be asked to analyse an asset now."""
        return self._farm.takes(asset)

    async def search(self, asset: Asset, report: Callable[[float], None]) -> tuple[list[BreakCandidate], list[str]]:
        """Return the candidates of an asset, and warnings. Raises `ElsewhereError` if the farm has not found them."""
        farm = self._farm
        try:
            async with work_folder(self._store) as folder:
                order = AnalysisOrder(secrets.token_hex(8), folder.absolute(), asset, self._store.house.rate)
                given = order.on_machine(farm.paths)
                try:
                    messages = await farm.order(given, asyncio.get_running_loop().time() + AIR_S)
                    return await self._follow(messages, order, report)
                finally:
                    farm.withdraw(order.id)
        except FarmError as error:
            if error.machine:
                farm.blame(asset, error)
            raise ElsewhereError(f"{error.machine or 'the farm'}: {error.message}") from error
        except OSError as error:
            raise ElsewhereError(f"{error}") from error

    async def _follow(
        self, messages: asyncio.Queue[Message], order: AnalysisOrder, report: Callable[[float], None]
    ) -> tuple[list[BreakCandidate], list[str]]:
        machine = ""
        while True:
            message = await next_message(messages, machine, order.asset, "analyse")
            match message:
                case Started() if not machine:
                    machine = message.machine
                case Advanced():
                    report(min(1.0, message.progress.frame / PARTS))
                case Delivered():
                    await arrived(order.folder / RESULT, message.piece.bytes, self._farm, machine)
                    return await self._result(order, machine)
                case OrderRefused(reason=reason):
                    raise FarmError(reason, machine)
                case Ended(words=words):  # home says what is wrong with the file
                    raise FarmError(words[-1] if words else "it gave up an analysis")
                case Closed(lost=False):
                    raise FarmError("it gave up an analysis", machine)
                case _:
                    raise FarmError("an order was lost")

    async def _result(self, order: AnalysisOrder, machine: str) -> tuple[list[BreakCandidate], list[str]]:
        try:
            data = await asyncio.to_thread(_read, order.folder / RESULT)
            found = read_result(data, order.asset.frames(order.rate))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise FarmError(f"its analysis of {order.asset.path} is damaged: {error!r}", machine) from error
        self._farm.praise(order.asset, machine)
        return found


def _read(path: Path) -> Any:
    with path.open("rb") as file:
        return json.loads(file.read(MOST_BYTES))
