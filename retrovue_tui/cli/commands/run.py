"""`run`, `attach` and `demo`: open the control room of a station here or on another machine."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli import terminal
from retrovue_tui.cli.commands.service import restart_by_systemd
from retrovue_tui.cli.serve import private_files, serve_home, start_in_background, stop_home
from retrovue_tui.cli.tokens import leave_process_list, tokens_of
from retrovue_tui.config.config_file import load_config, serving
from retrovue_tui.config.station_config import FILE_NAME
from retrovue_tui.errors import StationError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.instance_lock import Running, find_running
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.protocol.client import StationClient

MOST_STATIONS: Final = 16
"""The most stations of one control room: it asks each four times a second."""
_DEMO_MARK: Final = "# The demo's station"


def run(arguments: argparse.Namespace) -> int:
    """`run`: open the control room of this home's station; start the station first if it does not run."""
    return _own_room(arguments, "serve")


def attach(arguments: argparse.Namespace) -> int:
    """`attach URL …`: open the control room of a station on another machine, or of several stations."""
    if not terminal.is_there():
        return 2
    leave_process_list(arguments)
    tokens = [
        token or token_here(arguments.home, url) for url, token in zip(arguments.url, tokens_of(arguments), strict=True)
    ]
    _show(arguments, list(zip(arguments.url, tokens, strict=True)), own_station=False)
    return 0


def token_here(home: Path, url: str) -> str | None:
    """Return the token of the station at `url` if that station runs in this home; otherwise None."""
    from retrovue_tui.protocol.client import StationClient

    running = find_running(home)
    if running is None or running.url is None or StationClient(url).url != running.url:
        return None
    SECRETS.hide(running.token)
    return running.token


def demo(arguments: argparse.Namespace) -> int:
    """`demo`: start a station that needs no media of its own. Its process makes the demo's films while it is on air."""
    from retrovue_tui.media.demo.home import make_demo_home

    home: Path = arguments.home
    _refuse_foreign(home)
    if not arguments.headless and not terminal.is_there():
        return 2
    try:
        with private_files():
            make_demo_home(home)
    except OSError as error:
        raise StationError(f"{home} cannot be written: {reason_of(error)}") from error
    if arguments.headless:
        return serve_home(serving(load_config(home), arguments.host, arguments.port), films=True)
    return _own_room(arguments, "demo", "--headless")


def _refuse_foreign(home: Path) -> None:
    try:
        with (home / FILE_NAME).open(encoding="utf-8", errors="replace") as file:
            first = file.readline()
    except OSError:
        return
    if not first.startswith(_DEMO_MARK):
        raise StationError(f"{home} is the home of a station of your own; give the demo another one with --home DIR")


def _own_room(arguments: argparse.Namespace, *words: str) -> int:
    if not terminal.is_there():
        return 2
    home: Path = arguments.home
    running = find_running(home)
    if running is None:
        running = _started(arguments, words)
    if running.url is None:
        running = _wait_until_listening(home)
    while (answer := _show(arguments, [(running.url or "", running.token)], own_station=True)) == "restart":
        running = _restarted(arguments, words)
    if answer == "stop":
        stop_home(home)
        print("off air")
    elif find_running(home) is not None:
        print(f"still on air at {running.url}; `retrovue-tui stop` ends it")
    return 0


def _started(arguments: argparse.Namespace, words: Sequence[str]) -> Running:
    """Start the station in the background, and return it when it listens."""
    home: Path = arguments.home
    serving(load_config(home), arguments.host, arguments.port)  # report errors before a process starts
    options = [f"--{name}={value}" for name in ("host", "port") if (value := getattr(arguments, name)) is not None]
    return start_in_background(home, [*words, *options])


def _restarted(arguments: argparse.Namespace, words: Sequence[str]) -> Running:
    """Restart the station, by systemd if it runs it, and return it when it listens. Raises `ConfigError` if it could
    not start again; it then stays on air."""
    home: Path = arguments.home
    serving(load_config(home), arguments.host, arguments.port)
    print("restarting the station …", flush=True)
    running = find_running(home)
    if running is not None:
        if restart_by_systemd(home, running.pid):
            return _wait_until_listening(home)
        stop_home(home)
    return _started(arguments, words)


def _wait_until_listening(home: Path) -> Running:
    """Wait for a station that another process is starting, and return it when it listens. Raises `StationError` if it
    does not listen in time."""
    for _ in range(200):
        running = find_running(home)
        if running is None:
            raise StationError("the station ended while it was starting; see its log")
        if running.url is not None:
            return running
        time.sleep(0.05)
    raise StationError(f"the station (process {running.pid if running else '?'}) does not listen; see its log")


def _client(arguments: argparse.Namespace, url: str, token: str | None) -> StationClient:
    from retrovue_tui.protocol.client import StationClient

    def fresh_token() -> str | None:
        """Return the current token of this home's station; if the station is another one, return the given token."""
        return token_here(arguments.home, url) or token

    return StationClient(url, token, fresh_token=fresh_token)


def _clients(arguments: argparse.Namespace, addresses: Sequence[tuple[str, str | None]]) -> list[StationClient]:
    """Return a client for each address and token. Raises `StationError` for an address that is none or given twice, and
    for too many."""
    if len(addresses) > MOST_STATIONS:
        raise StationError(f"a control room shows at most {MOST_STATIONS} stations, not {len(addresses)}")
    clients = [_client(arguments, url, token) for url, token in addresses]
    for at, client in enumerate(clients):
        if any(client.url == other.url for other in clients[:at]):
            raise StationError(f"{client.url} is given twice; give each station once")
    return clients


def _show(arguments: argparse.Namespace, addresses: Sequence[tuple[str, str | None]], *, own_station: bool) -> str:
    """Run the control room of the stations at these addresses, each with its token, until the operator leaves it.
    Return "leave", "restart" or "stop". If the control room fails, raise its error."""
    from retrovue_tui.tui.app import ControlRoom
    from retrovue_tui.tui.terminal.pixel_query import detected
    from retrovue_tui.tui.terminal.pixel_terminal import library_is_there
    from retrovue_tui.tui.user_paths import UserPaths

    terminal.forget_size()
    clients = _clients(arguments, addresses)
    hint = terminal.ascii_hint() if arguments.ascii is None else ""
    if hint:
        print(f"retrovue-tui: {hint}", file=sys.stderr, flush=True)

    pixels = None if arguments.ascii or hint or not library_is_there() else detected()

    async def show() -> str:
        async with contextlib.AsyncExitStack() as stack:
            client, *others = [await stack.enter_async_context(each) for each in clients]
            if not own_station and not others:
                await client.station()  # report a wrong address on the command line, not in an empty control room
            room = ControlRoom(
                client,
                own_station=own_station,
                others=others,
                places=UserPaths.usual(arguments.home if own_station else None),
                ascii_only=bool(arguments.ascii or hint),
                pixels=pixels,
                hint=hint,
            )
            answer = await room.run_async()
            if answer is None:  # the app failed
                raise room.fault or RuntimeError("the control room ended unexpectedly")
            return answer

    return asyncio.run(show())
