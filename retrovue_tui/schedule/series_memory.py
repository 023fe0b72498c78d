"""The memory of a channel's plan: which episode of each series came last, which series has its turn, and what a shuffle
has aired. It chooses the next programme of a block."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from retrovue_tui.config.plan import LONGEST_AFTER_S
from retrovue_tui.text.durations import duration_text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.config.plan import PlanRules

FILMS: Final = ""
"""The series name of programmes that belong to no series. Together they take turns as one series."""
NEW: Final = "not planned before"
"""The end of the reason for a programme that has not been planned before."""
REPEAT: Final = "repeat of "
"""The beginning of the reason for a programme of a block that repeats another."""
REMEMBERED: Final = timedelta(seconds=LONGEST_AFTER_S) + timedelta(days=2)
"""How long the airings of each block are remembered, for blocks that repeat them."""
Turn = Literal["own", "repeat", "filler"]
"""Why a programme airs: it is the next one of its block; it repeats what another block aired; it fills a hole. Only the
first moves a series on."""


@dataclass(frozen=True)
class Programme:
    """A programme that can be planned. `place` is its path below the library's folder, in parts. `frames` is its length
    at the house rate. `season` and `episode` are None where they are not known. `label` is its name on screen; empty:
    the series with the number, or the title. `analysed`: whether `candidates` are all that an analysis finds."""

    file: Path
    place: tuple[str, ...]
    frames: int
    title: str
    series: str = FILMS
    season: int | None = None
    episode: int | None = None
    label: str = ""
    candidates: tuple[BreakCandidate, ...] = ()
    analysed: bool = True

    @cached_property
    def order(self) -> tuple[bool, int, bool, int, tuple[str, ...]]:
        """The place in the order of the series: by season, episode and path. Specials and what has no number follow."""
        season = self.season or 0
        return season == 0, season, self.episode is None, self.episode or 0, self.place

    @property
    def name(self) -> str:
        """The programme's name on screen."""
        if self.label:
            return self.label
        if self.series == FILMS:
            return self.title
        number = "" if self.episode is None else f", S{self.season or 0:02}E{self.episode:02}"
        return f"{self.series}{number}" if number else f"{self.series}, {self.title}"


class Planned(NamedTuple):
    """An airing that a plan contains: all that the memory needs to know of it."""

    start: datetime
    block: str
    file: Path
    series: str
    order: tuple[bool, int, bool, int, tuple[str, ...]]
    round: int = 0
    """With `order = "shuffle"`: how often everything had been shuffled before."""
    turn: Turn = "own"


class Choice(NamedTuple):
    """The next programme of a block, why it is this one, and the number of the shuffle."""

    programme: Programme
    why: str
    round: int = 0
    turn: Turn = "own"


@dataclass
class SeriesMemory:
    """The memory of one channel's plan. `note` adds an airing; the choice depends on nothing else."""

    last: dict[str, tuple[bool, int, bool, int, tuple[str, ...]]] = field(default_factory=dict)
    """The place of each series' last episode in its order."""
    turn: dict[str, str] = field(default_factory=dict)
    """The series that aired last in each block."""
    seen: dict[str, set[Path]] = field(default_factory=dict)
    """The programmes that the current shuffle of each block has aired."""
    rounds: dict[str, int] = field(default_factory=dict)
    """The number of the current shuffle of each block."""
    drawn: dict[str, int] = field(default_factory=dict)
    """The number of programmes that each block has aired."""
    aired: dict[Path, datetime] = field(default_factory=dict)
    """The last airing of each file."""
    recent: deque[Planned] = field(default_factory=deque)
    """The airings of the last time (`REMEMBERED`), in order."""

    def note(self, airing: Planned) -> None:
        """Add an airing."""
        if airing.turn == "own":
            self._move_on(airing)
        if airing.turn != "repeat":
            self.seen.setdefault(airing.block, set()).add(airing.file)
        self.aired[airing.file] = airing.start
        self.recent.append(airing)
        while airing.start - self.recent[0].start > REMEMBERED:
            self.recent.popleft()

    def _move_on(self, airing: Planned) -> None:
        self.last[airing.series] = airing.order
        self.turn[airing.block] = airing.series
        if airing.round != self.rounds.get(airing.block, 0):
            self.rounds[airing.block] = airing.round
            self.seen[airing.block] = set()
        self.drawn[airing.block] = self.drawn.get(airing.block, 0) + 1


