"""The examples of the documentation are run."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

import retrovue_tui.streaming
from tests.streaming.scene import FILM, FRAMES, SPOT, SPOT_FRAMES, ffmpegs, options, seconds, seen

if TYPE_CHECKING:
    from pathlib import Path


def example(name: str) -> Any:
    """The code of an example, as the module it would be."""
    found = re.search(rf"```python {name}\n(.*?)```", retrovue_tui.streaming.__doc__ or "", re.DOTALL)
    assert found is not None
    return compile(found[1], f"<the {name} example>", "exec")


def channels(cache: Path) -> dict[str, Any]:
    return {"one": (FILM, [SPOT], [seconds(50)], options(cache))}


WANTED = FRAMES[:50] + SPOT_FRAMES + FRAMES[50:]


async def test_the_aiohttp_example(cache: Path) -> None:
    space: dict[str, Any] = {"__name__": "example"}
    exec(example("aiohttp"), space)
    runner = web.AppRunner(space["make_app"](channels(cache)), shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        data = b""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/iptv/channel/one.ts") as answer,
        ):
            assert answer.headers["Content-Type"] == "video/mp2t"
            while data.count(b"\0\0\1\xe0") < 130:
                data += await answer.content.read(4096)
    finally:
        await runner.cleanup()
    whole = data[: len(data) // 188 * 188]
    numbers = seen(whole)
    assert numbers[:120] == WANTED[:120]
    assert ffmpegs() == []


async def fetched(app: Any, path: str) -> tuple[dict[str, str], bytes]:
    """The headers and the whole body that an ASGI application answers to a GET."""
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asked, headers, parts = [{"type": "http.request", "body": b"", "more_body": False}], {}, []

    async def receive() -> dict[str, Any]:
        return asked.pop() if asked else await asyncio.Event().wait()  # type: ignore[return-value]  # never

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers.update({name.decode(): value.decode() for name, value in message["headers"]})
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return headers, b"".join(parts)


async def test_the_fastapi_example(cache: Path) -> None:
    space: dict[str, Any] = {"__name__": "example"}
    exec(example("fastapi"), space)
    shorter = {"one": (FILM, [SPOT], [seconds(50)], options(cache, loop=False))}
    headers, data = await fetched(space["make_app"](shorter), "/iptv/channel/one.ts")
    assert headers["content-type"] == "video/mp2t"
    assert seen(data) == WANTED
