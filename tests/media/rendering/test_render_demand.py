"""Which parts of the missing media are given to several machines at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_demand import Demand, Need
from tests.media.rendering.test_piece_store import COUNT, HOUSE, asset, put

if TYPE_CHECKING:
    from pathlib import Path


async def test_orders_are_a_step_apart_and_leave_out_what_is_there_or_running(tmp_path: Path) -> None:
    one, other = asset("one", 20 * COUNT), asset("other", 9 * COUNT)
    store = PieceStore(tmp_path, HOUSE, 10**9)
    for each in (one, other):
        await store.open(each)
    await put(store, one, 0)
    await put(store, one, 6)
    demand = Demand(store)
    demand.put("channel", [Need(other, 0, 9 * COUNT, 900.0), Need(one, 10, 15 * COUNT, 100.0, patient=True)])

    refused = None

    def beyond(*taken: tuple[str, int, int], most: int = 9) -> list[tuple[str, int, int]]:
        tasks = demand.beyond(taken, 5, most, lambda task: task.asset is not refused)
        assert all(task.patient == (task.asset is one) for task in tasks)
        return [(task.asset.path.name[:3], task.first // COUNT, task.end // COUNT) for task in tasks]

    assert beyond() == [("one", 1, 15), ("one", 7, 15), ("one", 12, 15), ("oth", 0, 9), ("oth", 5, 9)]
    assert beyond(most=2) == [("one", 1, 15), ("one", 7, 15)]
    assert beyond((one.key, COUNT, 6 * COUNT), (one.key, 8 * COUNT + 1, 14 * COUNT), most=3) == [
        ("one", 7, 15), ("one", 14, 15), ("oth", 0, 9),
    ]  # fmt: skip
    assert beyond((one.key, 0, 20 * COUNT), (other.key, 0, 9 * COUNT)) == []
    refused = one
    assert beyond(most=1) == [("oth", 0, 9)]
    air = [task.air_at for task in demand.beyond((), 5, 2, lambda _: True)]
    assert air == [100 + float(HOUSE.rate.seconds(COUNT - 10)), 100 + float(HOUSE.rate.seconds(7 * COUNT - 10))]
