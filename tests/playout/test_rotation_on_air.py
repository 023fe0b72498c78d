"""A real station with a rundown that repeats: which version of a spot airs in each pass, also over restarts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from retrovue_tui.playout.resume_point import ResumePoint
from retrovue_tui.schedule.spots.spot_rules import PoolSpot
from retrovue_tui.schedule.spots.variants import version_of
from tests.media_factory import Clip, make, numbers
from tests.playout.homes import Home, serving
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from tests.playout.homes import OnAir

FILM, COLA, OTHER = Clip(frames=90), Clip(frames=60, first=2_000), Clip(frames=60, first=3_000)
PASS_S = float(NTSC.seconds(FILM.frames + COLA.frames))
POOL = '["cola.mp4"]\ntitle = "Cola"\nvariants = ["cola b.mp4"]\n'
KINDS = {"cola.mp4": 2, "cola b.mp4": 3}


def expected(path: Path, id: str, loop: int) -> str:
    """The version of the entry in a pass."""
    cola = path / "ads" / "cola.mp4"
    spot = PoolSpot(cola, "", 0, versions=((cola, 1.0), (cola.with_name("cola b.mp4"), 1.0)))
    return version_of(spot, f"{id} {loop}").name


def home_with(path: Path) -> tuple[Home, str]:
    """A home with a film and a spot, and the id of the spot's entry: one whose first passes have both versions."""
    says = 'number = 1\nname = "One"\npool = "ads"\non_start = "clock"'
    home = Home.make(path, {"film.mp4": make(FILM)}, {"1": says}, prepared=True)
    config = path / "retrovue.toml"
    config.write_text(config.read_text().replace("[[channel]]", '[pools]\nads = "ads"\n[[channel]]', 1))
    ads = path / "ads"
    ads.mkdir()
    for name, clip in (("cola.mp4", COLA), ("cola b.mp4", OTHER)):
        home.bring(name, make(clip))
        (path / "media" / name).rename(ads / name)
    (ads / "pool.toml").write_text(POOL)
    id = next(id for id in map("cola{}".format, range(99)) if both_in_turn(path, id))
    home.rundown("1", "film.mp4", f'#retrovue kind=spot id={id} title="Cola 30"', "file ../ads/cola.mp4")
    return home, id


def both_in_turn(path: Path, id: str) -> bool:
    return [expected(path, id, loop) for loop in range(4)] == ["cola b.mp4", "cola.mp4", "cola b.mp4", "cola b.mp4"]


async def spots(station: OnAir, count: int) -> list[AsRunEntry]:
    """The airings of the spot since the station began, once so many are whole."""
    async with asyncio.timeout(200):
        while True:
            log = await station.client.asrun("1", since=station.started)
            found = [each for each in log if each.kind == "spot" and each.ended == "complete"]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.3)


async def ready(station: OnAir) -> None:
    """Wait until both versions are prepared."""
    async with asyncio.timeout(200):
        while True:
            rows = [row for row in (await station.client.library()).rows if "ads" in row.pools]
            if len(rows) == 2 and all(row.prepared == 1 for row in rows):
                return
            await asyncio.sleep(0.1)


async def prepare(home: Home) -> None:
    """Have all pieces rendered by a station, and forget its run: pass 0 begins now."""
    async with serving(home) as station:
        await ready(station)
    for path in (home.path / "state").glob("asrun*"):
        path.unlink()
    now = ResumePoint("film", 0, 0, time.time(), 0, rotates=True)
    now.save(home.path / "state" / "1.anchor.json")


async def watch(url: str, data: bytearray) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/iptv/channel/1.ts?burst=0", timeout=aiohttp.ClientTimeout(None)) as answer,
    ):
        async for part in answer.content.iter_any():
            data += part


def kinds(data: bytes) -> list[int]:
    """The thousands of the numbers that were seen, one after another."""
    found: list[int] = []
    for number in numbers(data[: len(data) // 188 * 188]):
        if number is not None and (not found or found[-1] != number // 1_000):
            found.append(number // 1_000)
    return found


async def test_each_pass_airs_a_version_and_the_log_says_which_also_after_a_restart(tmp_path: Path) -> None:
    home, id = home_with(tmp_path)
    await prepare(home)
    data = bytearray()
    async with serving(home) as station:
        viewer = asyncio.create_task(watch(station.url, data))
        first = await spots(station, 4)
        viewer.cancel()
        await asyncio.gather(viewer, return_exceptions=True)
        row = next(each for each in (await station.client.rundown("1")).entries if each.kind == "spot")
        station.process.terminate()
        await station.process.wait()
    names = [Path(each.file or "").name for each in first]
    began = [round((each.started_at - first[0].started_at) / PASS_S) for each in first]
    offset = next(n for n in range(3) if names == [expected(tmp_path, id, n + loop) for loop in began])
    assert len(set(names)) == 2
    titles = {"cola.mp4": "Cola 30", "cola b.mp4": "Cola 30 (cola b)"}
    assert [each.title for each in first] == [titles[name] for name in names]
    assert {each.spot for each in first} == {str(tmp_path / "ads" / "cola.mp4")}
    seen, logged = [kind for kind in kinds(bytes(data)) if kind], [KINDS[name] for name in names]
    assert len(seen) >= 3
    assert any(logged[n : n + len(seen)] == seen[: len(logged) - n] for n in range(2)), "the log says what was seen"
    assert Path(row.file).name == "cola.mp4"
    assert Path(row.version or row.file).name in KINDS
    async with serving(home) as station:
        again = await spots(station, 4)
    for each in again:
        loop = round((each.started_at - first[0].started_at) / PASS_S)
        assert loop > began[-1]
        assert abs(each.started_at - first[0].started_at - loop * PASS_S) < 0.1, "the clock goes on"
        assert Path(each.file or "").name == expected(tmp_path, id, offset + loop)


async def test_a_break_by_hand_in_such_a_rundown_begins_at_once_and_takes_turns_too(tmp_path: Path) -> None:
    home, _ = home_with(tmp_path)
    home.rundown("1", "film.mp4")
    await prepare(home)
    async with serving(home) as station:
        await ready(station)
        await station.until(lambda it: it.channels[0].state == "on_air")
        receipt = await station.client.command("1", "break_now", seconds=2.1)
        assert receipt.accepted, receipt.reason
        entry = next(each for each in (await station.client.rundown("1")).entries if each.kind == "spot")
        aired = await spots(station, 4)
    assert Path(entry.file).name == "cola.mp4"
    assert {each.entry for each in aired} == {entry.id}
    found = [Path(each.file or "").name for each in aired]
    passes = [expected(tmp_path, entry.id, loop) for loop in range(100)]
    assert any(passes[first : first + len(found)] == found for first in range(3))
