"""A viewer of the bus that writes to the standard input of a process."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

GAP_S: Final = 1.0
"""A longer time without a write (s) is a gap: the station stood still, and the pipe had nothing to take."""


class PipeViewer:
    """Writes the stream to a pipe, without waiting. What the pipe does not take stays in memory, up to the bus's limit
    for a viewer; then the bus moves the viewer forward, and closes it after 30 s."""

    def __init__(self, name: str, pipe: asyncio.WriteTransport) -> None:
        self.name = name
        self.closed = False
        """Whether the bus has closed the viewer."""
        self.written_at: float | None = None
        """When the bus last wrote (monotonic time, s); None before it has."""
        self.flowing_since = 0.0
        """Since when the bus has written without a gap (monotonic time, s)."""
        self._pipe = pipe
        self._written = 0

    def write(self, data: bytes) -> None:
        """Send a chunk of whole packets."""
        if not self._pipe.is_closing():
            self._pipe.write(data)
            self._written += len(data)
        now = monotonic()
        if self.written_at is None or now - self.written_at > GAP_S:
            self.flowing_since = now
        self.written_at = now

    def backlog(self) -> int:
        """Return the number of bytes that the pipe has not taken yet."""
        return self._pipe.get_write_buffer_size()

    def taken(self) -> int:
        """Return the number of bytes that the pipe has taken."""
        return self._written - self.backlog()

    def drop(self) -> None:
        """Close the pipe without what it has not taken yet, which would only arrive late."""
        if not self._pipe.is_closing():  # a closed pipe cannot be aborted
            self._pipe.abort()

    def close(self) -> None:
        """Note that the bus sends nothing any more: the viewer lagged for too long, or the channel has ended."""
        self.closed = True
