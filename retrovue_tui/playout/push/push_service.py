"""Runs the pushed outputs of all channels, and follows changes of the configuration."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from retrovue_tui.playout.push.push_output import PushOutput

if TYPE_CHECKING:
    from retrovue_tui.config.output import OutputConfig
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, PushedOutput

log = logging.getLogger(__name__)

FOLLOW_S: Final = 0.5
"""How often the outputs are compared with the configuration (s)."""


class PushingStation(Protocol):
    """The parts of the station that its outputs need."""

    channels: dict[str, Channel]
    events: EventLog
    ffmpeg: FFmpeg | None


class _Running(NamedTuple):
    output: PushOutput
    task: asyncio.Task[None]


class PushService:
    """Owns the outputs of a station. It works once its `run` is started."""

    def __init__(self, station: PushingStation) -> None:
        self._station = station
        self._running: dict[tuple[Channel, OutputConfig], _Running] = {}
        self._ending: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Start and end outputs as the configuration says, for ever. An output that stays as it is goes on sending."""
        try:
            while True:
                self._follow()
                await asyncio.sleep(FOLLOW_S)
        finally:
            for key in list(self._running):
                self._end(key)
            if self._ending:
                await asyncio.wait(self._ending)

    def completed(self, snapshot: ChannelSnapshot) -> ChannelSnapshot:
        """Return a channel's snapshot with its outputs, and a warning for each that does not send."""
        channel = self._station.channels.get(snapshot.id)
        if channel is None or not channel.config.outputs:
            return snapshot
        found = [self._running.get((channel, config)) for config in channel.config.outputs]
        outputs = tuple(each.output.snapshot() for each in found if each is not None)
        warnings = tuple(_warning(each) for each in outputs if each.fault and each.state != "sending")
        return replace(snapshot, outputs=outputs, warnings=(*snapshot.warnings, *warnings))

    def _follow(self) -> None:
        ffmpeg = self._station.ffmpeg
        wanted = {
            (channel, config) for channel in self._station.channels.values() if channel.state != "stopped"
            for config in channel.config.outputs if config.enabled
        }  # fmt: skip
        for key in [each for each in self._running if each not in wanted]:
            self._end(key)
        for channel, config in wanted - self._running.keys() if ffmpeg is not None else ():
            assert ffmpeg is not None
            output = PushOutput(channel, config, ffmpeg, self._station.events)
            task = asyncio.create_task(output.run(), name=f"output {channel.id}/{config.name}")
            task.add_done_callback(_done)
            self._running[channel, config] = _Running(output, task)

    def _end(self, key: tuple[Channel, OutputConfig]) -> None:
        task = self._running.pop(key).task
        task.cancel()
        if not task.done():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


def _warning(output: PushedOutput) -> str:
    return f"output {output.name!r} does not send: {output.fault}"


def _done(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended", task.get_name(), exc_info=error)
