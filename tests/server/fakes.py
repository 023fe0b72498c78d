"""A station without playout, in the shapes that the server asks for: bytes come from the test."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue_tui import __version__
from retrovue_tui.errors import MediaError, RetrovueError, StationError
from retrovue_tui.guide.guide_snapshot import GuideSnapshot, PreparedGuide, XmltvDocument, XmltvRequest
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.guide.guide_art import GuidePicture
from retrovue_tui.playout.hls.playlist import PlaylistDocument, document
from retrovue_tui.playout.hls.segment import named
from retrovue_tui.playout.output.bus import Skips
from retrovue_tui.playout.station_figures import ChannelFigures, StationFigures
from retrovue_tui.playout.station_warnings import StationWarnings
from retrovue_tui.protocol.answers.alerts import Alert, AlertReceiver, AlertsSnapshot, DiskSpace
from retrovue_tui.protocol.answers.catchup import CatchupError
from retrovue_tui.protocol.answers.guide import ChannelGuide, GuideProgramme
from retrovue_tui.protocol.answers.library import LibraryRow, LibrarySnapshot
from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetCue, AssetFacts, Picture
from retrovue_tui.protocol.answers.plan import (
    BlockEdit,
    BlockProblem,
    BlockReceipt,
    BlockRules,
    PlanDifference,
    PlannedSlot,
    PlanSnapshot,
)
from retrovue_tui.protocol.answers.receipts import Downstream, Receipt
from retrovue_tui.protocol.answers.rundown import HistoryRow, HistorySnapshot, RundownRow, RundownSnapshot
from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, OnAir, StationSnapshot
from retrovue_tui.station_identity import StationIdentity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.playout.output.bus import Viewer
    from retrovue_tui.protocol.answers.asrun import AsRunEntry, AsRunFilter
    from retrovue_tui.protocol.answers.audience import AudienceFilter, AudienceReport, Dimension, ProofOfPlay
    from retrovue_tui.protocol.answers.catchup import PastRequest
    from retrovue_tui.protocol.answers.snapshots import State
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.protocol.controller import Controller
    from retrovue_tui.server.interfaces import Renditions

BURST = b"\x47" + bytes(187)


class FakeBus:
    def __init__(self, burst: bytes = BURST) -> None:
        self.attached: list[Viewer] = []
        self.burst = burst
        self.bytes_per_s = 500_000.0
        self.skipped = Skips()

    @property
    def viewers(self) -> int:
        return len(self.attached)

    def join(self, burst: bool = True, viewer: Viewer | None = None) -> list[bytes]:
        return [self.burst if burst else self.burst[:188]]

    def attach(self, viewer: Viewer) -> None:
        self.attached.append(viewer)

    def detach(self, viewer: Viewer) -> None:
        if viewer in self.attached:
            self.attached.remove(viewer)

    def skips(self, viewer: Viewer) -> Skips:
        return self.skipped

    def emit(self, data: bytes) -> None:
        for viewer in list(self.attached):
            viewer.write(data)


class FakeController:
    """Accepts every command but `undo`; waits for `go` where a test holds it back."""

    def __init__(self) -> None:
        self.held: str | None = None
        self.revision = 7
        self.commands: list[Command] = []
        self.done: list[Command] = []
        self.go = asyncio.Event()
        self.go.set()
        self.snapshot = RundownSnapshot(
            7,
            (
                RundownRow("e1", "programme", "Film", "/media/film.mp4", 0, 300, 10.0, 1_795_000_000.0, "on_air"),
                RundownRow("s1", "spot", "Cola „30“", "/media/cola.mp4", 0, None, 30.0, None, "missing", "b2"),
            ),
        )

    async def execute(self, command: Command) -> Receipt:
        self.commands.append(command)
        await self.go.wait()
        self.done.append(command)
        if command.name == "undo":
            return Receipt(False, 3, 7, reason="there is nothing to undo")
        later = (Downstream("e2", "Second half", 1_795_000_040.5, 40.5),) if command.dry_run else ()
        return Receipt(
            True, 4, 8, 1_795_000_000.25, 0.25, ("break b2 begins", "e1 is cut"), 1_795_000_000.3, ("late",),
            downstream=later,
        )  # fmt: skip

    def rundown(self) -> RundownSnapshot:
        return self.snapshot

    def view(self) -> Callable[[], RundownSnapshot]:
        return self.rundown

    def history(self) -> HistorySnapshot:
        return HistorySnapshot(7, (HistoryRow("break at 00:00:15;00", 1_795_000_000.5), HistoryRow("Ö", undone=True)))


class FakeAudience:
    """Counts the viewers of HLS by channel."""

    def __init__(self) -> None:
        self.hls: Counter[str] = Counter()
        self.gone: list[float] = []
        self.whole_to: list[float] = []

    @contextmanager
    def hls_viewer(
        self, channel_id: str, key: str, behind_s: float, ago_s: Callable[[], float], whole_to: float
    ) -> Iterator[None]:
        self.hls[channel_id] += 1
        self.whole_to.append(whole_to)
        yield
        self.hls[channel_id] -= 1
        self.gone.append(ago_s())

    async def report(self, wanted: AudienceFilter, by: Dimension, rows: int, *, hours: bool = False) -> AudienceReport:
        raise OSError("there is no log in this test")

    async def proof(self, station: str, wanted: AudienceFilter) -> ProofOfPlay:
        raise OSError("there is no log in this test")


class FakeAsRun:
    def __init__(self, *entries: AsRunEntry) -> None:
        self.all = entries
        self.wanted: list[AsRunFilter | None] = []
        self.broken = False
        self.audience = FakeAudience()

    async def entries(self, wanted: AsRunFilter | None = None) -> tuple[AsRunEntry, ...]:
        self.wanted.append(wanted)
        if self.broken:
            raise OSError("the disk is gone")
        return self.all


class FakeInventory:
    """One good file, one broken; the good one can be prepared."""

    def __init__(self) -> None:
        self.rows: tuple[LibraryRow, ...] = (
            LibraryRow("/media/film.mp4", "Film", "programme", (), 300, 10.01, "h264 1280×720 25 · aac 2ch", 0.5),
            LibraryRow("/media/broken.mp4", "broken", "spot", ("ads",), problem="the file is empty"),
        )
        self.prepared: list[str] = []

    async def snapshot(self) -> LibrarySnapshot:
        return LibrarySnapshot(self.rows)

    def prepare(self, file: str) -> bool:
        if file != "/media/film.mp4":
            raise MediaError("the file is empty", Path(file))
        self.prepared.append(file)
        return True


class FakeChannel:
    def __init__(
        self, channel_id: str, number: int, name: str, group: str | None = None, bus: FakeBus | None = None
    ) -> None:
        self.id, self.number, self.name, self.group = channel_id, number, name, group
        self.logo: Path | None = None
        self.colour: str | None = None
        self.catchup_days = 0
        self.bus = bus or FakeBus()
        self.state: State = "on_air"
        self.controller: Controller | None = FakeController()

    def snapshot(self) -> ChannelSnapshot:
        on_air = OnAir("e1", "programme", "Film", "/media/film.mp4", 1.5, 8.5, 10.0)
        return ChannelSnapshot(self.id, self.number, self.name, self.state, "", on_air=on_air, viewers=self.bus.viewers)


class FakePreviews:
    """One channel with a picture, and one film of a hundred frames; a picture is all of one colour."""

    film = "/media/film „1“.mp4"

    def __init__(self) -> None:
        self.facts_now = AssetFacts(self.film, 100, (AssetCue(50, "chapter", "Two"),), (-20.0, -120.0))
        self.reviewed: list[tuple[int, ReviewDecision, int | None]] = []

    async def picture(self, channel_id: str, width: int, height: int) -> Picture | None:
        return Picture(width, height, bytes((255, 0, 0)) * (width * height), 1_234) if channel_id == "1" else None

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture | None:
        if file != self.film:
            return None
        if frame >= 100:
            raise MediaError(f"there is no frame {frame} in it", Path(file))
        return Picture(width, height, bytes((0, 0, frame)) * (width * height), frame)

    async def facts(self, file: str) -> AssetFacts | None:
        return self.facts_now if file == self.film else None

    async def review(
        self, file: str, frame: int, decision: ReviewDecision, to: int | None = None
    ) -> AssetBreaks | None:
        if file != self.film:
            return None
        if frame >= 100:
            raise RetrovueError(f"a break cannot be at frame {frame}")
        self.reviewed.append((frame, decision, to))
        return AssetBreaks(file, (AssetCue(frame, "fade", score=1.0, state="accepted"),))


class FakePlans:
    """Two slots a day; the only change that it accepts is one of `at`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.edits: list[BlockEdit] = []
        self.go = asyncio.Event()
        self.go.set()

    async def plan(self, channel_id: str, days: int) -> PlanSnapshot:
        self.asked.append((channel_id, days))
        await self.go.wait()
        slots = (
            PlannedSlot(1_795_000_000.0, 1_795_001_800.0, "Film „1“", "next in order; not planned before", "/f.mp4",
                        0, breaks=2, break_s=90.5, fixed=True, marks=("premiere",)),
            PlannedSlot(1_795_001_800.0, 1_795_002_000.0, "", source="forecast", warnings=("no spots",)),
        )  # fmt: skip
        rules = BlockRules(
            0, "Evening", {"at": "18:00", "programmes": ["A/*"], "weights": {"A/*": 2.0}, "marathon": True}
        )
        return PlanSnapshot(channel_id, 1_795_000_000.0, "r1", "Europe/Berlin", True, slots=slots, blocks=(rules,))

    async def change(self, channel_id: str, edit: BlockEdit) -> BlockReceipt:
        self.edits.append(edit)
        if set(edit.values) != {"at"}:
            return BlockReceipt(False, "r1", "at is missing", (BlockProblem("at is missing", "at", 7),))
        return BlockReceipt(True, "r2", differences=(PlanDifference(1_795_000_000.0, "A", "B", "turn of B"),), count=1)

    async def undo(self, channel_id: str, revision: str) -> BlockReceipt:
        return BlockReceipt(revision == "r2", "r1", "" if revision == "r2" else "the file has changed")


