"""The pictures that a channel aired, one after another: from the rows of the as-run log to the pictures of pieces."""

from __future__ import annotations

import asyncio
import enum
from time import monotonic
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.catchup.aired_rows import aired_at_other_rate
from retrovue_tui.playout.catchup.piece_finder import GONE
from retrovue_tui.playout.catchup.piece_reader import PieceReader, SlateReader
from retrovue_tui.rundown.positions import cuts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from retrovue_tui.media.asset import Asset
    from retrovue_tui.media.rendering.piece_store import PieceStore
    from retrovue_tui.media.rendering.render_demand import Need
    from retrovue_tui.media.rendering.render_scheduler import Preparer
    from retrovue_tui.playout.catchup.aired_rows import AiredRow, AiredRows
    from retrovue_tui.playout.catchup.piece_finder import PictureFile, PieceFinder
    from retrovue_tui.playout.catchup.piece_reader import Reader
    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.playout.output.slate_player import SlatePlayer
    from retrovue_tui.protocol.answers.asrun import AsRunEntry

RENDER_S: Final = 60.0
"""How long a viewer waits for a render before the piece is skipped (s)."""
AHEAD_S: Final = 60.0
"""Evicted pieces are rendered again this long before the viewer reaches them (s)."""
LATER_S: Final = 7_200.0
"""Renders for viewers of the past are due this much later than they are needed (s): after all that the channels need
within their horizon of an hour."""
ASK_EVERY_S: Final = 2.0
OTHER_RATE: Final = "it aired at another frame rate than the station's"


class Step(enum.Enum):
    """The result of `PastSource.advance`: pictures may be there now; the present is reached; a render is under way; or
    nothing follows."""

    MORE = enum.auto()
    PRESENT = enum.auto()
    RENDERING = enum.auto()
    END = enum.auto()


