"""The priority of each test: those in which pictures air in real time come before those that only compute.

Several tests run at once on a machine with two cores. A station of one test would send its pictures late while another
test uses the CPU as fast as it can.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Final

REAL_TIME: Final = 0
OTHERS: Final = 10
"""The niceness of tests that only compute."""


def may_change() -> bool:
    """Whether a process may also become more urgent again here: as root, or if the system's limit allows it."""
    if sys.platform != "linux":
        return False
    return os.geteuid() == 0 or 20 - resource.getrlimit(resource.RLIMIT_NICE)[0] <= REAL_TIME


def set_niceness(niceness: int) -> None:
    """Set the niceness of all threads of this process: each has its own, and pools of threads outlive a test."""
    for thread in Path("/proc/self/task").iterdir():
        try:
            os.setpriority(os.PRIO_PROCESS, int(thread.name), niceness)
        except ProcessLookupError:
            continue  # it has just ended
