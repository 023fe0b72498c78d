"""Lines up channels: shares the series and films between them, and puts the programmes of each in order. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from retrovue_tui.media.metadata.catalogue import Catalogue, Series
    from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts

MOST_CHANNELS: Final = 50
MOST_PROGRAMMES: Final = 60
"""The maximum number of programmes in a rundown. With the spots between them it has some hundred entries."""
_LEAST_PROGRAMMES: Final = 12
_ENOUGH_FOR_TWO: Final = 30
_EPISODES_TO_A_FILM: Final = 6
_WORDS: Final = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True)
class ChannelLineUp:
    """A channel, and its programmes in the order in which they air."""

    number: int
    name: str
    programmes: tuple[ProgrammeFacts, ...]

    @property
    def id(self) -> str:
        """The channel's id, which also names its rundown."""
        return str(self.number)


def most_channels(found: Catalogue) -> int:
    """Return the maximum number of channels: each needs a series or a film of its own."""
    return min(MOST_CHANNELS, len(found.series) + len(found.films))


def usual_channels(found: Catalogue) -> int:
    """Return the number of channels that suits this much media."""
    programmes = sum(len(each.episodes) for each in found.series) + len(found.films)
    return 2 if programmes >= _ENOUGH_FOR_TWO and most_channels(found) > 1 else 1


def line_up(found: Catalogue, channels: int, most: int | None = MOST_PROGRAMMES) -> tuple[ChannelLineUp, ...]:
    """Return the channels with their programmes: the first `most` of each (None: all). `channels` is at most
    `most_channels`."""
    series: list[list[Series]] = [[] for _ in range(channels)]
    films: list[list[ProgrammeFacts]] = [[] for _ in range(channels)]
    loads = [0] * channels
    for each in sorted(found.series, key=lambda each: -len(each.episodes)):
        least = loads.index(min(loads))
        series[least].append(each)
        loads[least] += len(each.episodes)
    for film in found.films:
        least = loads.index(min(loads))
        films[least].append(film)
        loads[least] += 1
    order = {each.name: place for place, each in enumerate(found.series)}
    return tuple(
        ChannelLineUp(index + 1, _name(index), _programmes(
            sorted(series[index], key=lambda each: order[each.name]), films[index]
        )[:most])
        for index in range(channels)
    )  # fmt: skip


def _name(index: int) -> str:
    return f"Channel {_WORDS[index] if index < len(_WORDS) else index + 1}"


def _programmes(series: Sequence[Series], films: Sequence[ProgrammeFacts]) -> tuple[ProgrammeFacts, ...]:
    """Return the programmes of one channel: the series take turns, and after some episodes there is a film."""
    turns = zip_longest(*(one.episodes for one in series))
    episodes = [episode for turn in turns for episode in turn if episode is not None]
    gap = min(_EPISODES_TO_A_FILM, max(1, round(len(episodes) / max(1, len(films)))))
    blocks = [episodes[start : start + gap] for start in range(0, len(episodes), gap)]
    mixed = zip_longest(blocks, ([film] for film in films), fillvalue=())
    return tuple(chain.from_iterable(chain.from_iterable(mixed)))


def shortened(plan: ChannelLineUp, probed: Collection[Path]) -> ChannelLineUp:
    """Return the channel with only its programmes before the first one that is not probed, but with at least 12. The
    station can then go on air without probing files first."""
    count = next((index for index, each in enumerate(plan.programmes) if each.file not in probed), len(plan.programmes))
    return replace(plan, programmes=plan.programmes[: max(count, _LEAST_PROGRAMMES)])


def in_order_of_air(plans: Sequence[ChannelLineUp]) -> list[ProgrammeFacts]:
    """Return the programmes of all channels: first the first one of each channel, then the second ones, and so on."""
    turns = zip_longest(*(plan.programmes for plan in plans))
    return [each for turn in turns for each in turn if each is not None]