class FakePastStream:
    """A part of the past, then its end; or, with `endless`, the part again and again."""

    def __init__(self, part: bytes, endless: bool, turn: Callable[[], Awaitable[None]]) -> None:
        self.behind_s = 3_600.0
        self.closed = 0
        self._parts, self._endless, self._part, self._turn = [part], endless, part, turn

    async def next(self) -> bytes | None:
        await self._turn()
        if self._endless:
            return self._part
        return self._parts.pop() if self._parts else None

    def close(self) -> None:
        self.closed += 1


class FakeCatchup:
    """Has everything from the Unix time 1000 on; what is older is refused."""

    def __init__(self) -> None:
        self.part = BURST
        self.endless = False
        self.asked: list[tuple[str, PastRequest]] = []
        self.streams: list[FakePastStream] = []

    def check(self, channel_id: str, request: PastRequest) -> PastRequest:
        if request.start is not None and request.start < 1_000:
            raise CatchupError("too_old", "That is too long ago.")
        return request

    async def open(self, channel_id: str, request: PastRequest, turn: Callable[[], Awaitable[None]]) -> FakePastStream:
        self.asked.append((channel_id, request))
        self.streams.append(FakePastStream(self.part, self.endless, turn))
        return self.streams[-1]


class FakeGuide:
    """A guide with one programme that everybody gets; one picture."""

    key = "0123456789abcdef0123"

    def __init__(self) -> None:
        self.asked: list[XmltvRequest] = []
        self.title = "Film „1“ & <more>"
        self.ready = True

    def snapshot(self) -> GuideSnapshot:
        film = GuideProgramme(
            1_795_000_000, 1_795_001_800, "film", self.title, categories=("Movie",), art=f"art/{self.key}.jpg"
        )
        guides = (
            ChannelGuide("1", 1, "Retro One", "ch1.0123abcd.retrovue", "", 1_795_000_000.0, 1_795_001_800, (film,)),
            ChannelGuide("film noir", 20, 'The "Noir"', "chfilm noir.0123abcd.retrovue", at=1_795_000_000.0),
        )
        return GuideSnapshot(1, 1_795_000_000.0, tuple(map(PreparedGuide.of, guides)))

    async def channel(self, channel_id: str, days: int) -> ChannelGuide:
        if not self.ready:
            raise StationError("no guide yet")
        found = self.snapshot().guide(channel_id)
        assert found is not None
        return found.guide

    async def xmltv(self, wanted: XmltvRequest) -> XmltvDocument:
        self.asked.append(wanted)
        if not self.ready:
            raise StationError("no guide yet")
        return replace(self.snapshot().document(wanted, "1.0"), modified_at=1_795_000_000)

    async def picture(self, key: str) -> GuidePicture | None:
        return GuidePicture(b"\xff\xd8", "image/jpeg") if key == self.key else None


