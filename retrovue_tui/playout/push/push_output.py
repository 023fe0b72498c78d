"""A pushed output: sends a channel's stream to one address for as long as it is configured.

One FFmpeg runs at a time. If it ends, or sends nothing for a while, another one follows after a delay. The output is a
viewer of the bus like any other, so it can neither delay the channel nor make it wait.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError
from retrovue_tui.media.ffmpeg.protocols import output_protocols
from retrovue_tui.playout.push.fault_text import clean_message, fault_text
from retrovue_tui.playout.push.ffmpeg_args import keeps_splices, needed_kbps, push_command
from retrovue_tui.playout.push.output_events import OutputEvents
from retrovue_tui.playout.push.push_process import PushProcess
from retrovue_tui.playout.push.restart_delay import HEALTHY_S, RestartDelay
from retrovue_tui.protocol.answers.snapshots import PushedOutput

if TYPE_CHECKING:
    from retrovue_tui.config.output import OutputConfig
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.protocol.answers.snapshots import OutputState

log = logging.getLogger(__name__)

CONNECT_S: Final = 20.0
"""An FFmpeg that has not begun to send after this time is replaced (s)."""
STALL_S: Final = 10.0
"""An FFmpeg that has sent nothing for this time is replaced (s)."""
LOOK_S: Final = 0.25
"""How often a running FFmpeg is looked at (s)."""
KEY_WAIT_S: Final = 4.0
"""The longest wait for a key frame (s), twice the time between two key frames. A stream that begins with the newest
picture needs no burst, which receivers of datagrams would lose."""
_KEY_LOOK_S: Final = 0.05
_NEWEST: Final = 1 << 62
"""A number greater than that of any picture: with it, `Bus.newest` begins with the newest key frame."""
_FRESH: Final = 8
"""A key frame is fresh if at most this many pictures are newer."""


class PushOutput:
    """One address of one channel. `run` sends until it is cancelled."""

    def __init__(self, channel: Channel, config: OutputConfig, ffmpeg: FFmpeg, events: EventLog) -> None:
        self.config = config
        self._channel = channel
        self._ffmpeg = ffmpeg
        self._events = OutputEvents(events, channel, config)
        self._delay = RestartDelay()
        self._shown = config.shown
        self._state: OutputState = "waiting"
        self._since = time.time()
        self._fault = ""
        self._restarts = 0
        self._bytes = 0
        self._process: PushProcess | None = None

    def snapshot(self) -> PushedOutput:
        """Return the current state of the output."""
        process = self._process
        return PushedOutput(
            self.config.name, self._shown, self._state, round(self._since, 3),
            bytes=self._bytes + (0 if process is None else process.bytes),
            kbps=0.0 if process is None else round(process.kbps, 1),
            restarts=self._restarts, fault=self._fault,
        )  # fmt: skip

    async def run(self) -> None:
        """Send the stream, and start again after each failure. Returns when the channel has ended."""
        if not await self._is_possible():
            return
        while True:
            await self._until_on_air()
            try:
                fault, sent_s = await self._attempt()
            except Exception:
                log.exception("output %s/%s", self._channel.id, self.config.name)
                fault, sent_s = "a fault in the station; see the log", 0.0
            if self._channel.state == "stopped":
                return
            self._fault = fault
            self._set("waiting")
            delay = self._delay.failed(sent_s)
            self._events.failed(fault, delay)
            await asyncio.sleep(delay)
            self._restarts += 1

    async def _is_possible(self) -> bool:
        """Return whether FFmpeg knows the protocol and the bitrate is high enough. If not, only another configuration
        helps."""
        needed, wanted = needed_kbps(self._channel.house), self.config.bitrate_kbps
        try:
            known = await asyncio.to_thread(output_protocols, self._ffmpeg.path)
        except RetrovueError as error:
            self._fault = error.message
        else:
            if self.config.scheme not in known:
                self._fault = missing_protocol(self.config, self._ffmpeg)
            elif wanted is not None and wanted < needed:
                self._fault = low_bitrate(wanted, needed)
            else:
                return True
        self._set("failed")
        self._events.failed(self._fault, None)
        return False

    async def _until_on_air(self) -> None:
        while True:
            if self._channel.bus.newest(_NEWEST):
                return
            await asyncio.sleep(LOOK_S)

    async def _attempt(self) -> tuple[str, float]:
        """Run one FFmpeg to its end. Return why it ended, in words, and how long it had sent (s)."""
        self._set("connecting")
        name = f"output {self._channel.id}/{self.config.name}"
        facts = self._channel.config
        splices = facts.scte35 and keeps_splices(self.config)
        command = push_command(self._ffmpeg, self.config, self._channel.house, facts.name, splices=splices)
        try:
            self._process = process = await PushProcess.start(command, name, untimed=splices)
        except RetrovueError as error:
            return error.message, 0.0
        try:
            await self._join(process)
            fault = await self._watch(process)
        finally:
            self._channel.bus.detach(process.viewer)
            await process.end()
            self._bytes += process.bytes
            self._process = None
        fault = fault or fault_text(process.messages, self.config)
        if fault != self._fault:  # the messages of each further try would be the same
            for message in process.messages:
                log.info("%s: %s", name, clean_message(message, self.config))
        return fault, process.sent_s

    async def _join(self, process: PushProcess) -> None:
        """Attach the process to the bus at a key frame that has just been sent."""
        bus, until = self._channel.bus, monotonic() + KEY_WAIT_S
        while monotonic() < until and not process.ended.done():
            if len(bus.newest(_NEWEST)) <= _FRESH:
                break
            await asyncio.sleep(_KEY_LOOK_S)
        for data in bus.join(burst=False):
            process.viewer.write(data)
        bus.attach(process.viewer, audience=False)

    async def _watch(self, process: PushProcess) -> str:
        """Wait until FFmpeg ends, or must be ended. Return why; empty if FFmpeg's own messages say so."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(process.ended), LOOK_S)
            if process.ended.done():
                return ""
            if process.viewer.closed:
                return "the receiver is too slow for the stream"
            if process.first_sent_at is not None:
                self._set("sending")
                self._events.sending(process.sent_s)
                if process.sent_s >= HEALTHY_S:
                    self._fault = ""
            if (fault := self._stalled(process)) is not None:
                return fault

    def _stalled(self, process: PushProcess) -> str | None:
        """Return what is wrong if FFmpeg has sent nothing for too long, although the channel has; None otherwise."""
        limit = CONNECT_S if process.first_sent_at is None else STALL_S
        viewer = process.viewer
        if viewer.written_at is None or viewer.written_at - max(process.last_sent_at, viewer.flowing_since) <= limit:
            return None
        if process.first_sent_at is None:
            return f"no connection within {CONNECT_S:g} s"
        return f"the receiver has taken nothing for {STALL_S:g} s"

    def _set(self, state: OutputState) -> None:
        if state != self._state:
            self._state, self._since = state, time.time()


def missing_protocol(config: OutputConfig, ffmpeg: FFmpeg) -> str:
    """Return the fault of an output whose protocol FFmpeg does not have."""
    return (
        f"{ffmpeg.path} (FFmpeg {ffmpeg.version}) cannot send to {config.scheme}: name another one with the setting"
        " ffmpeg, or remove the setting to use the bundled one"
    )


def low_bitrate(wanted: int, needed: int) -> str:
    """Return the fault of an output whose constant bitrate is lower than that of the channel (kbit/s)."""
    return f"bitrate {wanted} kbit/s is too low for the channel: it needs {needed} kbit/s"
