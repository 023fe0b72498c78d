"""`edge nginx`, read and run by the real nginx."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import aiohttp
import m3u8
import pytest

from retrovue_tui.cli import main
from retrovue_tui.cli.edge.nginx import NginxSite, complete, site
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.server.access import derived_viewer_token
from tests.media_factory import Clip, make
from tests.playout.homes import Home, serving
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOKEN = "a long word"
WATCH = f"?token={derived_viewer_token(TOKEN)}"
CLIENTS = 20
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="needs nginx: apt-get install nginx-light")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def directives(folder: Path) -> str:
    """The directives that nginx needs if it is not a service of the system."""
    return f"daemon off; pid {folder / 'nginx.pid'};" + (" user root;" if os.geteuid() == 0 else "")


@asynccontextmanager
async def nginx(folder: Path, about: NginxSite) -> AsyncIterator[str]:
    """Run nginx with a configuration, and yield its address."""
    assert NGINX is not None
    config = folder / "nginx.conf"
    config.write_text(complete(about))
    process = await asyncio.create_subprocess_exec(
        NGINX, "-p", str(folder), "-c", str(config), "-g", directives(folder), stderr=asyncio.subprocess.PIPE
    )
    url = f"http://127.0.0.1:{about.listen}"
    try:
        async with asyncio.timeout(30):
            while True:
                assert process.returncode is None, await process.stderr.read() if process.stderr else b""
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", about.listen)
                    writer.close()
                    break
                await asyncio.sleep(0.02)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def test_both_forms_are_printed_for_the_station_of_the_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "retrovue.toml").write_text(
        '[server]\nport = 8499\nhost = "0.0.0.0"\ntoken = "secret word"\n[[channel]]\nid = "1"\n'
    )
    assert main(["edge", "nginx", "--home", str(tmp_path), "--server-name", "tv.example"]) == 0
    printed = capsys.readouterr()
    assert "server 127.0.0.1:8499 max_fails=0;" in printed.out
    assert "listen 443 ssl" in printed.out
    assert "server_name tv.example;" in printed.out
    assert "@" not in printed.out
    assert "secret word" not in printed.out
    assert printed.err.count("\n") == 1
    assert "trusted_proxies" in printed.err
    assert main(["edge", "nginx", "--home", str(tmp_path), "--plain", "--complete"]) == 0
    assert "worker_processes auto;" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [("--server-name", "a; b"), ("--upstream", "x;y"), ("--cache", "relative"), ("--cache", '/a"b')],
    ids=range(4),
)
def test_an_option_that_would_break_the_file_is_refused(
    tmp_path: Path, options: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["edge", "nginx", "--home", str(tmp_path), *options]) == 1
    assert not capsys.readouterr().out


@pytest.mark.parametrize("control", [False, True])
def test_no_location_sets_headers_because_it_would_lose_those_of_the_server(tmp_path: Path, control: bool) -> None:
    text = site(NginxSite("127.0.0.1:8480", "tv.example", 8443, False, tmp_path, 1, control))
    before, *locations = text.split("    location ")
    assert before.count("proxy_set_header") == 6
    assert len(locations) >= 5
    assert not any("proxy_set_header" in each for each in locations)


@needs_nginx
@pytest.mark.parametrize("control", [False, True])
async def test_nginx_takes_it(tmp_path: Path, control: bool) -> None:
    assert NGINX is not None
    about = NginxSite("127.0.0.1:8480", "tv.example", 8443, False, tmp_path / "cache", 1, control)
    config = tmp_path / "nginx.conf"
    config.write_text(complete(about))
    process = await asyncio.create_subprocess_exec(
        NGINX, "-t", "-p", str(tmp_path), "-c", str(config), "-g", directives(tmp_path),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"warn" not in said
    assert site(about).count("{") == site(about).count("}")


async def segments_of(http: aiohttp.ClientSession, url: str) -> list[bytes]:
    """The first three segments of a playlist."""
    async with asyncio.timeout(90):
        while True:
            async with http.get(f"{url}/hls/1/index.m3u8{WATCH}") as answer:
                page = m3u8.loads(await answer.text()) if answer.status == 200 else None
            if page is not None and len(page.segments) >= 3:
                break
            await asyncio.sleep(0.1)
    found = []
    for each in page.segments[:3]:
        async with http.get(f"{url}/hls/1/{each.uri}") as answer:
            assert answer.status == 200
            found.append(await answer.read())
    return found


@needs_nginx
async def test_clients_behind_nginx(tmp_path: Path) -> None:
    film = await asyncio.to_thread(make, Clip(frames=600, size=(160, 90)))
    home = Home.make(tmp_path, {"film.mp4": film}, {"1": 'on_start = "top"'}, prepared=True)
    config = tmp_path / "retrovue.toml"
    server = f'port = 0\ntoken = "{TOKEN}"\ntrusted_proxies = ["127.0.0.1"]'
    config.write_text(config.read_text().replace("port = 0", server))
    home.rundown("1", "film.mp4")
    async with serving(home) as station, aiohttp.ClientSession() as http:
        upstream = station.url.removeprefix("http://")
        about = NginxSite(upstream, "127.0.0.1", free_port(), False, tmp_path / "cache", 1, False)
        (tmp_path / "logs").mkdir(exist_ok=True)
        async with nginx(tmp_path, about) as url:
            async with http.get(f"{url}/iptv/channel/1.ts{WATCH}") as stream:
                data = await stream.content.readexactly(188 * 4_000)
            assert analyse(data, NTSC).clean
            async with http.get(f"{url}/iptv/channels.m3u{WATCH}") as answer:
                assert f"{url}/iptv/channel/1.ts{WATCH}" in await answer.text()
            first = await segments_of(http, url)
            many = await asyncio.gather(*(segments_of(http, url) for _ in range(CLIENTS)))
            assert all(analyse(each, NTSC).clean for each in first)
            assert all(len(each) == 3 for each in many)
            name = await newest_name(http, url)
            states = [await cache_state(http, f"{url}/hls/1/{name}") for _ in range(5)]
            assert states[1:] == ["HIT"] * 4, "the station is asked once"
            await sees_new_segments(http, station.url, url)
            for form, encoding in (("gzip", "gzip"), ("identity", None)):
                asked = {"Accept-Encoding": form}
                async with http.get(f"{url}/hls/1/index.m3u8{WATCH}", headers=asked) as answer:
                    assert answer.headers.get("Content-Encoding") == encoding
                    assert answer.headers["Vary"] == "Accept-Encoding"
                    assert m3u8.loads(await answer.text()).segments
            closed = {"/hls/1/index.m3u8": 401, "/api/station": 404, "/metrics": 404, "/healthz": 200}
            for path, status in closed.items():
                async with http.get(url + path) as answer:
                    assert (path, answer.status) == (path, status)


async def sees_new_segments(http: aiohttp.ClientSession, station: str, url: str) -> None:
    """One viewer alone gets the present playlist, and not the one that nginx got for its last request."""
    names = [await newest_name(http, url)]
    async with asyncio.timeout(60):
        while len(names) < 3:  # two segments later, which is longer than a cache may keep a playlist
            if (name := await newest_name(http, station)) != names[-1]:
                names.append(name)
            await asyncio.sleep(0.05)
    async with http.get(f"{url}/hls/1/index.m3u8{WATCH}") as answer:
        assert names[1] in await answer.text()


async def newest_name(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(f"{url}/hls/1/index.m3u8{WATCH}") as answer:
        return str(m3u8.loads(await answer.text()).segments[-1].uri)


async def cache_state(http: aiohttp.ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        assert answer.status == 200
        await answer.read()
        return answer.headers["X-Cache"]