class FakeHls:
    """HLS with a fixed playlist, and segments in a folder of the test."""

    target_s = 6

    def __init__(self) -> None:
        self.enabled = True
        self.folder: Path | None = None
        self.playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n"
        self.off = ""
        self.is_private = False
        self.asked: list[tuple[str, str, str]] = []

    async def multivariant(self, channel_id: str, query: str) -> PlaylistDocument:
        return self._made("multivariant", channel_id, query)

    async def media(self, channel_id: str, query: str, viewer: str = "") -> PlaylistDocument:
        return self._made("media", channel_id, query)

    def _made(self, what: str, channel_id: str, query: str) -> PlaylistDocument:
        self.asked.append((what, channel_id, query))
        if self.off:
            raise StationError(self.off)
        return document(self.playlist, 1_795_000_000, is_private=self.is_private)

    def segment(self, channel_id: str, name: str) -> Path | None:
        return None if self.folder is None or named(name) is None else self.folder / name

    def behind_s(self, channel_id: str, name: str) -> float:
        return 2.5

    def began_at(self, channel_id: str) -> float:
        return 12.5


class FakeAlerts:
    """One alert, and one receiver."""

    def snapshot(self) -> AlertsSnapshot:
        alert = Alert("slate 1", "slate", "Retro One: viewers have seen the slate for 10s", 1_795_000_000.0, "1")
        receiver = AlertReceiver("webhook", "https://hooks.example/…", sent=1, sent_at=1_795_000_003.5)
        return AlertsSnapshot(1_795_000_010.0, (alert,), (), (receiver,), (DiskSpace("home", 10**9, 10**10),))


