"""The cache of prepared pieces: `cache/HOUSE/ASSET/`, with an index of which pieces exist and how long they are.

All lookups use the indexes in memory, so they never block the event loop. Everything that touches the disk runs in a
thread. Several processes may use one cache: each changes an index under a lock, starting from the state on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.files.disk_errors import disk_full
from retrovue_tui.media.rendering.piece_index import Index, Piece
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.house_format import HouseFormat

INDEX: Final = "index.json"
RESERVE: Final = 64 * 1024 * 1024
"""The free space that pieces leave on the disk (bytes), for the station's log, rundowns and state."""
_WORK: Final = ".work-"
_US: Final = f"{_WORK}{os.getpid()}-{secrets.token_hex(4)}"


class PieceStore:
    """The pieces of one house format, in folders below `root`. They take at most `cap_bytes`, or more if protected
    pieces need more."""

    def __init__(self, root: Path, house: HouseFormat, cap_bytes: int) -> None:
        self.house = house
        self.cap_bytes = cap_bytes
        self.folder = root / house.key
        self._indexes: dict[str, Index] = {}
        self._sizes: dict[str, int] = {}
        self._held: dict[str, frozenset[Path]] = {}
        self._wanted: dict[str, frozenset[str]] = {}
        self._aired: set[str] = set()
        self.revision = 0
        """A number that changes whenever a piece is added or removed."""

    # ── lookups ──────────────────────────────────────────────────────────────────────────────────

    async def open(self, asset: Asset) -> None:
        """Read the asset's index, unless it is in memory. Pieces whose files are missing are left out."""
        if asset.key not in self._indexes:
            index = await AIR.run(self._load, asset.key)
            self._take(asset.key, self._indexes.get(asset.key, index))

    def is_open(self, asset: Asset) -> bool:
        """Return whether `open` was called for the asset. If not, the lookups below are not valid for it."""
        return asset.key in self._indexes

    def index(self, asset: Asset) -> Index:
        """Return the index of an asset's prepared pieces; empty before `open`."""
        return self._indexes.get(asset.key) or Index(str(asset.path))

    def frames(self, asset: Asset) -> int:
        """Return the asset's length in frames: the exact length after its end was rendered, the expected length
        before."""
        end = self.index(asset).end
        return asset.frames(self.house.rate) if end is None else end

    def find(self, asset: Asset, first: int, end: int) -> Path | None:
        """Return the path of the piece or edge piece that contains exactly the asset frames [first, end), or None."""
        index = self._indexes.get(asset.key)
        if index is None:
            return None
        number, rest = divmod(first, self.house.piece_frames)
        piece = index.pieces.get(number)
        if rest == 0 and piece is not None and piece.end == end:
            return self.piece_path(asset, number)
        return self.edge_path(asset, first, end) if (first, end) in index.edges else None

    def holds(self, asset: Asset, first: int, end: int) -> bool:
        """Return whether a piece or edge piece contains exactly the asset frames [first, end). Faster than `find`."""
        index = self._indexes.get(asset.key)
        if index is None:
            return False
        number, rest = divmod(first, self.house.piece_frames)
        piece = None if rest else index.pieces.get(number)
        return (piece is not None and piece.end == end) or (first, end) in index.edges

    def ready(self, asset: Asset, first: int) -> int:
        """Return the first frame, from `first` on, that no whole piece contains. If there is none, return the asset's
        length."""
        pieces, number = self.index(asset).pieces, first // self.house.piece_frames
        length = self.frames(asset)
        while (piece := pieces.get(number)) is not None:
            if piece.end >= length or piece.frames < self.house.piece_frames:
                return max(first, piece.end)
            number += 1
        return min(length, max(first, number * self.house.piece_frames))

    def piece_path(self, asset: Asset, number: int) -> Path:
        """Return the path of whole piece `number`, counted from 0; the file need not exist."""
        return self.folder.joinpath(asset.key, f"{number:06d}.ts")

    def edge_path(self, asset: Asset, first: int, end: int) -> Path:
        """Return the path of the edge piece [first, end); the file need not exist."""
        return self.folder.joinpath(asset.key, f"e{first}-{end}.ts")

    def asset_folder(self, asset: Asset) -> Path:
        """Return the folder of an asset's pieces."""
        return self.folder / asset.key

    @property
    def bytes(self) -> int:
        """The size of this house format's cache in bytes, as far as it is known; `evict` counts all of it."""
        return sum(self._sizes.values())

    # ── changes ──────────────────────────────────────────────────────────────────────────────────

    def work_folder(self) -> Path:
        """Create a folder for unfinished files, on the same disk, and return it. `sweep` removes folders that a crash
        has left. Blocking."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(1_000_000):
            path = self.folder / f"{_US}-{attempt}"
            with contextlib.suppress(FileExistsError):
                path.mkdir()
                return path
        raise FileExistsError(self.folder)

    def nearly_full(self) -> bool:
        """Return whether the disk has too little space for a few more pieces. If so, a broken piece is not the fault of
        its asset. Blocking."""
        house = self.house
        kbits = (house.video_kbps + house.audio_kbps) * house.rate.seconds(house.piece_frames)
        try:
            return self._free() < max(RESERVE, 6 * 1000 * float(kbits) / 8)
        except OSError:
            return True

    def _free(self) -> int:
        return shutil.disk_usage(self.folder).free

    async def add_piece(self, asset: Asset, made: Path, piece: Piece, end: int | None = None) -> None:
        """Move a checked file into the cache as a whole piece. `end` is the asset's exact length, if this is its last
        piece. Raises `OSError` if the disk has less than `RESERVE` free."""
        number = piece.first // self.house.piece_frames

        def change(index: Index) -> Index:
            if self._free() < RESERVE:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))
            made.replace(self.piece_path(asset, number))
            known = index.end if end is None else end
            return replace(index, pieces={**index.pieces, number: piece}, end=known)

        await self._change(asset, change)

    async def add_edge(self, asset: Asset, made: Path, edge: Piece) -> None:
        """Move a checked edge piece into the cache."""

        def change(index: Index) -> Index:
            made.replace(self.edge_path(asset, edge.first, edge.end))
            return replace(index, edges={**index.edges, (edge.first, edge.end): edge})

        await self._change(asset, change)

    async def set_end(self, asset: Asset, end: int) -> None:
        """Record the asset's exact length in frames."""
        await self._change(asset, lambda index: replace(index, end=end))

    async def set_gain(self, asset: Asset, gain_db: float, limited: bool) -> None:
        """Record the asset's loudness gain, so that all its ranges get the same gain."""
        await self._change(asset, lambda index: replace(index, gain_db=gain_db, limited=limited))

    async def forget(self, asset: Asset) -> None:
        """Read the asset's index again, and leave out pieces whose files another program has deleted."""
        self._take(asset.key, await AIR.run(self._load, asset.key))

    async def distrust(self, asset: Asset, number: int) -> None:
        """Treat whole piece `number` as missing, so that it is rendered again. Its file stays until then."""
        await self._change(
            asset, lambda index: replace(index, pieces={n: p for n, p in index.pieces.items() if n != number})
        )

    async def _change(self, asset: Asset, change: Callable[[Index], Index]) -> None:
        def apply() -> Index:
            self.asset_folder(asset).mkdir(parents=True, exist_ok=True)
            with self._locked(asset.key):
                index = change(replace(self._load(asset.key), path=str(asset.path)))
                self._write(asset.key, index)
                return index

        # after a cancelled render, the index in memory must still agree with the disk
        task = asyncio.ensure_future(AIR.run(apply))
        try:
            index = await asyncio.shield(task)
        except asyncio.CancelledError:
            with contextlib.suppress(Exception):
                self._take(asset.key, await task)
            raise
        self._take(asset.key, index)

    def _take(self, key: str, index: Index) -> None:
        self._indexes[key] = index
        self.revision += 1
        self._sizes[key] = index.bytes

    # ── the disk (in threads) ────────────────────────────────────────────────────────────────────

    @contextlib.contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        with (self.folder / key / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _load(self, key: str) -> Index:
        folder = self.folder / key
        try:
            data = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            index = Index.from_json(data, self.house.piece_frames)
        except (OSError, ValueError, KeyError, TypeError):
            return Index()
        sizes = {entry.name: entry.stat().st_size for entry in os.scandir(folder)}
        pieces = {n: p for n, p in index.pieces.items() if sizes.get(f"{n:06d}.ts") == p.bytes}
        edges = {at: e for at, e in index.edges.items() if sizes.get(f"e{e.first}-{e.end}.ts") == e.bytes}
        return replace(index, pieces=pieces, edges=edges)

    def _write(self, key: str, index: Index) -> None:
        with replacing(self.folder / key / INDEX) as fresh, fresh.open("w", encoding="utf-8") as file:
            json.dump(index.to_json(), file)
            file.flush()
            os.fsync(file.fileno())

    async def sweep(self) -> None:
        """Remove the unfinished files of processes that have ended, and files that no index lists."""
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        if not self.folder.is_dir():
            return
        for folder in list(self.folder.iterdir()):
            if folder.name.startswith(_WORK):
                if not _alive(folder.name):
                    shutil.rmtree(folder, ignore_errors=True)
            elif folder.is_dir():
                with contextlib.suppress(OSError), self._locked(folder.name):
                    self._sweep_asset(folder)

    def _sweep_asset(self, folder: Path) -> None:
        index = self._load(folder.name)
        known = {f"{n:06d}.ts" for n in index.pieces} | {f"e{e.first}-{e.end}.ts" for e in index.edges.values()}
        for path in folder.iterdir():
            stray = path.suffix == ".ts" and path.name not in known
            if stray or path.name.startswith(f".{INDEX}-"):
                path.unlink(missing_ok=True)

    # ── room ─────────────────────────────────────────────────────────────────────────────────────

    def hold(self, owner: str, paths: Iterable[Path]) -> None:
        """Protect these pieces, which are on an owner's list, from eviction. They replace the owner's earlier list."""
        self._held[owner] = frozenset(paths)
        if not self._held[owner]:
            del self._held[owner]

    def hold_assets(self, owner: str, assets: Iterable[Asset]) -> None:
        """Protect these assets from eviction while an owner waits for their pieces. They replace the owner's earlier
        assets."""
        self._wanted[owner] = frozenset(asset.key for asset in assets)
        if not self._wanted[owner]:
            del self._wanted[owner]

    def touch(self, paths: Iterable[Path]) -> None:
        """Record that these pieces are on air now, so that their assets are evicted last."""
        self._aired.update(path.parent.name for path in paths)

    async def evict(self) -> None:
        """Bring the cache below its cap by removing whole assets, the least recently aired first. Protected pieces
        stay. On a disk with less than `RESERVE` free, the cache becomes smaller than its cap."""
        aired, self._aired = self._aired, set()
        held = frozenset(path for paths in self._held.values() for path in paths)
        wanted = frozenset(key for keys in self._wanted.values() for key in keys)
        sizes, gone = await asyncio.to_thread(self._evict, aired, held, wanted)
        self._sizes = sizes
        for key in gone & self._indexes.keys():
            self._take(key, await AIR.run(self._load, key))

    def _evict(self, aired: set[str], held: frozenset[Path], wanted: frozenset[str]) -> tuple[dict[str, int], set[str]]:
        now = time.time()
        ages: list[tuple[float, str]] = []
        sizes: dict[str, int] = {}
        for entry in os.scandir(self.folder) if self.folder.is_dir() else ():
            if not entry.is_dir() or entry.name.startswith(_WORK):
                continue
            index = Path(entry.path) / INDEX
            with contextlib.suppress(OSError):
                if entry.name in aired:
                    os.utime(index, (now, now))
                sizes[entry.name] = sum(file.stat().st_size for file in os.scandir(entry) if file.name.endswith(".ts"))
                ages.append((index.stat().st_mtime if index.exists() else 0.0, entry.name))
        total, gone = sum(sizes.values()), set[str]()
        most = min(self.cap_bytes, total + self._free() - RESERVE) if ages else 0
        for _, key in sorted(ages):
            if total <= most:
                break
            if key in wanted:
                continue
            kept = self._drop(key, held)
            total += kept - sizes[key]
            sizes[key] = kept
            gone.add(key)
        return sizes, gone

    def _drop(self, key: str, held: frozenset[Path]) -> int:
        """Remove an asset's pieces, except the protected ones. Return the bytes that remain."""
        folder, kept = self.folder / key, 0
        with self._locked(key):
            index = self._load(key)
            stays = {path.name for path in held if path.parent == folder}
            pieces = {n: p for n, p in index.pieces.items() if f"{n:06d}.ts" in stays}
            edges = {at: e for at, e in index.edges.items() if f"e{e.first}-{e.end}.ts" in stays}
            was = (folder / INDEX).stat().st_mtime if (folder / INDEX).exists() else 0.0
            # Write the index first: the files that it lists must exist, even if the process ends here.
            try:
                self._write(key, replace(index, pieces=pieces, edges=edges))
                os.utime(folder / INDEX, (was, was))
            except OSError as error:
                if stays or not disk_full(error):
                    raise
                (folder / INDEX).unlink(missing_ok=True)  # a full disk takes no new index, and none is needed
            for path in folder.glob("*.ts"):
                if path.name in stays:
                    kept += path.stat().st_size
                else:
                    path.unlink(missing_ok=True)
        return kept


def _alive(name: str) -> bool:
    """Return whether the process that created a work folder still runs."""
    match = re.match(rf"{re.escape(_WORK)}(\d+)-", name)
    if match is None:
        return False
    if int(match[1]) == os.getpid():  # an earlier process may have had this process's id
        return name.startswith(_US)
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
