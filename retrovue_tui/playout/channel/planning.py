"""The planning of one channel: prerolls the next deck in time, and reports which ranges of media must be prepared. It
never polls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.playout.plan_loop import PlanLoop
from retrovue_tui.playout.preroll import PrerollPolicy
from retrovue_tui.threads import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.channel.air_clock import AirClock
    from retrovue_tui.playout.decks.deck_queue import DeckQueue
    from retrovue_tui.playout.output.splicer import Splicer
    from retrovue_tui.playout.planner import Planner
    from retrovue_tui.rundown.positions import Position
    from retrovue_tui.timecode import FrameRate

NEEDS_EVERY_S: Final = 2.0
"""The interval at which `ChannelPlanning` computes the needs while the slate is on air (s). A need is a range of media
to prepare, with its air time; these times move while the slate airs."""
NEEDS_AT_REST_S: Final = 30.0
"""The interval at which `ChannelPlanning` computes the needs while the rundown is on air (s). It is only a fallback,
because every change that affects the needs also wakes the planning."""
HORIZON_S: Final = 3_600.0
"""How far ahead `ChannelPlanning` reports needs (s)."""


class ChannelPlanning:
    """Plans when it is woken. The channel's parts wake it after a change; `tick` wakes it when something is due."""

    def __init__(
        self,
        channel_id: str,
        rate: FrameRate,
        *,
        decks: DeckQueue,
        planner: Planner,
        clock: AirClock,
        splicer: Splicer,
        store: PieceStore,
        preparer: Preparer,
        on_air: Callable[[], bool],
        caught_up: Callable[[], None],
    ) -> None:
        """`on_air` returns whether the rundown is on air. `caught_up` is called after a catch-up (see `CatchUp`) has
        cut the queue."""
        self.needs: list[Need] = []
        self.spare: Callable[[], Sequence[Asset]] = tuple
        """Returns the spots of the pool, which may be needed at any time. They are prepared while no other preparation
        waits."""
        self.inputs = 0
        """How often pieces, media or the rundown have changed so far. The plan depends on all three."""
        self.looked = False
        """Whether the planning has run at least once, and so has tried to start the first deck."""
        self.ran_dry = False
        """Whether the deck queue became empty while on air. The slate then stays on air until enough is prepared."""
        self._id = channel_id
        self._rate = rate
        self._decks = decks
        self._planner = planner
        self._clock = clock
        self._splicer = splicer
        self._store = store
        self._preparer = preparer
        self._on_air = on_air
        self._caught_up = caught_up
        self._preroll = PrerollPolicy(decks, rate)
        self._loop = PlanLoop(decks, planner.forget)
        self._needs_from: Position | None = None
        self._ready_after = 0
        self._task: asyncio.Task[None] | None = None
        self.wake = self._loop.wake
        """Wakes the planning, so that it plans at once."""
        self.vanished = self._loop.vanished
        """Call it with a piece whose file is gone: the piece's media file is probed again."""

    def start(self) -> None:
        """Start the planning task, once the planner has the entries of the rundown."""
        self.looked, self._planner.is_read = False, True
        self._task = asyncio.create_task(self._loop.run(self._plan), name=f"planning of channel {self._id}")

    async def stop(self) -> None:
        """Stop the planning task, and cancel all needs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._preparer.want(self._id, [])

    def input_changed(self) -> None:
        """Plan again and compute the needs now, because pieces, media or the rundown have changed."""
        self.inputs += 1
        self._loop.wake_for_needs()

    def entry_began(self) -> None:
        """Compute the needs when the planning next runs."""
        self._loop.needs_at = 0.0

    def ask(self, needs: Sequence[Need]) -> None:
        """Request preparation for an edit that is not applied yet. When the edit has been applied or given up, call
        this again with no needs."""
        self._preparer.want(f"{self._id} edit", needs)

    @property
    def work(self) -> tuple[int, float]:
        """How often the channel has planned, and how long that took in all (s)."""
        return self._loop.runs, self._loop.busy_s

    @property
    def ready_frames(self) -> int:
        """The number of frames that are prepared without a gap, from the next frame up to the horizon."""
        return self._decks.frames_left + self._ready_after

    def why_slate(self) -> str:
        """Return the reason why only the slate airs."""
        if not self._planner.is_read:
            return "the rundown is being read"
        if self._clock.start is not None:
            return "the channel waits until the start time of its rundown"
        if not self._planner.entries:
            return "the rundown has no entries"
        if next(self._planner.stretches(self._decks.continues_at), None) is None:
            can_air = any(self._planner.length(entry) is not None for entry in self._planner.entries)
            return "nothing follows in the rundown" if can_air else "none of the rundown's entries can air yet"
        return "the next entry is not prepared yet"

    @property
    def is_slate_expected(self) -> bool:
        """Whether the slate is normal now, and lasts only a moment."""
        return self._clock.start is not None or not self._planner.is_read

    def tick(self, now: float) -> None:
        """Wake the planning if something is due at `now`. Changes wake it separately."""
        if (
            now >= self._loop.needs_at
            or (self._decks.may_start(now) and (self._clock.pending or self._preroll.is_due()))
            or self._decks.needs_care(now)
        ):
            self._loop.wake()

    async def _plan(self, now: float) -> None:
        if self._decks.may_start(now):
            await self._preroll_next()
        self.looked = True
        if now >= self._loop.needs_at or self._needs_from != self._decks.continues_at:
            self._loop.needs_at = now + (NEEDS_AT_REST_S if self._on_air() else NEEDS_EVERY_S)
            async with self._preparer.turn:
                await self._report_needs()

    async def _preroll_next(self) -> None:
        clock = self._clock
        if clock.catch_up is not None and await clock.catch_up.cut(clock.frames_until):
            clock.catch_up = None
            self._caught_up()
        start = clock.start
        if start is not None and not self._decks.queue:
            before = self._decks.continues_at
            if not await start.preroll() and clock.start is start:
                clock.start = None
            if self._decks.continues_at != before:
                self._loop.needs_at = 0.0
        if clock.start is None or self._decks.queue:
            await self._preroll.next(self._planner, patient=self.ran_dry)

    async def _report_needs(self) -> None:
        """Report which ranges must be prepared, and when each airs. Protect the pieces on the queued air lists from
        deletion.

        With thousands of entries this takes several milliseconds, so it is computed in a thread. If the plan changes
        meanwhile, the loop is woken and computes the needs again.
        """
        start = self._decks.continues_at
        # Computed from the start of the frame clock, so that an unchanged plan gives unchanged times. They are
        # monotonic times, as are the event loop's.
        at = self._clock.began + float(self._rate.seconds(self._splicer.frame + self._decks.frames_left))
        planner = self._planner.with_entries(self._planner.entries)
        needs = await COMMANDS.run(planner.needs, start, at, HORIZON_S)
        wanted = {need.asset.key for need in needs}
        spare = [asset for asset in self.spare() if asset.key not in wanted]
        self.needs = needs + [Need(asset, 0, self._store.frames(asset), at + HORIZON_S) for asset in spare]
        self._preparer.want(self._id, self.needs)
        self._store.hold(self._id, self._decks.files())
        self._needs_from = start
        self._ready_after = await COMMANDS.run(planner.ready, start, HORIZON_S)
