"""The slate player: delivers a channel's pictures while no deck can deliver any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.playout.mpegts.access_units import PictureAssembler

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.playout.mpegts.access_units import CodedPicture


class SlatePlayer:
    """Plays one prepared piece from memory, over and over. This is the slate, which must not depend on another
    process."""

    def __init__(self, piece: bytes) -> None:
        self._piece = piece
        self._pictures = PictureAssembler()
        self._rewind()
        if len(self._pictures) == 0:
            raise ValueError("a slate needs a piece with at least one picture")

    @classmethod
    def load(cls, path: Path) -> SlatePlayer:
        """Return a player of a piece file. Blocking. Raises `OSError` or `ValueError` if the file cannot be played."""
        return cls(path.read_bytes())

    def again(self) -> SlatePlayer:
        """Return a player that plays the same piece from its start."""
        return SlatePlayer(self._piece)

    def pop(self) -> CodedPicture | None:
        """Return the next picture. After the last picture, the first follows."""
        picture = self._pictures.pop()
        if picture is None:
            self._rewind()
            picture = self._pictures.pop()
        return picture

    def _rewind(self) -> None:
        self._pictures = PictureAssembler()
        self._pictures.feed(self._piece)
        self._pictures.finish(complete=True)
