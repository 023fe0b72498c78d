"""The facts of a programme: its title, its series and episode, its plot, genres and ratings. Pure.

The facts come from three sources. For each fact the most trusted source that knows it decides: first the `.nfo` file
beside the media file, then the tags inside the media file, then the names of the file and its folders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Source = Literal["nfo", "tags", "name"]
"""The source of a fact; the most trusted source is first."""
Fact = Literal["title", "series", "season", "episode", "year", "plot", "genres", "artwork", "date", "rating", "stars"]

MOST_TITLE: Final = 200
"""The maximum length of a title or of a series' name (characters)."""
MOST_PLOT: Final = 4_000
MOST_GENRES: Final = 20
MOST_GENRE: Final = 50
MOST_RATING: Final = 30
MOST_SEASON: Final = 9_999
MOST_EPISODE: Final = 99_999
FIRST_YEAR: Final = 1870
LAST_YEAR: Final = 2100
_DECIMAL: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?", re.ASCII)


@dataclass(frozen=True)
class PartialFacts:
    """The facts about a programme that one source knows. An empty text and None mean that the source does not know the
    fact.

    `film`: the source says that the programme belongs to no series. `date`, `rating`, `stars`: see `ProgrammeFacts`.
    """

    title: str = ""
    series: str = ""
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    plot: str = ""
    genres: tuple[str, ...] = ()
    film: bool = False
    date: str = ""
    rating: str = ""
    stars: str = ""


@dataclass(frozen=True)
class ProgrammeFacts:
    """The facts of one media file. `file` is an absolute path.

    `series` is empty for a film. Season 0 contains the specials of a series. `season`, `episode` and `year` are None
    if they are unknown. `artwork` is a picture file. `sources` states where each known fact comes from. `date` is the
    day on which it was first shown, as `YYYYMMDD`. `rating` says for whom it is suitable, like `TV-PG`. `stars` says
    how good it is, from 0 to 10, like `7.8`. These three are empty if they are unknown.
    """

    file: Path
    title: str
    series: str = ""
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    plot: str = ""
    genres: tuple[str, ...] = ()
    artwork: Path | None = None
    sources: Mapping[Fact, Source] = field(default_factory=dict, hash=False)
    date: str = ""
    rating: str = ""
    stars: str = ""

    @property
    def number(self) -> str:
        """The season and the episode like `S02E05`, `S02` or `E05`; empty if neither is known."""
        season = "" if self.season is None else f"S{self.season:02}"
        return season + ("" if self.episode is None else f"E{self.episode:02}")

    @property
    def label(self) -> str:
        """The title for a list: of an episode, with the series and the number; of a film, with the year."""
        if not self.series:
            return f"{self.title} ({self.year})" if self.year else self.title
        title = "" if self.title == self.series else self.title
        return printable(" ".join(filter(None, (self.series, self.number, title))), MOST_TITLE)


def merged(
    file: Path, nfo: PartialFacts, tags: PartialFacts, name: PartialFacts, artwork: Path | None = None
) -> ProgrammeFacts:
    """Return the facts of a file from what each source knows. The title is never empty: by default it is the series, or
    the file's name. If a source says that the programme is a film, less trusted sources cannot make it an episode."""
    values: dict[str, Any] = {}
    sources: dict[Fact, Source] = {}
    film = False
    parts: tuple[tuple[Source, PartialFacts], ...] = (("nfo", nfo), ("tags", tags), ("name", name))
    for source, part in parts:
        for fact in _FACTS:
            value = getattr(part, fact)
            if value in ("", None, ()) or fact in sources or (film and fact in _OF_A_SERIES):
                continue
            values[fact] = value
            sources[fact] = source
        film = film or part.film
    if "title" not in values:
        values["title"] = values.get("series") or clean(file.stem, MOST_TITLE) or "Untitled"
        sources["title"] = "name"
    return ProgrammeFacts(file, **values, artwork=artwork, sources=sources)


_FACTS: Final[tuple[Fact, ...]] = (
    "title", "series", "season", "episode", "year", "plot", "genres", "date", "rating", "stars",
)  # fmt: skip
_OF_A_SERIES: Final = ("series", "season", "episode")


# ── values from outside ──────────────────────────────────────────────────────────────────────────


def clean(text: str, most: int) -> str:
    """Return a text as one line of at most `most` characters, without control characters."""
    return printable(" ".join(text[: 4 * most].split()), most)


def whole_number(text: str, low: int, high: int) -> int | None:
    """Return the number that a text states; None if it states none from `low` to `high`. `3/12` (of twelve) is 3."""
    digits = text.partition("/")[0].strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
        return None
    return number if low <= (number := int(digits)) <= high else None


def year_in(text: str) -> int | None:
    """Return the year at the beginning of a date like `1994-09-22`; None if there is none."""
    return whole_number(text.strip()[:4], FIRST_YEAR, LAST_YEAR)


def day_in(text: str) -> str:
    """Return the day that a date like `1994-09-22` begins with, as `YYYYMMDD`; empty if there is none."""
    try:
        day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        return ""
    return f"{day:%Y%m%d}" if FIRST_YEAR <= day.year <= LAST_YEAR else ""


def stars_in(text: str, out_of: str = "10") -> str:
    """Return a rating as a number from 0 to 10 with at most one decimal place, like `7.8`; empty if the text states
    none. `out_of` is the best possible rating."""
    found, most = (_DECIMAL.fullmatch(each.strip().replace(",", ".")) for each in (text, out_of))
    if found is None or most is None or float(most[0]) <= 0 or not 0 < float(found[0]) <= float(most[0]):
        return ""
    return f"{10 * float(found[0]) / float(most[0]):.1f}".removesuffix(".0")


def genre_list(texts: list[str]) -> tuple[str, ...]:
    """Return the genres in some texts. Each text holds one genre, or several with `/`, `,`, `;` or `|` between them."""
    names: list[str] = []
    for text in texts:
        for mark in ",;|":
            text = text.replace(mark, "/")
        names += (clean(each, MOST_GENRE) for each in text.split("/", MOST_GENRES)[:MOST_GENRES])
    return tuple(dict.fromkeys(filter(None, names)))[:MOST_GENRES]
