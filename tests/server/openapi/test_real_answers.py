"""The answers of a real station are as the OpenAPI document says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp

from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving
from tests.server.openapi.described import Described, filled

if TYPE_CHECKING:
    from pathlib import Path

STREAMS = (
    "/iptv/channel/{channel}.ts",
    "/auto/v{number}",
    "/api/events",
    "/hdhr/",
    "/iptv/art/",
    "/iptv/picture/",
    "/hls/{channel}/{name}",
)


async def test_every_answer_of_a_real_station(tmp_path: Path) -> None:
    media = {"film.mp4": make(Clip(frames=1_800, size=(160, 90))), "spot.mp4": make(Clip(frames=45, first=2_000))}
    home = Home.make(tmp_path, media, {"1": 'number = 1\ncatchup = "1d"'}, prepared=True)
    home.rundown("1", "film.mp4", "spot.mp4")
    async with serving(home) as station, aiohttp.ClientSession() as http:
        await station.until(lambda now: now.channels[0].state == "on_air" and now.channels[0].monitor is not None)
        async with http.get(f"{station.url}/api/openapi.json") as answer:
            described = Described(await answer.json())
        given = {"channel": "1", "name": "style.css", "file": str(home.path / "media" / "film.mp4")}
        body = {"command": "break_now", "spots": ["spot.mp4"], "dry_run": True}
        checked, problems = 0, []
        async with http.get(f"{station.url}/api/events?after=0") as answer:
            frames = (await answer.content.readuntil(b"}\n\n")).decode().splitlines()
            event = json.loads(next(line for line in frames if line.startswith("data: "))[6:])
            problems += described.faults({"$ref": "#/components/schemas/Event"}, event)
        async with http.post(f"{station.url}/api/channels/1/commands", json=body) as answer:
            problems += described.problems(
                "POST", "/api/channels/{channel}/commands", answer.status, answer.content_type, await answer.read()
            )
        for path, methods in described.document["paths"].items():
            if path.startswith(STREAMS) or "get" not in methods:
                continue
            query = {each["name"]: given[each["name"]] for each in methods["get"].get("parameters", ())
                     if each["required"] and each["in"] == "query"}  # fmt: skip
            async with http.get(f"{station.url}{filled(path, given)}", params=query) as answer:
                text = await answer.read()
                assert answer.status == 200, (path, text[:300])
                problems += described.problems("GET", path, answer.status, answer.content_type, text)
                checked += 1
        assert problems == []
        assert checked > 25
