"""Players of HLS on plain sockets, in a process of their own: `python -m tests.bench.hls_players URL CLIENTS SECONDS`.

Each player keeps one connection, asks for the playlist every half target duration, and for each new segment once. It
begins three segments before the end, as RFC 8216, 6.3.3 asks. The last line that is printed is JSON: see `Crowd`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import sys
import time
import zlib
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

ROOM = bytearray(1 << 20)
"""What all players read segments into: nobody looks at them."""
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
STATE = re.compile(rb"\r\nx-cache: *(\w+)", re.IGNORECASE)
TARGET = re.compile(rb"#EXT-X-TARGETDURATION:(\d+)")
NAME = re.compile(rb"^[^#\s][^\s?]*", re.MULTILINE)
EXTINF = re.compile(rb"#EXTINF:([\d.]+)")


@dataclass
class Crowd:
    """The results of all players. `late`: segments that took longer than they last. `misses`: for each segment, how
    often a cache asked the station for it."""

    requests: int = 0
    playlists: int = 0
    segments: int = 0
    megabytes: float = 0.0
    faults: int = 0
    late: int = 0
    slowest_ms: float = 0.0
    misses: dict[str, int] = field(default_factory=dict)
    first_fault: str = ""


class Connection(asyncio.BufferedProtocol):
    """One keep-alive connection, with one request at a time."""

    def __init__(self) -> None:
        self._head, self._left, self._keep, self._chunked = b"", -1, False, False
        self._body: list[bytes] = []
        self._answer: asyncio.Future[tuple[bytes, bytes]] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return ROOM

    def buffer_updated(self, count: int) -> None:
        if self._left < 0:
            self._head += ROOM[:count]
            head, end, rest = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            found = LENGTH.search(head)
            self._chunked = found is None
            self._head, self._left, count = head, int(found[1]) if found else 1 << 40, len(rest)
            if self._keep and rest:
                self._body.append(rest)
        elif self._keep:
            self._body.append(bytes(ROOM[:count]))
        self._left -= count
        body = b"".join(self._body) if self._chunked or self._left <= 0 else b""
        done = body.endswith(b"0\r\n\r\n") if self._chunked else self._left <= 0
        if done and self._answer is not None and not self._answer.done():
            self._answer.set_result((self._head, joined(body) if self._chunked else body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the server closed the connection"))

    async def get(self, request: bytes, *, keep: bool) -> tuple[bytes, bytes]:
        """The head and, with `keep`, the body of the answer."""
        assert self.transport is not None
        self._head, self._left, self._keep, self._body = b"", -1, keep, []
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer


def joined(body: bytes) -> bytes:
    """The contents of a chunked body (RFC 9112, 7.1)."""
    out, at = [], 0
    while (end := body.index(b"\r\n", at)) and (size := int(body[at:end], 16)):
        out.append(body[end + 2 : end + 2 + size])
        at = end + 4 + size
    return b"".join(out)


@lru_cache(maxsize=8)
def playlist(page: bytes, gzip: bool) -> tuple[list[bytes], list[float], int]:
    """The names of the segments, their lengths (s), and the target duration (s). Thousands of players get the same."""
    text = zlib.decompress(page, 31) if gzip else page
    found = TARGET.search(text)
    return NAME.findall(text), [float(each) for each in EXTINF.findall(text)], int(found[1]) if found else 6


async def play(crowd: Crowd, url: str, number: int, end: float, offset_s: float) -> None:
    """One player, from its start to the end."""
    await asyncio.sleep(offset_s)
    split, last = urlsplit(url), b""
    try:
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, split.hostname or "", split.port or 80
        )
        due = time.monotonic()
        while time.monotonic() < end:
            head, page = await asked(crowd, connection, url, number, split.path, keep=True)
            crowd.playlists += 1
            names, lengths, target_s = playlist(page, b"\r\ncontent-encoding: gzip" in head.lower())
            new = names[names.index(last) + 1 :] if last in names else names[-3:]
            for name in new:
                began = time.monotonic()
                path = f"{split.path.rpartition('/')[0]}/{name.decode()}"
                head, _ = await asked(crowd, connection, url, number, path, keep=False)
                took = time.monotonic() - began
                crowd.segments += 1
                crowd.slowest_ms = max(crowd.slowest_ms, took * 1_000)
                crowd.late += took > lengths[names.index(name)]
                if (state := STATE.search(head)) and state[1] in (b"MISS", b"EXPIRED", b"BYPASS"):
                    crowd.misses[name.decode()] = crowd.misses.get(name.decode(), 0) + 1
                last = name
            due += target_s / 2
            await asyncio.sleep(min(max(0.0, due - time.monotonic()), max(0.0, end - time.monotonic())))
        if connection.transport is not None:
            connection.transport.abort()
    except (OSError, ValueError, zlib.error) as error:
        crowd.faults += 1
        crowd.first_fault = crowd.first_fault or str(error)


async def asked(
    crowd: Crowd, connection: Connection, url: str, number: int, path: str, *, keep: bool
) -> tuple[bytes, bytes]:
    split = urlsplit(url)
    query = f"?{split.query}" if split.query else ""
    request = (
        f"GET {path}{query} HTTP/1.1\r\nHost: {split.netloc}\r\nUser-Agent: player/{number}\r\n"
        "Accept: */*\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n"
    )
    head, body = await connection.get(request.encode(), keep=keep)
    crowd.requests += 1
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError(f"{path}: {head.splitlines()[0].decode()}")
    length = LENGTH.search(head)
    crowd.megabytes += int(length[1]) / 1e6 if length else 0.0
    return head, body


async def crowd_of(url: str, clients: int, seconds: float, ramp_s: float) -> Crowd:
    """All players, which start within `ramp_s` and play until `seconds` after that."""
    crowd, end = Crowd(), time.monotonic() + ramp_s + seconds
    await asyncio.gather(*(play(crowd, url, each, end, ramp_s * each / clients) for each in range(clients)))
    return crowd


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("clients", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--ramp", type=float, default=6.0)
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = asyncio.run(crowd_of(given.url, given.clients, given.seconds, given.ramp))
    sys.stdout.write(json.dumps(asdict(crowd)) + "\n")


if __name__ == "__main__":
    main()
