"""A worker of a farm: `python -m … OPTIONS`. It takes one order at a time from the scheduler, and ends when it loses
it: the process that started it then starts another."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path
from typing import Any

from retrovue_tui.errors import FFmpegError
from retrovue_tui.media.farm.order_work import Machine
from retrovue_tui.media.farm.processes import machine
from retrovue_tui.media.farm.processes.settings import configure, distributed, options, security
from retrovue_tui.media.farm.processes.signals import report, stop_asked
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.workers import tasks


async def main() -> None:
    """Work until a signal arrives or the scheduler is lost."""
    wanted = options()
    configure()
    try:
        ffmpeg = await asyncio.to_thread(find_ffmpeg, None if wanted["ffmpeg"] is None else Path(wanted["ffmpeg"]))
    except FFmpegError as error:
        report(f"no FFmpeg: {error.message}")
        raise SystemExit(3) from error
    name = wanted["name"] or socket.gethostname()
    scratch = Path(wanted["scratch"])
    worker = distributed().Worker(
        wanted["scheduler"], nthreads=1, name=machine.worker_name(name, os.getpid()), memory_limit=0,
        resources={machine.RESOURCE: 1}, dashboard=False, local_directory=str(scratch),
        security=security(wanted["tls"]),
    )  # fmt: skip
    maps = tuple((here, there) for here, there in wanted["maps"])

    def send(message: dict[str, Any]) -> None:
        worker.log_event(machine.TOPIC, message)

    machine.machines.append(Machine(name, ffmpeg, wanted["threads"], scratch, maps, send))
    async with worker:
        report("ready")
        ends = [asyncio.ensure_future(worker.finished()), asyncio.create_task(stop_asked())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for each in ends:
            each.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


if __name__ == "__main__":
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(main())
    finally:
        tasks.end()
