"""Makes the programmes of a channel's guide from its slots and from the facts of its files. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.compute_turn import give_way
from retrovue_tui.guide.air_run import whole_second
from retrovue_tui.media.metadata.programme_facts import MOST_TITLE
from retrovue_tui.protocol.answers.guide import GuideProgramme
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.guide.guide_slots import GuideSlot
    from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts
    from retrovue_tui.protocol.answers.guide import Kind
    from retrovue_tui.timecode import FrameRate

MOVIE: Final = "Movie"
SERIES: Final = "Series"


class GuideSources(NamedTuple):
    """The sources for the programmes of a channel, besides its slots.

    `channel`: the channel's name. `facts`: returns the facts of a file; None if they are not known. `earlier`: the last
    airing of each file before the first slot (Unix time, s). `art`: returns the address of a picture below `/iptv/`,
    for a file (None: for the channel), a title, and a line below the title. `folders`: the library's folders.
    """

    channel: str
    rate: FrameRate
    facts: Callable[[Path], ProgrammeFacts | None]
    earlier: Mapping[Path, float]
    art: Callable[[Path | None, str, str], str]
    folders: Sequence[Path] = ()


def programmes(slots: Iterable[GuideSlot], sources: GuideSources) -> tuple[GuideProgramme, ...]:
    """Return the programmes of slots, in order. Where slots touch, so do their programmes: the time of one slot's end
    and of the next one's start is rounded to the same second. A slot that is too short for that is left out."""
    return tuple(_programmes(slots, sources))


def _programmes(slots: Iterable[GuideSlot], sources: GuideSources) -> Iterator[GuideProgramme]:
    aired = {file: round(at) for file, at in sources.earlier.items()}
    known: dict[tuple[Path | None, str], GuideProgramme] = {}
    for slot in slots:
        give_way()
        start, stop = whole_second(slot.start, sources.rate), whole_second(slot.end, sources.rate)
        if stop <= start:
            continue
        about = known.get((slot.file, slot.title))
        if about is None:
            about = known[slot.file, slot.title] = _about(slot, sources)
        if slot.file is None:
            yield replace(about, start_at=start, stop_at=stop)
            continue
        previous = aired.get(slot.file)
        aired[slot.file] = start
        length = whole_second(slot.frames, sources.rate)
        yield replace(about, start_at=start, stop_at=stop, length_s=length, previous_at=previous, new=previous is None)


def _about(slot: GuideSlot, sources: GuideSources) -> GuideProgramme:
    """Return the facts that are the same at each airing of a file, without times."""
    file = slot.file
    if file is None:
        title = printable(sources.channel, MOST_TITLE)
        return GuideProgramme(0, 0, "filler", title, id=_filler_id(title), art=sources.art(None, title, ""))
    facts = sources.facts(file)
    if facts is None:
        title = printable(slot.title or file.stem, MOST_TITLE)
        return GuideProgramme(
            0,
            0,
            "film",
            title,
            categories=(MOVIE,),
            id=programme_id(file, sources.folders),
            art=sources.art(file, title, ""),
        )
    title, sub_title = _titles(slot, facts)
    kind: Kind = "episode" if facts.series else "film"
    number = " ".join(filter(None, (facts.number, sub_title)))
    return GuideProgramme(
        0, 0, kind, title, sub_title, facts.plot, _categories(kind, facts.genres),
        facts.season, facts.episode, facts.date or str(facts.year or ""),
        id=programme_id(file, sources.folders, facts.series), rating=facts.rating, stars=facts.stars,
        art=sources.art(file, title, number or str(facts.year or "")),
    )  # fmt: skip


def _titles(slot: GuideSlot, facts: ProgrammeFacts) -> tuple[str, str]:
    """Return the title and the sub-title. A title that a person wrote into the rundown comes before that of the
    file."""
    title = facts.series or facts.title
    sub_title = facts.title if facts.series and facts.title != facts.series else ""
    written = printable(slot.title, MOST_TITLE)
    if written and slot.file is not None and written not in (facts.label, facts.title, slot.file.stem, slot.file.name):
        title = written
    return title, "" if sub_title == title else sub_title


def _categories(kind: Kind, genres: Sequence[str]) -> tuple[str, ...]:
    """Return the categories. The first one decides for a client what it is; a genre must not say otherwise."""
    first = SERIES if kind == "episode" else MOVIE
    others = (each for each in genres if each.casefold() not in (SERIES.casefold(), MOVIE.casefold()))
    return (first, *others)


# ── ids ──────────────────────────────────────────────────────────────────────────────────────────


def programme_id(file: Path, folders: Sequence[Path], series: str = "") -> str:
    """Return the id of a programme, as listings providers write them: `EP` and the number of the series, or `MV` and
    that of the film, then a number of the programme. It depends on the path below the library's folder, so that it
    stays the same if the library is moved. No two files have the same one, as far as anybody will ever see."""
    folder = next((each for each in folders if file.is_relative_to(each)), None)
    place = str(file if folder is None else file.relative_to(folder))
    if series:
        return f"EP{_digits(f'series {series.casefold()}', 8)}.{_digits(place, 12)}"
    return f"MV{_digits(place, 8)}.{_digits(f'film {place}', 12)}"


def _filler_id(channel: str) -> str:
    return f"SH{_digits(f'channel {channel}', 8)}.{_digits(channel, 12)}"


def _digits(text: str, count: int) -> str:
    digest = hashlib.blake2s(text.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return f"{int.from_bytes(digest, 'big') % 10**count:0{count}}"
