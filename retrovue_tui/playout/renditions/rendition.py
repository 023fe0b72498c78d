"""One lower quality of a channel on air: a bus of its own, whose pictures have the numbers, the times and the sound of
the channel's pictures, and a smaller video.

Where a lower piece is not there yet, the channel's own picture takes its place. So the stream never stops and never
shows anything else than the channel. It changes between the two at key frames only."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from retrovue_tui.playout.mpegts.access_units import CodedPicture
from retrovue_tui.playout.output.bus import Bus

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.channel.other_versions import VersionTap
    from retrovue_tui.playout.channel.picture_source import PictureSource
    from retrovue_tui.playout.mpegts.demux import VideoUnit
    from retrovue_tui.playout.renditions.lower_pieces import LowerPieces


class Rendition:
    """The stream of one lower quality, while somebody watches it. `name`: the name of its profile, like `480p`."""

    def __init__(self, channel: Channel, pieces: LowerPieces, version_taps: list[VersionTap] | None = None) -> None:
        """Begin with the pictures that the channel's bus still has, so that the first viewer has a picture at once.
        `version_taps`: get the pictures that only some groups of viewers get."""
        self.name = pieces.house.profile
        self.pieces = pieces
        self.loaded: dict[Path, Sequence[VideoUnit]] = {}
        """The pictures of lower pieces that air now or soon, by the channel's piece."""
        self.lower_frames = self.other_frames = 0
        """How many pictures had the lower video, and how many the channel's own."""
        self.of = channel
        self._on_air: Path | None = None
        self._is_lower = False
        self.splicer = deepcopy(channel.splicer)
        self.bus = Bus(channel.house.rate, on_viewer=channel.bus.on_viewer)
        for frame, key, data in channel.bus.newest(0):
            self.bus.push(frame, data, key=key)
        channel.bus.branches.append(self.bus)
        self.version_taps = [] if version_taps is None else version_taps
        channel.followers.insert(0, self.picture)  # before those who need its pictures

    def close(self) -> None:
        """End the stream, and disconnect its viewers."""
        if self.picture in self.of.followers:
            self.of.followers.remove(self.picture)
            self.of.bus.branches.remove(self.bus)
        self.bus.close()

    def picture(self, frame: int, picture: CodedPicture, source: PictureSource | None, messages: bytes) -> None:
        """Add a picture of the channel that was just sent. `source`: the piece that contains it; None for the slate.
        `messages`: the packets that stood before it."""
        if self.splicer.splices_listed != self.of.splicer.splices_listed:
            self.splicer.list_splices(self.of.splicer.splices_listed)
        self._on_air = None if source is None else source.file
        lower = None if source is None else self.lower(*source)
        if picture.video.key:
            self._is_lower = lower is not None and lower.key
        if self._is_lower and lower is not None:
            lower.pts = picture.video.pts
            picture = CodedPicture(lower, picture.audio)
            self.lower_frames += 1
        else:
            self.other_frames += 1
        self.bus.push(frame, self.splicer.splice(picture, messages), key=picture.video.key)

    def forget_but(self, files: Collection[Path]) -> None:
        """Forget the lower pieces of all other files but these, and that of the picture on air."""
        self.loaded = {file: found for file, found in self.loaded.items() if file in files or file == self._on_air}

    def lower(self, file: Path, number: int) -> VideoUnit | None:
        """Return the lower video of picture `number` of a piece; None if it is not in memory."""
        pictures = self.loaded.get(file)
        return pictures[number] if pictures is not None and 0 <= number < len(pictures) else None
