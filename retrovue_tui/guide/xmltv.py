"""Writes XMLTV, by the document type definition of the XMLTV project. Pure.

Every element is on a line of its own, and every time is in UTC, because readers differ in what else they understand.
Addresses begin with a mark, which is replaced when a document is sent, because they depend on the client.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from retrovue_tui.text.printable import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrovue_tui.protocol.answers.guide import GuideProgramme

BASE_MARK: Final = "\x01"
"""Stands for the beginning of an address, up to and with `/iptv/`. No text of a document contains it."""
END_MARK: Final = "\x02"
"""Stands for the end of an address: the query with the viewer token, if one is needed."""
IN_A_PART: Final = 200
"""The number of elements in each part of a document."""
_ODD: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_VCHIP: Final = re.compile(r"TV-(Y|Y7|Y7-FV|G|PG|14|MA)")
_MPAA: Final = frozenset({"G", "PG", "PG-13", "R", "NC-17", "NR"})


def text(value: str) -> str:
    """Return a text as it stands in an element: on one line, without characters that XML does not allow, and with
    `&`, `<` and `>` escaped."""
    if _ODD.search(value):
        value = without_controls(" ".join(value.split()))
        value = _ODD.sub("", value)
    return escape(value)


def _attribute(value: str) -> str:
    return text(value).replace('"', "&quot;")


def xmltv_time(at: int) -> str:
    """Return a Unix time (s) as `YYYYMMDDhhmmss +0000`."""
    return time.strftime("%Y%m%d%H%M%S +0000", time.gmtime(at))


def channel_element(guide_id: str, number: int, name: str, logo: str) -> str:
    """Return the element of a channel. Plex takes its number and name from the order of the names. `logo`: the path of
    its logo below `/iptv/`."""
    names = (f"{number} {name}", str(number), name)
    lines = [f'  <channel id="{_attribute(guide_id)}">']
    lines += [f"    <display-name>{text(each)}</display-name>" for each in names]
    lines.append(f'    <icon src="{BASE_MARK}{_attribute(logo)}{END_MARK}"/>')
    return "\n".join((*lines, "  </channel>", ""))


def programme_element(programme: GuideProgramme, guide_id: str) -> str:
    """Return the element of a programme, with its children in the order of the document type definition."""
    start, stop = xmltv_time(programme.start_at), xmltv_time(programme.stop_at)
    opening = f'  <programme start="{start}" stop="{stop}" channel="{_attribute(guide_id)}">\n'
    children = "".join(f"    {each}\n" for each in _children(programme))
    return f"{opening}{children}  </programme>\n"


def _children(programme: GuideProgramme) -> Iterator[str]:
    yield f"<title>{text(programme.title) or '-'}</title>"
    if programme.sub_title:
        yield f"<sub-title>{text(programme.sub_title)}</sub-title>"
    if programme.description:
        yield f"<desc>{text(programme.description)}</desc>"
    if programme.date:
        yield f"<date>{text(programme.date)}</date>"
    for category in programme.categories:
        yield f"<category>{text(category)}</category>"
    if programme.length_s > 0:
        yield f'<length units="seconds">{programme.length_s}</length>'
    if programme.art:
        yield f'<icon src="{BASE_MARK}{_attribute(programme.art)}{END_MARK}"/>'
    yield from _episode_numbers(programme)
    if programme.previous_at is not None:
        yield f'<previously-shown start="{xmltv_time(programme.previous_at)}"/>'
    if programme.new:
        yield "<new/>"
    if programme.rating:
        system = _rating_system(programme.rating)
        yield f"<rating{system}><value>{text(programme.rating)}</value></rating>"
    if programme.stars:
        yield f"<star-rating><value>{text(programme.stars)}/10</value></star-rating>"


def _episode_numbers(programme: GuideProgramme) -> Iterator[str]:
    if programme.kind == "episode" and programme.episode is not None:
        season, episode = programme.season, programme.episode
        zero_based = f"{season - 1 if season else ''}.{episode - 1 if episode else ''}."
        if zero_based != ".." and season != 0:  # XMLTV counts from 0, and has no number for specials
            yield f'<episode-num system="xmltv_ns">{zero_based}</episode-num>'
        yield f'<episode-num system="onscreen">{programme.number}</episode-num>'
    if programme.id:
        yield f'<episode-num system="dd_progid">{programme.id}</episode-num>'


def _rating_system(rating: str) -> str:
    """Return the attribute that names who rates like this; empty if nobody is known to."""
    if _VCHIP.fullmatch(rating):
        return ' system="VCHIP"'
    return ' system="MPAA"' if rating in _MPAA else ""


def document(
    channels: Sequence[str], programmes: Sequence[str], base: str, query: str, version: str
) -> Iterator[bytes]:
    """Yield the parts of a whole document from its elements, in UTF-8. `base`: the address of the station, which ends
    with a slash; `query`: what follows the address of a picture, like `?token=…`, or nothing. No part is large, so that
    other threads can run in between."""
    begin, end = f"{_attribute(base)}iptv/", _attribute(query)
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<tv generator-info-name="retrovue-tui/{_attribute(version)}">\n'.encode()
    for elements in (channels, programmes):
        for number in range(0, len(elements), IN_A_PART):
            part = "".join(elements[number : number + IN_A_PART])
            yield part.replace(BASE_MARK, begin).replace(END_MARK, end).encode("utf-8", "replace")
    yield b"</tv>\n"
