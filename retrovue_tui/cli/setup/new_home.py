"""Makes a home for existing media: the steps of `init`, from the folders to the written files."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.serve import private_files
from retrovue_tui.cli.setup.home_files import BREAK_LENGTH, config_text, home_texts, refuse_existing, write_home
from retrovue_tui.cli.setup.line_up import in_order_of_air, line_up, most_channels, shortened, usual_channels
from retrovue_tui.cli.setup.media_survey import checked_folders, read_catalogue, scan_folders, survey
from retrovue_tui.cli.setup.plan_scope import ALL, globs_of, journal_of
from retrovue_tui.cli.setup.pool_guess import guess_pools
from retrovue_tui.cli.setup.questions import ask_folder, ask_number, ask_yes
from retrovue_tui.cli.setup.report import counted, report_lines
from retrovue_tui.cli.setup.sample_probe import house_for, probe_for
from retrovue_tui.cli.setup.spot_folders import ADS, BUMPERS
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.station_config import FILE_NAME, Config, default_home
from retrovue_tui.errors import ConfigError, FileError, RetrovueError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.cli.setup.line_up import ChannelLineUp
    from retrovue_tui.cli.setup.media_survey import Survey
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.metadata.catalogue import Catalogue

    Pools = dict[str, tuple[Path, ...]]

_PROBE_S: Final = 4.0
"""The time for probing files (s), in the order in which they air. The rundowns contain few other files, because a
station probes the files of its rundowns before it goes on air."""
_FIRST: Final = 10
_MOST_SPOTS: Final = 40


def make_home(
    home: Path,
    named: Sequence[Path],
    *,
    spots: Sequence[Path] = (),
    bumpers: Sequence[Path] = (),
    channels: int | None = None,
    ask: bool = False,
) -> bool:
    """Look at the named folders of media, print what they contain, and write a home for them. Return whether it was
    written.

    `spots` and `bumpers` are folders of spots; by default they are found by their names. `channels` is the number of
    channels; by default it depends on the amount of media. With `ask`, the operator is asked, and may decline. Raises
    `ConfigError` if a folder cannot be used, or if the home has a config; nothing is written then. Blocking.
    """
    refuse_existing(home)
    folders = checked_folders(named, home)
    given = {ADS: checked_folders(spots, home), BUMPERS: checked_folders(bumpers, home)}
    found = _look(folders, {pool: some for pool, some in given.items() if some}, home, ask=ask)
    catalogue = read_catalogue(found)
    if not catalogue.series and not catalogue.films:
        raise ConfigError(_no_programmes(found), folders[0])
    count = _channel_count(channels, catalogue, ask=ask)
    refuse_existing(home, [str(number) for number in range(1, count + 1)])
    probed = asyncio.run(probe_for(_in_order(line_up(catalogue, count), found), _PROBE_S))
    found = found.without({file: _reason(error) for file, error in probed.items() if isinstance(error, RetrovueError)})
    catalogue = catalogue.without(found.unusable)
    if not catalogue.series and not catalogue.films:
        raise ConfigError(_no_programmes(found), folders[0])
    for line in report_lines(found, catalogue):
        say(line)
    assets = {file: each for file, each in probed.items() if not isinstance(each, RetrovueError)}
    whole = {plan.id: plan for plan in line_up(catalogue, min(count, most_channels(catalogue)), most=None)}
    plans = [shortened(plan, assets) for plan in line_up(catalogue, min(count, most_channels(catalogue)))]
    if ask and not ask_yes(f"Write {home / FILE_NAME} and {counted(len(plans), 'rundown')}?"):
        say("Nothing was written.")
        return False
    _write(home, found, plans, whole, assets)
    return True


def _look(folders: tuple[Path, ...], given: Pools, home: Path, *, ask: bool) -> Survey:
    """Return the contents of the folders. `given`: the folders of the pools that options name."""
    say(f"looking at {', '.join(map(str, folders))}", error=True)
    sizes = asyncio.run(scan_folders([*folders, *(folder for some in given.values() for folder in some)]))
    pools = given | asyncio.run(guess_pools(sizes, folders, frozenset(given)))
    if ask:
        pools = _asked(pools, given, home)
        new = [each for pool, some in pools.items() if pool not in given for each in some]
        sizes |= asyncio.run(scan_folders([each for each in new if not any(map(each.is_relative_to, folders))]))
    return survey(sizes, folders, {pool: pools[pool] for pool in (ADS, BUMPERS) if pool in pools})


def _asked(pools: Pools, given: Pools, home: Path) -> Pools:
    """Return the pools after the operator's answers. `pools` are the suggested ones."""
    answered = dict(given)
    for pool, what in ((ADS, "spots (commercials, promos)"), (BUMPERS, "bumpers and idents")):
        if pool in given:
            continue
        if pool in pools:
            names = ", ".join(map(str, pools[pool]))
            if ask_yes(f"Are these {what}: {names}?"):
                answered[pool] = pools[pool]
        elif pool == ADS and (folder := ask_folder(f"A folder of {what} for the breaks", home)) is not None:
            answered[pool] = (folder,)
    return answered


