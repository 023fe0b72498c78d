"""The `.nfo` files that Kodi, Jellyfin and others write beside media files. Pure.

An `.nfo` file is XML. Some files contain only the address of a web page, or an address after the XML; addresses are
ignored. A document type is refused, so that entities can neither grow without limit nor read other files.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from retrovue_tui.media.metadata.programme_facts import (
    MOST_EPISODE,
    MOST_GENRES,
    MOST_PLOT,
    MOST_RATING,
    MOST_SEASON,
    MOST_TITLE,
    PartialFacts,
    clean,
    day_in,
    genre_list,
    stars_in,
    whole_number,
    year_in,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_BYTES: Final = 1_000_000
"""The maximum size of an `.nfo` file (bytes). A larger file is ignored."""
_ROOT: Final = re.compile(r"<(episodedetails|movie|tvshow)[\s>]")
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSETS: Final = re.compile(
    r"utf-16|iso-8859-\d{1,2}|windows-\d{3,4}|cp\d{3,4}|latin-?1|(us-)?ascii|koi8-[ru]|shift_jis|gbk|gb2312|gb18030|big5"
    r"|euc-(jp|kr)",
    re.IGNORECASE,
)
"""The encodings that a file may declare, besides UTF-8. Python supports others, but some of these take very long to
decode."""


def read_nfo(data: bytes) -> PartialFacts | None:
    """Return the facts in an `.nfo` file about an episode or a film. For `tvshow.nfo`, return the series, its genres
    and its rating. None if the file contains no facts that can be read.

    If a file describes several episodes, the first one counts.
    """
    root = _root(data)
    if root is None:
        return None
    genres = genre_list([_text(each) for each in root.findall("genre")[:MOST_GENRES]])
    if root.tag == "tvshow":
        series = _first(root, "title", "showtitle", most=MOST_TITLE)
        return PartialFacts(series=series, genres=genres, rating=_suited(root)) if series or genres else None
    dates = [_first(root, name, most=20) for name in ("year", "premiered", "aired", "releasedate")]
    days = (_first(root, name, most=20) for name in ("aired", "premiered", "releasedate"))
    facts = PartialFacts(
        title=_first(root, "title", most=MOST_TITLE),
        year=next((year for date in dates if (year := year_in(date)) is not None), None),
        plot=_first(root, "plot", "outline", most=MOST_PLOT),
        genres=genres,
        film=root.tag == "movie",
        date=next(filter(None, map(day_in, days)), ""),
        rating=_suited(root),
        stars=_stars(root),
    )
    return _with_episode(facts, root) if root.tag == "episodedetails" else facts


def _with_episode(facts: PartialFacts, root: Element) -> PartialFacts:
    return replace(
        facts,
        series=_first(root, "showtitle", most=MOST_TITLE),
        season=whole_number(_first(root, "season", most=20), 0, MOST_SEASON),
        episode=whole_number(_first(root, "episode", most=20), 0, MOST_EPISODE),
    )


def _suited(root: Element) -> str:
    """Return for whom it is suitable: `Rated PG-13 for violence` is `PG-13`."""
    text = _first(root, "mpaa", "certification", most=MOST_RATING).partition(" / ")[0]
    return text.partition(" ")[2].partition(" ")[0] if text.casefold().startswith("rated ") else text


def _stars(root: Element) -> str:
    """Return how good it is: the default of its ratings, or the first one; by default the viewer's own."""
    ratings = root.findall("ratings/rating")[:MOST_GENRES]
    for each in sorted(ratings, key=lambda rating: rating.get("default") != "true"):
        if stars := stars_in(_first(each, "value", most=20), each.get("max") or "10"):
            return stars
    return stars_in(_first(root, "rating", most=20)) or stars_in(_first(root, "userrating", most=20))


def _root(data: bytes) -> Element | None:
    """Return the first known element of the file; None if there is none, or if it is not valid XML."""
    if len(data) > MOST_BYTES:
        return None
    text = _decoded(data)
    begin = _ROOT.search(text)
    if begin is None or "<!DOCTYPE" in text[: begin.start()]:
        return None
    closing = f"</{begin[1]}>"
    end = text.find(closing, begin.end())
    if end < 0:
        return None
    try:
        root: Element = fromstring(text[begin.start() : end + len(closing)], forbid_dtd=True)
    except (SyntaxError, ValueError, DefusedXmlException):  # ElementTree's ParseError is a SyntaxError
        return None
    return root


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    declared = _DECLARED.match(data)
    name = declared[1].decode("ascii") if declared else ""
    try:
        return data.decode(name if _CHARSETS.fullmatch(name) else "utf-8-sig", "replace")
    except LookupError:
        return data.decode("utf-8-sig", "replace")


def _first(root: Element, *names: str, most: int) -> str:
    """Return the text of the first child element with one of these names that has a text."""
    texts = (clean(_text(each), most) for name in names for each in root.findall(name)[:MOST_GENRES])
    return next(filter(None, texts), "")


def _text(element: Element) -> str:
    return element.text or ""
