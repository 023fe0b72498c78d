"""Workers are made of functions, so that none leaves a coroutine that nobody awaits."""

from __future__ import annotations

import re

from textual.app import App
from textual.worker import WorkerState

from retrovue_tui.tui.workers import start_worker
from tests import CHECKOUT


async def test_a_worker_runs_with_its_arguments_and_returns_what_they_give() -> None:
    async def add(one: int, other: int) -> int:
        return one + other

    async with App[None]().run_test() as pilot:
        assert await start_worker(pilot.app, add, 1, 2, group="sums").wait() == 3


async def test_a_worker_that_is_cancelled_before_it_runs_makes_no_coroutine() -> None:
    """A warning of a coroutine that was never awaited would fail this test, as it would any other."""
    ran = []

    async def work() -> None:
        ran.append(True)

    async with App[None]().run_test() as pilot:
        worker = start_worker(pilot.app, work, group="work")
        worker.cancel()
        await pilot.pause()
        assert worker.state in (WorkerState.CANCELLED, WorkerState.RUNNING)
        assert worker.is_cancelled
    assert ran == []


def test_nothing_else_starts_a_worker() -> None:
    files = [path for path in (CHECKOUT / "retrovue_tui").rglob("*.py") if path.name != "workers.py"]
    assert [path.name for path in files if re.search(r"\.run_worker\(|@work\b", path.read_text(encoding="utf-8"))] == []
