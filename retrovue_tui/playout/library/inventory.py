"""The library inventory: the station's media as rows of the library bin, and the preparation of files on request.

Five thousand files are too much work for the event loop. It therefore only copies its data; a thread builds the rows.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.media.rendering.piece_index import Index
from retrovue_tui.media.rendering.piece_store import INDEX
from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.playout.library.programme_cache import ProgrammeCache
from retrovue_tui.protocol.answers.library import LibraryRow, LibrarySnapshot
from retrovue_tui.threads import BROWSE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.library.library import Library
    from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.playout.asrun.play_counts import PlayCount
    from retrovue_tui.playout.event_log import EventLog
    from retrovue_tui.schedule.spots.spot_rules import PoolSpot

OWNER: Final = "prepare now"
AHEAD_S: Final = 90.0
"""A requested file is prepared as if it aired in this time (s): after media that airs sooner, and before all other
media."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Known:
    """The part of a row that changes only when the file or its pieces change."""

    asset: Asset
    index: Index
    facts: ProgrammeFacts | None
    spot: PoolSpot | None
    row: LibraryRow

    def holds(self, asset: Asset, index: Index, facts: ProgrammeFacts | None, spot: PoolSpot | None) -> bool:
        """Return whether the row still holds for these."""
        same = self.asset is asset and self.index is index and self.facts is facts
        return same and (self.spot is spot or self.spot == spot)


