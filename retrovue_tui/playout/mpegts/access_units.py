"""Assembles a deck's access units into coded pictures, each with its audio."""

from __future__ import annotations

from collections import deque

from msgspec import Struct, field

from retrovue_tui.playout.mpegts.demux import AudioUnit, Demux, VideoUnit


class CodedPicture(Struct, gc=False):
    """One coded picture, and the audio between it and the next picture. The garbage collector does not walk through
    pictures and units (`gc=False`): a station with many channels makes thousands in a second, and none refers to
    itself."""

    video: VideoUnit
    audio: list[AudioUnit] = field(default_factory=list)


class PictureAssembler:
    """Takes the bytes of a deck's output, assembles pictures, and holds the complete ones until they are taken."""

    def __init__(self) -> None:
        self.demux = Demux()
        self._under_way: CodedPicture | None = None
        self._early: list[AudioUnit] = []
        self._ready: deque[CodedPicture] = deque()

    def __len__(self) -> int:
        return len(self._ready)

    def feed(self, data: bytes) -> None:
        """Add more bytes of the deck's output."""
        self._sort(self.demux.feed(data))

    def finish(self, *, complete: bool) -> None:
        """Handle the end of the deck's output. If `complete` is False, the last units may be cut off; they are
        dropped."""
        if complete:
            self._sort(self.demux.flush())
        if self._under_way is not None:
            self._ready.append(self._under_way)
        self._under_way = None

    def pop(self) -> CodedPicture | None:
        """Return the next picture; None when none is complete yet."""
        return self._ready.popleft() if self._ready else None

    def first(self) -> CodedPicture | None:
        """Return the next picture without removing it."""
        return self._ready[0] if self._ready else None

    def last(self) -> CodedPicture | None:
        """Return the newest complete picture without removing it."""
        return self._ready[-1] if self._ready else None

    def _sort(self, units: list[VideoUnit | AudioUnit]) -> None:
        for unit in units:
            if isinstance(unit, VideoUnit):
                if self._under_way is not None:
                    self._ready.append(self._under_way)
                self._under_way = CodedPicture(unit, self._early)
                self._early = []
            elif self._under_way is not None:
                self._under_way.audio.append(unit)
            else:
                self._early.append(unit)
