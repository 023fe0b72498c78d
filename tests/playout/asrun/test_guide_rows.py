"""The rows that the guide reads from the as-run log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.protocol.answers.asrun import AsRunEntry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.protocol.answers.asrun import Ending

A, B = Path("/m/a.mp4"), Path("/m/b.mp4")


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[AsRunDatabase]:
    log = AsRunDatabase(tmp_path / "asrun.db")
    await log.start()
    yield log
    await log.close()


def row(
    log: AsRunDatabase, file: Path, at: float, first: int = 0, kind: str = "programme",
    ended: Ending | None = "complete", channel: str = "1", frames: int = 100,
) -> None:  # fmt: skip
    log.put(AsRunEntry(
        log.new_id(), channel, file.stem, kind, file.stem.title(), str(file), None, 0, None, None,  # type: ignore[arg-type]
        at, 0, at + 10, 100, first, 100, frames, ended,
    ))  # fmt: skip


async def test_airings_since_a_time_in_order(log: AsRunDatabase) -> None:
    row(log, A, 1_000)
    row(log, B, 3_000, kind="spot")
    row(log, A, 2_000, first=50)
    row(log, B, 3_500, ended="failed", frames=0)  # it could not air
    row(log, A, 4_000, ended=None)
    row(log, B, 2_500, channel="2")
    rows = await log.aired_since("1", 1_500)
    assert [(each.kind, each.file, each.asset_frame, each.started_at, each.is_open) for each in rows] == [
        ("programme", str(A), 50, 2_000, False), ("spot", str(B), 0, 3_000, False),
        ("programme", str(A), 0, 4_000, True),
    ]  # fmt: skip
    assert [each.ended_at for each in rows] == [2_010, 3_010, 4_010]
    assert rows[0].title == "A"
    assert await log.aired_since("3", 0) == []


async def test_the_last_beginning_of_each_programme(log: AsRunDatabase) -> None:
    row(log, A, 1_000)
    row(log, A, 1_200, first=50)  # after a break: the same airing
    row(log, A, 1_300, first=80)
    row(log, B, 1_500)
    row(log, B, 2_000)
    row(log, B, 2_100, first=20)
    row(log, B, 2_500, channel="2")
    row(log, A, 2_600, ended="failed", frames=0)
    row(log, A, 9_000)
    assert await log.aired_since("1", 9_000) != []
    assert await log.last_airings("1", 5_000) == {A: 1_000, B: 2_000}
    assert await log.last_airings("1", 1_100) == {A: 1_000}
    assert await log.last_airings("2", 5_000) == {B: 2_500}


async def test_a_log_that_cannot_be_read_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "asrun.db").mkdir()
    log = AsRunDatabase(tmp_path / "asrun.db")
    with pytest.raises(OSError, match="cannot be read"):
        await log.aired_since("1", 0)
    with pytest.raises(OSError, match="cannot be read"):
        await log.last_airings("1", 0)
    await log.close()