class PastSource:
    """Delivers the pictures of aired rows. `pop` returns the pictures that have been read; when there is none, call
    `advance`. It never sleeps, and it waits for the disk only."""

    def __init__(
        self,
        owner: str,
        rows: AiredRows,
        finder: PieceFinder,
        store: PieceStore,
        preparer: Preparer,
        slate: Callable[[], SlatePlayer | None],
        skipped: Callable[[AsRunEntry, str], None],
        turn: Callable[[], Awaitable[None]],
    ) -> None:
        """`owner`: the unique name with which renders are requested. `slate` returns the channel's slate. `skipped` is
        called once for each row of which something cannot be played, with the reason. `turn`: see `PieceReader`."""
        self._owner = owner
        self._rows = rows
        self._finder = finder
        self._store = store
        self._preparer = preparer
        self._slate = slate
        self._skipped = skipped
        self._turn = turn
        self._rate = store.house.rate
        self._piece = store.house.piece_frames
        self._row: AiredRow | None = None
        self._at = 0  # the row's next frame, counted from the row's first one
        self._reader: Reader | None = None
        self._reads_to = 0  # the row's frame after the last one in the reader's file
        self._joined = False
        self._missing_since: float | None = None
        self._asked_at = 0.0
        self._reported: str | None = None

    @property
    def aired_at(self) -> float | None:
        """The Unix time at which the next picture aired; None before the first one is known."""
        row = self._row
        return None if row is None else row.entry.started_at + float(self._rate.seconds(self._at))

    def pop(self) -> CodedPicture | None:
        """Return the next picture; None if none has been read."""
        row = self._row
        if row is None or self._reader is None or self._at >= min(row.frames, self._reads_to):
            return None
        picture = self._reader.pop()
        if picture is not None:
            self._at += 1
        return picture

    async def advance(self) -> Step:
        """Read the next part of the present piece; or open the next piece, or go to the next row. Raises `OSError` if
        the as-run log cannot be read."""
        row = self._row
        if row is None:
            return await self._next_row()
        waited = self._at >= row.frames
        await self._rows.refresh(row)
        if self._at >= row.frames:
            if not row.complete:
                return Step.PRESENT
            self._leave()
            return Step.MORE
        if self._reader is None or self._at >= self._reads_to:
            return await self._open(row)
        if not waited:  # otherwise the reader may have pictures that have aired meanwhile
            await self._read(row, self._reader)
        return Step.MORE

    def close(self) -> None:
        """Close the piece, and cancel what was requested."""
        self._close_reader()
        self._preparer.want(self._owner, ())
        self._store.hold(self._owner, ())

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    async def _next_row(self) -> Step:
        self._row = row = await self._rows.next()
        if row is None:
            return Step.END if self._rows.ended else Step.PRESENT
        self._at = row.offset
        return Step.MORE

    def _leave(self) -> None:
        self._close_reader()
        self._row = None

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None

    def _skip(self, row: AiredRow, to: int, reason: str) -> Step:
        """Leave out the row's frames before frame `to`."""
        self._close_reader()
        self._at, self._missing_since, self._joined = to, None, True
        if self._reported != row.entry.id:
            self._reported = row.entry.id
            self._skipped(row.entry, reason)
        return Step.MORE

    # ── pieces ───────────────────────────────────────────────────────────────────────────────────

    async def _open(self, row: AiredRow) -> Step:
        """Open the file with the row's next frame."""
        self._close_reader()
        if row.entry.kind == "slate":
            slate = self._slate()
            if slate is None:
                return self._skip(row, row.frames, "the channel has no slate")
            self._reader, self._reads_to, self._joined = SlateReader(slate), 1 << 62, True
            return Step.MORE
        if aired_at_other_rate(row.entry, self._rate):
            return self._skip(row, row.frames, OTHER_RATE)
        asset = await self._finder.asset(row.entry)
        if asset is None:
            return self._skip(row, row.frames, GONE)
        first, end = self._wanted(row)
        clip = self._finder.find(asset, first, end)
        if clip is None:
            return self._await_render(row, asset, first, end)
        try:
            await self._start(row, clip)
        except OSError:
            await self._finder.vanished(asset)
            return self._await_render(row, asset, first, end)
        self._missing_since = None
        await self._look_ahead(row, clip)
        return Step.MORE

    def _wanted(self, row: AiredRow) -> tuple[int, int]:
        """Return the asset frames that the next file must contain. A viewer who joins inside a piece needs the piece
        from its beginning, or from where the row begins in it."""
        first = row.entry.asset_frame + self._at
        end = min((first // self._piece + 1) * self._piece, row.asset_end)
        if not self._joined:
            first = max(row.entry.asset_frame, first - first % self._piece)
        return first, end

    async def _start(self, row: AiredRow, clip: PictureFile) -> None:
        reader = await PieceReader.open(clip.path, self._turn)
        try:
            if not self._joined:
                first = row.entry.asset_frame
                self._at = clip.first - first + await reader.seek(first + self._at - clip.first)
        except BaseException:
            reader.close()
            raise
        self._joined = True
        self._reader, self._reads_to = reader, clip.end - row.entry.asset_frame

    async def _read(self, row: AiredRow, reader: Reader) -> None:
        try:
            if await reader.read():
                return
            reason = "a prepared piece of it is damaged"
        except OSError as error:
            reason = f"a prepared piece of it cannot be read: {error.strerror or error}"
        self._skip(row, self._reads_to, reason)

    # ── renders ──────────────────────────────────────────────────────────────────────────────────

    def _await_render(self, row: AiredRow, asset: Asset, first: int, end: int) -> Step:
        """Request the missing piece; skip it if it cannot be rendered, or was not rendered in time."""
        now, loop_now = monotonic(), asyncio.get_running_loop().time()
        need = self._finder.need(asset, first, end, loop_now + LATER_S)
        if need is None:
            return self._skip(row, end - row.entry.asset_frame, self._finder.why_not(asset))
        if self._missing_since is None:
            self._missing_since = now
        elif now - self._missing_since > RENDER_S:
            reason = f"it was not rendered again within {RENDER_S:.0f} s"
            return self._skip(row, end - row.entry.asset_frame, reason)
        if now - self._asked_at > ASK_EVERY_S or self._missing_since == now:
            self._asked_at = now
            self._preparer.want(self._owner, (need,))
        return Step.RENDERING

    async def _look_ahead(self, row: AiredRow, clip: PictureFile) -> None:
        """Protect the pieces that follow from eviction, and request those that are missing."""
        held: list[Path] = [clip.path]
        needs: list[Need] = []
        frames, most = 0, self._rate.count(AHEAD_S)
        for entry, first, end in self._coming(row, clip.end):
            asset = await self._finder.asset(entry) if frames < most else None
            if asset is None:
                continue
            for at, cut in cuts(first, min(end, first + most - frames), self._piece):
                frames += cut - at
                found = self._finder.find(asset, at, cut)
                if found is not None:
                    held.append(found.path)
                    continue
                due = asyncio.get_running_loop().time() + LATER_S + float(self._rate.seconds(frames))
                if (need := self._finder.need(asset, at, cut, due)) is not None:
                    needs.append(need)
        self._store.hold(self._owner, held)
        self._store.touch(held[:1])
        self._preparer.want(self._owner, needs)

    def _coming(self, row: AiredRow, at: int) -> Iterator[tuple[AsRunEntry, int, int]]:
        """Yield the entries that follow, each with the asset frames that aired: first the rest of this row, from asset
        frame `at` on."""
        yield row.entry, at, row.asset_end
        for each in self._rows.coming():
            if each.entry.kind != "slate":
                yield each.entry, each.entry.asset_frame + each.offset, each.asset_end
