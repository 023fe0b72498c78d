"""What a channel can put on its bus: a deck, or the slate's reel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from retrovue_tui.playout.mpegts.access_units import PictureAssembler

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.playout.mpegts.access_units import CodedPicture


class Source(Protocol):
    """Gives pictures, one after another. Only the channel that owns it calls it."""

    @property
    def position(self) -> int:
        """The number of the next picture, counted from the start of what it plays."""

    @property
    def finished(self) -> bool:
        """Nothing more will come."""

    def ready(self) -> bool:
        """Whether a picture is there to be taken now; reads what the source has written so far."""

    def pop(self) -> CodedPicture | None:
        """The next picture, or None when it is not there yet or never will be."""

    async def close(self) -> None:
        """End it, and whatever it runs."""


class SlatePlayer:
    """Plays one prepared piece over and over out of memory: the slate, which must not depend on any process."""

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
        """A reel of a piece file; blocking. Raises `OSError` or `ValueError` when it cannot be played."""
        return cls(path.read_bytes())

    def again(self) -> SlatePlayer:
        """The same reel from its start."""
        return SlatePlayer(self._piece)

    def ready(self) -> bool:
        """Always: a reel has no end."""
        return True

    def pop(self) -> CodedPicture | None:
        """The next picture; the first one again behind the last."""
        picture = self._pictures.pop()
        if picture is None:
            self._wind()
            picture = self._pictures.pop()
        self.position += 1
        return picture

    async def close(self) -> None:
        """Nothing to end."""

    def _wind(self) -> None:
        self._pictures = PictureAssembler()
        self._pictures.feed(self._piece)
        self._pictures.finish(complete=True)
