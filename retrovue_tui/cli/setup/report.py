"""The report of `init`: what was found in the folders, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from retrovue_tui.cli.setup.media_survey import Survey
    from retrovue_tui.media.metadata.catalogue import Catalogue

_MOST_SERIES: Final = 30
_MOST_UNUSABLE: Final = 20


def report_lines(found: Survey, catalogue: Catalogue) -> list[str]:
    """Return the findings: the usable media, and the unusable files with their reasons."""
    episodes = sum(len(each.episodes) for each in catalogue.series)
    lines = []
    if catalogue.series:
        lines.append(f"{len(catalogue.series)} series with {counted(episodes, 'episode')}:")
        lines += (
            f"  {each.name}: {counted(len(each.episodes), 'episode')}" for each in catalogue.series[:_MOST_SERIES]
        )
        lines += _more(len(catalogue.series), _MOST_SERIES)
    if catalogue.films:
        lines.append(counted(len(catalogue.films), "film"))
    for pool, files in found.spots.items():
        where = ", ".join(map(str, found.pools[pool]))
        lines.append(f"{counted(len(files), 'spot' if pool == 'ads' else 'bumper')} in {where}")
    if not found.spots:
        lines.append("no spots, so there are no breaks between the programmes; --spots DIR names a folder of spots")
    if found.left_out:
        lines.append(f"{counted(found.left_out, 'file')} left out: sound, samples, extras of films")
    if found.unusable:
        lines.append(f"{counted(len(found.unusable), 'file')} cannot be used:")
        named_files = sorted(found.unusable)[:_MOST_UNUSABLE]
        lines += (f"  {printable(str(file))}: {found.unusable[file]}" for file in named_files)
        lines += _more(len(found.unusable), _MOST_UNUSABLE)
    return lines


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 film`, `2 films`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _more(number: int, most: int) -> list[str]:
    return [f"  and {number - most} more"] if number > most else []
