"""A network drive that is gone: what is known of its files stays, and everything else goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.cli.checks.home_problems import find_problems
from retrovue_tui.media.library.library import Library
from tests.hung_mount import hung_mount
from tests.media.library.test_library import put, until, watched
from tests.media_factory import Clip, make

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_drive_that_hangs(tmp_path: Path) -> None:
    clip = make(Clip(frames=30, size=(64, 36)))
    nas, memory = tmp_path / "media" / "nas", tmp_path / "library.jsonl"
    film, spot = put(clip, nas / "film.mp4"), put(clip, nas / "ads" / "spot.mp4")
    unknown = nas / "unknown.mp4"
    library = Library([tmp_path / "media"], pools={"ads": [nas / "ads"]}, memory=memory)
    await library.open(30)
    facts = {each.path: each for each in library.assets}
    assert [*facts] == [spot, film]
    async with watched(library):
        with hung_mount(nas):
            await until(lambda: library.unreachable(film), "the hung drive to be noticed")
            assert library.unreachable(film) == f"its folder {nas} does not answer"
            assert library.warnings == [f"{nas} does not answer; what is prepared of its files airs"]
            assert {each.path: each for each in library.assets} == facts
            fresh = put(clip, tmp_path / "media" / "fresh.mp4")
            await library.name({"1": [fresh, unknown]})
            assert library.asset(fresh) is not None
            assert library.unreachable(fresh) is None
            assert library.fault(unknown) == "its folder does not answer"
            again = Library([tmp_path / "media"], pools={"ads": [nas / "ads"]}, memory=memory)
            await again.name({"1": [film]})  # after a restart
            assert again.asset(film) == facts[film]
            await again.open(30)
            assert again.assets.pool("ads") == (facts[spot],)
        await until(lambda: library.unreachable(film) is None, "the drive to answer again")
        await until(lambda: library.warnings == [], "the warning to go")
        await until(lambda: library.fault(unknown) == "no such file", "the named file to be missed")
        assert {each.path: each for each in library.assets if each.path != fresh} == facts


async def test_check_names_it_and_comes_to_an_end(tmp_path: Path) -> None:
    nas = tmp_path / "nas"
    nas.mkdir()
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "1.ffconcat").write_text("ffconcat version 1.0\nfile ../nas/film.mp4\n")
    (tmp_path / "retrovue.toml").write_text(
        '[library]\nprogrammes = ["nas"]\n[pools]\nads = "nas/ads"\n[[channel]]\nid = "1"\npool = "ads"\n'
    )
    with hung_mount(nas):
        said = [str(problem) for problem in (await find_problems(tmp_path)).problems]
    assert f"{nas} does not answer; is it on a network drive that is gone?" in "\n".join(said)
    rundown = tmp_path / "channels" / "1.ffconcat"
    assert any(line.startswith(f"{rundown}:2: ") and "its folder does not answer" in line for line in said), said
