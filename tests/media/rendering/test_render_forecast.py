"""Media that will not be rendered in time is known before it airs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.media.rendering.render_forecast import RenderSpeed, lateness
from retrovue_tui.protocol.answers.snapshots import PrepareJob
from tests.media.rendering.test_piece_store import COUNT, HOUSE, asset, put

if TYPE_CHECKING:
    from pathlib import Path

PIECE_S = float(HOUSE.rate.seconds(COUNT))


def job(speed: float, state: str = "running") -> PrepareJob:
    return PrepareJob("film", state, 0.0, 0.0, speed, None)  # type: ignore[arg-type]


def test_the_speed_follows_the_renders() -> None:
    speed = RenderSpeed()
    speed.sample([job(0.0), job(9.0, "waiting")])
    assert speed.value is None
    speed.sample([job(2.0), job(4.0), job(0.0)])
    assert speed.value == 3.0
    speed.sample([])
    assert speed.value == 3.0
    speed.sample([job(1.0)])
    assert speed.value == 2.0


async def test_the_earliest_air_time_is_rendered_first(tmp_path: Path) -> None:
    one, other, unknown = asset("one", 20 * COUNT), asset("other", 20 * COUNT), asset("unknown")
    store = PieceStore(tmp_path, HOUSE, 10**9)
    for each in (one, other):
        await store.open(each)
    await put(store, one, 0)
    needs = [
        Need(other, 0, 20 * COUNT, 100 + 10 * PIECE_S), Need(one, 0, 11 * COUNT, 100.0), Need(one, 0, COUNT, 300.0),
        Need(unknown, 0, COUNT, 0.0), Need(one, 2 * COUNT, 9 * COUNT, 150.0),
    ]  # fmt: skip
    found = lateness(needs, store, 1.0, 1, 100.0)
    # ten pieces of `one` are missing; the first of them airs one piece later
    assert [(each.need, each.airs_at, round(each.late_s, 6)) for each in found] == [
        (needs[1], 100 + PIECE_S, round(-PIECE_S, 6)), (needs[0], 100 + 10 * PIECE_S, 0.0),
    ]  # fmt: skip
    assert lateness(needs, store, 1.0, 2, 100.0)[1].late_s == pytest.approx(-5 * PIECE_S)
    # at half the speed, the last of the ten pieces is ready after twenty, and due after eleven
    assert lateness(needs, store, 0.5, 1, 100.0)[0].late_s == pytest.approx(9 * PIECE_S)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(1, 9), st.integers(0, 500)), max_size=12),
       st.floats(0.2, 8))  # fmt: skip
def test_more_speed_is_never_later(tmp_path: Path, facts: list[tuple[int, int, int, int]], speed: float) -> None:
    store, assets = PieceStore(tmp_path, HOUSE, 10**9), [asset(f"{n}", 20 * COUNT) for n in range(4)]
    for each in assets:
        asyncio.run(store.open(each))
    needs = [Need(assets[n], first * COUNT, (first + length) * COUNT, float(at)) for n, first, length, at in facts]
    slow, fast = lateness(needs, store, speed, 1, 0.0), lateness(needs, store, 1.5 * speed, 1, 0.0)
    assert [each.need for each in slow] == [each.need for each in fast]
    assert all(one.late_s >= other.late_s for one, other in zip(slow, fast, strict=True))
    assert [each.need.air_at for each in slow] == sorted(each.need.air_at for each in slow)
