"""Guesses the folders of spots: by their names, or because they contain only short clips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.setup.media_survey import SOUND
from retrovue_tui.cli.setup.sample_probe import are_clips, are_spots, folders_of_small_files, probe_for, samples
from retrovue_tui.cli.setup.spot_folders import ADS, spot_folders
from retrovue_tui.media.metadata.name_parser import facts_of_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

_PROBE_S: Final = 3.0


async def guess_pools(
    sizes: Mapping[Path, int], folders: Sequence[Path], given: Collection[str]
) -> dict[str, tuple[Path, ...]]:
    """Return the folders of spots, by pool, without the pools in `given`. `sizes` are the media files with their sizes,
    and `folders` the media folders. A few files of each folder are probed: a folder with long files is not one of
    spots."""
    files = {file: size for file, size in sizes.items() if size > 0 and file.suffix.lower() not in SOUND}
    named = {pool: some for pool, some in spot_folders(files, folders).items() if pool not in given}
    inside = {folder: _files_in(folder, files) for some in named.values() for folder in some}
    has_ads = ADS in given or bool(named.get(ADS))
    clips = {} if has_ads else _clip_folders(files, inside, folders)
    probed = await probe_for([each for some in (*inside.values(), *clips.values()) for each in samples(some)], _PROBE_S)
    pools = {
        pool: tuple(folder for folder in some if are_spots(inside[folder], probed)) for pool, some in named.items()
    }
    if clips:
        pools[ADS] = tuple(folder for folder, some in clips.items() if are_clips(some, probed))
    return {pool: some for pool, some in pools.items() if some}


def _clip_folders(
    files: Mapping[Path, int], spots: Collection[Path], folders: Sequence[Path]
) -> dict[Path, list[Path]]:
    """Return the folders of small files that are not among the folders of spots, with their files."""
    others = {file: size for file, size in files.items() if not any(map(file.is_relative_to, spots))}
    return _unnumbered(folders_of_small_files(others), folders)


def _files_in(folder: Path, files: Mapping[Path, int]) -> list[Path]:
    parents = {parent for parent in {file.parent for file in files} if parent.is_relative_to(folder)}
    return sorted(file for file in files if file.parent in parents)


def _unnumbered(groups: Mapping[Path, list[Path]], folders: Sequence[Path]) -> dict[Path, list[Path]]:
    """Return the folders, except the media folders themselves and those with episodes or seasons in their names."""
    return {
        folder: files
        for folder, files in groups.items()
        if folder not in folders and not any(facts_of_name(file.name, (folder.name,)).series for file in files)
    }
