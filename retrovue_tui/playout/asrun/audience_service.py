"""The audience of a station: the counts of its channels, the viewers of HLS, and the reports."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from retrovue_tui.playout.asrun.audience_recorder import AudienceRecorder, ViewersOf
from retrovue_tui.playout.asrun.audience_report import audience_report, proof_of_play
from retrovue_tui.protocol.answers.audience import ViewersNow
from retrovue_tui.threads import BROWSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from retrovue_tui.playout.asrun.audience_rows import AnyAudienceRow
    from retrovue_tui.protocol.answers.audience import AudienceFilter, AudienceReport, Dimension, ProofOfPlay

KEEP: Final = timedelta(days=400)


class Log(Protocol):
    """The as-run log, as the audience uses it."""

    path: Path

    def put_audience(self, row: AnyAudienceRow) -> None:
        """Queue a row to be written soon."""

    async def flush(self) -> bool:
        """Write all waiting rows."""


class AudienceService:
    """Counts the viewers of all channels, and makes reports. `keep`: for how long the counts of an airing are kept."""

    def __init__(self, log: Log, keep: timedelta = KEEP) -> None:
        self._log = log
        self.keep = keep
        self._recorders: dict[str, AudienceRecorder] = {}

    def recorder(self, channel_id: str) -> AudienceRecorder:
        """Return the new recorder of a channel; an earlier one of the same channel counts no longer."""
        recorder = self._recorders[channel_id] = AudienceRecorder(self._log.put_audience, later=_later)
        return recorder

    @contextmanager
    def hls_viewer(
        self, channel_id: str, key: str, behind_s: float, ago_s: Callable[[], float], whole_to: float
    ) -> Iterator[None]:
        """Count a viewer of HLS for as long as the context lasts. `key`: the key that decides the viewer's group.
        `behind_s`: by how many seconds players start behind the live stream. `ago_s`: returns the seconds since the
        newest picture that this viewer was sent was on air. `whole_to`: the monotonic time (s) of the first segments;
        in a split that began earlier, all groups see the spot itself."""
        recorder, viewer = self._recorders.get(channel_id), object()
        if recorder is not None:
            recorder.joined(viewer, ViewersOf(recorder.rendition, "hls"), key, behind_s, whole_to)
        try:
            yield
        finally:
            if recorder is not None:
                recorder.left(viewer, ago_s())

    def now(self) -> tuple[ViewersNow, ...]:
        """Return the viewers of all channels now."""
        return tuple(
            ViewersNow(channel, kind.rendition, kind.delivery, count)
            for channel, recorder in self._recorders.items()
            for kind, count in sorted(recorder.now().items())
        )

    async def report(self, wanted: AudienceFilter, by: Dimension, rows: int, *, hours: bool = False) -> AudienceReport:
        """Return the figures by one dimension, in a thread; with `hours`, also the hours of each row. Raises `OSError`
        if the log cannot be read."""
        await self._log.flush()
        kept = self.keep.total_seconds()
        return await BROWSE.run(
            audience_report, self._log.path, wanted, by, rows=rows, kept_s=kept, now=self.now(), hours=hours
        )

    async def proof(self, station: str, wanted: AudienceFilter) -> ProofOfPlay:
        """Return every selected airing, in a thread. Raises `OSError` if the log cannot be read."""
        await self._log.flush()
        return await BROWSE.run(proof_of_play, self._log.path, station, wanted)


def _later(work: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(work)
