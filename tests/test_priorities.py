"""The niceness of a process's threads can be raised and lowered again where tests do so."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests import priorities


@pytest.mark.skipif(not priorities.may_change(), reason="only root may make a process more urgent again")
def test_all_threads_of_the_process_change() -> None:
    def seen() -> set[int]:
        return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path("/proc/self/task").iterdir()}

    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        for niceness in (priorities.OTHERS, priorities.REAL_TIME):
            priorities.set_niceness(niceness)
            assert seen() == {niceness}
    finally:
        over.set()
        other.join()
        priorities.set_niceness(before)
