"""The library follows its folders: files come, change, go, and are still being copied."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.media.ffmpeg import find_ffmpeg
from retrovue_tui.media.library import Library
from retrovue_tui.media.library_memory import recall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

LONG_AGO = 1_600_000_000


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "clip.mp4"
    subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x36:r=25:d=1", "-f", "lavfi",
         "-i", "sine=d=1", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path],
        check=True,
    )  # fmt: skip
    return path


def put(clip: Path, to: Path, age: bool = True) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(clip, to)
    if age:
        os.utime(to, (LONG_AGO, LONG_AGO))
    return to


@contextlib.asynccontextmanager
async def watched(library: Library) -> AsyncIterator[None]:
    task = asyncio.create_task(library.watch())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


async def test_what_is_in_the_folders(clip: Path, tmp_path: Path) -> None:
    film = put(clip, tmp_path / "films" / "deep" / "it's a film.MP4")
    spot = put(clip, tmp_path / "ads" / "spot.mp4")
    put(clip, tmp_path / "films" / ".hidden.mp4")
    put(clip, tmp_path / "films" / ".part" / "x.mp4")
    (tmp_path / "films" / "readme.txt").write_text("not media")
    broken = tmp_path / "films" / "broken.mkv"
    broken.write_bytes(b"no media at all" * 100)
    os.utime(broken, (LONG_AGO, LONG_AGO))
    told: list[int] = []
    library = Library(
        [tmp_path / "films"],
        lambda: told.append(len(library.assets)),
        pools={"ads": [tmp_path / "ads"], "none": [tmp_path / "x"]},
    )
    await library.open()
    assert [asset.path for asset in library.assets] == [spot, film]
    assert [asset.path for asset in library.pool("ads")] == [spot]
    assert library.pool("none") == library.pool("never heard of") == ()
    assert library.asset(tmp_path / "ads" / ".." / "films" / "deep" / film.name) is library.asset(film) is not None
    assert "no media" in (library.fault(broken) or "")
    assert library.faults.keys() == {broken}
    assert told[-1] == 2


async def test_a_file_being_copied_is_not_an_asset_yet(clip: Path, tmp_path: Path) -> None:
    data = await asyncio.to_thread(clip.read_bytes)
    films = tmp_path / "films"
    films.mkdir()
    library = Library([films])
    await library.open()
    async with watched(library):
        path = films / "new.mp4"
        with path.open("wb") as file:
            for part in range(4):
                file.write(data[part * len(data) // 4 : (part + 1) * len(data) // 4])
                file.flush()
                await until(lambda: library.fault(path) == "is still being copied", "seen as moving")
                assert library.asset(path) is None
        finished = time.time()
        await until(lambda: library.asset(path), "an asset once it is still")
        assert time.time() - finished > 0.5
        assert library.fault(path) is None


async def test_files_come_change_and_go(clip: Path, tmp_path: Path) -> None:
    films = tmp_path / "films"
    library = Library([films])
    await library.open()
    async with watched(library):
        path = put(clip, films / "a" / "film.mp4")
        await until(lambda: library.asset(path), "the folder appears, with a film in it")
        before = library.asset(path)
        assert before is not None
        path.write_bytes(b"garbage" * 50)
        os.utime(path, (LONG_AGO, LONG_AGO))
        await until(lambda: library.fault(path) and library.asset(path) is None, "it turned bad")
        put(clip, path)
        await until(lambda: library.asset(path), "it is good again")
        shutil.rmtree(films)
        await until(lambda: not library.assets, "it is gone")
        assert library.fault(path) is None
        put(clip, path)
        await until(lambda: library.asset(path), "and back, with its folder")
        after = library.asset(path)
        assert after is not None
        assert after.duration == before.duration


async def test_files_elsewhere_that_a_rundown_names(clip: Path, tmp_path: Path) -> None:
    library = Library([])
    await library.open()
    odd = put(clip, tmp_path / "elsewhere" / "film without a suffix")
    late = tmp_path / "elsewhere" / "late.mp4"
    await library.add([odd, late])
    assert library.asset(odd) is not None
    assert library.fault(late) == "no such file"
    library.expect({late: "on its way"})
    assert library.fault(late) == library.faults[late] == "on its way"
    library.expect({})
    assert library.fault(late) == "no such file"
    async with watched(library):
        put(clip, late)
        await until(lambda: library.asset(late), "it came")
        assert library.fault(late) is None
        late.unlink()
        await until(lambda: library.fault(late) == "no such file", "it went")
        assert library.asset(late) is None


async def test_facts_outlive_a_restart(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = put(clip, tmp_path / "films" / "film.mp4")
    memory = tmp_path / "state" / "library.json"
    first = Library([tmp_path / "films"], memory=memory)
    await first.open()
    assert recall(memory) == {film: first.asset(film)}

    def never(path: Path) -> None:
        raise AssertionError("probed again")

    with monkeypatch.context() as patch:
        patch.setattr("retrovue_tui.media.library.probe", never)
        second = Library([tmp_path / "films"], memory=memory)
        await second.open()
        assert second.asset(film) == first.asset(film)
    memory.write_text('{"shape": 3')
    third = Library([tmp_path / "films"], memory=memory)
    await third.open()
    assert third.asset(film) == first.asset(film)


async def test_a_large_new_library_does_not_hold_up_the_start(clip: Path, tmp_path: Path) -> None:
    paths = [put(clip, tmp_path / f"{number:03}.mp4") for number in range(12)]
    library = Library([tmp_path])
    await library.open(patience=0)
    assert library.fault(paths[-1]) == "has not been looked at yet"
    await library.add([paths[-1]])
    assert library.asset(paths[-1]) is not None, "what a rundown names comes first"
    async with watched(library):
        await until(lambda: len(library.assets) == 12, "the rest follows")


async def test_links_in_a_circle(clip: Path, tmp_path: Path) -> None:
    film = put(clip, tmp_path / "films" / "a" / "film.mp4")
    (tmp_path / "films" / "a" / "loop").symlink_to(tmp_path / "films")
    (tmp_path / "films" / "nowhere.mp4").symlink_to(tmp_path / "gone.mp4")
    library = Library([tmp_path / "films"])
    await library.open()
    assert [asset.path for asset in library.assets] == [film]
