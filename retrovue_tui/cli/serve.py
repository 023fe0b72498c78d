"""`serve` and `stop`: run the station's process in the foreground or in the background, and end it."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.station_log import logging_to
from retrovue_tui.cli.systemd.notify_socket import NotifySocket
from retrovue_tui.cli.systemd.supervision import supervise
from retrovue_tui.config.config_file import load_config, serving
from retrovue_tui.errors import RetrovueError, StationError
from retrovue_tui.files.disk_errors import reason_of, require_writable
from retrovue_tui.instance_lock import InstanceLock, Running, find_running
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Coroutine, Iterator, Sequence
    from pathlib import Path

    from retrovue_tui.config.station_config import Config
    from retrovue_tui.playout.station import Station
    from retrovue_tui.server.app import StationServer

_log = logging.getLogger("retrovue_tui.service")
SWITCH_S: Final = 0.0002
"""A thread that holds the interpreter lock releases it after this time (s) if the event loop waits for it. The loop
loses the lock at each write to a socket: with Python's default of 5 ms, a tick that writes to ten viewers would take 50
ms."""
_START_S: Final = 30.0
_STOP_S: Final = 10.0
_LAST_RESORT_S: Final = 2.8
_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def serve(arguments: argparse.Namespace) -> int:
    """`serve`: run the station in the foreground without a control room, until a signal or an API request ends it."""
    return serve_home(serving(load_config(arguments.home), arguments.host, arguments.port))


def serve_home(config: Config, *, films: bool = False) -> int:
    """Put a configured station on air, and run it until it ends. `films`: also make the demo's films while it runs."""
    SECRETS.hide(config.server.token)
    SECRETS.hide(config.server.viewer_token)
    with private_files():
        require_writable(config.home)
    with private_files(), InstanceLock(config.home) as presence, logging_to(config.logs_dir):
        _raise_descriptor_limit()
        return asyncio.run(_serve(config, presence, films))


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Create files and folders during the `with` block that only their owner can read, because rundowns, state and logs
    show what a person watches and owns. Existing files keep their mode."""
    before = os.umask(0o077)
    os.umask(before | 0o077)
    try:
        yield
    finally:
        os.umask(before)


async def _serve(config: Config, presence: InstanceLock, films: bool) -> int:
    from retrovue_tui.playout.event_loop.child_watch import watch_children_in_the_loop
    from retrovue_tui.playout.event_loop.garbage_collection import collect_garbage
    from retrovue_tui.playout.station import Station
    from retrovue_tui.server.app import StationServer

    sys.setswitchinterval(SWITCH_S)
    watch_children_in_the_loop()
    systemd = NotifySocket.take(os.environ)
    if systemd.watchdog_s is not None:
        faulthandler.enable()  # the watchdog ends the process with SIGABRT; the journal then has all tracebacks
    station = Station(config)
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(each, station.request_stop)
    settings = config.server
    server = StationServer(
        station, settings.host, settings.port, settings.token,
        viewer_token=settings.viewer_token, base_url=settings.base_url, trusted_proxies=settings.trusted_proxies,
        hdhomerun=config.hdhomerun,
        max_viewers=settings.max_viewers, max_viewers_per_address=settings.max_viewers_per_address,
        max_catchup=settings.max_catchup,
    )  # fmt: skip
    helpers: list[asyncio.Task[None]] = []

    def beside(work: Coroutine[None, None, None]) -> None:
        helpers.append(asyncio.create_task(work))

    try:
        station.on_tokens = lambda: _take_tokens(station, server, presence)
        station.url = await server.start()  # listen first: if the port is taken, nothing else has begun
        beside(_keep_journal(station))
        beside(supervise(station, systemd))
        await station.start()
        presence.announce(station.url, station.config.server.token)
        urls = await asyncio.to_thread(_urls, station)
        beside(_say_on_air(station, urls, server.access.playlist_url(urls[0])))
        if films:
            beside(_make_films(station))
        gc.collect()
        gc.freeze()  # the garbage collector then skips all objects made so far
        beside(collect_garbage(lambda: any(channel.bus.receivers for channel in station.channels.values())))
        await station.wait_stopped()
    finally:
        systemd.stopping()
        _end_for_sure()
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        await server.stop()
        await station.stop()
        systemd.close()
        _log.info("off air")
    return 0


async def _take_tokens(station: Station, server: StationServer, presence: InstanceLock) -> None:
    """Use the config's current tokens for all requests, and write the operator's token to the lock file for control
    rooms on this machine."""
    settings = station.config.server
    await asyncio.to_thread(server.access.set_tokens, settings.token, settings.viewer_token)
    presence.announce(station.url, settings.token)


def _urls(station: Station) -> list[str]:
    """Return the station's URLs for people: if it listens on all addresses, those that other machines can use."""
    from retrovue_tui.server.addresses import lan_addresses, url_of

    port = int(station.url.rpartition(":")[2])
    return [url_of(each, port) for each in lan_addresses(station.config.server.host)] or [station.url]