class LibraryInventory:
    """The station's media as rows, and the requests to prepare them. Call it from the event loop's thread."""

    def __init__(
        self,
        library: Library,
        store: PieceStore,
        preparer: Preparer,
        asrun: AsRunDatabase,
        events: EventLog,
        pools: Mapping[str, Sequence[Path]],
        spots: Callable[[Path], PoolSpot | None] = lambda _: None,
        programmes: Sequence[Path] = (),
    ) -> None:
        """`spots` returns what a pool file states for a spot; None if none does. It is called in threads. `programmes`
        are the folders of programmes."""
        self._library, self._store, self._preparer = library, store, preparer
        self._asrun, self._events, self._spots = asrun, events, spots
        self._programmes = ProgrammeCache(programmes)
        self._pools = {
            name: tuple(f"{os.path.normpath(each)}{os.sep}" for each in some) for name, some in pools.items()
        }
        self._known: dict[str, _Known] = {}
        self._unopened: dict[str, tuple[int, Index]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._wanted: dict[str, Need] = {}
        preparer.add_listener(self._rendered)

    # ── the inventory ────────────────────────────────────────────────────────────────────────────

    async def snapshot(self) -> LibrarySnapshot:
        """Return a row for every media file of the library and every file that a rundown names, except those that the
        station has made itself: its cards."""
        async with self._one_at_a_time:
            airings: Mapping[str, PlayCount] = {}
            try:
                airings = await self._asrun.airings()
            except OSError as error:  # the log reports this itself; the bin is useful without play counts too
                log.debug("the bin cannot show how often files have aired: %s", error)
            assets, faults = self._library.assets.by_path(), self._library.faults
            await self._programmes.read(assets)
            troubles = {job.file: job.message for job in self._preparer.jobs() if job.state == "failed"}
            return await BROWSE.run(self._snapshot, assets, faults, troubles, airings)

    def _snapshot(
        self,
        assets: Mapping[Path, Asset],
        faults: Mapping[Path, str],
        troubles: Mapping[str, str],
        airings: Mapping[str, PlayCount],
    ) -> LibrarySnapshot:
        folders = self._prepared_folders()
        known: dict[str, _Known] = {}
        rows: list[LibraryRow] = []
        for path, asset in assets.items():
            if path.is_relative_to(self._store.folder.parent):
                continue
            file = str(path)
            before = self._known.get(file)
            index = self._store.index(asset) if self._store.is_open(asset) else self._stored_index(asset, folders)
            facts = self._programmes.facts(path)
            spot = self._spots(path) if facts is None else None
            if before is None or not before.holds(asset, index, facts, spot):
                before = _Known(asset, index, facts, spot, self._row(file, asset, index, facts, spot))
            known[file] = before
            rows.append(_dated(before.row, troubles.get(file, ""), airings.get(file)))
        for path, reason in faults.items():
            pools, file = self._pools_of(str(path)), str(path)
            row = LibraryRow(file, path.stem, "spot" if pools else "programme", pools)
            rows.append(_dated(row, reason, airings.get(file)))
        self._known = known
        rows.sort(key=lambda row: (row.kind, row.title.casefold(), row.file))
        return LibrarySnapshot(tuple(rows))

    def _row(
        self, file: str, asset: Asset, index: Index, facts: ProgrammeFacts | None, spot: PoolSpot | None
    ) -> LibraryRow:
        title = (spot and spot.title) or (facts and facts.label) or asset.title or asset.path.stem
        pools, rate = self._pools_of(file), self._store.house.rate
        frames = asset.frames(rate) if index.end is None else index.end
        made = sum(piece.frames for piece in index.pieces.values())
        return LibraryRow(
            file, title, "spot" if pools else "programme", pools, frames,
            round(float(rate.seconds(frames)), 3), format_of(asset), min(1.0, made / max(1, frames)),
            None if asset.audio is None else index.gain_db, cues=len(asset.chapters),
            series=facts.series if facts else "", season=facts.season if facts else None,
            episode=facts.episode if facts else None, advertiser=spot.advertiser if spot else "",
            tags=spot.tags if spot else (), first_day=_day(spot.first_day) if spot else "",
            last_day=_day(spot.last_day) if spot else "",
        )  # fmt: skip

    def _pools_of(self, file: str) -> tuple[str, ...]:
        return tuple(name for name, folders in self._pools.items() if file.startswith(folders))

    def _prepared_folders(self) -> frozenset[str]:
        try:
            return frozenset(entry.name for entry in os.scandir(self._store.folder))
        except OSError:
            return frozenset()

    def _stored_index(self, asset: Asset, folders: frozenset[str]) -> Index:
        """Return the piece index of an asset that no rundown names. The index is read again only when its file has
        changed. Whether the pieces exist is not checked."""
        if asset.key not in folders:
            return _NOTHING
        path = self._store.asset_folder(asset) / INDEX
        try:
            written = path.stat().st_mtime_ns
            known = self._unopened.get(asset.key)
            if known is None or known[0] != written:
                known = written, _read(path, self._store.house.piece_frames)
                self._unopened[asset.key] = known
        except OSError:
            return _NOTHING
        return known[1]

    # ── preparing on request ─────────────────────────────────────────────────────────────────────

    def prepare(self, file: str) -> bool:
        """Request the preparation of a whole file, after the media that airs soon. Return False if the file is already
        prepared. Raises `MediaError`, with the reason, if it cannot be prepared."""
        path = Path(file)
        asset = self._library.asset(path)
        if asset is None:
            raise MediaError(self._library.fault(path) or "is not in the library: use a name from the bin", path)
        if reason := self._preparer.fault(asset):
            raise MediaError(reason, path)
        if self._is_ready(asset):
            return False
        if asset.key not in self._wanted:
            due = asyncio.get_running_loop().time() + AHEAD_S
            self._wanted[asset.key] = Need(asset, 0, self._store.frames(asset), due)
            self._ask()
        return True

    def _is_ready(self, asset: Asset) -> bool:
        return self._store.is_open(asset) and self._store.ready(asset, 0) >= self._store.frames(asset)

    def _rendered(self, asset: Asset) -> None:
        """After a piece of this asset was rendered or has failed, check whether the request for the asset is
        finished."""
        need = self._wanted.get(asset.key)
        if need is None:
            return
        if reason := self._preparer.fault(asset):
            self._done(need, f"{asset.path.name} cannot be prepared: {reason}", failed=True)
        elif self._is_ready(asset):
            self._done(need, f"{asset.path.name} is prepared", failed=False)

    def _done(self, need: Need, message: str, *, failed: bool) -> None:
        del self._wanted[need.asset.key]
        self._ask()
        self._events.publish("prepare", message, level="warning" if failed else "info", file=str(need.asset.path))

    def _ask(self) -> None:
        self._preparer.want(OWNER, tuple(self._wanted.values()))


_NOTHING: Final = Index()


def _read(path: Path, piece_frames: int) -> Index:
    try:
        return Index.from_json(json.loads(path.read_text(encoding="utf-8")), piece_frames)
    except (ValueError, KeyError, TypeError):
        return _NOTHING


def _dated(row: LibraryRow, problem: str, airing: PlayCount | None) -> LibraryRow:
    """Return the row with the file's current problem and play counts."""
    if not problem and airing is None:
        return row
    if airing is None:
        return replace(row, problem=problem)
    return replace(row, problem=problem, times_aired=airing.times, last_aired=airing.last, aired_today=airing.today)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def format_of(asset: Asset) -> str:
    """Return a short text about a file's format: `h264 1280×720 29.97 · aac 2ch`."""
    video, audio = asset.video, asset.audio
    picture, sound = "no picture", "no sound"
    if video is not None:
        rate = f"{float(video.rate):.2f}".rstrip("0").rstrip(".")
        extras = "".join((" i" if video.interlaced else "", " HDR" if video.hdr else ""))
        picture = f"{video.codec} {video.width}×{video.height} {rate}{extras}"
    if audio is not None:
        sound = f"{audio.codec} {audio.channels}ch"
    header = "" if asset.header_s is None else f" · its header wrongly says {asset.header_s:.1f} s"
    return f"{picture} · {sound}{header}"
