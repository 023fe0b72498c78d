"""The guide of all channels at one moment, and the documents that are made from it. Pure.

A snapshot never changes, so that a client always gets the whole of one, even if the guide changes meanwhile.
"""

from __future__ import annotations

import gzip
import hashlib
import time
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.compute_turn import give_way
from retrovue_tui.guide.xmltv import channel_element, document, programme_element
from retrovue_tui.protocol.answers.guide import ChannelGuide, GuideProgramme, Showing

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR_S: Final = 3_600
DAY_S: Final = 86_400


def hour_of(at: float) -> int:
    """Return the full hour before a Unix time (s). Guides begin and end at full hours, so that they stay the same for
    an hour if nothing changes."""
    return int(at) // HOUR_S * HOUR_S


def end_of(at: float, days: int) -> int:
    """Return the end of a guide of `days` days (Unix time, s)."""
    return hour_of(at) + days * DAY_S + HOUR_S


@dataclass(frozen=True)
class PreparedGuide:
    """The guide of a channel, with the elements of its programmes. `until_at`: the time up to which it was made."""

    guide: ChannelGuide
    elements: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, guide: ChannelGuide, before: PreparedGuide | None = None) -> PreparedGuide:
        """Return the guide with its elements. Elements of programmes that are the same in the guide `before` are not
        written again. Call it in a thread."""
        old: dict[GuideProgramme, str] = {}
        if before is not None and before.guide.guide_id == guide.guide_id:
            old = dict(zip(before.guide.programmes, before.elements, strict=True))
        return cls(guide, tuple(_elements(guide, old)))

    @property
    def channel(self) -> str:
        """The element of the channel."""
        guide = self.guide
        return channel_element(guide.guide_id, guide.number, guide.name, f"logo/{guide.channel}.png")

    def shows(self, guide: ChannelGuide) -> bool:
        """Return whether another guide, made at another time, shows the same. Call it in a thread."""
        return replace(self.guide, at=guide.at) == guide

    def until(self, end: int) -> slice:
        """Return the programmes that begin before a Unix time."""
        return slice(0, bisect_right(self.guide.programmes, end - 1, key=_start))

    def showing(self, at: float) -> tuple[Showing | None, Showing | None]:
        """Return the programme at a Unix time, and the next one."""
        found = self.guide.programmes
        index = bisect_right(found, int(at), key=_start) - 1
        now = found[index] if index >= 0 and at < found[index].stop_at else None
        following = found[index + 1] if index + 1 < len(found) else None
        return None if now is None else _showing(now), None if following is None else _showing(following)


def _start(programme: GuideProgramme) -> int:
    return programme.start_at


def _showing(one: GuideProgramme) -> Showing:
    return Showing(one.title, one.sub_title, one.start_at, one.stop_at, one.season, one.episode)


def _elements(guide: ChannelGuide, old: dict[GuideProgramme, str]) -> Iterator[str]:
    for each in guide.programmes:
        give_way()
        yield old.get(each) or programme_element(each, guide.guide_id)


class XmltvRequest(NamedTuple):
    """A client's request for a guide. `channels`: the ids of channels; None: all. `base`: the station's address as the
    client sees it, with a slash at its end; `query`: `?token=…` for the addresses of pictures, or nothing."""

    days: int
    channels: frozenset[str] | None
    base: str
    query: str


@dataclass(frozen=True)
class XmltvDocument:
    """An XMLTV document. `tag`: another one for other contents. `modified_at`: when the contents last changed (Unix
    time, s)."""

    body: bytes = field(repr=False)
    gzipped: bytes = field(repr=False)
    tag: str
    modified_at: int


@dataclass(frozen=True)
class GuideSnapshot:
    """The guides of all channels, in the order of their numbers. `number`: each change makes a new one."""

    number: int = 0
    at: float = 0.0
    guides: tuple[PreparedGuide, ...] = ()

    def guide(self, channel: str) -> PreparedGuide | None:
        """Return the guide of a channel; None if there is none yet."""
        return next((each for each in self.guides if each.guide.channel == channel), None)

    def document(self, wanted: XmltvRequest, version: str, before: XmltvDocument | None = None) -> XmltvDocument:
        """Return an XMLTV document. `before`: the last one of the same request, if there was one. Call it in a
        thread: for twenty channels and a week it takes 0.1 s."""
        guides = [each for each in self.guides if wanted.channels is None or each.guide.channel in wanted.channels]
        end = end_of(self.at, wanted.days)
        elements = [element for each in guides for element in each.elements[each.until(end)]]
        parts: list[bytes] = []
        for part in document([each.channel for each in guides], elements, wanted.base, wanted.query, version):
            parts.append(part)
            give_way()
        body = b"".join(parts)
        tag = hashlib.blake2s(body, digest_size=12).hexdigest()
        if before is not None and before.tag == tag:
            return before
        return XmltvDocument(body, gzip.compress(body, 5, mtime=0), tag, int(time.time()))