class FakeStation:
    def __init__(self, channels: list[FakeChannel]) -> None:
        self.identity = StationIdentity("0123abcd")
        self.house = "720p"
        self.channels = {channel.id: channel for channel in channels}
        self.events = EventLog()
        self.warnings = StationWarnings(self.events)
        self.stops = 0
        self.loop_lag_s = 0.0
        self.alerts: FakeAlerts | None = FakeAlerts()
        self.asrun: FakeAsRun | None = FakeAsRun()
        self.previews: FakePreviews | None = FakePreviews()
        self.plans: FakePlans | None = FakePlans()
        self.catchup: FakeCatchup | None = FakeCatchup()
        self.guide = FakeGuide()
        self.hls: FakeHls | None = FakeHls()
        self.renditions: Renditions | None = None
        self.inventory: FakeInventory | None = FakeInventory()

    def figures(self) -> StationFigures:
        return StationFigures(channels={id: ChannelFigures(decks=2) for id in self.channels})

    def snapshot(self, channels: Sequence[ChannelSnapshot]) -> StationSnapshot:
        return StationSnapshot(
            name="Test", version=__version__, pid=1, at=time.time(), uptime_s=1.0, home="/h", url="", ffmpeg="9.0",
            house=self.house, rate="30000/1001", channels=tuple(channels),
        )  # fmt: skip

    def channel_snapshot(self, channel_id: str) -> ChannelSnapshot:
        return self.channels[channel_id].snapshot()

    def request_stop(self) -> None:
        self.stops += 1
