"""Worker processes: what they run may crash, hang, eat memory or be killed, and only that request fails."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from retrovue_tui.errors import MediaError
from retrovue_tui.media.workers import pool as pool_module
from retrovue_tui.media.workers.pool import DecoderError, FileStamp, WorkerPool
from retrovue_tui.media.workers.process import Worker, WorkerError
from tests import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

TASKS = "tests.media.worker_tasks:"
FILM = FileStamp(Path("/m/film.mp4"), 10, 20)


@contextlib.contextmanager
def pool(size: int = 1, **options: Any) -> Iterator[WorkerPool]:
    made = WorkerPool("test", size, **options)
    try:
        yield made
    finally:
        made.release()


def ask(one: WorkerPool, task: str, *arguments: Any, limit_s: float = 20.0, **options: Any) -> Any:
    return one.submit(TASKS + task, *arguments, limit_s=limit_s, **options).result(60)


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def until_gone(*pids: int) -> None:
    deadline = time.monotonic() + 10
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {pids}"
        time.sleep(0.01)


def test_one_process_serves_many_requests() -> None:
    with pool() as one:
        assert ask(one, "add", 2, 3) == 5
        pids = {ask(one, "pid") for _ in range(5)}
        assert list(pids) == one.pids()
        data = os.urandom(5_000_000)
        assert ask(one, "echo", data) == data
    until_gone(*pids)


async def test_asked_from_the_event_loop() -> None:
    with pool(2) as one:
        found = await asyncio.gather(*(one.run(f"{TASKS}add", n, 1, limit_s=20) for n in range(20)))
        assert found == list(range(1, 21))


@pytest.mark.parametrize(("task", "reason"), [("abort", "signal 6"), ("segfault", "signal 11")])
def test_a_crash_fails_its_request_alone(task: str, reason: str) -> None:
    with pool(2) as one:
        others = [one.submit(f"{TASKS}add", n, 0, limit_s=20) for n in range(10)]
        bad = one.submit(TASKS + task, limit_s=20, about=FILM)
        others += [one.submit(f"{TASKS}add", n, 0, limit_s=20) for n in range(10, 20)]
        with pytest.raises(DecoderError, match=rf"^/m/film\.mp4: crashes the decoder \({reason}\)$"):
            bad.result(60)
        assert [each.result(60) for each in others] == list(range(20))


def test_a_file_that_killed_a_worker_is_not_tried_again_until_it_changes(tmp_path: Path) -> None:
    killers: dict[FileStamp, str] = {}
    ledger = tmp_path / "tries"
    with pool(killers=killers) as one, pool(killers=killers) as other:
        for each in (one, one, other):
            with pytest.raises(DecoderError, match="signal 6"):
                ask(each, "count_and_die", ledger, signal.SIGABRT, about=FILM)
        assert ledger.read_text() == "x"
        assert ask(one, "add", 1, 1, about=FILM._replace(mtime_ns=21)) == 2


def test_a_request_that_takes_too_long_is_ended() -> None:
    with pool() as one:
        for task in ("hang", "spin"):
            began = time.monotonic()
            waiting = one.submit(TASKS + task, limit_s=1.0, about=FILM._replace(path=Path(task)))
            behind = one.submit(f"{TASKS}pid", limit_s=20)
            with pytest.raises(DecoderError, match="takes the decoder longer than 1 s"):
                waiting.result(60)
            assert time.monotonic() - began > 0.9
            assert [behind.result(60)] == one.pids()


def test_the_limit_does_not_follow_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    with pool() as one:
        ask(one, "add", 1, 1)
        monkeypatch.setattr(time, "time", lambda: 4e9)
        assert ask(one, "add", 1, 1, limit_s=5) == 2


def test_memory_is_limited() -> None:
    with pool(memory_mb=600) as one:
        before = ask(one, "pid")
        for task, arguments in (("allocate", (2_000,)), ("refuse_for_want_of_memory", ())):
            with pytest.raises(DecoderError, match="needs more than 600 MB of memory"):
                ask(one, task, *arguments)
        assert ask(one, "allocate", 100) == 100 << 20
        assert ask(one, "pid") != before


def test_refusals_and_faults_of_a_task_do_not_end_the_worker() -> None:
    with pool() as one:
        before = ask(one, "pid")
        with pytest.raises(MediaError, match=r"^/m/film\.mp4: is no film$"):
            ask(one, "refuse")
        with pytest.raises(WorkerError, match="ZeroDivisionError: a fault of ours"):
            ask(one, "fail")
        assert ask(one, "pid") == before


def test_a_request_is_tried_again_where_something_else_may_have_killed_its_worker(tmp_path: Path) -> None:
    with pool() as one:
        assert ask(one, "die_first_time", tmp_path / "a", signal.SIGKILL) == "done", "killed from outside"
        assert ask(one, "die_first_time", tmp_path / "b", signal.SIGABRT) == "done", "an earlier request's damage"
    with pool() as one:
        with pytest.raises(DecoderError):  # nothing but this request can be the cause
            ask(one, "die_first_time", tmp_path / "c", signal.SIGABRT)
        with pytest.raises(DecoderError, match="signal 9"):
            ask(one, "count_and_die", tmp_path / "d", signal.SIGKILL)
        assert (tmp_path / "d").read_text() == "xx"


def test_a_worker_that_dies_between_requests_is_replaced() -> None:
    with pool() as one:
        for _ in range(3):
            assert ask(one, "die_soon") == "done"
            until_gone(*one.pids())
            assert ask(one, "add", 1, 1) == 2
        os.kill(one.pids()[0], signal.SIGKILL)
        assert ask(one, "add", 1, 1) == 2


def test_a_file_that_kills_its_worker_is_read_by_another_task() -> None:
    with pool() as one:
        rescue = f"{TASKS}add", (3, 4)
        assert ask(one, "abort", about=FILM, rescue=rescue) == 7
        assert ask(one, "abort", about=FILM, rescue=rescue) == 7, "without a crash, this time"
        with pytest.raises(DecoderError, match="signal 6"):
            ask(one, "abort", about=FILM, rescue=(f"{TASKS}refuse", ()))


def test_noise_goes_nowhere_and_answers_are_plain(capfd: pytest.CaptureFixture[str]) -> None:
    marker = Path("/tmp/retrovue-was-here")
    marker.unlink(missing_ok=True)
    with pool() as one:
        assert ask(one, "chatter") == "done"
        with pytest.raises(WorkerError, match="invalid answer"):
            ask(one, "harm")
        assert not marker.exists()
        assert ask(one, "add", 1, 1) == 2
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means")
def test_a_worker_has_low_priority_and_nothing_of_the_station(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETROVUE_TOKEN", "secret")
    with socket.socket() as listening, pool() as one:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        os.set_inheritable(listening.fileno(), True)
        nice, fds, terminal, network = ask(one, "surroundings")
        assert nice >= 10
        assert len(fds) <= 7, "three standard ones, two pipes, and those of looking"
        assert not terminal
        unshared = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
        assert not (network and unshared)
        assert "secret" not in ask(one, "environment").values()


WITH_A_TERMINAL = """
import json, os
from pathlib import Path
from tests.media.workers.test_pool import ask, pool
os.close(os.open("/dev/tty", os.O_RDWR))  # fails without a terminal
with pool() as one:
    pid = ask(one, "pid")
    print(json.dumps([ask(one, "surroundings")[2], os.getsid(pid) == os.getsid(0), os.getpgid(pid) == os.getpgid(0)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means")
def test_a_worker_leaves_the_terminal_but_not_the_session() -> None:
    """In a session of its own, Linux would give it the share of the processor that the whole station has."""
    ours, theirs = pty.openpty()
    try:
        run = subprocess.run(
            [sys.executable, "-c", WITH_A_TERMINAL], stdin=theirs, capture_output=True, text=True, cwd=CHECKOUT,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)}, check=False, timeout=60, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [False, True, False]


def test_idle_workers_end_and_come_back() -> None:
    with pool(2, idle_s=0.1) as one:
        assert ask(one, "add", 1, 1) == 2
        deadline = time.monotonic() + 10
        while one.pids():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert ask(one, "add", 1, 1) == 2


def test_released_workers_end_busy_ones_after_their_request() -> None:
    with pool() as one:
        busy = one.submit(f"{TASKS}hang", limit_s=1.5)
        while not one.pids():
            time.sleep(0.01)
        pids = one.pids()
        one.release()
        assert not gone(pids[0])
        with pytest.raises(DecoderError):
            busy.result(60)
        until_gone(*pids)
        assert ask(one, "add", 1, 1) == 2


def test_all_can_be_ended_at_once() -> None:
    with pool(2) as one:
        busy = [one.submit(f"{TASKS}hang", limit_s=600) for _ in range(2)]
        waiting = one.submit(f"{TASKS}pid", limit_s=20)
        while len(one.pids()) < 2:
            time.sleep(0.01)
        pids = one.pids()
        one.end()
        assert all(gone(pid) for pid in pids)
        assert waiting.cancelled()
        for each in busy:
            with pytest.raises(WorkerError, match="was ended"):
                each.result(10)
        assert ask(one, "add", 1, 1) == 2


def test_a_worker_that_is_just_starting_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that ends leaves nothing behind, whenever it ends."""
    started, go_on, made = threading.Event(), threading.Event(), list[Worker]()

    def slow(memory_mb: int) -> Worker:
        started.set()
        assert go_on.wait(20)
        made.append(Worker(memory_mb))
        return made[0]

    monkeypatch.setattr(pool_module, "Worker", slow)
    with pool(1) as one:
        asked = one.submit(f"{TASKS}pid", limit_s=20)
        assert started.wait(20)
        ending = threading.Thread(target=one.end, args=(20,))
        ending.start()
        go_on.set()
        ending.join(20)
        assert gone(made[0].pid)
        with pytest.raises(WorkerError, match="was ended"):
            asked.result(10)


def test_a_worker_that_is_just_ended_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ending, go_on = threading.Event(), threading.Event()
    end, kill = Worker.end, Worker.kill

    def slow(worker: Worker) -> None:
        ending.set()
        assert go_on.wait(20)
        end(worker)

    def killed(worker: Worker) -> None:
        kill(worker)
        go_on.set()

    with pool(1) as one:
        pid = ask(one, "pid")
        monkeypatch.setattr(Worker, "end", slow)
        monkeypatch.setattr(Worker, "kill", killed)
        releasing = threading.Thread(target=one.release)
        releasing.start()
        assert ending.wait(20)
        one.end(20)
        assert gone(pid)
        go_on.set()
        releasing.join(20)


def test_lower_priorities_first_and_what_nobody_waits_for_is_dropped() -> None:
    with pool() as one:
        order: list[str] = []
        first = one.submit(f"{TASKS}hang", limit_s=1.0)
        while not first.running():
            time.sleep(0.01)
        waiting = {
            name: one.submit(f"{TASKS}pid", limit_s=20, priority=priority)
            for name, priority in (("browsed", 2), ("named", 1), ("piece", 0), ("dropped", 0))
        }
        for name, each in waiting.items():
            each.add_done_callback(lambda _, name=name: order.append(name))  # type: ignore[misc]  # mypy and defaults
        assert waiting["dropped"].cancel()
        assert waiting["browsed"].result(60)
        assert order == ["dropped", "piece", "named", "browsed"]


PROGRAM = """
import sys, time
from retrovue_tui.media.workers.pool import WorkerPool
pool = WorkerPool("test", 2)
busy = pool.submit("tests.media.worker_tasks:spin", limit_s=600)
pid = pool.submit("tests.media.worker_tasks:pid", limit_s=60).result()
print(*pool.pids(), flush=True)
if sys.argv[1] == "stay":
    time.sleep(600)
"""


@pytest.mark.parametrize("end", ["stay", "leave"])
def test_no_worker_outlives_its_program(end: str) -> None:
    """Neither after `kill -9`, nor after the end of a plain script, which has no `if __name__ == "__main__"`."""
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", PROGRAM, end]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        pids = [int(word) for word in program.stdout.readline().split()]
        assert len(pids) == 2
        if end == "stay":
            program.kill()
        assert program.wait(30) == (-9 if end == "stay" else 0)
    until_gone(*pids)


def test_a_forked_child_has_workers_of_its_own() -> None:
    from retrovue_tui.media.workers.tasks import FILES

    FILES.submit(f"{TASKS}pid", limit_s=20).result(60)
    child = os.fork()
    if not child:
        try:
            os._exit(0 if FILES.submit(f"{TASKS}add", 1, 1, limit_s=20).result(30) == 2 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    FILES.release()
