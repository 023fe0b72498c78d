"""The station's link to a farm: `python -m … OPTIONS`. It reads orders from stdin, and writes messages to stdout, each
as one line of JSON.

It is a process of its own. Dask takes half a second to load and unpickles what the scheduler sends; neither may happen
in the process that is on air. If it hangs or dies, the station renders by itself and starts another.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from typing import Any, Final

from retrovue_tui.media.farm.processes.machine import RESOURCE, TOPIC, render
from retrovue_tui.media.farm.processes.settings import configure, distributed, options, security
from retrovue_tui.media.farm.reconnect import Delay

LOOK_S: Final = 1.0
"""The interval of the questions to the scheduler (s)."""
ANSWER_S: Final = 15.0
"""The scheduler is lost if it does not answer within this time (s)."""
_LINE_BYTES: Final = 4 << 20


def say(message: dict[str, Any]) -> None:
    """Send a message to the station."""
    os.write(1, json.dumps(message).encode() + b"\n")


class Link:
    """One connection to the scheduler, and the orders given over it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._futures: dict[str, Any] = {}
        self._watches: set[asyncio.Task[None]] = set()
        self._workers: list[dict[str, str]] = []
        client.subscribe_topic(TOPIC, self._heard)

    async def serve(self) -> None:
        """Report the workers again and again. Raises `OSError` or `TimeoutError` when the scheduler is lost."""
        known: object = None
        while True:
            async with asyncio.timeout(ANSWER_S):
                facts = await self._client.scheduler.identity()
            if self._client.status != "running" or (known not in (None, facts["id"])):
                raise OSError("the scheduler was restarted")
            known = facts["id"]
            self._workers = [_worker(address, each) for address, each in facts["workers"].items() if _ours(each)]
            say({"kind": "connected", "workers": self._workers})
            await asyncio.sleep(LOOK_S)

    def order(self, data: dict[str, Any], priority: float, without: list[str]) -> None:
        """Give an order. Machines in `without` do not get it."""
        id = data["id"]
        allowed = [each["address"] for each in self._workers if each["machine"] not in without]
        if not allowed:
            say({"kind": "closed", "order": id, "lost": True})
            return
        future = self._client.submit(
            render, data, key=f"retrovue-{id}", priority=priority, resources={RESOURCE: 1}, pure=False,
            workers=allowed if without else None,
        )  # fmt: skip
        self._futures[id] = future
        watch = asyncio.create_task(self._watch(id, future))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)

    def withdraw(self, id: str) -> None:
        """Withdraw an order. Its worker sees that the order's folder is gone."""
        if (future := self._futures.pop(id, None)) is not None:
            future.cancel()

    def _heard(self, event: tuple[float, Any]) -> None:
        message = event[1]
        if isinstance(message, dict) and message.get("order") in self._futures:
            say(message)

    async def _watch(self, id: str, future: Any) -> None:
        with contextlib.suppress(Exception):
            await future.exception()  # which waits for the end, and fetches no result
        if self._futures.pop(id, None) is not None:
            say({"kind": "closed", "order": id, "lost": future.status != "finished"})

    async def close(self) -> None:
        """End the connection."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                await self._client.close(timeout=1)


def _ours(worker: dict[str, Any]) -> bool:
    return RESOURCE in (worker.get("resources") or {}) and worker.get("status") == "running"


def _worker(address: str, facts: dict[str, Any]) -> dict[str, str]:
    machine, version, _ = (*str(facts["name"]).rsplit(" ", 2), "", "")[:3]
    return {"address": address, "machine": machine, "version": version}


async def main() -> None:
    """Connect again and again, with growing delay, until stdin ends."""
    wanted = options()
    try:
        distributed()
    except ImportError:
        say({"kind": "away", "reason": "Dask is not installed", "needs_install": True})
        return
    configure()
    links: list[Link] = []
    tasks = [asyncio.create_task(_keep_connected(wanted, links)), asyncio.create_task(_beat())]
    reader = asyncio.StreamReader(limit=_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        data = json.loads(line)
        if links and data["do"] == "order":
            links[0].order(data["order"], data["priority"], data["without"])
        elif links and data["do"] == "withdraw":
            links[0].withdraw(data["id"])
        elif data["do"] == "order":
            say({"kind": "closed", "order": data["order"]["id"], "lost": True})
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _beat() -> None:
    """Report that this process runs, also while it waits for the scheduler."""
    while True:
        say({"kind": "alive"})
        await asyncio.sleep(2 * LOOK_S)


async def _keep_connected(wanted: dict[str, Any], links: list[Link]) -> None:
    delay = Delay()
    while True:
        client = distributed().Client(
            wanted["scheduler"], asynchronous=True, timeout=ANSWER_S, set_as_default=False,
            security=security(wanted["tls"]), heartbeat_interval="5s",
        )  # fmt: skip
        link: Link | None = None
        try:
            async with asyncio.timeout(2 * ANSWER_S):
                await client
            link = Link(client)
            links[:] = [link]
            delay.reset()
            await link.serve()
        except Exception as error:  # whatever Dask raises: the station renders by itself meanwhile
            links.clear()
            say({"kind": "away", "reason": str(error) or type(error).__name__})
        finally:
            links.clear()
            if link is not None:
                await link.close()
            else:
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(2):
                        await client.close(timeout=1)
        await asyncio.sleep(delay.next())


if __name__ == "__main__":
    asyncio.run(main())
