"""The planner: turns a channel's rundown into air lists, and reports which ranges of media must be prepared for
them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.playout.rotation import Rotation
from retrovue_tui.rundown.airlist import AirItem, AirList
from retrovue_tui.rundown.edit_helpers import title_of
from retrovue_tui.rundown.plan_diff import Plan, first_difference
from retrovue_tui.rundown.positions import GONE, UNCUT, Position, Stretch, cuts, span, stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.house_format import HouseFormat
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot

WARNINGS: Final = 8
"""The maximum number of files for which `Planner.warnings` returns a warning."""
LIST_S: Final = 600
"""The longest air list that `compile` makes (s). It is short enough that an edit drops little, and long enough that new
decks are rare."""
LIST_ITEMS: Final = 200
"""The maximum number of pieces in one list, so that a rundown of very short entries is compiled quickly too."""
LIST_LEAST_S: Final = 4
"""An air list ends before an entry that may become available, unless the list would be shorter than this (s), because
every list costs a new deck."""
MOST_PASSES: Final = 50
"""In so many passes through a rundown, each version of a spot airs at least once, as a rule."""


class _NeedList:
    """Collects the pieces that a rundown needs, in the order in which they air, as needs."""

    def __init__(self, piece_frames: int) -> None:
        self.needs: list[Need] = []
        self._piece_frames = piece_frames
        self._listed: set[tuple[str, int, int]] = set()
        self._grows = False  # whether the last need consists of whole pieces, so that the next one may join it

    def add(self, asset: Asset, first: int, end: int, air_at: float, *, at_end: bool) -> None:
        """Add a piece or edge piece, unless it is listed. `at_end`: it ends where the asset does."""
        mark = (asset.key, first, end)
        if mark in self._listed:
            return
        self._listed.add(mark)
        whole = first % self._piece_frames == 0 and (end - first == self._piece_frames or at_end)
        last = self.needs[-1] if self.needs and self._grows and whole else None
        if last is not None and last.asset is asset and last.end == first:
            self.needs[-1] = replace(last, end=end)
            return
        self.needs.append(Need(asset, first, end, air_at))
        self._grows = whole


class Planner:
    """Finds out which entries of a rundown can air, which pieces they consist of, and which of these pieces are
    prepared.

    A stretch is an unbroken run of frames of one entry. A loop is one pass through the rundown.
    """

    def __init__(
        self,
        house: HouseFormat,
        store: PieceStore,
        asset: Callable[[Path], Asset | None],
        fault: Callable[[Asset], str | None],
        missing: Callable[[Path], str | None] = lambda file: None,
        titles: Callable[[Path], str | None] = lambda file: None,
        *,
        loop: bool = True,
        in_turn: Callable[[Path], PoolSpot | None] = lambda file: None,
    ) -> None:
        """`titles` returns the title of a file whose entry has none; None if it is not known. `in_turn` returns a spot
        whose variants air in turn; None if a file has none."""
        self.entries: tuple[Entry, ...] = ()
        self.is_read = False
        """Whether the rundown has been read, so that it is empty if there are no entries."""
        self.loop = loop
        self._house = house
        self._store = store
        self._asset = asset
        self._fault = fault
        self._missing = missing
        self._titles = titles
        self._in_turn = in_turn
        self._rotation = Rotation(in_turn, self._frames, self._is_prepared)
        self._first_of: tuple[tuple[Entry, ...], dict[Path, Entry]] | None = None

    def length(self, entry: Entry) -> int | None:
        """Return the length of the entry's asset in house frames; None while the asset cannot air. If no more of the
        asset can be prepared, for example because the disk is full, return the length of the prepared part, so that
        this part still airs."""
        asset = self._asset(entry.file)
        if asset is None:
            return None
        return self._store.frames(asset) if self._fault(asset) is None else self._there(asset, entry)

    def title(self, entry: Entry) -> str:
        """Return an entry's title. An entry without a title has that of its file; a file without a title has its
        name."""
        return entry.title or self._titles(entry.file) or title_of(entry)

    def _there(self, asset: Asset, entry: Entry) -> int | None:
        """Return the frame up to which the entry is prepared without a gap, exclusive; None if its first frame is not
        prepared."""
        first, end = span(entry, self._store.frames(asset))
        at, piece = first, self._house.piece_frames
        while at < end and self._store.find(asset, at, cut := min(end, (at // piece + 1) * piece)) is not None:
            at = cut
        return at if at > first else None

    def warnings(self) -> tuple[str, ...]:
        """Return a warning, with the reason, for each file that cannot air or can air only in part."""
        lines: dict[Path, str] = {}
        for entry in self._files().values():
            length = self.length(entry)
            if length is not None and (self.fault(entry) is None or self._is_complete(entry, length)):
                continue
            place = "" if entry.line is None else f" (line {entry.line} of the rundown)"
            outcome = "passed over" if length is None else "its prepared part airs, then the next entry"
            lines[entry.file] = f"{entry.file.name}{place}: {self.why_not(entry)}; {outcome}"
        return tuple(lines.values())[:WARNINGS]

    def _is_complete(self, entry: Entry, length: int) -> bool:
        """Return whether all of an entry is prepared, if its asset is prepared up to frame `length`."""
        asset = self._asset(entry.file)
        return asset is not None and length >= span(entry, self._store.frames(asset))[1]

    def names(self, file: Path) -> bool:
        """Return whether any entry of the rundown plays this file."""
        return file in self._files()

    def _files(self) -> Mapping[Path, Entry]:
        """Return the files of the rundown, each with the first entry that plays it."""
        if self._first_of is None or self._first_of[0] is not self.entries:
            # Cached, because this is called many times a second. A long rundown often has only a few files.
            firsts: dict[Path, Entry] = {}
            for entry in self.entries:
                firsts.setdefault(entry.file, entry)
            self._first_of = self.entries, firsts
        return self._first_of[1]

    def duration(self, entry: Entry) -> int:
        """Return the number of frames that the entry airs; 0 while it cannot air."""
        first, end = span(entry, self.length(entry))
        return end - first

    def stretches(self, start: Position) -> Iterator[Stretch]:
        """Yield the stretches from `start` on, in the order in which they air."""
        return self._versions(stretches(self.entries, start, self.length, self._house.piece_frames, self.loop))

    def going_on(self, start: Position, airing: Stretch | None) -> Iterator[Stretch]:
        """Yield the stretches from `start` on. `airing` is the stretch on air: if `start` is in an entry with the same
        spot, the version on air goes on, even if an edit gave the entry another id."""
        found = stretches(self.entries, start, self.length, self._house.piece_frames, self.loop)
        return self._versions(found, airing)

    def entries_from(self, start: Position) -> Iterator[Stretch]:
        """Yield one stretch per entry from `start` on, in the order in which they air."""
        return self._versions(stretches(self.entries, start, self.length, UNCUT, self.loop))

    def _versions(self, found: Iterator[Stretch], airing: Stretch | None = None) -> Iterator[Stretch]:
        return self._rotation.stretches(found, airing) if self.loop else found

    def aired(self, entry: Entry, loop: int) -> Entry:
        """Return an entry with the file that it airs in pass `loop`: its own, or a version of its spot."""
        return self._rotation.aired(entry, loop) if self.loop else entry

    @property
    def has_rotated(self) -> bool:
        """Whether any entry has been found so far of which `rotates` is true."""
        return self._rotation.used

    def rotates(self, entry: Entry) -> bool:
        """Return whether an entry may air another version of its spot in each pass."""
        return self.loop and self._rotation.rotates(entry)

    def _frames(self, file: Path) -> int | None:
        asset = self._asset(file)
        return None if asset is None else self._store.frames(asset)

    def _is_prepared(self, entry: Entry) -> bool:
        """Return whether an entry is prepared to its end."""
        asset = self._asset(entry.file)
        return asset is not None and self._there(asset, entry) == span(entry, self._store.frames(asset))[1]

    def compile(self, start: Position, limit_s: float = LIST_S, *, after: Stretch | None = None) -> AirList | None:
        """Return the air list from `start` to before the first stretch that is not prepared; None if `start` itself is
        not prepared.

        The list also ends before an entry that cannot air: it may become available while the list airs, and need not be
        passed over then. `after` is the stretch that airs before: if its entry goes on, so does its version.
        """
        airing = None if after is None else after.replace(first=after.end)
        limit = self._house.rate.count(limit_s)
        may_end = limit - self._house.rate.count(LIST_LEAST_S)
        items: list[AirItem] = []
        for stretch in self.going_on(start, airing):
            file = self._file(stretch)
            if file is None or limit <= 0 or len(items) >= LIST_ITEMS:
                break
            if limit <= may_end and self.passed_over(items[-1].stretch.position, stretch.position):
                break
            items.append(AirItem(file, stretch))
            limit -= stretch.frames
        return AirList.of(items) if items else None

    def rest_of_entry(self, start: Position) -> AirList | None:
        """Return the air list from `start` to the end of its entry, or to before the first stretch that is not
        prepared. None if that list is empty."""
        items: list[AirItem] = []
        for stretch in self.stretches(start):
            file = self._file(stretch)
            if file is None or (stretch.loop, stretch.index) != (start.loop, start.index):
                break
            items.append(AirItem(file, stretch))
        return AirList.of(items) if items else None

    def ready(self, start: Position, limit_s: float) -> int:
        """Return the number of frames from `start` on that are prepared without a gap, up to `limit_s` seconds."""
        limit = self._house.rate.count(limit_s)
        frames, most = 0, self._passes()
        for entry in self.entries_from(start):
            if entry.loop > start.loop + most:  # whole passes are prepared, and all later ones repeat them
                return limit
            asset = self._asset(entry.entry.file)
            for first, end in cuts(entry.first, entry.end, self._house.piece_frames):
                if frames >= limit or asset is None or not self._store.holds(asset, first, end):
                    return frames
                frames += end - first
        return frames

    def next_entry(self, position: Position) -> Stretch | None:
        """Return the first stretch of the entry that airs after the entry at `position`."""
        following = replace(position, index=position.index + 1, frame=0)
        return next(self.stretches(following), None)

    def on_grid(self, position: Position) -> Position:
        """Return the start of the piece that contains `position`. From there a channel can begin without an edge
        piece."""
        if not 0 <= position.index < len(self.entries):
            return position
        start = position.frame - position.frame % self._house.piece_frames
        in_frame = span(self.entries[position.index], self.length(self.entries[position.index]))[0]
        return replace(position, frame=max(start, in_frame))

    def needs(self, start: Position, at: float, horizon_s: float) -> list[Need]:
        """Return the ranges of media that must be prepared so that the rundown can air from `start`. `start` airs at
        the event loop's time `at`.

        Neighbouring whole pieces form one need; each edge piece is a need of its own. No range is listed twice.
        """
        rate, piece = self._house.rate, self._house.piece_frames
        horizon = rate.count(horizon_s)
        needs = _NeedList(piece)
        frames, most = 0, self._passes()
        for entry in self.entries_from(start):
            again = entry.loop - start.loop  # after whole passes, the same pieces are needed again
            if frames >= horizon or again > most or (again == most and entry.index > start.index):
                break
            asset = self._asset(entry.entry.file)
            if asset is None:
                break
            chosen = self._chosen(entry)  # another version, if it is not prepared and so does not air yet
            for first, end in cuts(entry.first, entry.end, piece):
                if frames >= horizon:
                    break
                at_end = entry.at_end and end == entry.end
                for each in (asset,) if chosen is None else (asset, chosen):
                    needs.add(each, first, end, at + frames * rate.den / rate.num, at_end=at_end)
                frames += end - first
        return needs.needs

    def _passes(self) -> int:
        """Return after how many passes through the rundown no other pieces air than in these."""
        return MOST_PASSES if any(self.rotates(entry) for entry in self._files().values()) else 1

    def _chosen(self, stretch: Stretch) -> Asset | None:
        """Return the version that is chosen for a stretch, if the spot itself airs instead of it."""
        if not self.rotates(stretch.entry):
            return None
        chosen = self._rotation.chosen(stretch.entry, stretch.loop).file
        return None if chosen == stretch.entry.file else self._asset(chosen)

    def same_for(
        self, before: tuple[Stretch, ...], start: Position, other: Plan, airing: Stretch | None = None
    ) -> int | None:
        """Compare the plan `other` with this planner's plan: `before`, and then the rundown from `start`. Return the
        number of frames at their beginning that air the same pictures; None if the plans never differ. `airing` is the
        stretch on air; see `going_on`. Slow for a long rundown: call it in a thread."""
        this, versions = Plan(self.entries, start, before), partial(self._versions, airing=airing)
        return first_difference(this, other, self.length, loop=self.loop, versions=versions)

    def with_entries(self, entries: Sequence[Entry], *, loop: bool | None = None) -> Planner:
        """Return a planner for another rundown with the same media, to find out how that rundown would air."""
        goes_round = self.loop if loop is None else loop
        other = Planner(
            self._house, self._store, self._asset, self._fault, self._missing, self._titles, loop=goes_round,
            in_turn=self._in_turn,
        )  # fmt: skip
        other.entries = tuple(entries)
        return other

    def prepared(self, file: Path) -> bool:
        """Return whether the whole file is prepared."""
        asset = self._asset(file)
        if asset is None or self._fault(asset) is not None:
            return False
        return self._store.ready(asset, 0) >= self._store.frames(asset)

    async def forget(self, file: Path) -> None:
        """Read from the disk again which pieces of a file are prepared, after another program has changed them."""
        asset = self._asset(file)
        if asset is not None:
            await self._store.forget(asset)

    def passed_over(self, before: Position, after: Position) -> list[Entry]:
        """Return the entries between two positions that are passed over because they cannot air."""
        return [entry for entry in self.between(before, after) if self.length(entry) is None]

    def between(self, before: Position, after: Position) -> list[Entry]:
        """Return the entries between two positions, at most one pass through the rundown."""
        if before.index == GONE:
            return []
        count = len(self.entries)
        indices = range(before.index + 1, min(after.loop - before.loop, 1) * count + after.index)
        return [self.entries[index % count] for index in indices]

    def fault(self, entry: Entry) -> str | None:
        """Return the fault of an entry's file; None if none is known."""
        asset = self._asset(entry.file)
        return self._missing(entry.file) if asset is None else self._fault(asset)

    def why_not(self, entry: Entry) -> str:
        """Return the reason why an entry cannot air, or can air only in part."""
        return self.fault(entry) or "does not exist"

    def _file(self, stretch: Stretch) -> Path | None:
        asset = self._asset(stretch.entry.file)
        return None if asset is None else self._store.find(asset, stretch.first, stretch.end)
