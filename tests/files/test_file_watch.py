"""A rundown file is changed in every way that editors and scripts have; each change is noticed once it is whole."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import watchfiles

from retrovue_tui.files.file_watch import FileWatch, FolderWatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


class Reader:
    """Remembers the text that was read at each notice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: list[str] = []
        self._news = asyncio.Event()

    async def changed(self, channel: str) -> None:
        assert channel == "1"
        self.seen.append(self.path.read_text())  # a few bytes in a test
        self._news.set()

    async def reads(self, text: str) -> None:
        async with asyncio.timeout(60):
            while not self.seen or self.seen[-1] != text:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def watching(path: Path) -> AsyncIterator[Reader]:
    reader = Reader(path)
    watch = FileWatch({"1": path}, reader.changed)
    task = asyncio.create_task(watch.follow())
    await asyncio.sleep(0)
    while not watch.ready:
        await asyncio.sleep(0.005)
    try:
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def save_atomically(path: Path) -> None:
    fresh = path.with_name(".fresh")
    fresh.write_text("new")
    fresh.replace(path)


def overwrite(path: Path) -> None:
    path.write_text("new")


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write(" and more")


def move_over(path: Path) -> None:
    other = path.parent / "elsewhere" / "other.ffconcat"
    other.parent.mkdir()
    other.write_text("new")
    other.rename(path)


def swap_link(path: Path) -> None:
    target = path.parent / "b.txt"
    target.write_text("new")
    link = path.with_name(".link")
    link.symlink_to(target)
    link.replace(path)


def delete_and_write(path: Path) -> None:
    path.unlink()
    path.write_text("new")


@pytest.mark.parametrize("how", [save_atomically, overwrite, append, move_over, swap_link, delete_and_write])
async def test_every_way_of_changing_a_file_is_noticed(tmp_path: Path, how: Callable[[Path], None]) -> None:
    path = tmp_path / "1.ffconcat"
    path.write_text("old")
    async with watching(path) as reader:
        how(path)
        await reader.reads("old and more" if how is append else "new")


async def test_new_permissions_are_noticed(tmp_path: Path) -> None:
    """A config that others can read is warned about, until `chmod 600`."""
    path = tmp_path / "1.ffconcat"
    path.write_text("same")
    path.chmod(0o644)
    async with watching(path) as reader:
        path.chmod(0o600)
        await reader.reads("same")


async def test_a_links_target_that_changes_elsewhere_is_noticed(tmp_path: Path) -> None:
    target = tmp_path / "far" / "a.txt"
    target.parent.mkdir()
    target.write_text("old")
    (tmp_path / "channels").mkdir()
    path = tmp_path / "channels" / "1.ffconcat"
    path.symlink_to(target)
    async with watching(path) as reader:
        target.write_text("new one")
        await reader.reads("new one")


async def test_a_half_written_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "1.ffconcat"
    path.write_text("old")
    async with watching(path) as reader:
        with path.open("w") as file:
            for part in range(12):
                file.write(f"line {part}\n")
                file.flush()
                os.fsync(file.fileno())
                await asyncio.sleep(0.04)
        whole = path.read_text()  # a few bytes in a test
        await reader.reads(whole)
    assert set(reader.seen) == {whole}


async def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "channels" / "1.ffconcat"
    async with watching(path) as reader:
        path.parent.mkdir()
        path.write_text("born")
        await reader.reads("born")


async def test_a_folder_that_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "channels" / "1.ffconcat"
    path.parent.mkdir()
    path.write_text("old")
    async with watching(path) as reader:
        path.parent.rename(tmp_path / "gone")
        path.parent.mkdir()
        path.write_text("new")
        await reader.reads("new")
        path.write_text("newer")
        await reader.reads("newer")


async def test_the_systems_watch_is_opened_again_only_for_other_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[Path, ...]] = []
    awatch = watchfiles.awatch

    def noted(*folders: Path, **options: Any) -> Any:
        opened.append(folders)
        return awatch(*folders, **options)

    monkeypatch.setattr(watchfiles, "awatch", noted)
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    watch = FolderWatch(0.02)
    for _ in range(3):
        await watch.wait([one, other])
    assert opened == [(one,)]
    other.mkdir()
    await watch.wait([one, other])
    assert opened[1:] == [(one, other)]
    await watch.close()
