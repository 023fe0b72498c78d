"""Delivers messages to one receiver, one after another: with a time limit, with tries after growing delays, and with a
bounded queue. A receiver that hangs or refuses holds up nobody else."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.alerts import AlertReceiver
from retrovue_tui.text.printable import printable
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.playout.alerts.alert_message import AlertMessage
    from retrovue_tui.protocol.answers.alerts import Alert, ReceiverKind, ReceiverState

_log = logging.getLogger(__name__)

DELAYS_S: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
"""The delays before the second try of a message, the third, and so on (s). After the last, the message is dropped."""
QUEUED: Final = 20
"""The most messages that wait for a receiver; with one more, the oldest is dropped."""
LIMIT_S: Final = 45.0
"""The longest time of one try (s)."""


class DeliveryError(RetrovueError):
    """A message did not arrive. `again`: whether another try makes sense."""

    title = "Alerts"

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again


class Receiver(Protocol):
    """A receiver of alerts."""

    @property
    def kind(self) -> ReceiverKind: ...

    @property
    def name(self) -> str:
        """Its address without secrets."""

    async def send(self, message: AlertMessage) -> None:
        """Deliver a message. Raises `DeliveryError`. Its caller cancels it after a time limit."""


class Delivery:
    """The queue of one receiver. `report` is called with the fault of the last try, or with None after a success."""

    def __init__(
        self, receiver: Receiver, report: Callable[[str | None], None], *, delays_s: Sequence[float] = DELAYS_S,
        limit_s: float = LIMIT_S,
    ) -> None:  # fmt: skip
        self.receiver = receiver
        self._report, self._delays, self._limit_s = report, delays_s, limit_s
        self._queue: deque[AlertMessage] = deque()
        self._current: AlertMessage | None = None
        self._news = asyncio.Event()
        self._state: ReceiverState = "idle"
        self._sent = self._failed = self._dropped = 0
        self._sent_at: float | None = None
        self._fault = ""

    def put(self, message: AlertMessage) -> None:
        """Deliver a message in the background."""
        self._queue.append(message)
        if len(self._queue) > QUEUED:
            self._queue.popleft()
            self._dropped += 1
        self._news.set()

    @property
    def undelivered(self) -> tuple[Alert, ...]:
        """The alerts that this receiver has not taken yet, each in its last state."""
        waiting = () if self._current is None else (self._current,)
        return tuple({alert.id: alert for each in (*waiting, *self._queue) for alert in each.alerts}.values())

    def snapshot(self) -> AlertReceiver:
        """Return the state of the receiver."""
        return AlertReceiver(
            self.receiver.kind, self.receiver.name, self._state, self._sent, self._failed, self._dropped,
            len(self._queue), self._sent_at, self._fault,
        )  # fmt: skip

    async def run(self) -> None:
        """Deliver the messages. Runs until cancelled."""
        while True:
            while not self._queue:
                self._state = "idle"
                self._news.clear()
                await self._news.wait()
            self._current = self._queue.popleft()
            await self._deliver(self._current)
            self._current = None

    async def _deliver(self, message: AlertMessage) -> None:
        for delay_s in (*self._delays, None):
            fault = await self._try(message)
            if fault is None:
                return
            if delay_s is None or not fault.again:
                break
            if await self._wait(delay_s, message):
                return
        self._dropped += 1
        _log.warning("alerts: a message to %s was given up: %s", self.receiver.name, self._fault)

    async def _wait(self, delay_s: float, message: AlertMessage) -> bool:
        """Wait for the next try of a message. A new message is a reason for a try in between: otherwise it would wait
        for minutes behind this one, even if the receiver takes messages again. Return whether that try succeeded."""
        end = time.monotonic() + delay_s
        while (left := end - time.monotonic()) > 0:
            self._state = "waiting"
            self._news.clear()
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
            except TimeoutError:
                break
            if await self._try(message) is None:
                return True
        return False

    async def _try(self, message: AlertMessage) -> DeliveryError | None:
        """Try once to deliver a message, and count it. Return the fault; None after a success."""
        self._state = "sending"
        fault = await attempt(self.receiver, message, self._limit_s)
        if fault is None:
            self._sent, self._sent_at, self._fault = self._sent + 1, time.time(), ""
        else:
            self._failed, self._fault = self._failed + 1, fault.message
        self._report(None if fault is None else fault.message)
        return fault


async def attempt(receiver: Receiver, message: AlertMessage, limit_s: float = LIMIT_S) -> DeliveryError | None:
    """Try once to deliver a message. Return None if it arrived, or else the reason, in which no secret is shown."""
    try:
        async with asyncio.timeout(limit_s):
            await receiver.send(message)
    except TimeoutError:
        return DeliveryError(f"it did not answer within {limit_s:.0f} s")
    except DeliveryError as error:
        return DeliveryError(printable(SECRETS.redact(error.message), 300), again=error.again)
    except Exception:  # a fault of the program or of a library must not end the deliveries
        _log.exception("alerts: %s", receiver.name)
        return DeliveryError("a fault in the station; see the log")
    return None
