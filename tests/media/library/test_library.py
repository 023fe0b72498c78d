"""The library follows its folders: files come, change, go, and are still being copied."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.library.library import Library
from retrovue_tui.media.library.probe_cache import recall
from retrovue_tui.media.workers.pool import DecoderError, FileStamp
from retrovue_tui.media.workers.tasks import FILES, FOLDERS, submit_probe

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


async def test_the_files_in_the_folders_are_listed(clip: Path, tmp_path: Path) -> None:
    film = put(clip, tmp_path / "films" / "deep" / "it's a film.MP4")
    spot = put(clip, tmp_path / "ads" / "spot.mp4")
    put(clip, tmp_path / "films" / ".hidden.mp4")
    put(clip, tmp_path / "films" / ".part" / "x.mp4")
    (tmp_path / "films" / "readme.txt").write_text("not media")
    broken = tmp_path / "films" / "broken.mkv"
    broken.write_bytes(b"no media at all" * 100)
    os.utime(broken, (LONG_AGO, LONG_AGO))
    told: list[tuple[frozenset[Path], int]] = []
    library = Library(
        [tmp_path / "films"],
        lambda files: told.append((files, len(library.assets))),
        pools={"ads": [tmp_path / "ads"], "none": [tmp_path / "x"]},
    )
    await library.open()
    assert [asset.path for asset in library.assets] == [spot, film]
    assert [asset.path for asset in library.assets.pool("ads")] == [spot]
    assert library.assets.pool("none") == library.assets.pool("never heard of") == ()
    assert library.asset(tmp_path / "ads" / ".." / "films" / "deep" / film.name) is library.asset(film) is not None
    assert "no media" in (library.fault(broken) or "")
    assert library.faults.keys() == {broken}
    assert told[-1][1] == 2
    assert frozenset().union(*(files for files, _ in told)) == {film, spot, broken}


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
    await library.name({"1": [odd, late]})
    assert library.asset(odd) is not None
    assert library.fault(late) == "no such file"
    library.expected = {late: "on its way"}
    assert library.fault(late) == library.faults[late] == "on its way"
    library.expected = {}
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
    assert recall(memory).assets == {film: first.asset(film)}

    def never(*_: object, **__: object) -> None:
        raise AssertionError("probed again")

    with monkeypatch.context() as patch:
        patch.setattr("retrovue_tui.media.library.library.submit_probe", never)
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
    assert library.fault(paths[-1]) == "has not been probed yet"
    await library.name({"1": [paths[-1]]})
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


# ── what cannot be used ──────────────────────────────────────────────────────────────────────────


async def test_a_special_file_holds_nobody_up(clip: Path, tmp_path: Path) -> None:
    film = put(clip, tmp_path / "film.mp4")
    inner = put(clip, tmp_path / "folder.mp4" / "inner.mp4")
    os.mkfifo(tmp_path / "endless.mp4")
    (tmp_path / "dead link.mp4").symlink_to(tmp_path / "gone.mp4")
    (tmp_path / "noise.mkv").symlink_to("/dev/zero")
    library = Library([tmp_path])
    async with asyncio.timeout(90):
        await library.open(patience=15)
        await library.name({"1": [tmp_path / "endless.mp4", tmp_path / "folder.mp4"]})
    assert [asset.path for asset in library.assets] == [film, inner]
    assert {path.name: reason for path, reason in library.faults.items()} == {
        "endless.mp4": "not a file", "noise.mkv": "not a file", "dead link.mp4": "no such file",
        "folder.mp4": "no such file",
    }  # fmt: skip


async def test_a_file_that_rundowns_no_longer_name_is_forgotten(clip: Path, tmp_path: Path) -> None:
    """A misspelt name is not listed as broken once it is corrected."""
    film = put(clip, tmp_path / "films" / "film.mp4")
    bad = tmp_path / "films" / "bad.mp4"
    bad.write_bytes(b"no media" * 100)
    os.utime(bad, (LONG_AGO, LONG_AGO))
    elsewhere = put(clip, tmp_path / "elsewhere.mp4")
    misspelt = tmp_path / "films" / "flim.mp4"
    told: list[frozenset[Path]] = []
    library = Library([tmp_path / "films"], told.append)
    await library.open()
    await library.name({"1": [misspelt, elsewhere, bad], "2": [misspelt]})
    assert library.faults.keys() == {misspelt, bad}
    await library.name({"1": [film]})
    assert library.faults.keys() == {misspelt, bad}, "channel 2 names it still"
    told.clear()
    await library.name({"2": [film]})
    assert library.faults.keys() == {bad}, "it lies in the folders"
    assert library.fault(misspelt) is None
    assert told == [frozenset({misspelt})]
    assert library.asset(elsewhere) is not None, "the edit may be undone"


async def test_a_good_file_elsewhere_is_forgotten_after_a_while(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrovue_tui.media.library.library.UNNAMED_S", 0.5)
    elsewhere = put(clip, tmp_path / "elsewhere.mp4")
    library = Library([])
    await library.name({"1": [elsewhere]})
    async with watched(library):
        await library.name({"1": []})
        assert library.asset(elsewhere) is not None
        await until(lambda: not library.assets, "forgotten")


async def test_a_file_that_kills_its_worker_is_listed_and_not_tried_again_after_a_restart(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, killer = put(clip, tmp_path / "films" / "good.mp4"), put(clip, tmp_path / "films" / "killer.mp4")
    tried: list[Path] = []

    def deadly(path: Path, stamp: Any = None, **options: Any) -> Any:
        tried.append(path)
        if path != killer:
            return submit_probe(path, stamp, **options)
        return FILES.submit("tests.media.worker_tasks:abort", limit_s=20, about=FileStamp(path, *stamp))

    monkeypatch.setattr("retrovue_tui.media.library.library.submit_probe", deadly)
    memory = tmp_path / "library.jsonl"
    for _ in range(2):
        library = Library([tmp_path / "films"], memory=memory)
        await library.open(patience=20)
        assert [asset.path for asset in library.assets] == [good]
        assert library.faults == {killer: "crashes the decoder (signal 6)"}
    assert sorted(tried) == [good, killer], "once each, over two starts"
    os.utime(killer, (LONG_AGO, LONG_AGO + 60))
    library = Library([tmp_path / "films"], memory=memory)
    await library.open(patience=20)
    assert tried.count(killer) == 2, "it has changed"


async def test_the_memory_grows_by_a_line_and_shrinks_again(clip: Path, tmp_path: Path) -> None:
    memory = tmp_path / "library.jsonl"
    films = tmp_path / "films"
    put(clip, films / "0.mp4")
    library = Library([films], memory=memory)
    await library.open()
    before = memory.read_bytes()
    for number in range(1, 4):
        put(clip, films / f"{number}.mp4")
        await library.open()
    assert memory.read_bytes().startswith(before)
    with memory.open("ab") as file:
        file.write(b'\n{"asset": {"pa')  # torn
        file.write(b"\n[]" * 3_000)
    second = Library([films], memory=memory)
    await second.open()
    assert second.assets.all() == library.assets.all()
    put(clip, films / "4.mp4")
    await second.open()
    assert len(memory.read_bytes().splitlines()) == 6
    assert recall(memory).assets == second.assets.by_path()


async def test_the_folders_worker_may_be_killed(clip: Path, tmp_path: Path) -> None:
    first, second = put(clip, tmp_path / "1.mp4"), put(clip, tmp_path / "2.mp4")
    library = Library([tmp_path])
    await library.open()
    async with watched(library):
        for pid in FOLDERS.pids():
            os.kill(pid, signal.SIGKILL)
        first.unlink()
        third = put(clip, tmp_path / "3.mp4")
        await until(lambda: [asset.path for asset in library.assets] == [second, third], "it is followed again")


async def test_a_folder_that_does_not_answer_keeps_no_other_from_being_followed(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a hung mount does; its files stay as they were."""
    film, other = put(clip, tmp_path / "a" / "film.mp4"), put(clip, tmp_path / "b" / "other.mp4")
    library = Library([tmp_path / "a", tmp_path / "b"])
    await library.open()
    run = FOLDERS.run

    async def hung(task: str, *arguments: Any, **options: Any) -> Any:
        if str(tmp_path / "a") in arguments or str(tmp_path / "a") in arguments[1]:
            raise DecoderError("takes the decoder longer than 120 s")
        return await run(task, *arguments, **options)

    monkeypatch.setattr(FOLDERS, "run", hung)
    async with watched(library):
        new = put(clip, tmp_path / "b" / "new.mp4")
        await until(lambda: library.asset(new), "the other folder is followed")
    assert {asset.path for asset in library.assets} == {film, other, new}


