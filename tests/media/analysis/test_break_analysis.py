"""Many assets are analysed one after another, the most urgent first."""

from __future__ import annotations

import asyncio
import contextlib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.errors import MediaError
from retrovue_tui.media.analysis.analyser import Analysis
from retrovue_tui.media.analysis.break_analysis import BreakAnalysis, ElsewhereError
from retrovue_tui.media.asset import Asset
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import pytest

    from retrovue_tui.media.analysis.analyser import Search

PAL = FrameRate(25)
FOUND = BreakCandidate(4006, 160.24, "fade", 0.96, "fade to black")


def film(name: str) -> Asset:
    return Asset(Path(f"/media/{name}.mp4"), name, 1000, 1, Fraction(200))


class StandIn:
    """An analyser that answers when the test allows it; the film "broken" cannot be analysed."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.go = asyncio.Semaphore(0)

    async def analyse(self, asset: Asset, report: Callable[[float], None]) -> Analysis:
        report(0.5)
        self.asked.put_nowait(asset.key)
        await self.go.acquire()
        if asset.key == "broken":
            raise MediaError("cannot be read", asset.path)
        return Analysis(asset, PAL, 5000, (FOUND,), ("a warning",))

    async def stored(self, asset: Asset) -> Analysis | None:
        return None if asset.key == "new" else Analysis(asset, PAL, 5000, (FOUND,))


def analysis_by(here: Any, told: asyncio.Queue[Asset], *there: Any) -> BreakAnalysis:
    """The service with stand-ins for its analysers."""
    return BreakAnalysis(here, told.put_nowait, *there)


@contextlib.asynccontextmanager
async def running(service: BreakAnalysis) -> AsyncIterator[None]:
    task = asyncio.create_task(service.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_the_most_urgent_is_analysed_first_and_each_once(caplog: pytest.LogCaptureFixture) -> None:
    stand_in, told = StandIn(), asyncio.Queue[Asset]()
    service = analysis_by(stand_in, told)
    one, two, broken = film("one"), film("two"), film("broken")
    async with running(service):
        service.want([one, broken])
        assert await stand_in.asked.get() == "one"
        assert service.candidates(one) is None
        assert (service.progress.current, service.progress.part, service.progress.wanted) == (one, 0.5, 2)
        service.want([two, one, broken])
        stand_in.go.release()
        assert await told.get() == one
        assert service.candidates(one) == (FOUND,)
        assert await stand_in.asked.get() == "two"
        stand_in.go.release()
        assert await told.get() == two
        assert await stand_in.asked.get() == "broken"
        stand_in.go.release()
        three = film("three")
        service.want([one, two, broken, three])
        assert await stand_in.asked.get() == "three"
        assert service.candidates(broken) == ()
        assert service.failure(broken) == "/media/broken.mp4: cannot be read"
        assert service.progress.finished == 3
        assert await told.get() == broken
        assert "the breaks of /media/broken.mp4 cannot be found" in caplog.text
        service.want([three])
        assert service.candidates(one) is None
        assert service.failure(broken) == ""


async def test_a_stored_result_is_taken_at_once() -> None:
    stand_in, told = StandIn(), asyncio.Queue[Asset]()
    service = analysis_by(stand_in, told)
    one, two, new = film("one"), film("two"), film("new")
    async with running(service):
        service.want([one, two, new])
        assert await stand_in.asked.get() == "one"
        await service.recall(two)
        assert service.candidates(two) == (FOUND,)
        assert told.get_nowait() == two
        await service.recall(new)
        assert service.candidates(new) is None
        await service.recall(film("unknown"))
        assert told.empty()
        stand_in.go.release()
        assert await stand_in.asked.get() == "new"


async def test_better_candidates_replace_the_others_and_a_running_analysis_does_not_replace_them() -> None:
    stand_in, told = StandIn(), asyncio.Queue[Asset]()
    service = analysis_by(stand_in, told)
    one, broken, other = film("one"), film("broken"), film("other")
    better = (FOUND, BreakCandidate(6000, 240.0, "black", 0.7, "black"))
    async with running(service):
        service.want([one, broken])
        for asset in (one, broken):
            assert await stand_in.asked.get() == asset.key
            service.put(asset, better)
            assert await told.get() == asset
            stand_in.go.release()
        service.want([one, broken, other])
        assert await stand_in.asked.get() == "other"  # the two before it are through
        assert service.candidates(one) == better
        assert service.candidates(broken) == better
        assert service.failure(broken) == ""
        service.put(film("nobody's"), better)
        assert service.candidates(film("nobody's")) is None
        assert told.empty()


class OtherMachinesStandIn:
    """Two other machines, which answer when the test allows it, and cannot analyse "theirs"."""

    most = 2

    def __init__(self) -> None:
        self.asked: asyncio.Queue[str] = asyncio.Queue()
        self.go = asyncio.Semaphore(0)
        self.away = False

    def takes(self, asset: Asset) -> bool:
        return not self.away

    async def search(self, asset: Asset, report: Callable[[float], None]) -> tuple[list[BreakCandidate], list[str]]:
        report(0.25)
        self.asked.put_nowait(asset.key)
        await self.go.acquire()
        if asset.key == "theirs":
            raise ElsewhereError("cannot be read there")
        return [FOUND], []


class Passing(StandIn):
    """A stand-in that has other machines analyse, as the analyser does."""

    async def analyse(self, asset: Asset, report: Callable[[float], None], elsewhere: Search | None = None) -> Analysis:
        if elsewhere is None:
            return await super().analyse(asset, report)
        found, warnings = await elsewhere(asset, report)
        return Analysis(asset, PAL, 5000, tuple(found), tuple(warnings))


async def test_other_machines_analyse_several_at_once_and_what_they_cannot_is_analysed_here() -> None:
    here, there, told = Passing(), OtherMachinesStandIn(), asyncio.Queue[Asset]()
    service = analysis_by(here, told, there)
    one, theirs, three = film("one"), film("theirs"), film("three")
    async with running(service):
        service.want([one, theirs, three])
        assert [await there.asked.get(), await there.asked.get()] == ["one", "theirs"]
        await asyncio.sleep(0)
        assert there.asked.empty(), "no more than there is room for"
        assert here.asked.empty(), "this machine has the station on air"
        assert (service.progress.current, service.progress.part) == (one, 0.25)
        there.go.release()
        assert await told.get() == one
        assert await there.asked.get() == "three"
        there.go.release()
        assert await here.asked.get() == "theirs"
        there.go.release()
        assert await told.get() == three
        here.go.release()
        assert await told.get() == theirs
        assert service.candidates(theirs) == (FOUND,)
        there.away = True
        four = film("four")
        service.want([one, theirs, three, four])
        assert await here.asked.get() == "four"
