"""A channel's output without decks: pictures made by hand go through a real splicer, a real bus, and real splits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from retrovue_tui.playout.channel.other_versions import OtherVersions
from retrovue_tui.playout.channel.picture_source import PictureSource
from retrovue_tui.playout.mpegts.access_units import CodedPicture, PictureAssembler
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.playout.split.channel_split import ChannelSplits, ReadySplit
from retrovue_tui.playout.split.version_pictures import VersionPictures
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Stretch
from retrovue_tui.schedule.spots.variants import SplitSpot, Version
from tests.playout.streams import stream

if TYPE_CHECKING:
    from retrovue_tui.playout.mpegts.demux import VideoUnit
    from retrovue_tui.playout.output.slate_player import SlatePlayer
    from retrovue_tui.timecode import FrameRate

PIECE = 180
SLATE = Path("slate")


def pictures(
    rate: FrameRate, frames: int, *, audio_at: int = 0, size: int = 500, start: int = 0, sound: int = 40
) -> list[CodedPicture]:
    """Pictures with their sound, as they come from a piece. `size`, `sound`: the bytes of a picture and of an audio
    frame."""
    source = PictureAssembler()
    source.feed(stream(frames, step=rate.ticks(1), start=start, audio_at=audio_at, size=size, sound=sound))
    source.finish(complete=True)
    found = []
    while (picture := source.pop()) is not None:
        found.append(picture)
    return found


@dataclass(eq=False)
class Listener:
    """A viewer that keeps what it gets."""

    key: str
    name: str = "listener"
    data: bytearray = field(default_factory=bytearray)
    waits: int = 0
    closed: bool = False

    def write(self, data: bytes) -> None:
        self.data += data

    def backlog(self) -> int:
        return self.waits

    def close(self) -> None:
        self.closed = True


@dataclass
class Spot:
    """A spot that airs. `others`: the pictures of the other versions by group; empty: it is not split. `weights`: of
    all groups."""

    file: Path
    own: list[CodedPicture]
    others: dict[int, list[CodedPicture]] = field(default_factory=dict)
    weights: tuple[float, ...] = (1.0, 1.0)
    card: SlatePlayer | None = None

    def ready(self) -> ReadySplit:
        length = len(self.own)
        versions = [Version(self.file, self.weights[0], length)]
        versions += [
            Version(self.file.with_name(f"{self.file.name} {n}"), weight, len(self.others.get(n, self.own)))
            for n, weight in enumerate(self.weights[1:], 1)
        ]
        return ReadySplit(
            SplitSpot(self.file, tuple(versions)), {n: loaded(p) for n, p in self.others.items()}, self.card
        )


def loaded(all_of_it: list[CodedPicture]) -> VersionPictures:
    """Pictures as they are in memory."""
    count = -(-len(all_of_it) // PIECE)
    version = VersionPictures([Path(str(n)) for n in range(count)], PIECE, len(all_of_it))
    version.loaded = {n: all_of_it[n * PIECE : (n + 1) * PIECE] for n in range(count)}
    return version


class LowerQuality:
    """A lower quality of the scene: its pictures are `size` bytes long, also those of versions."""

    def __init__(self, scene: Scene, size: int) -> None:
        self._video = [each.video for each in pictures(scene.rate, PIECE, size=size)]
        self.bus, self.splicer = Bus(scene.rate), Splicer(scene.rate, "Test")
        self.version_taps: list[Any] = []
        scene.bus.branches.append(self.bus)

    def lower(self, file: Path, number: int) -> VideoUnit | None:
        return self._video[number]

    def send(self, frame: int, picture: CodedPicture, number: int) -> None:
        """Send what the scene has just sent."""
        video = self._video[number]
        video.pts = picture.video.pts
        shown = CodedPicture(video, picture.audio)
        self.bus.push(frame, self.splicer.splice(shown), key=video.key)

    def join(self, key: str) -> Listener:
        """A new viewer of this quality."""
        return joined(self.bus, key)


def joined(bus: Bus, key: str, *, burst: bool = True) -> Listener:
    viewer = Listener(key)
    for part in bus.join(burst, viewer):
        viewer.write(part)
    bus.attach(viewer)
    return viewer


class Scene:
    """The output of one channel."""

    def __init__(self, rate: FrameRate) -> None:
        self.qualities: list[LowerQuality] = []
        self.rate = rate
        self.bus, self.splicer = Bus(rate), Splicer(rate, "Test")
        self.versions = OtherVersions()
        self.log, self.events = cast("Any", type("Log", (), {})()), Events()
        self.listeners: list[Any] = []
        self.followers: list[Any] = []
        self.splits = ChannelSplits(cast("Any", self), lambda: self.qualities)
        self._stretch: Stretch | None = None

    def play(self, spot: Spot, frames: int | None = None, *, flush_every: int = 1) -> None:
        """Air a spot, or its first frames."""
        if spot.others:
            self.splits.ready[spot.file] = spot.ready()
        entry = Entry(spot.file.name, "spot", spot.file)
        stretch = Stretch(0, 0, entry, 0, len(spot.own))
        self.log.groups_of(stretch, 0)
        for listener in self.listeners:
            listener(stretch)
        for number, picture in enumerate(spot.own[:frames]):
            self._send(picture, PictureSource(spot.file, number))
            if number % flush_every == 0:
                self.bus.flush()

    def slate(self, own: list[CodedPicture]) -> None:
        """Air the slate."""
        for picture in own:
            self._send(picture, None)
            self.bus.flush()

    def _send(self, picture: CodedPicture, source: PictureSource | None) -> None:
        frame = self.splicer.frame
        self.bus.push(frame, self.splicer.splice(picture), key=picture.video.key)
        for quality in self.qualities:
            quality.send(frame, picture, 0 if source is None else source.number)
        for follower in self.followers:
            follower(frame, picture, source, b"")

    def join(self, key: str, *, burst: bool = True) -> Listener:
        """A new viewer."""
        return joined(self.bus, key, burst=burst)


class Events:
    """Takes the events of a channel."""

    def __init__(self) -> None:
        self.splits: list[tuple[str, int]] = []

    def split(self, entry: Entry, versions: str, frame: int) -> None:
        self.splits.append((entry.id, frame))
