"""The plan of a new channel: which programmes it names, and what its journal already contains."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.scheduling.plans.plan_journal import JournalRow, PlanJournal
from retrovue_tui.schedule.air_calendar import BASE
from retrovue_tui.schedule.series_memory import Planned, Programme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from retrovue_tui.cli.setup.line_up import ChannelLineUp
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts

ALL: Final = ("*",)
_MOST_FILMS: Final = 100
"""Up to this number of films, each film is named; if there are more, their folders are named."""
_GLOB: Final = re.compile(r"([*?[])")


def globs_of(programmes: Sequence[ProgrammeFacts], folders: Sequence[Path]) -> tuple[str, ...]:
    """Return globs that name these programmes below the library's folders: the folder of each series, and the films."""
    series: dict[str, list[Path]] = {}
    films: list[Path] = []
    for each in programmes:
        place = _place(each.file, folders)
        if each.series:
            series.setdefault(each.series, []).append(place)
        else:
            films.append(place)
    found: list[Path] = []
    for files in series.values():
        common = Path(os.path.commonpath([file.parent for file in files]))
        found += [common] if common.parts else files
    folders_of_films = {film.parent for film in films if film.parent.parts}
    found += films if len(films) <= _MOST_FILMS or not folders_of_films else folders_of_films
    return tuple(dict.fromkeys("/".join(_GLOB.sub(r"[\1]", part) for part in path.parts) for path in found))


def _place(file: Path, folders: Sequence[Path]) -> Path:
    top = next((folder for folder in folders if file.is_relative_to(folder)), file.parent)
    return file.relative_to(top)


def journal_of(
    plan: ChannelLineUp, path: Path, folders: Sequence[Path], assets: Mapping[Path, Asset], start: datetime
) -> PlanJournal:
    """Return the journal of a channel whose first rundown airs from `start` on: with it, the series go on after the
    rundown's last episodes."""
    journal = PlanJournal(path)
    for each in plan.programmes:
        place = _place(each.file, folders).parts
        programme = Programme(each.file, place, 0, each.title, each.series, each.season, each.episode)
        airing = Planned(start, BASE, each.file, each.series, programme.order)
        journal.rows.append(JournalRow(start, airing))
        asset = assets.get(each.file)
        start += timedelta(seconds=float(asset.duration) if asset is not None else 1_800.0)
    return journal
