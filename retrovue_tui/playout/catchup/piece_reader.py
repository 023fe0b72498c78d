"""Reads the coded pictures of one piece, part by part, so that a viewer of the past needs little memory."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.threads import PAST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from io import BufferedReader
    from pathlib import Path

    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.playout.output.slate_player import SlatePlayer

PART: Final = 128 * 1024
"""How many bytes are read at a time: 0.3 s of stream, which takes half a millisecond to take apart."""


class Reader(Protocol):
    """A source of coded pictures."""

    def pop(self) -> CodedPicture | None:
        """Return the next picture; None if none has been read."""

    async def read(self) -> bool:
        """Read more. Return False at the end. Raises `OSError`."""

    def close(self) -> None:
        """Close the file."""


class PieceReader:
    """Reads one piece file. `turn` waits until the event loop has time for a millisecond of work. Call `close` in the
    end."""

    def __init__(self, file: BufferedReader, turn: Callable[[], Awaitable[None]]) -> None:
        self._file = file
        self._turn = turn
        self._pictures = PictureAssembler()
        self._kept: deque[CodedPicture] = deque()
        self._finished = False

    @classmethod
    async def open(cls, path: Path, turn: Callable[[], Awaitable[None]]) -> PieceReader:
        """Open a piece file. Raises `OSError`."""
        return cls(await PAST.run(path.open, "rb"), turn)

    def pop(self) -> CodedPicture | None:
        """Return the next picture; None if none has been read."""
        return self._kept.popleft() if self._kept else self._pictures.pop()

    async def read(self) -> bool:
        """Read the next part of the file. Return False at the end of the file. Raises `OSError`."""
        if self._finished:
            return False
        data = await PAST.run(self._file.read, PART)
        await self._turn()
        if data:
            self._pictures.feed(data)
        else:
            self._finished = True
            self._pictures.finish(complete=True)
        return True

    async def seek(self, number: int) -> int:
        """Go to the newest key frame that is picture `number` of the file or before it, and return its number. Raises
        `OSError`. Call this before any `pop`."""
        key, count = 0, 0
        while count <= number:
            picture = self._pictures.pop()
            if picture is None:
                if not await self.read():
                    break
                continue
            if picture.video.key:
                key = count
                self._kept.clear()
            self._kept.append(picture)
            count += 1
        return key

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class SlateReader:
    """Plays the slate for as long as it is wanted."""

    def __init__(self, slate: SlatePlayer) -> None:
        self._slate = slate.again()

    def pop(self) -> CodedPicture | None:
        """Return the next picture."""
        return self._slate.pop()

    async def read(self) -> bool:
        """Return True: the slate never ends."""
        return True

    def close(self) -> None:
        """Do nothing; the slate is in memory."""
