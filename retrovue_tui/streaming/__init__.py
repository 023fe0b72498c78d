"""Channels inside your own program: `MPEGTSStreamer` and `CommercialStreamer`.

They need no station and no event loop: a stream is a plain generator of bytes. It blocks, so a web server runs it in a
thread.
With aiohttp:

```python aiohttp
import asyncio

from aiohttp import web

from retrovue_tui import CommercialStreamer

HEADERS = {"Content-Type": "video/mp2t", "Cache-Control": "no-cache, no-store, must-revalidate"}


def make_app(channels: dict) -> web.Application:
    async def watch(request: web.Request) -> web.StreamResponse:
        channel_id = request.match_info["channel_id"]
        episode, commercials, break_points, options = channels[channel_id]
        streamer = CommercialStreamer(episode, channel_id, burst_s=5.5, **options)
        await asyncio.to_thread(streamer.update_commercials, commercials, break_points)
        stream = await asyncio.to_thread(streamer.start_stream)
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        try:
            while chunk := await asyncio.to_thread(next, stream, b""):
                await response.write(chunk)
        finally:
            await asyncio.to_thread(streamer.stop_stream)
        return response

    app = web.Application()
    app.router.add_get("/iptv/channel/{channel_id}.ts", watch)
    return app
```

With FastAPI, which runs a plain generator in a thread by itself:

```python fastapi
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from retrovue_tui import CommercialStreamer

HEADERS = {"Cache-Control": "no-cache, no-store, must-revalidate"}


def make_app(channels: dict) -> FastAPI:
    app = FastAPI()

    @app.get("/iptv/channel/{channel_id}.ts")
    def watch(channel_id: str) -> StreamingResponse:
        episode, commercials, break_points, options = channels[channel_id]
        streamer = CommercialStreamer(episode, channel_id, burst_s=5.5, **options)
        streamer.update_commercials(commercials, break_points)
        return StreamingResponse(streamer.start_stream(), media_type="video/mp2t", headers=HEADERS)

    return app
```
"""

from __future__ import annotations

from retrovue_tui.streaming.break_points import BreakPointError
from retrovue_tui.streaming.natural_breaks import analyze_natural_breaks
from retrovue_tui.streaming.sources import MissingFileError
from retrovue_tui.streaming.streamer import CommercialStreamer, MPEGTSStreamer, default_cache

__all__ = [
    "BreakPointError",
    "CommercialStreamer",
    "MPEGTSStreamer",
    "MissingFileError",
    "analyze_natural_breaks",
    "default_cache",
]
