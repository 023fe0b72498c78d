"""The scheduler of a farm: `python -m … '{"host": …, "port": …, "tls": …}'`. It passes orders to workers."""

from __future__ import annotations

import asyncio

from retrovue_tui.media.farm.processes.settings import configure, distributed, options, security
from retrovue_tui.media.farm.processes.signals import report, stop_asked


async def main() -> None:
    """Serve until a signal arrives."""
    wanted = options()
    configure()
    scheduler = distributed().Scheduler(
        host=wanted["host"], port=wanted["port"], protocol="tls" if wanted["tls"] else "tcp", dashboard=False,
        security=security(wanted["tls"]),
    )  # fmt: skip
    async with scheduler:
        report("ready")
        await stop_asked()


if __name__ == "__main__":
    asyncio.run(main())
