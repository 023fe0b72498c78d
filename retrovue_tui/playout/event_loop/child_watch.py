"""Notices the ends of child processes in the event loop itself."""

from __future__ import annotations

import asyncio
import os
import sys


def watch_children_in_the_loop() -> None:
    """Let the running event loop, of the main thread, notice the ends of its child processes by their pid descriptors,
    where the system has them (Linux 5.3).

    Before Python 3.12, asyncio starts a thread for each child, and waits until it runs: on a busy machine, that holds
    the event loop for up to 10 ms.
    """
    if sys.version_info >= (3, 12) or sys.platform != "linux":
        return
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # an older kernel, or a container that does not allow it
        return
    watcher = asyncio.PidfdChildWatcher()
    watcher.attach_loop(asyncio.get_running_loop())
    asyncio.set_child_watcher(watcher)
