"""A worker process: reads requests from stdin, answers on stdout, ends with the process that started it.

A request is a pickled `(task, arguments)`, an answer a pickled `(outcome, ...)`. Each is preceded by its length as an
8-byte big-endian number. The other side is `media.workers.process`. The command line's arguments are the parent's
process id and the memory limit in MB.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import importlib
import os
import pickle
import resource
import signal
import struct
import sys
import termios
import threading
import time
import traceback
from pathlib import Path
from typing import Any, BinaryIO, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.media.workers.process import CANNOT_START

NICE: Final = 10
_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LENGTH: Final = struct.Struct(">Q")
_MB: Final = 1 << 20


def main(parent: int, memory_mb: int) -> None:
    """Serve requests until stdin ends."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # a library that prints must not print into an answer, or onto the terminal
        os.dup2(null, standard)
    restrict(memory_mb)
    end_with(parent)
    while (request := _read(requests)) is not None:
        _write(answers, _answer(*request))
        del request


def restrict(memory_mb: int) -> None:
    """Set low priority and a memory limit; allow no core files, no terminal, no keyboard signals and, if the system
    permits it, no network."""
    for number in (signal.SIGINT, signal.SIGTSTP, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    _leave_terminal()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MB, memory_mb * _MB))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        user = os.getuid()
        if libc.unshare(_CLONE_NEWNET) != 0 and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
            with contextlib.suppress(OSError):
                Path("/proc/self/uid_map").write_text(f"{user} {user} 1")


def _leave_terminal() -> None:
    with contextlib.suppress(OSError):  # there is no terminal
        terminal = os.open("/dev/tty", os.O_RDWR)
        try:
            fcntl.ioctl(terminal, termios.TIOCNOTTY)
        finally:
            os.close(terminal)


def end_with(parent: int) -> None:
    """Make sure that this process ends with its parent, even while it decodes, and even if the parent is killed with
    `kill -9`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def _answer(task: str, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    try:
        module, _, function = task.partition(":")
        value = getattr(importlib.import_module(module), function)(*arguments)
    except MediaError as error:
        return ("memory",) if _for_want_of_memory(error) else ("refused", error.reason, error.path)
    except MemoryError:
        return ("memory",)
    except Exception:
        return "fault", traceback.format_exc()
    return "done", value


def _for_want_of_memory(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, MemoryError):
        error = error.__cause__ or error.__context__
    return error is not None


def _read(stream: BinaryIO) -> Any:
    head = stream.read(_LENGTH.size)
    return pickle.loads(stream.read(_LENGTH.unpack(head)[0])) if len(head) == _LENGTH.size else None


def _write(stream: BinaryIO, answer: tuple[Any, ...]) -> None:
    if answer[0] != "done" or not isinstance(answer[1], bytes):
        gc.collect(1)  # if a file has damaged the heap, crash now and not in the next request
    data = pickle.dumps(answer, protocol=5)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]))
    except (ImportError, AttributeError):
        sys.exit(CANNOT_START)
