"""The stream of one group of viewers while a spot is split, and its way back to the stream of all."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Protocol

from retrovue_tui.playout.mpegts.access_units import CodedPicture
from retrovue_tui.playout.output.rejoin import Rejoin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.playout.channel.other_versions import Side, VersionTap
    from retrovue_tui.playout.mpegts.demux import VideoUnit
    from retrovue_tui.playout.output.bus import Bus, Viewer
    from retrovue_tui.playout.output.slate_player import SlatePlayer
    from retrovue_tui.playout.output.splicer import Splicer
    from retrovue_tui.playout.split.version_pictures import VersionPictures


class SplitOutput(Protocol):
    """An output of a channel: that of the channel itself, or that of a lower quality."""

    version_taps: list[VersionTap]

    @property
    def bus(self) -> Bus: ...

    @property
    def splicer(self) -> Splicer: ...

    def lower(self, file: Path, number: int) -> VideoUnit | None:
        """Return the video of picture `number` of a piece in this quality; None if there is none."""


class GroupStream:
    """The stream of one group on one output while a spot is split. Make it before the first picture of the spot goes
    through the output's splicer."""

    def __init__(
        self, output: SplitOutput, side: Side, version: VersionPictures, card: SlatePlayer | None,
        moves: Callable[[Viewer], bool],
    ) -> None:  # fmt: skip
        """`card`: what follows a version that is shorter than the spot. `moves`: returns whether a viewer belongs to
        the group."""
        self.output, self.sides = output, (side,)
        self._version, self._card = version, card
        self.splicer = deepcopy(output.splicer)
        self.bus = output.bus.branch(moves)
        output.bus.branches.append(self.bus)
        self._number = 0
        self._is_own = self._is_lower = False

    @property
    def counters(self) -> dict[int, int]:
        """The continuity counters of the next packets, by PID; see `Splicer.counters`."""
        return self.splicer.counters

    @property
    def audio_due(self) -> int | None:
        """When the next audio frame is due, in ticks."""
        return self.splicer.audio_due

    def picture(self, frame: int, picture: CodedPicture, messages: bytes) -> None:
        """Send the next picture. `picture` is what all others see, and is sent if there is no other."""
        if self.splicer.splices_listed != self.output.splicer.splices_listed:
            self.splicer.list_splices(self.output.splicer.splices_listed)
        own = self._next(key=picture.video.key)
        self._number += 1
        if own is not None and own.video.key:
            self._is_own = True
        elif own is None:
            self._is_own = False
        shown = own if own is not None and self._is_own else picture
        key = shown.video.key
        data = self.splicer.splice(shown, messages)
        self.bus.push(frame, data, key=key)
        for tap in self.output.version_taps:
            tap(self.sides, frame, data, key)

    def close(self) -> None:
        """Forget the bus. No viewer must be left on it."""
        self.output.bus.branches.remove(self.bus)

    def _next(self, *, key: bool) -> CodedPicture | None:
        number = self._number
        if number >= self._version.frames:
            return self._card_picture(first=number == self._version.frames or key)
        own = self._version.picture(number)
        if own is None:
            return None
        lower = self.output.lower(*self._version.source(number))
        if own.video.key:
            self._is_lower = lower is not None
        if lower is None or not self._is_lower:
            return own
        lower.pts = own.video.pts
        return CodedPicture(lower, own.audio)

    def _card_picture(self, *, first: bool) -> CodedPicture | None:
        """Return the next picture of the card. It begins again where the others have a key frame, so that segments of
        HLS begin at the same pictures for all."""
        if first and self._card is not None:
            self._card = self._card.again()
        return None if self._card is None else self._card.pop()


class WayBack:
    """Takes viewers of a group, after its spot has ended, to another stream of the same output."""

    def __init__(
        self, source: GroupStream | WayBack, to: SplitOutput | GroupStream, sides: tuple[Side, ...],
        moves: Callable[[Viewer], bool],
    ) -> None:  # fmt: skip
        """Make it before the first picture goes through the splicer of `to`. `sides`: the groups of the viewers in the
        split that begins; empty if none does. `moves`: returns whether a viewer is taken there."""
        self.to = to
        self.output: SplitOutput = source.output
        self.sides: tuple[Side, ...] = (*source.sides, *sides)
        self._rejoin = Rejoin(source.counters, source.audio_due)
        self.bus: Bus = source.bus.branch(moves)
        self.output.bus.branches.append(self.bus)

    @property
    def counters(self) -> dict[int, int]:
        """The continuity counters of the next packets, by PID; see `Splicer.counters`."""
        return {**self.to.splicer.counters, **self._rejoin.counters}

    @property
    def audio_due(self) -> int | None:
        """When the next audio frame is due, in ticks."""
        own = self._rejoin.audio_due
        return self.to.splicer.audio_due if own is None else own

    def picture(self, frame: int, *, key: bool) -> bool:
        """Send the picture that was just sent on the other stream. Return whether all viewers are there now."""
        data = self.to.bus.newest_data
        if not self._rejoin.done:
            data = self._rejoin.picture(data)
            for tap in self.output.version_taps:
                tap(self.sides, frame, data, key)
        self.bus.push(frame, data, key=key)
        if not self._rejoin.done or not self.to.bus.take_over(self.bus):
            return False
        self.close()
        return True

    def close(self) -> None:
        """Forget the bus. No viewer must be left on it."""
        self.output.bus.branches.remove(self.bus)
