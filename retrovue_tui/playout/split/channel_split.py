"""The splits of one channel: gives each group of viewers its version of a spot, and brings all back together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.channel.other_versions import Groups, Side
from retrovue_tui.playout.split.group_stream import GroupStream, WayBack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.channel.other_versions import VersionTap
    from retrovue_tui.playout.channel.picture_source import PictureSource
    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.playout.mpegts.demux import VideoUnit
    from retrovue_tui.playout.output.bus import Bus, Viewer
    from retrovue_tui.playout.output.slate_player import SlatePlayer
    from retrovue_tui.playout.output.splicer import Splicer
    from retrovue_tui.playout.split.group_stream import SplitOutput
    from retrovue_tui.playout.split.version_pictures import VersionPictures
    from retrovue_tui.rundown.positions import Stretch
    from retrovue_tui.schedule.spots.variants import SplitSpot

REMEMBERED: Final = 2_000
"""The number of splits whose groups are remembered, for clients that play what aired a while ago."""


@dataclass
class ReadySplit:
    """A spot that can be split now. `pictures`: those of its other versions, by the number of the group; a group
    without pictures sees the spot itself. `card`: what follows a shorter version."""

    spot: SplitSpot
    pictures: Mapping[int, VersionPictures]
    card: SlatePlayer | None = None
    groups: Groups = field(init=False)

    def __post_init__(self) -> None:
        versions = self.spot.versions
        files = tuple(each.file if n in self.pictures else self.spot.file for n, each in enumerate(versions))
        self.groups = Groups(self.spot.file, files, tuple(each.weight for each in versions), self.spot.text)


class ChannelOutput:
    """The output of a channel in its own quality."""

    def __init__(self, channel: Channel) -> None:
        self.bus: Bus = channel.bus
        self.splicer: Splicer = channel.splicer
        self.version_taps: list[VersionTap] = channel.versions.taps

    def lower(self, file: Path, number: int) -> VideoUnit | None:
        """Return None: nothing takes the place of the channel's own quality."""
        return None


class ChannelSplits:
    """Follows one channel. `ready`: the spots that can be split now, by their files. `on_air`: the one that is split
    now, and `number`: how many have been before it."""

    def __init__(self, channel: Channel, lower: Callable[[], Sequence[SplitOutput]]) -> None:
        """`lower` returns the outputs of the channel's lower qualities that are on air."""
        self.ready: dict[Path, ReadySplit] = {}
        self.on_air: ReadySplit | None = None
        self.number = 0
        self.begun_at = 0
        self.channel, self._lower = channel, lower
        self._own = ChannelOutput(channel)
        self._streams: list[GroupStream] = []
        self._ways: list[WayBack] = []
        self._next: ReadySplit | None = None
        channel.log.groups_of = self._groups_of
        channel.listeners.append(self._entry_begins)
        channel.followers.append(self._picture)

    def close(self) -> None:
        """End all splits: from now on all viewers see the channel itself."""
        self.ready = {}
        self._end(None)
        self.channel.listeners.remove(self._entry_begins)
        self.channel.followers.remove(self._picture)

    def _groups_of(self, stretch: Stretch, frame: int) -> Groups | None:
        """Return the groups of an entry that begins now with frame `frame` of its asset; None if it is not split. Only
        an entry that airs from its first frame on is: its versions have their key frames at the same places then."""
        found = self.ready.get(stretch.entry.file) if stretch.entry.kind == "spot" and not frame else None
        self._next = found if found is not None and found.pictures else None
        return None if self._next is None else self._next.groups

    def _entry_begins(self, stretch: Stretch) -> None:
        """End the split on air, and begin that of the next entry if it is one. The picture that follows has not gone
        through a splicer yet."""
        following, self._next = self._next, None
        self._end(following)
        if self.on_air is not None:
            self.channel.events.split(stretch.entry, self.on_air.groups.text, self.channel.splicer.frame)

    def _end(self, following: ReadySplit | None) -> None:
        """Let the viewers of all groups go on with what follows: with the channel, or with their group of the next
        split."""
        streams, self._streams = self._streams, []
        late = [each for each in self._ways if following is not None or each.to in streams]
        self._ways = [each for each in self._ways if each not in late]
        ended: list[GroupStream | WayBack] = [*streams, *late]
        self.on_air = following
        if following is not None:
            self.number += 1
            self.begun_at = self.channel.splicer.frame
            self.channel.versions.groups[self.number] = following.groups
            while len(self.channel.versions.groups) > REMEMBERED:
                del self.channel.versions.groups[next(iter(self.channel.versions.groups))]
        for output in {
            id(each): each for each in (self._own, *self._lower(), *(each.output for each in ended))
        }.values():
            self._change(output, [each for each in ended if each.output is output], following)

    def _change(
        self, output: SplitOutput, ended: Iterable[GroupStream | WayBack], following: ReadySplit | None
    ) -> None:
        groups, begun = None, dict[int, GroupStream]()
        if following is not None:
            groups = following.groups
            for number, version in following.pictures.items():
                moves = _in(groups, number)
                begun[number] = GroupStream(output, Side(self.number, number), version, following.card, moves)
        targets: dict[int, SplitOutput | GroupStream] = {0: output, **begun}
        for old in ended:
            for number, to in targets.items():
                sides = () if groups is None else (Side(self.number, number),)
                self._ways.append(WayBack(old, to, sides, _in(groups, number, begun)))
            old.close()
        self._streams += begun.values()
        output.bus.route = (lambda viewer: _bus_of(viewer, groups, begun, output.bus)) if groups and begun else None

    def _picture(self, frame: int, picture: CodedPicture, source: PictureSource | None, messages: bytes) -> None:
        """Send the groups their pictures. `picture` was just sent to all others."""
        if source is None and self._streams:
            self._end(None)  # the slate
        for stream in self._streams:
            stream.picture(frame, picture, messages)
        if self._ways:
            self._ways = [each for each in self._ways if not each.picture(frame, key=picture.video.key)]


def _group(viewer: Viewer, groups: Groups) -> int:
    return groups.number(str(getattr(viewer, "key", "")))


def _in(groups: Groups | None, number: int, shown: Mapping[int, GroupStream] | None = None) -> Callable[[Viewer], bool]:
    """Return a function that tells whether a viewer gets the stream of a group. `shown`: the groups with streams of
    their own; the viewers of all others get that of group 0."""

    def moves(viewer: Viewer) -> bool:
        group = 0 if groups is None else _group(viewer, groups)
        return (group if shown is None or group in shown else 0) == number

    return moves


def _bus_of(viewer: Viewer, groups: Groups, streams: Mapping[int, GroupStream], own: Bus) -> Bus:
    stream = streams.get(_group(viewer, groups))
    return own if stream is None else stream.bus
