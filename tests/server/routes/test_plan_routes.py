"""Plans and changes of blocks over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.plan import BlockEdit
from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.server.limits import PLANS_WAITING
from tests.server.conftest import until

if TYPE_CHECKING:
    from tests.server.conftest import Served
    from tests.server.fakes import FakePlans


def plans_of(served: Served) -> FakePlans:
    assert served.station.plans is not None
    return served.station.plans


async def test_a_plan_comes_across_the_wall_as_it_is(served: Served) -> None:
    plans = plans_of(served)
    async with StationClient(served.url) as client:
        assert await client.plan("1", 14) == await plans.plan("1", 14)
    assert plans.asked[0] == ("1", 14)


async def test_a_week_is_shown_if_the_query_does_not_say_otherwise(served: Served) -> None:
    async with served.http.get(f"{served.url}/api/channels/1/plan") as answer:
        assert answer.status == 200
    assert plans_of(served).asked == [("1", 7)]


@pytest.mark.parametrize("days", ["0", "15", "-1", "week", "", "1.5", "9" * 5_000])
async def test_days_have_limits(served: Served, days: str) -> None:
    async with served.http.get(f"{served.url}/api/channels/1/plan", params={"days": days}) as answer:
        assert answer.status == 400
        assert "from 1 to 14" in (await answer.json())["error"]["message"]


async def test_a_change_is_tried_made_and_undone(served: Served) -> None:
    edit = BlockEdit("change", "r1", 0, {"at": "19:00"}, dry_run=True)
    async with StationClient(served.url) as client:
        tried = await client.change_block("1", edit)
        assert (tried.accepted, tried.count, tried.differences[0].after) == (True, 1, "B")
        refused = await client.change_block("1", BlockEdit("add", "r1", values={"until": None}))
        assert (refused.accepted, refused.problems[0].key, refused.problems[0].line) == (False, "at", 7)
        assert (await client.undo_blocks("1", "r2")).accepted
        assert (await client.undo_blocks("1", "r9")).reason == "the file has changed"
        with pytest.raises(Refused, match="no channel 'none'"):
            await client.change_block("none", edit)
    assert plans_of(served).edits[0] == edit


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{}", '{"action": "burn", "revision": "r1"}', '{"action": "add", "revision": 1}',
        '{"action": "add", "revision": "r", "block": "0"}', '{"action": "add", "revision": "r", "block": -2}',
        '{"action": "add", "revision": "r", "values": []}', '{"action": "add", "revision": "r", "dry_run": 1}',
    ],
)  # fmt: skip
async def test_a_malformed_change_is_answered_with_an_example(served: Served, body: str) -> None:
    async with served.http.post(f"{served.url}/api/channels/1/plan/block", data=body) as answer:
        assert answer.status == 400
        assert '"action": "change"' in (await answer.json())["error"]["message"]
    async with served.http.post(f"{served.url}/api/channels/1/plan/undo", data=body[:2]) as answer:
        assert answer.status == 400


async def test_only_so_many_plans_are_made_at_once(served: Served) -> None:
    plans = plans_of(served)
    plans.go.clear()
    async with StationClient(served.url) as client:
        waiting = [asyncio.create_task(client.plan("1", 7)) for _ in range(PLANS_WAITING)]
        await until(lambda: len(plans.asked) == PLANS_WAITING)
        with pytest.raises(Refused) as refused:
            await client.plan("1", 7)
        assert (refused.value.status, refused.value.code) == (429, "too_many")
        plans.go.set()
        await asyncio.gather(*waiting)
        await client.plan("1", 7)


async def test_before_the_station_has_plans_it_says_so(served: Served) -> None:
    served.station.plans = None
    async with served.http.get(f"{served.url}/api/channels/1/plan") as answer:
        assert answer.status == 503


async def test_a_viewer_may_not_look_at_plans(guarded: Served) -> None:
    viewer = {"Authorization": f"Bearer {guarded.server.access.watch_token}"}
    async with guarded.http.get(f"{guarded.url}/api/channels/1/plan", headers=viewer) as answer:
        assert answer.status in (401, 403)
    async with guarded.http.post(f"{guarded.url}/api/channels/1/plan/undo", headers=viewer, json={}) as answer:
        assert answer.status in (401, 403)
