"""The alerts on the disk: what lasts and what is not delivered, so that a restart neither repeats an alert nor loses
the message that it is over."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard, get_args

from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.playout.alerts.alert_book import MOST_ACTIVE, LastingAlert
from retrovue_tui.protocol.answers.alerts import Alert, AlertRule
from retrovue_tui.protocol.json_codec import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE_NAME: Final = "alerts.json"
LAST_S: Final = 2.0
"""The longest time that the last write may take at the end of the station (s)."""
_VERSION: Final = 1
_MOST_BYTES: Final = 4_000_000
_MOST_RECEIVERS: Final = 32
_LONGEST: Final = 4_000
"""The most characters of a text."""
_LATEST: Final = 253_402_300_800.0
"""The end of the year 9999 (Unix time, s)."""


@dataclass(frozen=True)
class ToldReceiver:
    """A receiver that knows of the alerts that last, but for those that it has not taken yet. `name`: its kind and its
    address without secrets."""

    name: str
    undelivered: tuple[Alert, ...] = ()


@dataclass(frozen=True)
class AlertMemory:
    """The state of the alerts. `pending`: alerts that are in no message yet. `sent_at`: when the last message was sent
    (Unix time, s)."""

    lasting: tuple[LastingAlert, ...] = ()
    pending: tuple[Alert, ...] = ()
    receivers: tuple[ToldReceiver, ...] = ()
    sent_at: float | None = None


class AlertStore:
    """The file with the state of the alerts. It is written in a thread of its own: a disk that does not answer is a
    problem that alerts report, and holds up nothing."""

    def __init__(self, path: Path, report: Callable[[str | None], None]) -> None:
        """`report` is called with the fault of the last write, or with None after a success."""
        self._path, self._report = path, report
        self._saved: AlertMemory | None = None
        self._writing: threading.Thread | None = None
        self._fault: OSError | None = None

    async def load(self) -> AlertMemory:
        """Return the saved state; nothing if there is none, or if the file is damaged."""
        self._saved = await asyncio.to_thread(read_memory, self._path)
        return self._saved

    def save(self, memory: AlertMemory) -> None:
        """Begin to write a state, unless it is the saved one, or a write is not through. Call it again and again."""
        if self._writing is not None:
            if self._writing.is_alive():
                return
            self._end_write()
        if memory != self._saved:
            self._saved = memory
            self._writing = threading.Thread(target=self._write, args=(memory,), name="alerts file", daemon=True)
            self._writing.start()

    async def close(self, memory: AlertMemory) -> None:
        """Write the last state, if the disk takes it within `LAST_S`."""
        end = time.monotonic() + LAST_S
        await self._wait(end)
        self.save(memory)
        await self._wait(end)

    async def _wait(self, end: float) -> None:
        """Wait until nothing is written, or until a monotonic time (s)."""
        if self._writing is not None:
            await asyncio.to_thread(self._writing.join, max(0.0, end - time.monotonic()))

    def _end_write(self) -> None:
        self._writing, fault = None, self._fault
        if fault is not None:
            self._saved = None  # the next call tries again
        text = f"the alerts cannot be saved: {self._path}: {fault.strerror or fault}" if fault is not None else None
        self._report(text)

    def _write(self, memory: AlertMemory) -> None:
        self._fault = None
        try:
            write_atomically(self._path, memory_bytes(memory))
        except OSError as error:
            self._fault = error


def memory_bytes(memory: AlertMemory) -> bytes:
    """Return the contents of the file."""
    data = {
        "version": _VERSION, "sent_at": memory.sent_at,
        "lasting": [{**to_json(each.alert), "template": each.template} for each in memory.lasting],
        "pending": [to_json(each) for each in memory.pending],
        "receivers": [to_json(each) for each in memory.receivers],
    }  # fmt: skip
    return json.dumps(data).encode() + b"\n"


def read_memory(path: Path) -> AlertMemory:
    """Read the file. What is damaged in it is left out. Blocking."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
        data = json.loads(text) if len(text) <= _MOST_BYTES else None
    except (OSError, ValueError, RecursionError):
        return AlertMemory()
    if not isinstance(data, dict) or data.get("version") != _VERSION:
        return AlertMemory()
    lasting = {each.alert.id: each for each in map(_lasting, _rows(data, "lasting")) if each is not None}
    receivers = [
        ToldReceiver(each["name"], _alerts(each, "undelivered"))
        for each in _rows(data, "receivers") if isinstance(each, dict) and _is_text(each.get("name"))
    ]  # fmt: skip
    sent_at = data.get("sent_at")
    return AlertMemory(
        tuple(lasting.values()), _alerts(data, "pending"), tuple(receivers[:_MOST_RECEIVERS]),
        sent_at if _is_time(sent_at) else None,
    )  # fmt: skip


def _rows(data: dict[str, Any], key: str) -> list[Any]:
    rows = data.get(key)
    return rows[: 2 * MOST_ACTIVE] if isinstance(rows, list) else []


def _alerts(data: dict[str, Any], key: str) -> tuple[Alert, ...]:
    return tuple(each for each in map(_alert, _rows(data, key)) if each is not None)


def _lasting(data: Any) -> LastingAlert | None:
    alert = _alert(data)
    if alert is None or alert.ended is not None or not _is_text(data.get("template")):
        return None
    return LastingAlert(alert, data["template"])


def _alert(data: Any) -> Alert | None:
    """Return an alert; None if a field has a wrong type or value."""
    try:
        alert = from_json(Alert, data)
    except ValueError:
        return None
    texts = _is_text(alert.id) and _is_text(alert.text) and (alert.channel is None or _is_text(alert.channel))
    times = _is_time(alert.since) and (alert.ended is None or _is_time(alert.ended))
    right = texts and times and isinstance(alert.times, int) and alert.rule in get_args(AlertRule)
    return alert if right else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _LATEST
