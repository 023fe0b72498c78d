"""Works for the farm in a process that Dask starts: one order at a time, in the process's own event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from retrovue_tui import __version__
from retrovue_tui.media.farm.order_work import carry_out

if TYPE_CHECKING:
    from retrovue_tui.media.farm.order_work import Machine

RESOURCE: Final = "retrovue-tui"
"""Only workers with this Dask resource get orders: not those that somebody else has connected to the scheduler."""
TOPIC: Final = "retrovue-tui"
"""The Dask topic of all messages about orders."""
machines: list[Machine] = []
"""The machine of this process, once it is ready."""


def worker_name(machine: str, number: int) -> str:
    """Return the unique name of a worker. It tells the station the machine and the version of the program."""
    return f"{machine} {__version__} {number}"


async def render(data: dict[str, Any]) -> None:
    """Carry out an order. The results are sent as messages while the order is carried out; nothing is returned."""
    await carry_out(data, machines[0])
