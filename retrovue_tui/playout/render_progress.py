"""Publishes the progress of renders as events, while renders are running."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.json_codec import to_json

if TYPE_CHECKING:
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.event_log import EventLog

EVERY_S: Final = 2.0
"""The interval of the events (s)."""


async def publish_progress(preparer: Preparer, events: EventLog) -> None:
    """Publish the progress of all running renders, every two seconds. Runs until cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        running = [job for job in preparer.jobs() if job.state == "running"]
        if running:
            first = running[0]
            events.publish(
                "prepare_progress", f"preparing {Path(first.file).name}: {first.progress:.0%}",
                jobs=[to_json(job) for job in running],
            )  # fmt: skip
