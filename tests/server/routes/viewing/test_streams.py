"""A channel as its viewers get it, over real sockets."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import subprocess
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import NTSC
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.server import auto_quality
from retrovue_tui.server.live_stream import SEND_BUFFER, SocketViewer
from tests.server.conftest import until
from tests.server.fakes import BURST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.conftest import Served

TUNE_IN = "GET /iptv/channel/1.ts HTTP/1.1\nHost: localhost\n\n"
CHUNK = b"\x47" * 188 * 7
_ASYNCIO = tracemalloc.Filter(True, "*/asyncio/*")


async def test_a_viewer_gets_the_burst_at_once_then_each_chunk_unframed(served: Served) -> None:
    reader, writer = await served.connect(TUNE_IN)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    assert head[0] == "HTTP/1.1 200 OK"
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    assert headers["Content-Type"] == "video/mp2t"
    assert headers["Cache-Control"] == "no-cache, no-store, must-revalidate"
    assert (headers["Pragma"], headers["Expires"], headers["Connection"]) == ("no-cache", "0", "close")
    assert "Transfer-Encoding" not in headers
    assert await reader.readexactly(len(BURST)) == BURST
    for number in range(3):
        chunk = bytes([number]) * 1316
        served.station.channels["1"].bus.emit(chunk)
        assert await reader.readexactly(1316) == chunk
    writer.close()


async def test_without_burst_a_viewer_starts_at_the_newest_key_frame(served: Served) -> None:
    served.station.channels["1"].bus.burst = BURST + CHUNK
    reader, writer = await served.connect(TUNE_IN.replace(".ts", ".ts?burst=0"))
    await reader.readuntil(b"\r\n\r\n")
    served.station.channels["1"].bus.emit(b"live")
    assert await reader.readexactly(188 + 4) == BURST + b"live"
    writer.close()


async def test_http_1_0_without_a_host_is_served(served: Served) -> None:
    reader, writer = await served.connect("GET /iptv/channel/1.ts HTTP/1.0\n\n")
    assert b" 200 OK" in await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(len(BURST)) == BURST
    writer.close()


async def test_head_tells_the_type_and_joins_nothing(served: Served) -> None:
    async with served.http.head(f"{served.url}/iptv/channel/1.ts") as answer:
        assert (answer.status, answer.content_type) == (200, "video/mp2t")
        assert answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate"
        assert await answer.read() == b""
    assert served.station.channels["1"].bus.viewers == 0


async def test_an_unknown_channel_is_refused_and_the_known_ones_are_named(served: Served) -> None:
    for method in ("GET", "HEAD"):
        async with served.http.request(method, f"{served.url}/iptv/channel/9.ts") as answer:
            assert answer.status == 404
            if method == "GET":
                error = (await answer.json())["error"]
                assert error["code"] == "no_such_channel"
                assert "'9'" in error["message"]
                assert "1, film noir" in error["message"]


async def test_a_stopped_channel_is_refused(served: Served) -> None:
    served.station.channels["1"].state = "stopped"
    async with served.http.get(f"{served.url}/iptv/channel/1.ts") as answer:
        assert answer.status == 503
        assert (await answer.json())["error"]["code"] == "channel_stopped"


async def test_a_channel_id_may_need_escapes(served: Served) -> None:
    async with served.http.get(f"{served.url}/iptv/channel/film%20noir.ts") as answer:
        assert answer.status == 200
        assert await answer.content.readexactly(len(BURST)) == BURST


@pytest.mark.parametrize("reset", [False, True], ids=["closes", "resets"])
async def test_a_viewer_that_goes_is_detached_at_once(served: Served, reset: bool) -> None:
    bus = served.station.channels["1"].bus
    _, writer = await served.connect(TUNE_IN)
    await until(lambda: bus.viewers == 1)
    if reset:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    writer.close()
    await until(lambda: bus.viewers == 0)


async def connect_stuck(served: Served) -> socket.socket:
    """A viewer with little room of its own that does not read."""
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    stuck.connect(("127.0.0.1", served.port))
    stuck.sendall(TUNE_IN.replace("\n", "\r\n").encode())
    await until(lambda: served.station.channels["1"].bus.viewers > 0)
    return stuck


async def test_a_viewer_that_does_not_read_shows_a_backlog_and_can_be_dropped(served: Served) -> None:
    bus = served.station.channels["1"].bus
    stuck = await connect_stuck(served)
    slow = bus.attached[0]
    reader, writer = await served.connect(TUNE_IN)
    await reader.readuntil(b"\r\n\r\n")
    await until(lambda: bus.viewers == 2)
    quick = bus.attached[1]
    await reader.readexactly(len(BURST))
    sent = 0
    while slow.backlog() < 1_000_000:
        bus.emit(CHUNK * 50)
        sent += len(CHUNK) * 50
        await reader.readexactly(len(CHUNK) * 50)
        assert quick.backlog() == 0
    assert sent < 1_000_000 + 4 * SEND_BUFFER  # little hides in the kernel
    slow.close()
    await until(lambda: bus.attached == [quick])
    slow.write(b"nobody there")
    stuck.close()
    writer.close()


async def test_a_slow_viewer_keeps_no_copy_and_loses_nothing(served: Served) -> None:
    bus = served.station.channels["1"].bus
    bus.burst = random.Random(1).randbytes(3_000_000)
    stuck = await connect_stuck(served)
    viewer = bus.attached[0]
    assert isinstance(viewer, SocketViewer)
    expected = bytearray(bus.burst)
    tracemalloc.start()
    for number in range(200):
        chunk = random.Random(number).randbytes(20_000)
        expected += chunk
        bus.emit(chunk)
    kept = viewer.backlog()
    held = sum(stat.size for stat in tracemalloc.take_snapshot().filter_traces([_ASYNCIO]).statistics("filename"))
    tracemalloc.stop()
    assert kept > 5_000_000
    assert held < 1_000_000  # the transport's copy; the rest is the shared chunks themselves
    reader, writer = await asyncio.open_connection(sock=stuck)
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(len(expected)) == expected
    await until(lambda: viewer.backlog() == 0)
    bus.emit(CHUNK)
    assert await reader.readexactly(len(CHUNK)) == CHUNK
    writer.close()


async def test_a_viewer_has_a_name_fit_for_a_log_line(served: Served) -> None:
    request = "GET /iptv/channel/1.ts HTTP/1.1\nHost: localhost\nUser-Agent: VLC/3.0.18 LibVLC/3.0.18\n\n"
    _, writer = await served.connect(request)
    bus = served.station.channels["1"].bus
    await until(lambda: bus.viewers == 1)
    port = writer.get_extra_info("sockname")[1]
    assert bus.attached[0].name == f"127.0.0.1:{port} VLC/3.0.18"
    writer.close()


async def test_a_stop_with_a_hundred_viewers_takes_no_time(served: Served) -> None:
    bus = served.station.channels["1"].bus
    viewers = [await served.connect(TUNE_IN) for _ in range(100)]
    listener = await served.http.get(f"{served.url}/api/events")
    await until(lambda: bus.viewers == 100)
    for _ in range(8):
        bus.emit(bytes(1_000_000))  # nobody reads: every one has a backlog
    assert all(viewer.backlog() > 0 for viewer in bus.attached)
    async with asyncio.timeout(90):  # it waits for none of them
        await served.server.stop()
    assert bus.viewers == 0
    listener.close()
    for _, writer in viewers:
        writer.close()


async def test_ffmpeg_and_curl_watch(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "short.ts"
    ffmpeg = str(find_ffmpeg().path)
    make = [ffmpeg, "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2",
            "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-f", "mpegts", str(path)]  # fmt: skip
    await asyncio.to_thread(subprocess.run, make, check=True, stdin=subprocess.DEVNULL)
    served.station.channels["1"].bus.burst = path.read_bytes()
    url = f"{served.url}/iptv/channel/1.ts"
    watch = [ffmpeg, "-nostdin", "-loglevel", "error", "-probesize", "20000", "-i", url, "-frames:v", "20",
             "-f", "framecrc", "-"]  # fmt: skip
    seen = await asyncio.to_thread(subprocess.run, watch, capture_output=True, check=True, timeout=60)
    assert len([line for line in seen.stdout.splitlines() if not line.startswith(b"#")]) == 20
    await until(lambda: served.station.channels["1"].bus.viewers == 0)
    curl = ["curl", "-sS", "--max-time", "0.5", url]
    got = await asyncio.to_thread(subprocess.run, curl, capture_output=True, check=False)
    assert got.stdout == path.read_bytes()


class Qualities:
    """Qualities of every channel. Their pictures come from the test."""

    def __init__(self, kbps: dict[str, int]) -> None:
        self._kbps = kbps
        self.buses = {name: Bus(NTSC) for name in kbps}

    def qualities(self, channel_id: str) -> tuple[str, ...]:
        return tuple(self._kbps)

    def kbps(self, quality: str) -> int:
        return self._kbps[quality]

    def bus(self, channel_id: str, quality: str) -> Bus:
        return self.buses[quality]

    def push(self, frame: int) -> None:
        """Send picture `frame` in each quality."""
        for bus in self.buses.values():
            bus.push(frame, CHUNK, key=frame % 10 == 0)
            bus.flush()


async def figures_of(served: Served) -> tuple[set[str], set[str]]:
    """The qualities in the list of clients, and those of MPEG-TS in the metrics."""
    async with served.http.get(f"{served.url}/api/clients") as answer:
        listed = {row["quality"] for row in (await answer.json())["clients"]}
    async with served.http.get(f"{served.url}/metrics") as answer:
        text = await answer.text()
    return listed, set(re.findall(r'retrovue_channel_clients{channel="1",mode="ts",rendition="(.+)"} 1.0', text))


async def test_each_viewer_is_counted_with_its_quality(served: Served) -> None:
    qualities = served.station.renditions = Qualities({"720p": 3_000, "480p": 1_500})
    own = served.station.channels["1"].bus
    for query in ("", "?quality=480p"):
        await served.connect(TUNE_IN.replace(".ts", f".ts{query}"))
    await until(lambda: own.viewers + qualities.buses["480p"].viewers == 2)
    assert await figures_of(served) == ({"720p", "480p"}, {"720p", "480p"})
    await served.connect(TUNE_IN.replace(".ts", ".ts?quality=auto"))
    await until(lambda: qualities.buses["720p"].viewers == 1)
    listed, counted = await figures_of(served)
    assert listed == {"720p", "480p", "720p auto"}
    assert counted == {"480p"}, "and two of 720p"


@pytest.mark.parametrize(
    ("has", "transcode", "gets"),
    [
        ("720p 480p 240p", "mobile", "480p"),
        ("720p 480p 240p", "internet720", "720p"),
        ("720p 480p 240p", "internet540", "480p"),
        ("720p 480p 240p", "internet360", "240p"),
        ("720p 480p 240p", "heavy", "720p"),
        ("720p 480p 240p", "odd", "720p"),
        ("720p 480p", "internet240", "480p"),
        ("1080p 360p 720p", "internet720", "720p"),
        ("480p", "internet240", "480p"),
    ],
)
async def test_a_tuners_client_gets_the_best_quality_that_is_not_above_the_one_it_names(
    served: Served, has: str, transcode: str, gets: str
) -> None:
    served.station.renditions = Qualities(dict.fromkeys(has.split(), 1_000))
    served.station.house = has.split()[0]
    await served.connect(TUNE_IN.replace("iptv/channel/1.ts", f"auto/v1?transcode={transcode}"))
    await until(lambda: bool(served.server._streams._viewers))
    async with served.http.get(f"{served.url}/api/clients") as answer:
        assert [row["quality"] for row in (await answer.json())["clients"]] == [gets]


async def test_the_quality_follows_the_connection_before_the_kernels_buffer_is_full(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auto_quality, "LOOK_S", 0.02)
    qualities = served.station.renditions = Qualities({"720p": 400, "480p": 200, "240p": 100})
    best, lowest = qualities.buses["720p"], qualities.buses["240p"]
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        stuck.connect(("127.0.0.1", served.port))
        stuck.sendall(TUNE_IN.replace(".ts", ".ts?quality=auto").replace("\n", "\r\n").encode())
        await until(lambda: best.viewers == 1)
        (viewer,) = served.server._streams._viewers
        frame = 0
        while not lowest.viewers:
            qualities.push(frame)
            frame += 1
            assert frame * len(CHUNK) < SEND_BUFFER
            await asyncio.sleep(0.002)
        assert (best.viewers, viewer.backlog()) == (0, 0), "the kernel has taken every byte"
        assert await figures_of(served) == ({"240p auto"}, {"240p"})
    await until(lambda: not lowest.viewers)