def _channel_count(wanted: int | None, catalogue: Catalogue, *, ask: bool) -> int:
    most = most_channels(catalogue)
    if wanted is not None:
        if wanted > most:
            raise ConfigError(
                f"--channels {wanted} is too many: each channel needs a series or a film of its own; at most {most}"
            )
        return wanted
    usual = usual_channels(catalogue)
    return ask_number("How many channels?", usual, most) if ask and most > 1 else usual


def _no_programmes(found: Survey) -> str:
    if found.spots:
        return "there are only spots, and no programmes between which they could air; name a folder of programmes"
    return f"none of its files is a usable programme: {next(iter(found.unusable.values()), 'there is only sound')}"


def _reason(error: RetrovueError) -> str:
    return error.reason if isinstance(error, FileError) else error.message


def _in_order(plans: Sequence[ChannelLineUp], found: Survey) -> list[Path]:
    """Return the files in the order in which they are probed: those that air first, some spots, and then the others."""
    programmes = [each.file for each in in_order_of_air(plans)]
    spots = [file for some in found.spots.values() for file in some[:_MOST_SPOTS]]
    first = max(_FIRST, 2 * len(plans))
    return [*programmes[:first], *spots[:first], *programmes[first:], *spots[first:]]


def _break_length(found: Survey, assets: Mapping[Path, Asset]) -> timedelta:
    """Return the length of planned breaks: the usual one, or a shorter one that all spots together, with a bumper, can
    fill without a repeat."""
    spots = found.spots.get(ADS, ())
    if not spots or not all(file in assets for file in spots):  # or there are more than were probed
        return BREAK_LENGTH
    bumpers = [assets[file] for file in found.spots.get(BUMPERS, ()) if file in assets][:1]
    seconds = sum(float(each.duration) for each in (*(assets[file] for file in spots), *bumpers))
    return min(BREAK_LENGTH, timedelta(seconds=max(1, int(seconds))))


def _write(
    home: Path,
    found: Survey,
    plans: Sequence[ChannelLineUp],
    whole: Mapping[str, ChannelLineUp],
    assets: Mapping[Path, Asset],
) -> None:
    """Write the home with the facts of the probed files, and print what was written and how to go on. `whole` has all
    programmes of each channel, by the channel's id."""
    from retrovue_tui.media.library.probe_cache import remember

    house = house_for(assets[file] for file in found.programmes if file in assets)
    several = len(plans) > 1
    globs = [globs_of(whole[plan.id].programmes, found.folders) if several else ALL for plan in plans]
    config = config_text(home, found.folders, found.pools, plans, house, globs, _break_length(found, assets))
    spots = {pool: [file for file in some if file in assets] or some[:_FIRST] for pool, some in found.spots.items()}
    texts = home_texts(home, config, plans, spots)
    memory = Config(home).state_dir / "library.jsonl"
    with private_files():
        write_home(home, texts)
        for plan in plans:
            path = Config(home).state_dir / "plan" / f"{plan.id}.json"
            journal_of(plan, path, found.folders, assets, datetime.now(UTC)).save()
        if not memory.exists():
            with contextlib.suppress(OSError):  # without these facts, the station probes the files again
                remember(memory, assets.values(), {}, append=False)
    for plan in plans:
        say(f"{plan.name}: {counted(len(plan.programmes), 'programme')} in {Config(home).rundown_path(plan.id)}")
    say(f"wrote {home / FILE_NAME}")
    option = "" if home == default_home() else f" --home {shlex.quote(str(home))}"
    say(f"To go on air: retrovue-tui run{option}")
