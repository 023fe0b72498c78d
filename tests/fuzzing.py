"""Requests at random, of every kind that a station can be sent: commands with every argument, sizes up to the limits
and over them, every route with every method, bodies that are no JSON, and bytes that are no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from retrovue_tui.protocol.commands import COMMAND_SPECS, EDITS

if TYPE_CHECKING:
    from collections.abc import Sequence

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW")
PATHS = (
    "/", "/healthz", "/metrics", "/api/station", "/api/channels/{id}", "/api/channels/{id}/rundown",
    "/api/channels/{id}/history", "/api/channels/{id}/picture", "/api/channels/{id}/commands", "/api/library",
    "/api/library/facts", "/api/library/preview", "/api/library/prepare", "/api/library/breaks", "/api/asrun",
    "/api/events", "/api/alerts", "/api/openapi.json", "/api/clients", "/api/station/addresses",
    "/iptv/channels.m3u", "/iptv/logo/{id}.png", "/discover.json", "/lineup.json", "/lineup.post", "/device.xml",
    "/hdhr/x/lineup.json", "/hdhr/t/x/auto/v1", "/auto/v9",
    "/iptv/channel/{id}.ts", "/iptv/channel/../../etc/passwd", "/api/%00", "/%ff%fe",
)  # fmt: skip
QUERIES = ("channel", "since", "until", "kind", "limit", "file", "frame", "width", "height", "format", "after", "burst",
           "client", "token", "x")  # fmt: skip
ON_AIR = ("stop", "start", "skip", "break_now", "return", "hold", "release")
TEXTS = (
    "", " ", "a", "e0", "b1", "0", "-1", "1e309", "NaN", "null", "/etc/passwd", "../../../etc/passwd", "/dev/zero",
    "/proc/self/mem", "file:///etc/passwd", "http://127.0.0.1:1/x", "concat:a|b", "%00%0a", "a\0b", "a\nb", "\x1b[2J",
    "\u202egnp", "\ud800", "🎬" * 9, "=1+1", "'; DROP TABLE aired;--", "..", "loop", "2026-03-01T20:15", "99999999h",
)  # fmt: skip


@dataclass
class Fuzzer:
    """Sends requests until it is stopped, and counts the answers. `safe` channels are recorded by somebody: they are
    not stopped."""

    url: str
    seed: int
    safe: Sequence[str]
    others: Sequence[str] = ()
    token: str | None = None
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    async def run(self, seconds: float, workers: int = 6) -> None:
        """Send requests for this time, several at once."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as http:
            await self._look(http)
            end = asyncio.get_running_loop().time() + seconds
            await asyncio.gather(*(self._work(http, end) for _ in range(workers)))

    @property
    def requests(self) -> int:
        """How many were answered."""
        return self.statuses.total()

    async def _work(self, http: aiohttp.ClientSession, end: float) -> None:
        kinds = (self._command, self._command, self._command, self._apply, self._route, self._body, self._raw,
                 self._listen, self._join, self._look)  # fmt: skip
        while asyncio.get_running_loop().time() < end:
            await self.random.choice(kinds)(http)

    async def _look(self, http: aiohttp.ClientSession) -> None:
        """Read the names that exist now."""
        channel = self.random.choice([*self.safe, *self.others])
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(f"{self.url}/api/channels/{channel}/rundown") as answer:
                if answer.status == 200:
                    rows = (await answer.json())["entries"]
                    self.entries = [row["id"] for row in rows]
                    self.breaks = [row["break"] for row in rows if row["break"]]
                    self.files = list({row["file"] for row in rows}) or self.files
                await self._count(answer, f"GET rundown of {channel}")

    # ── values ───────────────────────────────────────────────────────────────────────────────────

    def _text(self) -> str:
        pool = [self.random.choice(TEXTS), "x" * self.random.choice((63, 64, 65, 4_095, 4_096, 4_097, 20_000))]
        for known in (self.entries, self.breaks, self.files):
            pool += [self.random.choice(known)] * 3 if known else []
        return self.random.choice(pool)

    def _value(self, depth: int = 0) -> Any:
        pick = self.random.random()
        if pick < 0.35:
            return self._text()
        if pick < 0.6:
            return self.random.choice((0, 1, -1, 30, 10**9, 2**53, 10**30, 0.5, 1e300, -0.0, True, None))
        if pick < 0.8 or depth > 6:
            return self.random.randrange(0, 3_000)
        if pick < 0.9:
            return [self._value(depth + 1) for _ in range(self.random.randrange(6))]
        return {self._text(): self._value(depth + 1) for _ in range(self.random.randrange(4))}

    def _argument(self, name: str) -> Any:
        if self.random.random() < 0.15:
            return self._value()
        known = self.random.choice
        if name in ("entry", "before", "after"):
            return known(self.entries) if self.entries else self._text()
        if name == "break":
            return known(self.breaks) if self.breaks else self._text()
        if name == "file":
            return known(self.files) if self.files and self.random.random() < 0.7 else self._text()
        if name == "spots":
            count = known((1, 2, 3, 20, 400, 2_000, 2_001))
            file = known(self.files) if self.files else "a.mp4"
            return [file] * count if self.random.random() < 0.6 else [self._text() for _ in range(min(count, 50))]
        if name == "ids":
            return [f"n{number}" for number in range(known((0, 3, 4_000)))]
        if name in ("seconds", "at_s"):
            return known((0.5, 5, 30.0, 60, 3_600, 21_600, 21_601))
        if name == "kind":
            return known(("programme", "spot", "slate", "x"))
        return known((0, 1, 30, 300, 900, 10**6))

    def _edit(self, names: Sequence[str]) -> dict[str, Any]:
        name = self.random.choice(names)
        form = COMMAND_SPECS[name]
        wanted = [*form.needs, *form.one_of[:1], *form.any_of[:1], *(("at_frame",) if form.needs_place else ())]
        wanted += [each for each in form.names if self.random.random() < 0.15]
        return {"command": name, **{each: self._argument(each) for each in wanted if each != "edits"}}

    # ── requests ─────────────────────────────────────────────────────────────────────────────────

    async def _send(self, http: aiohttp.ClientSession, channel: str, data: dict[str, Any]) -> None:
        if channel in self.safe and data.get("command") in ("stop", "start"):
            data["dry_run"] = True
        text = json.dumps(data)
        async with self._asked(http, "POST", f"/api/channels/{channel}/commands", text.encode()) as status:
            if status == 200:
                self.accepted[f"{data['command']}{' (dry)' if data.get('dry_run') else ''}"] += 1

    async def _command(self, http: aiohttp.ClientSession) -> None:
        data = self._edit(ON_AIR if self.random.random() < 0.2 else [*COMMAND_SPECS])
        if data["command"] == "apply":
            data["edits"] = [self._edit(EDITS)]
        if self.random.random() < 0.3:
            data["dry_run"] = True
        if self.random.random() < 0.1:
            data["revision"] = self._value()
        await self._send(http, self.random.choice([*self.safe, *self.others]), data)

    async def _apply(self, http: aiohttp.ClientSession) -> None:
        count = self.random.choice((1, 2, 10, 100, 500, 501))
        edits = [self._edit(EDITS) for _ in range(min(count, 5))] * (count // min(count, 5) + 1)
        if self.random.random() < 0.5:  # such that all of them can be made
            entry = self.random.choice(self.entries) if self.entries else "e0"
            file = self.random.choice(self.files) if self.files else "a.mp4"
            edits = [{"command": "insert", "file": file, "after": entry}] * (count + 1)
        data = {"command": "apply", "edits": edits[:count], "dry_run": self.random.random() < 0.7}
        await self._send(http, self.random.choice([*self.safe, *self.others]), data)

    async def _route(self, http: aiohttp.ClientSession) -> None:
        channel = self.random.choice((*self.safe, *self.others, "0", "%2e%2e", "x" * 300))
        path = self.random.choice(PATHS).replace("{id}", channel)
        method = "GET" if self.random.random() < 0.6 else self.random.choice(METHODS)
        if method == "GET" and (path.endswith(".ts") or "/auto/v" in path or path == "/api/events"):
            return  # that has no end: see below
        query = "&".join(
            f"{name}={quote(str(self._value())[:1_500], errors='replace')}"
            for name in self.random.sample(QUERIES, self.random.randrange(4))
        )
        body = b"{}" if method not in ("GET", "HEAD") else None
        async with self._asked(http, method, f"{path}?{query}" if query else path, body):
            pass

    async def _body(self, http: aiohttp.ClientSession) -> None:
        kib = 1024 * self.random.choice((1, 8, 9, 64, 255, 256, 257, 1_024))
        shapes = (
            b"[" * kib, b'{"a":' * (kib // 5), b"[" + b"0," * (kib // 2) + b"0]", b"[" + b"[]," * (kib // 3) + b"[]]",
            b'"' * kib, b'{"command": "skip", "x": "' + b"\\u0000" * (kib // 6) + b'"}', bytes(kib), b"9" * kib,
            b'{"command": "break_now", "spots": [' + b'"a",' * (kib // 4) + b'"a"]}', self.random.randbytes(kib),
            json.dumps(self._value()).encode(), b'{"command": "trim", "in_frame": ' + b"9" * 4_000 + b"}",
            b"{" + b",".join(b'"%d":0' % number for number in range(kib // 8)) + b"}",
        )  # fmt: skip
        path = self.random.choice((f"/api/channels/{self.random.choice(self.safe)}/commands", "/api/library/prepare"))
        async with self._asked(http, "POST", path, self.random.choice(shapes)):
            pass

    async def _raw(self, http: aiohttp.ClientSession) -> None:
        lines = (
            b"GET / HTTP/1.1\r\n\r\n", b"\0" * 5_000, b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X-Y: 1\r\n" * 300 + b"\r\n",
            b"POST /api/channels/1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n{",
            b"POST /api/channels/1/commands HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00", b"GET http://evil/ HTTP/1.1\r\nHost: evil\r\n\r\n",
            b"GET /iptv/channel/1.ts HTTP/1.0\r\n\r\n", self.random.randbytes(3_000),
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,
        )  # fmt: skip
        url = URL(self.url)
        with contextlib.suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection(url.host, url.port)
            with contextlib.closing(writer):
                writer.write(self.random.choice(lines))
                async with asyncio.timeout(0.3):
                    await reader.read(100)

    async def _listen(self, http: aiohttp.ClientSession) -> None:
        after = self.random.choice(("0", "1", "999999999999", "x", ""))
        await self._for_a_moment(http, f"/api/events?after={after}")

    async def _join(self, http: aiohttp.ClientSession) -> None:
        await self._for_a_moment(http, f"/iptv/channel/{self.random.choice(self.safe)}.ts")

    async def _for_a_moment(self, http: aiohttp.ClientSession, path: str) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with http.get(self.url + path) as answer:
                if answer.status == 200:
                    self.statuses[200] += 1
                    async with asyncio.timeout(0.2):
                        await answer.content.read(100_000)
                else:
                    await self._count(answer, path)
                answer.close()

    @contextlib.asynccontextmanager
    async def _asked(self, http: aiohttp.ClientSession, method: str, path: str, body: bytes | None) -> Any:
        """Send one request, and count its answer; gives the status, 0 where there was none."""
        status = 0
        try:
            url = URL(self.url + path.replace("#", "%23"), encoded=True)
            async with http.request(method, url, data=io.BytesIO(body) if body else body) as answer:
                status = answer.status
                await self._count(answer, f"{method} {path[:200]} {(body or b'')[:300]!r}")
        except (aiohttp.ClientError, OSError):
            pass  # the station may hang up on what is no request
        except TimeoutError:
            self.failures.append(f"no answer within 60 s: {method} {path[:200]} {(body or b'')[:300]!r}")
        yield status

    async def _count(self, answer: aiohttp.ClientResponse, what: str) -> None:
        """Note what should not be: a 500, a 503 without a reason, an error that is not JSON."""
        self.statuses[answer.status] += 1
        text = await answer.read()
        if answer.status < 400 or answer.method == "HEAD":
            return
        try:
            message = json.loads(text)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            message = ""
        malformed = answer.status == 400 and answer.content_type == "text/plain"  # it was no HTTP
        if answer.status in (500, 502, 504) or (not message and not malformed) or len(text) > 20_000:
            self.failures.append(f"{answer.status} {what}: {text[:300]!r}")
