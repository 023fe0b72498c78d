"""The station's log: all lines go to a file of limited size, warnings also to stderr.

A separate thread writes it, so that a disk that hangs does not stop playout.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import queue
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import StationError
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.text.redaction import SafeFormatter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_WAITING: Final = 10_000
"""The most lines that wait to be written. Further lines are lost."""
_BYTES, _FILES = 4_000_000, 3


@contextlib.contextmanager
def logging_to(folder: Path) -> Iterator[None]:
    """Log to `station.log` in a folder during the `with` block; at its end, write all waiting lines. Raises
    `StationError` if the file cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        to_file = logging.handlers.RotatingFileHandler(
            folder / "station.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        raise StationError(f"{folder} cannot be written: {reason_of(error)}") from error
    to_file.setFormatter(SafeFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")))
    to_stderr = logging.StreamHandler()
    to_stderr.setFormatter(SafeFormatter(_OneLine()))
    to_stderr.setLevel(logging.WARNING)
    to_stderr.addFilter(lambda record: not record.name.startswith("retrovue_tui.deck"))  # FFmpeg's output: file only
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(MOST_WAITING)
    logging.basicConfig(level=logging.INFO, handlers=[_ToThread(waiting)], force=True)
    logging.raiseExceptions = False  # a full disk must not flood stderr
    for noisy in ("watchfiles", "PIL", "libav", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    writer = logging.handlers.QueueListener(waiting, to_file, to_stderr, respect_handler_level=True)
    writer.start()
    try:
        yield
    finally:
        writer.stop()


class _ToThread(logging.handlers.QueueHandler):
    """Passes records unformatted to the thread that writes the log. It formats only the arguments at once, because they
    may change later."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        record.msg, record.args = record.getMessage(), None
        return record


class _OneLine(logging.Formatter):
    """Formats a record for stderr as one line, without the traceback, which is in the log file."""

    def format(self, record: logging.LogRecord) -> str:
        return f"retrovue-tui: {' '.join(record.getMessage().split())}"
