"""The sources of a channel's bus: the protocol that a deck fulfils, and the slate player."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from retrovue_tui.playout.mpegts.access_units import PictureAssembler

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.playout.mpegts.access_units import CodedPicture


class Source(Protocol):
    """Delivers pictures one after another. Only the channel that owns it calls it."""

    @property
    def position(self) -> int:
        """The number of the next picture, counted from the start of what it plays."""

    @property
    def finished(self) -> bool:
        """Whether no more pictures will come."""

    def ready(self) -> bool:
        """Return whether a picture is available now; reads what the source has written so far."""

    def pop(self) -> CodedPicture | None:
        """Return the next picture; None when it is not there yet, or never will be."""

    async def close(self) -> None:
        """End the source and every process that it runs."""


class SlatePlayer:
    """Plays one prepared piece from memory over and over: the slate, which must not depend on any process."""

    def __init__(self, piece: bytes) -> None:
        self._piece = piece
        self._pictures = PictureAssembler()
        self.position = 0
        self.finished = False
        self._wind()
        if len(self._pictures) == 0:
            raise ValueError("a reel needs a piece with at least one picture")

    @classmethod
    def load(cls, path: Path) -> SlatePlayer:
        """Return a player of a piece file; blocking. Raises `OSError` or `ValueError` when it cannot be played."""
        return cls(path.read_bytes())

    def again(self) -> SlatePlayer:
        """Return a player of the same piece, from its start."""
        return SlatePlayer(self._piece)

    def ready(self) -> bool:
        """Return True: the slate has no end."""
        return True

    def pop(self) -> CodedPicture | None:
        """Return the next picture; after the last, the first one again."""
        picture = self._pictures.pop()
        if picture is None:
            self._wind()
            picture = self._pictures.pop()
        self.position += 1
        return picture

    async def close(self) -> None:
        """Do nothing: there is nothing to end."""

    def _wind(self) -> None:
        self._pictures = PictureAssembler()
        self._pictures.feed(self._piece)
        self._pictures.finish(complete=True)
