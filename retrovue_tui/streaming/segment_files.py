"""Cuts an asset at exact frames into segment files in the house format."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.media.rendering.render_run import render_edge
from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.rundown.entries import Entry
from retrovue_tui.rundown.positions import Position, stretches
from retrovue_tui.streaming.break_points import break_frames, segments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.streaming.background_loop import BackgroundLoop, RenderEnvironment

_owners = count(1)


def cut(
    background: BackgroundLoop,
    environment: RenderEnvironment,
    asset: Asset,
    points: Sequence[float],
    folder: Path | None,
) -> list[tuple[Path, int, int]]:
    """Write the segment files of an asset. Return each file with its asset frames [first, end).

    Without `folder`, the files are stored next to the cache, and existing files are reused. In `folder`, every file is
    written again. Blocking until the whole asset is prepared. Raises `BreakPointError`, `MediaError`, `OSError`.
    """
    owner = f"segments {next(_owners)}"
    try:
        length = background.run(_prepare(environment, asset))
        ranges = [(a, length if b is None else b) for a, b in segments(
            break_frames(points, asset, environment.house.rate, length), length)]  # fmt: skip
        parts = background.run(_parts(environment, asset, ranges, owner))
        home = folder or environment.store.folder.parent / "segments" / f"{environment.house.key}-{asset.key}"
        home.mkdir(parents=True, exist_ok=True)
        stem = f"{asset.path.stem[:80]}-" if folder is not None else ""
        made = []
        for (first, end), files in zip(ranges, parts, strict=True):
            path = home / f"{stem}{first:08d}-{end:08d}.ts"
            if folder is not None or not path.exists():
                _join(files, path, environment, asset.title)
            made.append((path, first, end))
        return made
    finally:
        background.run(_release(environment, owner))


async def _prepare(environment: RenderEnvironment, asset: Asset) -> int:
    await environment.preparer.prepare(asset)
    return environment.store.frames(asset)


async def _parts(
    environment: RenderEnvironment, asset: Asset, ranges: Sequence[tuple[int, int]], owner: str
) -> list[list[Path]]:
    """Return the piece files of each range, and render missing edge pieces. The store keeps all these files until
    `owner` releases them."""
    store, length = environment.store, environment.store.frames(asset)
    parts: list[list[Path]] = []
    for first, end in ranges:
        entry = Entry("segment", "programme", asset.path, first, end)
        files: list[Path] = []
        for stretch in stretches(
            [entry], Position(0, 0, 0), lambda _: length, environment.house.piece_frames, loop=False
        ):
            if store.find(asset, stretch.first, stretch.end) is None:
                base = store.index(asset).pieces[stretch.first // environment.house.piece_frames]
                await render_edge(environment.ffmpeg, store, asset, base, stretch.first, stretch.end)
            found = store.find(asset, stretch.first, stretch.end)
            assert found is not None
            files.append(found)
        parts.append(files)
        store.hold(owner, [file for each in parts for file in each])
    return parts


async def _release(environment: RenderEnvironment, owner: str) -> None:
    environment.store.hold(owner, ())


def _join(files: Sequence[Path], path: Path, environment: RenderEnvironment, title: str) -> None:
    """Write pieces as one file with continuous time stamps. Other processes see the whole file or none."""
    splicer = Splicer(environment.house.rate, title)
    with replacing(path) as part, part.open("wb") as out:
        for file in files:
            pictures = PictureAssembler()
            pictures.feed(file.read_bytes())
            pictures.finish(complete=True)
            while (picture := pictures.pop()) is not None:
                out.write(splicer.splice(picture))
