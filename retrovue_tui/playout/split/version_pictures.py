"""The pictures of one version of a spot, from its prepared pieces, which are in memory while it airs or will soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.rundown.positions import cuts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.playout.mpegts.access_units import CodedPicture


class VersionPictures:
    """The pictures of one version. `frames`: how many it has. `files`: its pieces, in order."""

    def __init__(self, files: Sequence[Path], piece_frames: int, frames: int) -> None:
        self.files, self.frames = tuple(files), frames
        self._piece_frames = piece_frames
        self.loaded: dict[int, Sequence[CodedPicture]] = {}
        """The pictures of the pieces that are in memory, by the number of the piece."""

    @classmethod
    def of(cls, asset: Asset, store: PieceStore, frames: int) -> VersionPictures | None:
        """Return the pictures of an asset's first `frames` frames; None if a piece is not prepared."""
        piece = store.house.piece_frames
        found = [store.find(asset, first, end) for first, end in cuts(0, frames, piece)]
        files = [file for file in found if file is not None]
        return cls(files, piece, frames) if len(files) == len(found) else None

    @property
    def is_ready(self) -> bool:
        """Whether the first piece is in memory."""
        return 0 in self.loaded

    def piece_of(self, number: int) -> int:
        """Return the number of the piece that contains picture `number`."""
        return number // self._piece_frames

    def picture(self, number: int) -> CodedPicture | None:
        """Return picture `number`, from 0; None if it is not in memory, or if there is no such picture."""
        pictures = self.loaded.get(self.piece_of(number))
        at = number % self._piece_frames
        return pictures[at] if pictures is not None and at < len(pictures) and number < self.frames else None

    def source(self, number: int) -> tuple[Path, int]:
        """Return the piece that contains picture `number`, and the number of the picture there."""
        return self.files[self.piece_of(number)], number % self._piece_frames
