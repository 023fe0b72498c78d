"""The station's pools of spots, with the rules in their pool files. A pool file is read again when it changes; while it
has errors, its last valid rules stay in force."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from retrovue_tui.config.station_config import POOL_FILE
from retrovue_tui.errors import ConfigError, RetrovueError
from retrovue_tui.files.toml_lines import decoded
from retrovue_tui.media.workers.tasks import FILES
from retrovue_tui.rundown.break_fill import Clip
from retrovue_tui.schedule.spots.pool_file import MOST_CHARS, FolderRules, PoolRules, read_pool_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot

STILL_S: Final = 0.2
"""A pool file is read when no change of it was reported for this time (s)."""
_READ_LIMIT_S: Final = 20.0
_FIRST_LIMIT_S: Final = 2.0
_MOST_BYTES: Final = 4 * MOST_CHARS
_CONTENTS: Final = "retrovue_tui.media.library.folder_scan:contents"


class SpotPools:
    """The spots of each pool, by the pool's name. Call it in the event loop's thread. `pools` has the folders of each
    pool."""

    def __init__(
        self, pools: Mapping[str, Sequence[Path]], library: Library, store: PieceStore, events: EventLog,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """`on_change` is called after the rules of a pool have changed."""
        self._listeners = [on_change]
        self._pools = {name: tuple(folders) for name, folders in pools.items()}
        self._library, self._store, self._events = library, store, events
        self._files = {folder / POOL_FILE for folders in self._pools.values() for folder in folders}
        self._rules: dict[Path, PoolRules] = {}
        self._faults: dict[Path, str] = {}
        self._texts: dict[Path, str] = {}
        self._of_pool: dict[str, FolderRules | None] = {}
        self._in_turn: dict[Path, PoolSpot | None] = {}
        self.loaded = asyncio.Event()
        """Set when all pool files were read for the first time."""
        self._noted: set[Path] = set()
        self._news = asyncio.Event()

    # ── the spots ────────────────────────────────────────────────────────────────────────────────

    def add_listener(self, listener: Callable[[], None]) -> None:
        """Call this, too, after the rules of a pool have changed."""
        self._listeners.append(listener)

    def assets(self, pool: str | None) -> list[Asset]:
        """Return the spots of a pool whose piece index is loaded. Empty if `pool` is None."""
        return [asset for asset in (self._library.assets.pool(pool) if pool else ()) if self._store.is_open(asset)]

    def clips(self, pool: str | None) -> list[Clip]:
        """Return the spots of a pool whose piece index is loaded, each with its title and its length in frames."""
        rules = self.rules(pool)
        return [
            Clip(asset.path, (rules and rules.title(asset.path)) or asset.title, self._store.frames(asset))
            for asset in self.assets(pool)
        ]

    def rules(self, pool: str | None) -> FolderRules | None:
        """Return the rules of a pool; None if none of its folders has a pool file. The same object is returned until a
        pool file changes."""
        if pool not in self._pools:
            return None
        if pool not in self._of_pool:
            found = tuple(rules for folder in self._pools[pool] if (rules := self._rules.get(folder / POOL_FILE)))
            self._of_pool[pool] = FolderRules(found) if found else None
        return self._of_pool[pool]

    def faults(self, pool: str | None) -> tuple[str, ...]:
        """Return a line for each pool file of a pool that has errors."""
        folders = self._pools.get(pool or "", ())
        return tuple(fault for folder in folders if (fault := self._faults.get(folder / POOL_FILE)))

    def title(self, file: Path) -> str | None:
        """Return the title that a pool file states for a spot; None if none does. May be called in any thread."""
        for rules in tuple(self._rules.values()):
            if (title := rules.title(file)) is not None:
                return title
        return None

    @property
    def has_splits(self) -> bool:
        """Whether any spot splits the viewers."""
        return any(table.rules.get("split") for rules in self._rules.values() for table in rules.tables)

    def spot(self, file: Path) -> PoolSpot | None:
        """Return a spot with what its pool file states, without its length; None if it has no pool file. May be called
        in any thread."""
        for rules in tuple(self._rules.values()):
            if file.is_relative_to(rules.folder):
                return rules.spot(file, "", 0)
        return None

    def in_turn(self, file: Path) -> PoolSpot | None:
        """Return a spot whose variants air in turn, without its length; None if a file has no variants, or if they
        split the viewers. May be called in any thread."""
        if not self._rules:
            return None
        known = self._in_turn
        if file not in known:
            spot = self.spot(file)
            known[file] = spot if spot is not None and spot.variants and not spot.split else None
        return known[file]

    def with_versions(self, files: Iterable[Path]) -> set[Path]:
        """Return these files, and the variants of those whose variants air in turn."""
        found = set(files)
        spots = [spot for file in found if (spot := self.in_turn(file)) is not None]
        return found | {spot.file.with_name(name) for spot in spots for name in spot.variants}

    async def files_of(self, rundowns: Mapping[str, Sequence[Entry]], *, wait: bool) -> dict[str, set[Path]]:
        """Return the files of each channel's rundown, with variants. `wait`: first wait until all pool files were read,
        because the version of a spot that is due depends on them."""
        if wait:
            await self.loaded.wait()
        return {id: self.with_versions(entry.file for entry in entries) for id, entries in rundowns.items()}

    # ── the pool files ───────────────────────────────────────────────────────────────────────────

    def note(self, path: Path) -> None:
        """Record that a pool file was added, changed or removed; `follow` reads it."""
        if path in self._files:
            self._noted.add(path)
            self._news.set()

    async def load(self) -> None:
        """Read all pool files. A folder that does not answer is skipped; `follow` reads its file later."""
        try:
            await asyncio.gather(*(self._read(path, _FIRST_LIMIT_S) for path in sorted(self._files)))
        finally:
            self.loaded.set()

    async def run(self) -> None:
        """Read all pool files, and then each one that changes. Runs until cancelled."""
        await self.load()
        await self.follow()

    async def follow(self) -> None:
        """Read each pool file that has changed. Runs until cancelled."""
        while True:
            await self._news.wait()
            while self._news.is_set():
                self._news.clear()
                await asyncio.sleep(STILL_S)
            noted, self._noted = self._noted, set()
            for path in sorted(noted):
                await self._read(path, _READ_LIMIT_S)

    async def _read(self, path: Path, limit_s: float) -> None:
        try:
            data, reason = await FILES.run(_CONTENTS, str(path), _MOST_BYTES, limit_s=limit_s, priority=0)
            if reason:
                raise ConfigError(f"cannot be read: {reason}", path)
            if data is None:
                self._removed(path)
                return
            text = decoded(data, path, ConfigError)
        except RetrovueError as error:
            self._fault(path, error.message)
            return
        files = [asset.path for asset in self._library.assets]
        if text == self._texts.get(path):
            if (known := self._rules.get(path)) is not None:
                await asyncio.to_thread(known.learn, files)  # there may be files that were not known before
            return
        self._texts[path] = text
        rules, problems = await asyncio.to_thread(_read_and_learn, text, path, files)
        if problems:
            more = f" (and {len(problems) - 1} more; `check` lists them)" if len(problems) > 1 else ""
            self._fault(path, f"{problems[0].message}{more}")
        else:
            self._use(path, rules)

    def _use(self, path: Path, rules: PoolRules) -> None:
        repaired, changed = self._faults.pop(path, None), path in self._rules
        self._rules[path] = rules
        self._changed()
        if repaired or changed:
            self._events.publish("pool_rules", f"{path}: the new rules are in force", file=str(path))

    def _removed(self, path: Path) -> None:
        self._texts.pop(path, None)
        fault, rules = self._faults.pop(path, None), self._rules.pop(path, None)
        self._changed()
        if fault or rules:
            self._events.publish("pool_rules", f"{path} is gone; its rules no longer hold", file=str(path))

    def _changed(self) -> None:
        self._of_pool.clear()
        self._in_turn = {}  # a new one: another thread may be reading the old one
        for listener in self._listeners:
            listener()

    def _fault(self, path: Path, message: str) -> None:
        kept = "its last valid rules stay in force" if path in self._rules else "its spots air without rules"
        text = f"{message}; {kept}"
        if self._faults.get(path) != text:
            self._faults[path] = text
            self._events.publish("warning", text, level="warning", file=str(path))


def _read_and_learn(text: str, path: Path, files: Sequence[Path]) -> tuple[PoolRules, list[ConfigError]]:
    rules, problems = read_pool_file(text, path)
    rules.learn(files)
    return rules, problems
