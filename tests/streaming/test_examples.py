"""The examples of the documentation are run."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
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


def test_the_fastapi_example(cache: Path) -> None:
    code = example("fastapi")
    if importlib.util.find_spec("fastapi") is None:
        return  # it is Python, at least
    testclient = pytest.importorskip("fastapi.testclient")
    space: dict[str, Any] = {"__name__": "example"}
    exec(code, space)
    shorter = {"one": (FILM, [SPOT], [seconds(50)], options(cache, loop=False))}
    answer = testclient.TestClient(space["make_app"](shorter)).get("/iptv/channel/one.ts")
    assert answer.headers["content-type"] == "video/mp2t"
    assert seen(answer.content) == WANTED
