"""One order as the station sees it: pieces that arrive late or damaged, machines that fall silent, measured signals."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.media.farm import farm_run
from retrovue_tui.media.farm.farm import Farm, FarmError
from retrovue_tui.media.farm.farm_run import FarmRun
from retrovue_tui.media.farm.messages import Advanced, Closed, Delivered, Ended, Message, OrderRefused, Started
from retrovue_tui.media.farm.order_work import Machine, carry_out
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.ffmpeg.progress import Progress
from retrovue_tui.media.rendering.arguments.render_filters import Range
from retrovue_tui.media.rendering.piece_index import Piece
from retrovue_tui.media.rendering.piece_store import PieceStore
from tests.media.rendered import house, pieces, preparer, running
from tests.media_factory import Clip, make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from retrovue_tui.media.analysis.measuring.piece_signals import PieceSignals
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.farm.render_order import RenderOrder


class ScriptedFarm:
    """A farm whose only machine does what a test says."""

    paths: tuple[tuple[str, str], ...] = ()

    def __init__(self, play: Callable[[RenderOrder, asyncio.Queue[Message]], Any]) -> None:
        self.play, self.withdrawn, self.praised = play, list[str](), list[str]()
        self.task: asyncio.Task[None] | None = None

    async def order(self, order: RenderOrder, air_at: float) -> asyncio.Queue[Message]:
        queue = asyncio.Queue[Message]()
        self.task = asyncio.create_task(self.play(order, queue))
        return queue

    def withdraw(self, id: str) -> None:
        self.withdrawn.append(id)

    def praise(self, asset: Asset, machine: str) -> None:
        self.praised.append(machine)


@pytest.fixture
def asset() -> Asset:
    return probe(make(Clip(frames=360)))


@pytest.fixture
async def store(tmp_path: Path, asset: Asset) -> PieceStore:
    one = PieceStore(tmp_path / "cache", house(), 10**9)
    await one.open(asset)
    return one


async def run(play: Any, store: PieceStore, asset: Asset, analysis: Any = None) -> tuple[FarmRun, ScriptedFarm]:
    farm = ScriptedFarm(play)
    one = FarmRun(farm, store, asset, Range(0, 360), 0.0, lambda _: True, analysis)  # type: ignore[arg-type]
    try:
        await asyncio.wait_for(one.run(), 60)
    finally:
        assert len(farm.withdrawn) == 1
        assert not [path for path in store.folder.iterdir() if path.name.startswith(".work")]
        assert farm.task is not None
        await asyncio.gather(farm.task, return_exceptions=True)
    return one, farm


async def real_pieces(folder: Path, asset: Asset) -> list[Path]:
    one = preparer(folder)
    async with running(one):
        return await pieces(one, asset)


def plain(order: RenderOrder, path: Path, first: int) -> Delivered:
    return Delivered(order.id, Piece(first, 180, path.stat().st_size), False, 360 if first else None)


async def test_a_piece_that_arrives_late_is_waited_for_and_checked(
    tmp_path: Path, store: PieceStore, asset: Asset
) -> None:
    made = await real_pieces(tmp_path / "home", asset)

    async def play(order: RenderOrder, queue: asyncio.Queue[Message]) -> None:
        queue.put_nowait(Started(order.id, "slow-share"))
        for number, path in enumerate(made):
            queue.put_nowait(plain(order, path, 180 * number))
            await asyncio.sleep(0.3)  # a file system that shows a new file late
            part = order.folder / "part"
            shutil.copy(path, part)
            part.rename(order.folder / path.name)
        queue.put_nowait(Ended(order.id, 0, False, None, ()))

    one, farm = await run(play, store, asset)
    assert one.outcome.made == 2
    assert store.ready(asset, 0) == 360
    assert farm.praised == ["slow-share", "slow-share"]


async def test_a_piece_that_arrives_damaged_or_never_is_not_taken(
    tmp_path: Path, store: PieceStore, asset: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (await real_pieces(tmp_path / "home", asset))[0]
    monkeypatch.setattr(farm_run, "ARRIVE_S", 0.2)

    async def torn(order: RenderOrder, queue: asyncio.Queue[Message]) -> None:
        data = made.read_bytes()
        (order.folder / made.name).write_bytes(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))
        queue.put_nowait(Started(order.id, "bad"))
        queue.put_nowait(plain(order, made, 0))

    async def never(order: RenderOrder, queue: asyncio.Queue[Message]) -> None:
        queue.put_nowait(Started(order.id, "bad"))
        queue.put_nowait(plain(order, made, 0))

    for play, why in ((torn, "damaged"), (never, "has not arrived")):
        with pytest.raises(FarmError, match=why) as caught:
            await run(play, store, asset)
        assert caught.value.machine == "bad"
    assert not store.index(asset).pieces


async def test_the_messages_that_end_an_order(store: PieceStore, asset: Asset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(farm_run, "SILENT_S", 0.2)
    monkeypatch.setattr(farm_run, "START_S", 0.2)
    monkeypatch.setattr(farm_run, "IDLE_S", 0.0)
    begun = Started("", "m1")
    still = Advanced("", Progress(frame=5))
    cases: tuple[tuple[tuple[Message, ...], str, str, bool], ...] = (
        ((), "no machine has begun", "", False),
        ((begun,), "m1 no longer reports", "", False),
        ((begun, still, still), "gets no further", "m1", False),
        ((begun, OrderRefused("", "/mnt/a cannot be read there")), "/mnt/a cannot be read", "m1", False),
        ((begun, begun), "m1 has lost an order", "", False),
        ((begun, Closed("", True)), "lost", "", False),
        ((begun, Closed("", False)), "gave up", "m1", False),
        ((begun, Delivered("", Piece(360, 180, 1), False, None)), "not ordered", "m1", False),
        ((begun, Ended("", 1, False, None, ("Invalid data",))), "Invalid data", "m1", True),
    )
    for messages, why, machine, media in cases:

        async def play(
            order: RenderOrder, queue: asyncio.Queue[Message], messages: tuple[Message, ...] = messages
        ) -> None:
            for each in messages:
                queue.put_nowait(each)

        with pytest.raises(FarmError, match=why) as caught:
            await run(play, store, asset)
        assert (caught.value.machine, caught.value.media) == (machine, media)


class Signals:
    """Takes what is measured, as the search for breaks does."""

    def __init__(self) -> None:
        self.spans = list[tuple[int, int, int | None]]()

    async def wants(self, asset: Asset) -> bool:
        return True

    async def add(self, asset: Asset, piece: PieceSignals, frames: int | None) -> None:
        self.spans.append((piece.first, piece.end, frames))


async def test_a_machine_also_measures_what_it_renders(tmp_path: Path, store: PieceStore, asset: Asset) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    async def play(order: RenderOrder, queue: asyncio.Queue[Message]) -> None:
        from retrovue_tui.media.farm.messages import read_message

        def send(data: dict[str, Any]) -> None:
            queue.put_nowait(read_message(data))

        await carry_out(order.to_json(), Machine("m1", find_ffmpeg(), 1, scratch, (), send))

    signals = Signals()
    one, _ = await run(play, store, asset, signals)
    assert store.ready(asset, 0) == 360
    assert (one.machine, one.outcome.code) == ("m1", 0)
    assert signals.spans == [(0, 180, None), (180, 360, 360)]
    assert not list(scratch.iterdir())


def test_blame_goes_to_the_machine_the_asset_or_nobody(asset: Asset) -> None:
    from retrovue_tui import __version__
    from retrovue_tui.config.prepare import PrepareConfig
    from retrovue_tui.media.farm.farm import MOST_LOST
    from retrovue_tui.media.farm.messages import FarmWorker
    from tests.media.farm.farms import Warnings

    def of(*machines: str) -> tuple[Farm, Warnings]:
        warnings = Warnings()
        farm = Farm(PrepareConfig(farm="tcp://x:1"), warnings)
        farm._there(tuple(FarmWorker(f"tcp://{name}:1", name, __version__) for name in machines))
        return farm, warnings

    farm, warnings = of("a", "b")
    farm.blame(asset, FarmError("/mnt/x cannot be read there", "a"))
    assert farm.takes(asset)
    assert warnings.now["farm a"] == "a in the farm: /mnt/x cannot be read there"
    farm.blame(asset, FarmError("/mnt/x cannot be read there", "b"))
    assert not farm.takes(asset)
    farm, warnings = of("a")
    farm.blame(asset, FarmError("it could not be rendered", "a", media=True))
    assert not farm.takes(asset)
    assert not warnings.now
    farm, _ = of("a")
    for _ in range(MOST_LOST):
        assert farm.takes(asset)
        farm.blame(asset, FarmError("an order was lost"))
    assert not farm.takes(asset)
    farm, warnings = of()
    assert (farm.slots, farm.takes(asset)) == (0, False)
    assert "has no worker" in warnings.now["farm"]
    farm._there((FarmWorker("tcp://a:1", "a", "0.0.1"),))
    assert "a (0.0.1)" in warnings.now["farm version"]
    assert farm.slots == 0
