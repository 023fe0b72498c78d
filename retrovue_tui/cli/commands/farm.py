"""`farm`: lets this machine render for a station."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.terminal import say
from retrovue_tui.config.prepare import TlsFiles, address_fault
from retrovue_tui.errors import RetrovueError
from retrovue_tui.loopback import is_loopback
from retrovue_tui.media.farm.local_farm import (
    DEFAULT_PORT,
    MOST_WORKERS,
    FarmPlan,
    LocalFarm,
    check_port,
    default_workers,
)

if TYPE_CHECKING:
    import argparse

_INSTALL: Final = "a farm needs Dask; install it with: pip install 'retrovue-tui[farm]'"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `farm`."""
    add = parser.add_argument
    add("--workers", type=int, metavar="N", help="how many renders run at once here (default: one for two cores)")
    add("--host", default="127.0.0.1", help="the address on which the scheduler listens (default: 127.0.0.1, for this"
        " machine only)")  # fmt: skip
    add("--port", type=int, default=DEFAULT_PORT, help=f"the port of the scheduler (default: {DEFAULT_PORT})")
    add("--scheduler", metavar="URL", help="work for the scheduler at this address, such as tcp://render-1:8786,"
        " and start none here")  # fmt: skip
    add("--map", action="append", default=[], metavar="THERE=HERE", help="the station's folder THERE is HERE on this"
        " machine, such as /srv/media=/mnt/media; may be repeated")  # fmt: skip
    add("--name", help="the name of this machine in the station (default: its host name)")
    add("--scratch", metavar="DIR", help="a folder for unfinished pieces, on a disk of this machine")
    for option, what in (("--ca", "authority that all sides trust"), ("--cert", "certificate"), ("--key", "key")):
        add(option, metavar="FILE", help=f"encrypt with TLS: the PEM file of the {what}")


def farm(arguments: argparse.Namespace) -> int:
    """`farm`: run a scheduler and workers, or only workers, until Ctrl-C. Raises `RetrovueError` for wrong options."""
    if importlib.util.find_spec("distributed") is None:
        raise RetrovueError(_INSTALL)
    workers = default_workers() if arguments.workers is None else arguments.workers
    if not 0 <= workers <= MOST_WORKERS or not 1 <= arguments.port <= 65_535:
        raise RetrovueError(f"--workers is from 0 to {MOST_WORKERS}, and --port from 1 to 65535")
    if arguments.scheduler is not None and (fault := address_fault(arguments.scheduler)) is not None:
        raise RetrovueError(f"--scheduler: {fault}")
    if workers == 0 and arguments.scheduler is not None:
        raise RetrovueError("with --scheduler and no workers there is nothing to do; give --workers 1 or more")
    files = [arguments.ca, arguments.cert, arguments.key]
    if any(files) and not all(files):
        raise RetrovueError("encryption needs all of --ca, --cert and --key")
    scratch = None if arguments.scratch is None else Path(arguments.scratch).absolute()
    if scratch is not None and not scratch.is_dir():
        raise RetrovueError(f"--scratch: {scratch} is not a folder")
    plan = FarmPlan(
        workers, arguments.host, arguments.port, arguments.scheduler,
        TlsFiles(*(Path(file).absolute() for file in files)) if all(files) else None,
        tuple(_map(each) for each in arguments.map), name=arguments.name, scratch=scratch,
    )  # fmt: skip
    if plan.address.startswith("tls:") and plan.tls is None:
        raise RetrovueError("an address with tls:// needs --ca, --cert and --key")
    check_port(plan)
    return asyncio.run(_run(plan))


def _map(text: str) -> tuple[str, str]:
    there, found, here = text.partition("=")
    if not found or not there.startswith("/") or not here.startswith("/"):
        raise RetrovueError(f"--map {text}: write two absolute paths, such as /srv/media=/mnt/media")
    return there.rstrip("/") or "/", here.rstrip("/") or "/"


def _say(line: str) -> None:
    say(line)
    sys.stdout.flush()


async def _run(plan: FarmPlan) -> int:
    here = "" if plan.scheduler is None else "the scheduler at "
    many = f"{plan.workers} worker{'' if plan.workers == 1 else 's'}"
    _say(f'{many} for {here}{plan.address}; the station needs [prepare] farm = "{plan.address}"; stop with Ctrl-C')
    if plan.scheduler is None and plan.tls is None and not is_loopback(plan.host):
        say(
            "anyone who reaches this port can run programs on these machines: keep it inside the house",
            error=True,
        )
    if plan.workers > (cores := os.cpu_count() or 1):
        say(
            f"{many} share {cores} cores: that makes no render faster, and each needs memory",
            error=True,
        )
    task = asyncio.create_task(LocalFarm(plan, _say).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return 0
