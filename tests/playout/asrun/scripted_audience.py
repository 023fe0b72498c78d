"""An audience that joins and leaves a bus on a known plan while entries air, and what must be counted of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from retrovue_tui.playout.asrun.audience_recorder import ViewersOf
from retrovue_tui.playout.asrun.recorder import AsRunRecorder, EntryStart
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from retrovue_tui.entry_kind import EntryKind
    from retrovue_tui.playout.asrun.database import AsRunDatabase
    from retrovue_tui.playout.output.bus import Viewer

RATE = FrameRate(25, 1)
PARTS = ("film", "cola", "soap", "car", "film")


@dataclass(eq=False)
class Client:
    """A viewer on the bus; it takes nothing."""

    joins_at: float
    leaves_at: float
    name: str = "client"
    key: str = ""
    taken: int = field(default=0)

    def write(self, data: bytes) -> None:
        self.taken += len(data)

    def backlog(self) -> int:
        return 0

    def close(self) -> None:
        return None


class Expected(NamedTuple):
    """The counts that one airing must have."""

    start: int
    end: int
    joined: int
    left: int
    left_start: int
    seconds: float


class ScriptedAudience:
    """`seconds`: how long each of the entries airs; each client joins and leaves at a random time."""

    def __init__(self, clients: int, seconds: float, seed: int = 1) -> None:
        dice = random.Random(seed)
        self.seconds = seconds
        whole = seconds * len(PARTS)
        times = [sorted((dice.uniform(0, whole), dice.uniform(0, whole))) for _ in range(clients)]
        self.clients = [Client(join, leave, f"client {number}") for number, (join, leave) in enumerate(times)]

    def expected(self) -> list[Expected]:
        """Return what must be counted, airing by airing."""
        found = []
        for number in range(len(PARTS)):
            began, over = number * self.seconds, (number + 1) * self.seconds
            spans = [(each.joins_at, each.leaves_at) for each in self.clients]
            left = [(join, leave) for join, leave in spans if began <= leave < over]
            found.append(Expected(
                sum(join < began <= leave for join, leave in spans), sum(join < over <= leave for join, leave in spans),
                sum(began <= join < over for join, _ in spans), len(left), sum(join < began for join, _ in left),
                sum(max(0.0, min(leave, over) - max(join, began)) for join, leave in spans),
            ))  # fmt: skip
        return found

    async def play(self, log: AsRunDatabase, wait: Callable[[float], Awaitable[float]]) -> None:
        """Let the audience come and go on a bus whose viewers are counted in the log. `wait` waits until a time since
        the start (s), and returns it; it is also the bus's clock."""
        now = [0.0]
        recorder = AsRunRecorder(log, "1", RATE, lambda: int(now[0] * 25), lambda frame: 1_700_000_000 + frame / 25)
        recorder.audience = audience = log.audience.recorder("1")
        audience._clock = lambda: now[0]

        def changed(what: str, viewer: Viewer) -> None:
            if what == "joined":
                audience.joined(viewer, ViewersOf("720p", "ts"))
            else:
                audience.left(viewer)

        bus = Bus(RATE, on_viewer=changed)
        events: list[tuple[float, int, Callable[[], None]]] = []
        for number, name in enumerate(PARTS):
            kind: EntryKind = "programme" if name == "film" else "spot"
            start = EntryStart(
                f"{name}{number}", kind, name.title(), f"/ads/{name}.mp4", break_id="b" if kind == "spot" else None,
                frames_planned=int(self.seconds * 25), asset_frame=number, spot=f"/ads/{name}.mp4", advertiser=name,
            )  # fmt: skip
            events.append((number * self.seconds, 0, lambda start=start: recorder.entry_started(start)))  # type: ignore[misc]
        for client in self.clients:
            events.append((client.joins_at, 1, lambda client=client: bus.attach(client)))  # type: ignore[misc]
            events.append((client.leaves_at, 2, lambda client=client: bus.detach(client)))  # type: ignore[misc]
        for at, _, do in sorted(events, key=lambda event: event[:2]):
            now[0] = await wait(at)
            do()
        now[0] = await wait(self.seconds * len(PARTS))
        recorder.entry_ended()
        await log.flush()


def counted(path: Path) -> list[Expected]:
    """Return what was counted of each airing, in the order in which they aired."""
    import sqlite3
    from contextlib import closing

    query = (
        "SELECT all_viewers_start, all_viewers_end, all_joined, all_left, all_left_start, all_viewer_seconds"
        " FROM aired ORDER BY rowid"
    )
    with closing(sqlite3.connect(path)) as base:
        return [Expected(*row) for row in base.execute(query)]