class Chooser:
    """Chooses programmes for the blocks of a channel. The same memory and seed always give the same choice."""

    def __init__(self, programmes: Iterable[Programme], seed: int) -> None:
        self._programmes = sorted(programmes, key=lambda each: each.place)
        self._seed = seed
        self._scopes: dict[tuple[str, ...], list[Programme]] = {}

    def programmes(self, rules: PlanRules) -> Sequence[Programme]:
        """Return the programmes that the rules name, by path."""
        if rules.programmes not in self._scopes:
            patterns = [tuple(pattern.strip("/").split("/")) for pattern in rules.programmes]
            self._scopes[rules.programmes] = [
                each for each in self._programmes if any(_lies_in(each.place, pattern) for pattern in patterns)
            ]
        return self._scopes[rules.programmes]

    def next(self, block: str, rules: PlanRules, memory: SeriesMemory, fits: int | None, at: datetime) -> Choice | None:
        """Return the next programme of a block; None if there is none. `fits`: the longest programme that may be chosen
        (frames); None: any length. `at` is its air time."""
        usable = [each for each in self.programmes(rules) if fits is None or each.frames <= fits]
        if not usable:
            return None
        if rules.order == "shuffle":
            return self._shuffled(block, usable, memory)
        if rules.order == "random":
            return self._drawn(block, rules.weights, usable, memory)
        return self._in_turn(block, rules, usable, memory, at)

    def repeat(self, rules: PlanRules, airings: Iterable[Planned], day: date, count: int) -> Choice | None:
        """Return number `count` (from 0) of what the repeated block aired on a day, without files that are gone; None
        if there is none. `airings` are those of that day, in order."""
        by_file = {each.file: each for each in self._programmes}
        found = [by_file[each.file] for each in airings if each.file in by_file]
        if count >= len(found):
            return None
        return Choice(found[count], f"{REPEAT}{rules.rerun_of} of {day.isoformat()}", turn="repeat")

    def filler(
        self, rules: PlanRules, memory: SeriesMemory, fits: int, at: datetime, coming: Container[Path]
    ) -> Choice | None:
        """Return a programme that fills a hole of `fits` frames; None if there is none. It is an episode that has
        aired, or any film, and is not `coming`. Programmes of at least half the length come first, of these the one
        that aired longest ago."""
        usable = [
            each for each in self.programmes(rules)
            if each.frames <= fits and each.file not in coming and (each.series == FILMS or each.file in memory.aired)
        ]  # fmt: skip
        if not usable:
            return None
        never = datetime.min.replace(tzinfo=UTC)
        chosen = min(usable, key=lambda each: (2 * each.frames < fits, memory.aired.get(each.file, never), each.place))
        why = f"fills the time to the next fixed start; {_since(memory.aired.get(chosen.file), at)}"
        return Choice(chosen, why, turn="filler")

    def _in_turn(
        self, block: str, rules: PlanRules, usable: Sequence[Programme], memory: SeriesMemory, at: datetime
    ) -> Choice:
        series: dict[str, list[Programme]] = {}
        for each in usable:
            series.setdefault(each.series, []).append(each)
        names, before = sorted(series), memory.turn.get(block)
        if before in series and rules.marathon:
            name = before if memory.last[before] < max(each.order for each in series[before]) else _after(names, before)
        else:
            name = _after(names, before)
        last = memory.last.get(name)
        following = [each for each in series[name] if last is None or each.order > last]
        chosen = min(following or series[name], key=lambda each: each.order)
        said = f"turn of {name or 'the films'}" if len(names) > 1 else "next in order"
        if not following:
            said += ", which begins again"
        return Choice(chosen, f"{said}; {_since(memory.aired.get(chosen.file), at)}")

    def _shuffled(self, block: str, usable: Sequence[Programme], memory: SeriesMemory) -> Choice:
        number = memory.rounds.get(block, 0)
        left = [each for each in usable if each.file not in memory.seen.get(block, ())]
        if not left:
            number, left = number + 1, list(usable)
            last = max(left, key=lambda each: (str(memory.aired.get(each.file, "")), str(each.file)))
            left = [each for each in left if each != last] or left
        chosen = min(left, key=lambda each: _draw(self._seed, block, str(number), "/".join(each.place)))
        return Choice(chosen, f"shuffled; {len(left) - 1} of {len(usable)} are left in this round", number)

    def _drawn(
        self, block: str, weights: Mapping[str, float], usable: Sequence[Programme], memory: SeriesMemory
    ) -> Choice:
        own = [each.file for each in memory.recent if each.block == block]
        latest = set(own[-max(1, len(usable) // 4) :])
        fresh = [each for each in usable if each.file not in latest] or list(usable)
        shares = [_weight(each.place, weights) for each in fresh]
        point = _draw(self._seed, block, str(memory.drawn.get(block, 0))) * sum(shares)
        for each, share in zip(fresh, shares, strict=True):
            point -= share
            if point < 0:
                return Choice(each, f"drawn at random from {len(fresh)}, weight {share:g}")
        return Choice(fresh[-1], f"drawn at random from {len(fresh)}")


@lru_cache(maxsize=65_536)
def _draw(seed: int, *words: str) -> float:
    """Return a number from 0 to below 1 that depends on the seed and these words only."""
    digest = hashlib.blake2b("\0".join((str(seed), *words)).encode(errors="surrogateescape"), digest_size=8)
    return int.from_bytes(digest.digest(), "big") / 2**64


def _after(names: Sequence[str], before: str | None) -> str:
    return next((name for name in names if before is not None and name > before), names[0])


def _lies_in(place: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return whether a pattern names a file or one of the folders that contain it."""
    return len(pattern) <= len(place) and all(
        fnmatchcase(part.casefold(), glob.casefold()) for part, glob in zip(place, pattern, strict=False)
    )


def _weight(place: Sequence[str], weights: Mapping[str, float]) -> float:
    """Return the weight of the last glob that names a programme; 1 if none does."""
    found = [weight for glob, weight in weights.items() if _lies_in(place, glob.strip("/").split("/"))]
    return found[-1] if found else 1.0


def _since(last: datetime | None, at: datetime) -> str:
    if last is None:
        return NEW
    ago = at - last
    if ago >= timedelta(days=1):
        return f"{ago.days} day{'' if ago.days == 1 else 's'} since last"
    return f"{duration_text(ago // timedelta(minutes=1) * timedelta(minutes=1))} since last"
