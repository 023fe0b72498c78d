"""The channels as viewers see them: what is on, and where to watch."""

from __future__ import annotations

from dataclasses import dataclass

from retrovue_tui.protocol.answers.guide import Showing  # read at run time, by `from_json`
from retrovue_tui.protocol.answers.snapshots import State  # read at run time, by `from_json`


@dataclass(frozen=True)
class ListedChannel:
    """One channel. `id`, `number`, `name`: as configured. `programme`, `next_programme`: what the guide shows now and
    next; None if it shows nothing. `stream`, `hls`, `logo`, `picture`: addresses; `hls` is empty if HLS is off."""

    id: str
    number: int
    name: str
    state: State
    stream: str
    hls: str
    logo: str
    picture: str
    programme: Showing | None = None
    next_programme: Showing | None = None


@dataclass(frozen=True)
class ChannelList:
    """All channels, by number. `station`: its name. `playlist`, `guide`: the addresses of the M3U and of the XMLTV."""

    station: str
    playlist: str
    guide: str
    channels: tuple[ListedChannel, ...] = ()