async def test_lists_stay_in_order_and_are_the_same_until_something_changes(clip: Path, tmp_path: Path) -> None:
    for name in ("films/b.mp4", "films/a/z.mp4", "ads/2.mp4", "ads/1.mp4", "ads.old/3.mp4"):
        put(clip, tmp_path / name)
    library = Library([tmp_path], pools={"ads": [tmp_path / "ads"]})
    await library.open()
    names = [str(asset.path.relative_to(tmp_path)) for asset in library.assets]
    assert names == ["ads.old/3.mp4", "ads/1.mp4", "ads/2.mp4", "films/a/z.mp4", "films/b.mp4"]
    assert [asset.path.name for asset in library.assets.pool("ads")] == ["1.mp4", "2.mp4"]
    assert library.assets.all() is library.assets.all()
    assert library.assets.pool("ads") is library.assets.pool("ads")
    assert library.assets.by_path() is library.assets.by_path()
    before, revision = library.assets.by_path(), library.assets.revision
    await library.open()
    assert library.assets.revision is revision
    (tmp_path / "ads" / "1.mp4").unlink()
    put(clip, tmp_path / "ads" / "0.mp4")
    await library.open()
    assert library.assets.revision is not revision
    assert tmp_path / "ads" / "1.mp4" in before
    assert tmp_path / "ads" / "1.mp4" not in library.assets.by_path()
    assert [asset.path.name for asset in library.assets.pool("ads")] == ["0.mp4", "2.mp4"]
    assert len(library.assets) == 5
