"""The planning of one channel: prerolls the next deck in time, and reports what must be prepared. It never polls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.rendering.render_demand import Need
from retrovue_tui.playout.plan_loop import PlanLoop
from retrovue_tui.playout.preroll import PrerollPolicy

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
"""How often `ChannelPlanning` computes the needs while only the slate is on air: their times move later as long as it
is."""
NEEDS_AT_REST_S: Final = 30.0
"""The same while on air. Every change that the needs depend on is reported; this is the fallback for one that was
not."""
HORIZON_S: Final = 3_600.0
"""How far ahead `ChannelPlanning` reports what must be prepared."""


class ChannelPlanning:
    """Plans when it is woken: by the parts of the channel when something changes, by `tick` when time calls for it."""

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
        """`on_air` returns whether the rundown is on air; `caught_up` is called when the queue was cut to the clock's
        frame after a standstill."""
        self.needs: list[Need] = []
        self.spare: Callable[[], Sequence[Asset]] = tuple
        """Returns assets that may be needed at any time (the spots of its pool), prepared when nothing else is
        waiting."""
        self.inputs = 0
        """Grows with every change of what the plan depends on: pieces, media, the rundown."""
        self.looked = False
        """Whether the plan has looked for the first deck."""
        self.ran_dry = False
        """Whether the deck queue ran dry: the slate then stays until enough is prepared."""
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
        self._ready_behind = 0
        self._task: asyncio.Task[None] | None = None
        self.wake = self._loop.wake
        """Plans at once."""
        self.vanished = self._loop.vanished
        """Looks up a media file again, because one of its pieces is gone."""

    def start(self) -> None:
        """Begin to plan."""
        self.looked = False
        self._task = asyncio.create_task(self._loop.run(self._plan), name=f"planning of channel {self._id}")

    async def stop(self) -> None:
        """Plan no more, and need nothing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._preparer.want(self._id, [])

    def input_changed(self) -> None:
        """Plan, and compute the needs, at once: pieces, media or the rundown have changed."""
        self.inputs += 1
        self._loop.wake_for_needs()

    def entry_began(self) -> None:
        """Compute the needs in the next round."""
        self._loop.needs_at = 0.0

    def ask(self, needs: Sequence[Need]) -> None:
        """Ask for what an edit that is not applied yet needs prepared; ask for nothing once it is applied or given
        up."""
        self._preparer.want(f"{self._id} edit", needs)

    @property
    def ready_frames(self) -> int:
        """How many frames from now on are prepared without a gap, up to the horizon."""
        return self._decks.frames_left + self._ready_behind

    def tick(self, now: float) -> None:
        """Wake the planning if the passing of time alone calls for it; everything else wakes it by itself."""
        if (
            now >= self._loop.needs_at
            or (self._decks.may_start(now) and (self._clock.pending or self._preroll.is_due()))
            or self._decks.needs_care(now)
        ):
            self._loop.wake()

    async def _plan(self, now: float) -> None:
        if self._decks.may_start(now):
            await self._cue_next()
        self.looked = True
        if now >= self._loop.needs_at or self._needs_from != self._decks.behind:
            self._loop.needs_at = now + (NEEDS_AT_REST_S if self._on_air() else NEEDS_EVERY_S)
            await asyncio.sleep(0)  # computing the needs may take a while with a long rundown: let others run first
            self._report_needs()

    async def _cue_next(self) -> None:
        clock = self._clock
        if clock.catch_up is not None and await clock.catch_up.cut(clock.frames_until):
            clock.catch_up = None
            self._caught_up()
        start = clock.start
        if start is not None and not self._decks.queue:
            before = self._decks.behind
            if not await start.preroll() and clock.start is start:
                clock.start = None
            if self._decks.behind != before:
                self._loop.needs_at = 0.0
        if clock.start is None or self._decks.queue:
            await self._preroll.next(self._planner, patient=self.ran_dry)

    def _report_needs(self) -> None:
        """Report what must be prepared, and by when; hold the pieces that are on a list."""
        # From the frame clock's own start, so that an unchanged plan gives unchanged times (monotonic, like the
        # loop's).
        at = self._clock.began + float(self._rate.seconds(self._splicer.frame + self._decks.frames_left))
        needs = self._planner.needs(self._decks.behind, at, HORIZON_S)
        wanted = {need.asset.key for need in needs}
        spare = [asset for asset in self.spare() if asset.key not in wanted]
        self.needs = needs + [Need(asset, 0, self._store.frames(asset), at + HORIZON_S) for asset in spare]
        self._preparer.want(self._id, self.needs)
        self._store.hold(self._id, self._decks.files())
        self._needs_from = self._decks.behind
        self._ready_behind = self._planner.ready(self._needs_from, HORIZON_S)
