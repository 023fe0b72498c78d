"""Pieces of the test media, rendered once a run: a test that only needs prepared media copies them into its own cache.

The shelf lies beside the test media, apart for each state of the code that renders, so that no piece of yesterday's
renderer hides a fault of today's.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
from functools import lru_cache
from typing import TYPE_CHECKING

from retrovue_tui.config.config_file import load_config
from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import ConfigError, MediaError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.media.rendering.piece_store import PieceStore
from retrovue_tui.media.slate import slate_piece
from tests import CHECKOUT
from tests.media_factory import media_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retrovue_tui.media.asset import Asset


@lru_cache(maxsize=1)
def _shelf() -> Path:
    ffmpeg = find_ffmpeg()
    made_by = hashlib.sha256(f"{ffmpeg.path} {ffmpeg.version}".encode())
    for room in ("decoding", "media"):
        for path in sorted((CHECKOUT / "retrovue_tui" / room).rglob("*.py")):
            made_by.update(path.read_bytes())
    shelf = media_home() / f"pieces-{made_by.hexdigest()[:12]}"
    shelf.mkdir(exist_ok=True)
    return shelf


def take(store: PieceStore, asset: Asset) -> None:
    """Copy what the shelf has of an asset into a store that has not opened it yet."""
    with _locked(store.house.key, asset.key) as shelved:
        if shelved.is_dir() and not store.asset_folder(asset).exists():
            shutil.copytree(shelved, store.asset_folder(asset))


def give(store: PieceStore, asset: Asset) -> None:
    """Copy an asset's pieces onto the shelf if it has fewer of them."""
    with _locked(store.house.key, asset.key) as shelved:
        have, made = _names(shelved), _names(store.asset_folder(asset))
        if have < made:
            shutil.rmtree(shelved, ignore_errors=True)
            shutil.copytree(store.asset_folder(asset), shelved, ignore=shutil.ignore_patterns(".*"))


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.ts")}


def take_home(home: Path) -> None:
    """Copy what the shelf has of a home's media, and its slates, into the home's cache."""
    for store, asset in _assets(home):
        take(store, asset)
    with _locked("stations", "slates") as shelved:
        if shelved.is_dir():
            shutil.copytree(shelved, load_config(home).cache_dir / "slates", dirs_exist_ok=True)


def give_home(home: Path) -> None:
    """Copy what a station has prepared onto the shelf, unless the test has broken its configuration."""
    try:
        slates = load_config(home).cache_dir / "slates"
    except ConfigError:
        return
    for store, asset in _assets(home):
        give(store, asset)
    with _locked("stations", "slates") as shelved:
        if slates.is_dir():
            shutil.copytree(slates, shelved, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)


def _assets(home: Path) -> Iterator[tuple[PieceStore, Asset]]:
    config = load_config(home)
    house = config.house
    form = HouseFormat.of(house.profile, house.rate, house.video_kbps, house.audio_kbps, house.loudness)
    store = PieceStore(config.cache_dir, form, config.prepare.cache_bytes)
    for path in sorted((home / "media").iterdir()):
        with contextlib.suppress(MediaError):
            yield store, probe(path)


async def slate(house: HouseFormat) -> Path:
    """The slate of a channel called "Test" of a station called "Test"."""
    with _locked(house.key, "slate") as folder:
        return await slate_piece(find_ffmpeg(), house, folder, "Test", "Test")


@contextlib.contextmanager
def _locked(house: str, name: str) -> Iterator[Path]:
    """The place on the shelf, which no other process of the run touches meanwhile."""
    folder = _shelf() / house
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield folder / name