async def _say_on_air(station: Station, urls: list[str], playlist: str) -> None:
    await station.wait_on_air()
    with contextlib.suppress(OSError):  # stdout may be closed
        print("\n".join(f"on air: {url}" for url in urls), flush=True)
    if sys.stderr.isatty():  # a person may see the viewer token, but no log may
        print(f"watch:  mpv '{playlist}'   (ctrl+c ends it)", file=sys.stderr)


async def _keep_journal(station: Station) -> None:
    """Write every event of the station to the log file, for ever."""
    journal = logging.getLogger("retrovue_tui.events")
    async for event in station.events.follow(0):
        if event.kind == "prepare_progress":
            continue
        channel = f"[{event.channel}] " if event.channel else ""
        journal.log(_LEVELS[event.level], "%s%s", channel, event.message)


async def _make_films(station: Station) -> None:
    from retrovue_tui.media.demo.home import films_of, make_demo_media

    assert station.ffmpeg is not None, "the station has started"
    station.library.expected = dict.fromkeys(films_of(station.config.home), "the demo is still making it")
    try:
        await make_demo_media(station.ffmpeg, station.config.home, lambda line: _film_made(station, line))
    except RetrovueError as error:
        station.events.publish("warning", error.message, level="warning")
    except OSError as error:
        station.events.publish("warning", f"the demo's films cannot be made: {error}", level="warning")
    finally:
        station.library.expected = {}


def _film_made(station: Station, line: str) -> None:
    station.events.publish("library", f"Demo: {line}")


def _end_for_sure() -> None:
    """End the process by force if stopping takes too long, for example because a disk does not answer. Its child
    processes end with it."""

    def give_up() -> None:
        _log.error("the process was ended by force, because a part of the station did not stop in time")
        time.sleep(0.1)  # give the thread that writes the log time to finish
        os._exit(0)

    last_resort = threading.Timer(_LAST_RESORT_S, give_up)
    last_resort.daemon = True
    last_resort.start()


# ── the process ──────────────────────────────────────────────────────────────────────────────────


def _raise_descriptor_limit() -> None:
    """Raise the limit of open files as far as this user may, because each viewer needs a file descriptor."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, 65_536, 10_240):
        if limit != resource.RLIM_INFINITY and limit > soft:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
                return


def start_in_background(home: Path, words: Sequence[str]) -> Running:
    """Start a station in a session of its own, so that it keeps running when this terminal closes. Return it when it
    listens.

    `words`: the command and options for the new process. Raises `StationError` with the reason if the station does not
    start.
    """
    output = home / "logs" / "station.out"
    try:
        with private_files():
            require_writable(home)
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "retrovue_tui", *words, "--home", str(home)],
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise StationError(f"the station cannot be started: {error.filename}: {reason_of(error)}") from error
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        running = find_running(home)
        if running is not None and running.url is not None:
            return running
        if process.poll() is not None:
            raise StationError(f"the station did not start: {_last_line(output)}")
        time.sleep(0.03)
    process.terminate()
    raise StationError(f"the station did not start within {_START_S:.0f} s; see {home / 'logs' / 'station.log'}")


def _last_line(output: Path) -> str:
    try:
        lines = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError as error:
        return str(error)
    return lines[-1].removeprefix("retrovue-tui: ") if lines else f"it ended without a message; see {output.parent}"


def stop(arguments: argparse.Namespace) -> int:
    """`stop`: take this home's station off air, and wait until its process has ended."""
    stop_home(arguments.home)
    print("off air")
    return 0


def stop_home(home: Path) -> None:
    """End the station of a home, and wait until its process has ended. Raises `StationError` if no station runs, or if
    it does not end."""
    running = find_running(home)
    if running is None:
        raise StationError(f"no station runs in {home}")
    if running.pid <= 0:
        raise StationError(f"a station runs in {home}, but its lock file does not name the process")
    try:
        os.kill(running.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise StationError(f"the station in {home} belongs to another user (process {running.pid})") from error
    deadline = time.monotonic() + _STOP_S
    while (still := find_running(home)) is not None and still.pid == running.pid:
        if time.monotonic() > deadline:
            raise StationError(f"the station has not ended after {_STOP_S:.0f} s; end it with kill -9 {running.pid}")
        time.sleep(0.03)
