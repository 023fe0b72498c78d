"""Deliveries to real receivers: one that takes, one that answers 500, one that hangs."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from retrovue_tui.playout.alerts.delivery import QUEUED, Delivery
from retrovue_tui.playout.alerts.receivers.webhook import Webhook
from tests.playout.alerts.alerted import MESSAGE, hook
from tests.server.conftest import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from retrovue_tui.playout.alerts.delivery import Receiver


@contextlib.asynccontextmanager
async def delivering(
    receiver: Receiver, delays_s: Sequence[float] = (0.01, 0.01), limit_s: float = 30.0
) -> AsyncIterator[tuple[Delivery, list[str | None]]]:
    reports: list[str | None] = []
    delivery = Delivery(receiver, reports.append, delays_s=delays_s, limit_s=limit_s)
    task = asyncio.create_task(delivery.run())
    try:
        yield delivery, reports
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_message_arrives() -> None:
    async with hook() as server, delivering(Webhook(server.url)) as (delivery, reports):
        delivery.put(MESSAGE)
        await until(lambda: delivery.snapshot().sent == 1)
        assert server.got == [MESSAGE.to_json()]
        assert reports == [None]
        assert delivery.snapshot().name == f"{server.url.partition('/hook')[0]}/…"
        await until(lambda: delivery.snapshot().state == "idle")


async def test_a_receiver_that_answers_500_is_tried_again() -> None:
    async with hook() as server, delivering(Webhook(server.url)) as (delivery, reports):
        server.answers = [500, 503]
        delivery.put(MESSAGE)
        await until(lambda: delivery.snapshot().sent == 1)
        assert reports == ["it answered with status 500", "it answered with status 503", None]
        assert (delivery.snapshot().failed, delivery.snapshot().dropped, len(server.got)) == (2, 0, 1)
        assert delivery.snapshot().fault == ""


async def test_after_the_last_try_a_message_is_given_up_and_the_next_one_is_sent() -> None:
    async with hook() as server, delivering(Webhook(server.url)) as (delivery, _):
        server.answers = [500] * 3
        delivery.put(MESSAGE)
        delivery.put(replace(MESSAGE, active=7))
        await until(lambda: delivery.snapshot().sent == 1)
        assert [each["active"] for each in server.got] == [7]
        assert delivery.snapshot().dropped == 1


async def test_a_new_message_does_not_wait_for_the_next_try_of_an_older_one() -> None:
    async with hook() as server, delivering(Webhook(server.url), delays_s=(3_600.0,)) as (delivery, _):
        server.answers = [500, 500]
        delivery.put(MESSAGE)
        await until(lambda: delivery.snapshot().state == "waiting")
        delivery.put(replace(MESSAGE, active=7))
        await until(lambda: delivery.snapshot().failed == 2 and delivery.snapshot().state == "waiting")
        assert delivery.snapshot().dropped == 0, "a try in between does not bring the last one nearer"
        delivery.put(replace(MESSAGE, active=8))
        await until(lambda: delivery.snapshot().sent == 3)
        assert [each["active"] for each in server.got] == [MESSAGE.active, 7, 8]


async def test_a_refusal_for_good_is_not_tried_again() -> None:
    async with hook() as server, delivering(Webhook(server.url)) as (delivery, reports):
        server.answers = [404, 302]
        delivery.put(MESSAGE)
        delivery.put(MESSAGE)
        delivery.put(MESSAGE)
        await until(lambda: delivery.snapshot().sent == 1)
        assert reports == ["it answered with status 404", "it answered with status 302", None]
        assert server.asked == 3


async def test_a_receiver_that_hangs_is_given_up_and_holds_only_its_own_queue() -> None:
    async with (
        hook() as server,
        delivering(Webhook(server.url), (), 0.05) as (hanging, reports),
        hook() as other,
        delivering(Webhook(other.url)) as (delivery, _),
    ):
        server.answers = [0] * 99
        for number in range(QUEUED + 10):
            hanging.put(replace(MESSAGE, active=number))
        delivery.put(MESSAGE)
        await until(lambda: delivery.snapshot().sent == 1)
        assert hanging.snapshot().queued <= QUEUED
        await until(lambda: hanging.snapshot().dropped >= 12)
        assert set(reports) == {"it did not answer within 0 s"}
        server.answers, other.answers = [], []
        await until(lambda: hanging.snapshot().sent >= 1)
        assert server.got[-1]["active"] >= 10  # the oldest were dropped


async def test_a_receiver_that_is_not_there() -> None:
    async with hook() as server:
        url = server.url
    async with delivering(Webhook(url), ()) as (delivery, reports):
        delivery.put(MESSAGE)
        await until(lambda: delivery.snapshot().dropped == 1)
        assert reports[0] is not None
        assert reports[0].startswith("it cannot be reached: ")
        assert "SECRET" not in repr(reports) + repr(delivery.snapshot())


async def test_a_fault_of_a_receiver_ends_nothing() -> None:
    class Broken:
        kind = "command"
        name = "broken"

        def __init__(self) -> None:
            self.calls = 0

        async def send(self, message: object) -> None:
            self.calls += 1
            if self.calls == 1:
                raise RuntimeError("a bug")

    async with delivering(Broken()) as (delivery, reports):  # type: ignore[arg-type]  # its kind is no literal
        delivery.put(MESSAGE)
        await until(lambda: delivery.snapshot().sent == 1)
        assert reports == ["a fault in the station; see the log", None]
