"""A station for the tests of the screen: it answers from memory, and goes away and comes back on request."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING, Any

from retrovue_tui.audience.proof_page import proof_page
from retrovue_tui.audience.tables import proof_csv
from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.errors import RetrovueError, StationError
from retrovue_tui.media.analysis.review import Review, reviewed
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.protocol.answers.audience import (
    AudienceFigures,
    AudienceFilter,
    AudienceReport,
    ProofOfPlay,
    RetentionCurve,
)
from retrovue_tui.protocol.answers.clients import AddressesSnapshot, ClientsSnapshot, DisconnectReceipt
from retrovue_tui.protocol.answers.library import LibrarySnapshot
from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetCue, AssetFacts, Picture
from retrovue_tui.protocol.answers.plan import BlockEdit, BlockReceipt, PlanSnapshot
from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.rundown import HistorySnapshot, RundownSnapshot
from retrovue_tui.protocol.answers.snapshots import (
    ChannelSnapshot,
    DeckFigures,
    OnAir,
    PrepareJob,
    PrepareState,
    Seams,
    StationSnapshot,
)
from retrovue_tui.protocol.client import Refused
from retrovue_tui.protocol.json_codec import to_json
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.protocol.answers.asrun import AsRunEntry
    from retrovue_tui.protocol.answers.audience import Dimension, ProofAiring
    from retrovue_tui.protocol.events import Event

NOW = 1_795_000_000.0
URL = "http://127.0.0.1:8480"


def channel(number: int = 1, **changes: object) -> ChannelSnapshot:
    """A channel in the middle of a programme, everything in order."""
    usual = ChannelSnapshot(
        id=str(number),
        number=number,
        name=f"Retro {('Zero', 'One', 'Two', 'Three')[number] if number < 4 else number}",
        state="on_air",
        url=f"{URL}/iptv/channel/{number}.ts",
        on_air=OnAir("e1", "programme", "The Late Picture Show", "/m/late.mkv", 754.2, 1822.9, 2577.1),
        next=OnAir("e2", "spot", "Cola 30", "/m/cola.mp4", 0.0, 30.0, 30.0),
        deck=DeckFigures(41_233, 1_204_331, 29.97, 1.0, 3120.4, 0, 0, 40_184.5),
        viewers=2,
        generation=31,
        takes=14,
        restarts=0,
        seams=Seams(212, 0, 12.3, 0),
        prepare=PrepareState(7_245.0, 2, 0.42, 2.7),
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def station(*channels: ChannelSnapshot, **changes: object) -> StationSnapshot:
    """A station with these channels, or three of different states."""
    usual = StationSnapshot(
        name="Demo Station",
        version="0.1.0",
        pid=4_000,
        at=NOW,
        uptime_s=11_564.0,
        home="/home/op/retrovue",
        url=URL,
        ffmpeg="7.0.2-static",
        house="720p",
        rate="30000/1001",
        channels=channels or three_channels(),
        jobs=jobs(),
        cache_bytes=1_234_567_890,
        lock_s=0.3,
    )
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def three_channels() -> tuple[ChannelSnapshot, ...]:
    """On air, in a break, on the slate."""
    return (
        channel(1),
        channel(
            2,
            viewers=1,
            on_air=OnAir("s1", "spot", "Soap flakes, the new formula", "/m/soap.webm", 11.2, 18.8, 30.0),
            next=OnAir("e7", "programme", "Countdown to Midnight", "/m/count.mpg", 0.0, 3600.0, 3600.0),
            restarts=1,
            seams=Seams(96, 1, 23.9, 0),
            warnings=("media/ads/broken.mp4 cannot be used: it ends in the middle of a frame; passed over",),
        ),
        channel(3, state="slate", on_air=None, next=None, deck=None, viewers=0, prepare=PrepareState(0.0, 5, 0.1, 1.4)),
    )


def jobs() -> tuple[PrepareJob, ...]:
    """One that runs, one that waits, one that failed."""
    return (
        PrepareJob("/m/count.mpg", "running", 0.42, 81.0, 2.7, 80.0),
        PrepareJob("/m/the long film.mkv", "running", 0.03, 40.0, 1.35, 4_460.0),
        PrepareJob("/m/soap.webm", "waiting", 0.0, 0.0, 0.0, None),
        PrepareJob("/m/broken.mp4", "failed", 0.0, 0.0, 0.0, None, "no video stream"),
    )


NO_CURVE = RetentionCurve(1, (), (), 0, 0)


def no_figures(wanted: AudienceFilter, by: Dimension) -> AudienceReport:
    """The figures of a station on which nothing has aired."""
    none = AudienceFigures("", "all", 0, 0, (), 0, 0.0, 0, 0, 0, 0, 0, 0, 0.0, None, None, None)
    return AudienceReport(NOW, by, wanted, 400.0, none, (), 0, NO_CURVE, NO_CURVE, ())


ACCEPTED = Receipt(True, 32, 8, NOW + 0.03, 0.03, ("break b9 in The Late Picture Show", "2 spots, 45 s"))


class FakeStation:
    """Has the shape of a `StationClient`."""

    def __init__(self, snapshot: StationSnapshot | None = None) -> None:
        self.url = URL
        self.snapshot = snapshot or station()
        self.log = EventLog()
        self.away: str | None = None
        self.hangs = False
        self.asked = 0
        self.given: list[tuple[str, str, dict[str, Any]]] = []
        self.answer: Receipt | RetrovueError = ACCEPTED
        self.answers = asyncio.Event()
        self.answers.set()
        self.rundowns: dict[str, RundownSnapshot] = {}
        self.histories: dict[str, HistorySnapshot] = {}
        self.aired: list[AsRunEntry] = []
        self.figures: Callable[[AudienceFilter, Dimension], AudienceReport] = no_figures
        self.asked_figures: list[tuple[AudienceFilter, Dimension]] = []
        self.airings: tuple[ProofAiring, ...] = ()
        self.no_figures = ""
        self.bin = LibrarySnapshot()
        self.plans: dict[str, PlanSnapshot] = {}
        self.edits: list[BlockEdit] = []
        self.edited: BlockReceipt | RetrovueError = BlockReceipt(True, "r2", undo="Comedy changed")
        self.undone: list[str] = []
        self.insides: dict[str, AssetFacts] = {}
        self.reviewed: list[tuple[str, int, ReviewDecision, int | None]] = []
        self.reviews: dict[str, tuple[Review, tuple[AssetCue, ...]]] = {}
        self.no_review = ""
        self.is_old = False
        self.connected = ClientsSnapshot(NOW)
        self.disconnected: list[tuple[str, float]] = []
        self.reach = AddressesSnapshot(URL)
        self.asked_addresses: list[str | None] = []
        self.prepared: list[str] = []
        self.previewed: list[tuple[str, int]] = []
        self._gone = asyncio.Event()

    def leave(self, reason: str = "No station answers.") -> None:
        """From now on nobody answers, and open connections break."""
        self.away = reason
        self._gone.set()

    def come_back(self) -> None:
        """Answer again."""
        self.away, self.hangs = None, False
        self._gone = asyncio.Event()

    def change(self, **changes: object) -> None:
        """The next snapshot says this."""
        self.snapshot = dataclasses.replace(self.snapshot, **changes)  # type: ignore[arg-type]

    async def station(self) -> StationSnapshot:
        """The snapshot, or the error."""
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.away is not None:
            raise StationError(self.away)
        return self.snapshot

    async def command(self, channel_id: str, name: str, **arguments: Any) -> Receipt:
        """Return the answer that the test has chosen, once `answers` is set."""
        self.given.append((channel_id, name, arguments))
        await self.answers.wait()
        if isinstance(self.answer, RetrovueError):
            raise self.answer
        return self.answer

    async def rundown(self, channel_id: str) -> RundownSnapshot:
        """Return the channel's value in `rundowns`."""
        return self.rundowns.get(channel_id, RundownSnapshot(1))

    async def history(self, channel_id: str) -> HistorySnapshot:
        """Return the channel's value in `histories`."""
        return self.histories.get(channel_id, HistorySnapshot(1))

    async def asrun(
        self,
        channel: str | None = None,
        *,
        since: float | str | None = None,
        until: float | str | None = None,
        kind: str | None = None,
        limit: int | None = None,
    ) -> tuple[AsRunEntry, ...]:
        """The newest of `aired` that fit, as a station answers."""
        fit = [
            row
            for row in self.aired
            if channel in (None, row.channel)
            and kind in (None, row.kind)
            and (since is None or row.started_at >= float(since))
            and (until is None or row.started_at < float(until))
        ]
        return tuple(fit[-(limit or 1_000) :])

    async def audience(
        self,
        wanted: AudienceFilter | None = None,
        by: Dimension = "spot",
        limit: int | None = None,
        *,
        hours: bool = False,
    ) -> AudienceReport:
        """Return `figures`, once `answers` is set."""
        wanted = wanted or AudienceFilter()
        self.asked_figures.append((wanted, by))
        await self.answers.wait()
        if self.away is not None:
            raise StationError(self.away)
        if self.is_old:
            raise Refused("There is nothing at /api/audience.", 404, "not_found")
        if self.no_figures:
            raise Refused(self.no_figures, 503, "asrun_unreadable")
        found = self.figures(wanted, by)
        return found if hours else dataclasses.replace(found, hours=())

    async def proof_file(self, wanted: AudienceFilter, form: str) -> str:
        """Those of `airings` that the filter selects."""
        if self.away is not None:
            raise StationError(self.away)
        fit = tuple(each for each in self.airings if wanted.spot in (None, each.spot))
        report = self.figures(wanted, "spot")
        proof = ProofOfPlay(NOW, self.snapshot.name, wanted, fit, 0, report.total, report.curve)
        if form == "json":
            return json.dumps(to_json(proof))
        return proof_page(proof) if form == "html" else "".join(proof_csv(proof))

    async def plan(self, channel_id: str, days: int) -> PlanSnapshot:
        """Return the channel's value in `plans`."""
        if self.away is not None:
            raise StationError(self.away)
        plan = self.plans.get(channel_id, PlanSnapshot(channel_id, NOW))
        shown = plan.days[:days]
        return dataclasses.replace(plan, days=shown, until_at=shown[-1].end_at if shown else 0.0)

    async def change_block(self, channel_id: str, edit: BlockEdit) -> BlockReceipt:
        """Return the answer that the test has chosen."""
        self.edits.append(edit)
        if isinstance(self.edited, RetrovueError):
            raise self.edited
        return self.edited

    async def undo_blocks(self, channel_id: str, revision: str) -> BlockReceipt:
        """Note that it was asked for."""
        self.undone.append(revision)
        return BlockReceipt(True, "r1")

    async def library(self) -> LibrarySnapshot:
        """Return the files of the bin."""
        return self.bin

    async def prepare(self, file: str) -> None:
        """Note that it was asked for."""
        self.prepared.append(file)

    async def facts(self, file: str) -> AssetFacts:
        """Return the file's value in `insides`."""
        if file not in self.insides:
            raise StationError(f"{file} is not there")
        return self.insides[file]

    async def review_break(self, file: str, frame: int, decision: ReviewDecision, to: int | None = None) -> AssetBreaks:
        """Note it, and answer as a station does; refuse it with `no_review`, where there is one."""
        self.reviewed.append((file, frame, decision, to))
        await self.answers.wait()
        if self.no_review:
            raise Refused(self.no_review, 409, "cannot_review")
        if file not in self.reviews:
            self.reviews[file] = Review(), self.insides[file].cues
        review, cues = self.reviews[file]
        self.reviews[file] = review.decided(frame, decision, to), cues
        rate = FrameRate.parse(self.snapshot.rate)
        found = [BreakCandidate(cue.frame, 0.0, cue.kind, cue.score, cue.why) for cue in cues]
        now = tuple(
            AssetCue(
                each.frame, each.candidate.kind, "", each.candidate.score, each.candidate.why, each.state, each.was
            )
            for each in reviewed(found, self.reviews[file][0], rate)
            for one in [each.candidate]
        )
        self.insides[file] = dataclasses.replace(self.insides[file], cues=now)
        return AssetBreaks(file, now)

    async def clients(self) -> ClientsSnapshot:
        """Return `connected`, or raise the error."""
        if self.away is not None:
            raise StationError(self.away)
        if self.is_old:
            raise Refused("There is nothing at /api/clients.", 404, "not_found")
        return self.connected

    async def disconnect(self, client_id: str, block_s: float = 0.0) -> DisconnectReceipt:
        """Note it; the client is gone from now on."""
        self.disconnected.append((client_id, block_s))
        gone = next((each for each in self.connected.clients if each.id == client_id), None)
        if gone is None:
            raise Refused("No such client.", 404, "no_such_client")
        rest = tuple(each for each in self.connected.clients if each is not gone)
        self.connected = dataclasses.replace(self.connected, clients=rest)
        message = f"{gone.client} at {gone.address} was disconnected"
        return DisconnectReceipt(client_id, gone.channel, gone.address, gone.client, block_s, message)

    async def addresses(self, channel_id: str | None = None) -> AddressesSnapshot:
        """Those of `reach`, with the stream of the channel."""
        if self.away is not None:
            raise StationError(self.away)
        self.asked_addresses.append(channel_id)
        rows = (
            dataclasses.replace(row, url=row.url.replace("CHANNEL", channel_id or "1")) for row in self.reach.addresses
        )
        return dataclasses.replace(self.reach, addresses=tuple(rows))

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        """A picture in one colour, another for every channel."""
        shade = bytes((int(channel_id) * 40 % 256, 80, 160))
        return Picture(width, height, shade * (width * height), frame=1)

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture:
        """A picture whose grey is the frame's number."""
        self.previewed.append((file, frame))
        return Picture(width, height, bytes((frame % 256,)) * (3 * width * height), frame=frame)

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """The log, until the station leaves."""
        last = self.log.last_id if after is None else after
        gone = asyncio.ensure_future(self._gone.wait())
        follow = self.log.follow(last)
        news: asyncio.Future[Event] | None = None
        try:
            while True:
                news = asyncio.ensure_future(anext(follow))
                await asyncio.wait((news, gone), return_when=asyncio.FIRST_COMPLETED)
                if not news.done():
                    raise StationError("the connection broke")
                yield news.result()
        finally:
            gone.cancel()
            if news is not None and not news.done():
                news.cancel()
                await asyncio.wait((news,))
