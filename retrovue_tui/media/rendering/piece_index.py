"""The index of an asset's prepared pieces: which pieces exist, how long they are, and the conversion to and from
JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

_VERSION: Final = 1


@dataclass(frozen=True)
class Piece:
    """One file of the cache: the asset frames [first, first + frames), and the file's size in bytes."""

    first: int
    frames: int
    bytes: int

    @property
    def end(self) -> int:
        """The asset frame after the piece's last frame."""
        return self.first + self.frames


@dataclass(frozen=True)
class Index:
    """The prepared pieces of one asset. `end` is the asset's exact length in frames, once its end was rendered.
    `gain_db` is its loudness gain, once that was measured. `limited` is whether the peaks need a limiter with that
    gain."""

    path: str = ""
    end: int | None = None
    gain_db: float | None = None
    limited: bool = False
    pieces: dict[int, Piece] = field(default_factory=dict)
    edges: dict[tuple[int, int], Piece] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """The total size of the asset's files, in bytes."""
        return sum(piece.bytes for piece in (*self.pieces.values(), *self.edges.values()))

    def to_json(self) -> dict[str, Any]:
        """Return the index as plain JSON types, in a stable order."""
        return {
            "version": _VERSION, "path": self.path, "end": self.end, "gain_db": self.gain_db, "limited": self.limited,
            "pieces": [[p.first, p.frames, p.bytes] for _, p in sorted(self.pieces.items())],
            "edges": [[p.first, p.frames, p.bytes] for _, p in sorted(self.edges.items())],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any], piece_frames: int) -> Index:
        """Return the index from data that `to_json` returned. Raises `ValueError`, `KeyError` or `TypeError` for any
        other data."""
        if data["version"] != _VERSION:
            raise ValueError("an index of another version")
        pieces = [Piece(*(int(n) for n in row)) for row in data["pieces"]]
        edges = [Piece(*(int(n) for n in row)) for row in data["edges"]]
        return cls(
            str(data["path"]), None if data["end"] is None else int(data["end"]),
            None if data["gain_db"] is None else float(data["gain_db"]), bool(data["limited"]),
            {piece.first // piece_frames: piece for piece in pieces}, {(edge.first, edge.end): edge for edge in edges},
        )  # fmt: skip
