"""A real station splits a spot: viewers of MPEG-TS and HLS in both groups, the rundown's break and one by hand."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import aiohttp
import pytest

from retrovue_tui.audience.groups import group_of, viewer_key
from retrovue_tui.playout.asrun import audience_rows
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.protocol.answers.audience import AudienceFilter
from tests.media_factory import Clip, make, numbers
from tests.playout.homes import Home, serving
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from retrovue_tui.protocol.answers.snapshots import StationSnapshot
    from tests.playout.homes import OnAir

FILM, SPOT, OTHER = Clip(frames=240), Clip(frames=100, first=2_000), Clip(frames=70, first=3_000)
POOL = '["cola.mp4"]\nvariants = ["cola b.mp4"]\nsplit = true\nshorter_variants = "card"\n'


@dataclass
class TsViewer:
    """A viewer of the stream. `agent`: its program, which decides with its address to which group it belongs."""

    agent: str
    data: bytearray = field(default_factory=bytearray)

    async def watch(self, url: str) -> None:
        async with (
            aiohttp.ClientSession(headers={"User-Agent": self.agent}) as session,
            session.get(f"{url}/iptv/channel/1.ts?burst=0", timeout=aiohttp.ClientTimeout(None)) as answer,
        ):
            async for part in answer.content.iter_any():
                self.data += part


@dataclass
class HlsViewer:
    """A viewer of HLS. `parts`: its segments, by their numbers. `private`: whether a playlist was private."""

    agent: str
    parts: dict[int, bytes] = field(default_factory=dict)
    private: bool = False

    async def watch(self, url: str) -> None:
        async with aiohttp.ClientSession(headers={"User-Agent": self.agent}) as session:
            while True:
                async with session.get(f"{url}/hls/1/index.m3u8") as answer:
                    text = await answer.text()
                    self.private = self.private or "private" in answer.headers.get("Cache-Control", "")
                if answer.status == 200:
                    first = re.search(r"MEDIA-SEQUENCE:(\d+)", text)
                    assert first is not None
                    names = [line for line in text.splitlines() if line and not line.startswith("#")]
                    for number, name in enumerate(names, int(first[1])):
                        if number not in self.parts:
                            async with session.get(f"{url}/hls/1/{name}") as segment:
                                assert segment.status == 200
                                self.parts[number] = await segment.read()
                await asyncio.sleep(0.3)

    @property
    def data(self) -> bytes:
        assert sorted(self.parts) == list(range(min(self.parts), max(self.parts) + 1))
        return b"".join(self.parts[number] for number in sorted(self.parts))

    @property
    def runs(self) -> list[tuple[int, int]]:
        """The runs of pictures so far. Each segment is decoded once, as this is asked again and again."""
        return runs_of(chain.from_iterable(numbers_once(self.parts[number]) for number in sorted(self.parts)))


numbers_once = lru_cache(numbers)


def agents(home: Home, spot: Path) -> tuple[str, str]:
    """A program of each group."""
    identity = json.loads((home.path / "state" / "identity.json").read_text())["instance"]

    def group(agent: str) -> int:
        return group_of(viewer_key(identity, address="127.0.0.1", client=agent), str(spot), (1.0, 1.0))

    names = [f"player/{n}" for n in range(30)]
    return next(each for each in names if not group(each)), next(each for each in names if group(each))


def runs(data: bytes) -> list[tuple[int, int]]:
    """The runs of pictures that were seen."""
    return runs_of(numbers(data))


def runs_of(pictures: Iterable[int | None]) -> list[tuple[int, int]]:
    """Runs of pictures: the thousand of their numbers (-1: the card), and their count."""
    found: list[tuple[int, int]] = []
    for number in pictures:
        kind = -1 if number is None else number // 1_000
        if found and found[-1][0] == kind:
            found[-1] = kind, found[-1][1] + 1
        else:
            found.append((kind, 1))
    return found


def airs(kind: str, snapshot: StationSnapshot) -> bool:
    """Whether an entry of this kind is on air."""
    on_air = snapshot.channels[0].on_air
    return on_air is not None and on_air.kind == kind


async def next_spot(station: OnAir) -> None:
    """Wait until the film is on air, then until a spot is, then until the film is again."""
    for kind in ("programme", "spot", "programme"):
        await station.until(partial(airs, kind))


def split_home(path: Path, *more: str, spot: Clip = SPOT, other: Clip = OTHER) -> Home:
    """A station with a film and a break: a spot with two versions for two groups, and then other spots with these
    names."""
    home = Home.make(path, {"film.mp4": make(FILM)}, {"1": 'number = 1\nname = "One"\npool = "ads"'}, prepared=True)
    config = path / "retrovue.toml"
    config.write_text(config.read_text().replace("[[channel]]", '[pools]\nads = "ads"\n[[channel]]', 1))
    ads = path / "ads"
    ads.mkdir()
    for name, clip in (("cola.mp4", spot), ("cola b.mp4", other), *((f"{each}.mp4", SPOT) for each in more)):
        (ads / name).write_bytes(make(clip).read_bytes())
    (ads / "pool.toml").write_text(POOL)
    lines = (
        line
        for name in ("cola", *more)
        for line in (f'#retrovue kind=spot id={name} title="{name.title()}"', f"file ../ads/{name}.mp4")
    )
    home.rundown("1", "film.mp4", *lines)
    return home


async def test_both_groups_in_the_stream_and_in_hls(tmp_path: Path) -> None:
    home = split_home(tmp_path)
    async with serving(home) as station:
        await station.event("split")  # the first airings may come before the variant is prepared
        await station.until(partial(airs, "programme"))
        of_all, of_other = agents(home, tmp_path / "ads" / "cola.mp4")
        viewers: list[TsViewer | HlsViewer] = [
            TsViewer(of_all),
            TsViewer(of_other),
            HlsViewer(of_all),
            HlsViewer(of_other),
        ]
        tasks = [asyncio.create_task(each.watch(station.url)) for each in viewers]
        try:
            for _ in range(2):
                await next_spot(station)
            rows = (await station.client.rundown("1")).entries
            receipt = await station.client.command("1", "break_now", spots=["cola.mp4"])
            await next_spot(station)
            hls = viewers[3]
            assert isinstance(hls, HlsViewer)
            async with asyncio.timeout(60):
                while not any(kind == 0 for kind, _ in hls.runs[-1:]) or len(hls.runs) < 9:
                    assert not any(task.done() for task in tasks)
                    await asyncio.sleep(0.3)
            log = await station.client.asrun("1")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    whole = {2: (2, 100), 3: (3, 70)}
    for viewer, own, missing in zip(viewers, (2, 3, 2, 3), (3, 2, 3, 2), strict=True):
        data = bytes(viewer.data)
        report = analyse(data[: len(data) // 188 * 188], NTSC)
        assert report.clean, report
        seen = runs(data[: len(data) // 188 * 188])
        if isinstance(viewer, HlsViewer):  # its segments begin with what the bus still had: that was for all
            seen = seen[seen.index((0, FILM.frames)) :]
        assert not any(kind == missing for kind, _ in seen), (viewer.agent, own, seen)
        spots = [(kind, count) for kind, count in seen[1:-1] if kind == own]
        assert len(spots) >= 2
        assert set(spots) == {whole[own]}
        for before, after in pairwise(seen[:-1]):
            assert before[0] != 3 or after == (-1, SPOT.frames - OTHER.frames), "the card fills what the variant lacks"
    assert any(each.private for each in viewers if isinstance(each, HlsViewer))
    assert receipt.accepted
    assert any("cola b.mp4" in change for change in receipt.changes)
    assert [row.split for row in rows if row.kind == "spot"] == ["cola.mp4 50 %, cola b.mp4 50 %"]
    notes = {each.note for each in log if each.kind == "spot" and each.ended == "complete"}
    assert "split: cola.mp4 50 %, cola b.mp4 50 %" in notes
    counted = await asyncio.to_thread(counts, home, [each.id for each in log if each.kind == "spot"])
    assert {group.rpartition("/")[2] for group in counted if group} == {"cola.mp4", "cola b.mp4"}


async def test_hls_that_starts_in_the_middle_of_a_split_has_the_spot_itself_for_all(tmp_path: Path) -> None:
    """The first segments are what the bus still had, which is the spot itself. The pictures of a group would not follow
    on them: their counters are others."""
    home = split_home(tmp_path, spot=Clip(frames=240, first=2_000), other=Clip(frames=240, first=3_000))
    async with serving(home) as station:
        split = await station.event("split")
        viewer = HlsViewer(agents(home, tmp_path / "ads" / "cola.mp4")[1])
        task = asyncio.create_task(viewer.watch(station.url))
        try:
            async with asyncio.timeout(90):
                while not viewer.parts or viewer.runs[-1][0] != 0 or len(viewer.runs) < 5:
                    assert not task.done()
                    await asyncio.sleep(0.3)
            log = [each for each in await station.client.asrun("1") if each.entry == "cola" and each.ended]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    seen = runs(viewer.data)
    assert [kind for kind, _ in seen][-4:] == [2, 0, 3, 0], "the next split has the viewer's version"
    first, second = [each.id for each in log if each.started_at > split.at - 3][:2]
    assert await asyncio.to_thread(groups, home, first) == {""}, "it sees the spot itself, and not by chance"
    assert await asyncio.to_thread(groups, home, second) == {str(tmp_path / "ads" / "cola b.mp4")}
    report = analyse(viewer.data, NTSC)
    assert report.clean, report


async def test_the_curve_of_each_version_is_that_of_its_own_viewers(tmp_path: Path) -> None:
    """Of the three viewers who see the other version, one leaves during it, and one during the spot after it."""
    home = split_home(tmp_path, "soap")
    ads = tmp_path / "ads"
    async with serving(home) as station:
        await station.event("split")
        of_all, of_other = agents(home, ads / "cola.mp4")
        viewers = [TsViewer(agent) for agent in (of_other, of_other, of_other, of_all, of_all)]
        tasks = [asyncio.create_task(each.watch(station.url)) for each in viewers]
        try:
            await station.until(lambda snapshot: snapshot.channels[0].viewers == len(tasks))
            for entry in ("film", "cola"):
                await station.until(partial(shows, entry))
            tasks[0].cancel()
            await station.until(lambda snapshot: snapshot.channels[0].viewers == len(tasks) - 1)
            await station.until(partial(shows, "soap"))
            tasks[1].cancel()
            await station.until(partial(shows, "film"))
            log = await station.client.asrun("1")
            cola, soap = (next(row for row in reversed(log) if row.entry == id) for id in ("cola", "soap"))
            wanted = AudienceFilter(since=cola.started_at - 1, until=cola.started_at + 1)
            curves = [
                (await station.client.audience(replace(wanted, dimension="variant", key=str(ads / name)))).break_curve
                for name in ("cola.mp4", "cola b.mp4")
            ]
            everybody = (await station.client.audience(wanted)).break_curve
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    assert (cola.viewers_start, soap.viewers_end) == (5, 3)
    assert [(curve.airings, curve.viewers_start) for curve in (*curves, everybody)] == [(1, 2), (1, 3), (1, 5)]
    own, other = curves
    assert set(own.stayed) == {1.0}
    assert other.stayed[0] == 1.0
    assert other.stayed[-1] == pytest.approx(1 / 3, abs=1e-3)
    assert everybody.stayed[-1] == pytest.approx(3 / 5, abs=1e-3)
    assert len(own.stayed) == len(other.stayed) == len(everybody.stayed), "through the whole break"
    assert len(own.stayed) > cola.frames_aired / 30 + 2


def shows(entry: str, snapshot: StationSnapshot) -> bool:
    """Whether the entry with this id is on air."""
    on_air = snapshot.channels[0].on_air
    return on_air is not None and on_air.entry == entry


def groups(home: Home, airing: str) -> set[str]:
    """The groups in which an airing has viewers."""
    with sqlite3.connect(home.path / "state" / "asrun.db") as base:
        return {row.group for row in audience_rows.of_airing(base, airing) if row.delivery}


def counts(home: Home, airings: list[str]) -> dict[str, int]:
    """How many viewers each group had at the start of the airings, in all."""
    found: dict[str, int] = {}
    with sqlite3.connect(home.path / "state" / "asrun.db") as base:
        for airing in airings:
            for row in audience_rows.of_airing(base, airing):
                found[row.group] = found.get(row.group, 0) + row.viewers_start
    return found
