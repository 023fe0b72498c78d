"""Tasks for worker processes that do what media files make decoders do."""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from retrovue_tui.errors import MediaError


def add(one: int, other: int) -> int:
    return one + other


def pid() -> int:
    return os.getpid()


def abort() -> None:
    os.abort()


def segfault() -> None:
    ctypes.string_at(0)


def count_and_die(ledger: Path, signal: int) -> None:
    """Note that it was tried, then die."""
    with ledger.open("a") as file:
        file.write("x")
    os.kill(os.getpid(), signal)


def die_first_time(ledger: Path, signal: int) -> str:
    """As if killed by someone else: the second try works."""
    if not ledger.exists():
        count_and_die(ledger, signal)
        time.sleep(60)
    return "done"


def die_soon() -> str:
    """Answer, then die: as damage of the heap that is found later."""
    threading.Timer(0.05, os.abort).start()
    return "done"


def hang() -> None:
    time.sleep(600)


def spin() -> None:
    while True:
        pass


def allocate(megabytes: int) -> int:
    return len(bytearray(megabytes << 20))


def refuse() -> None:
    raise MediaError("is no film", Path("/m/film.mp4"))


def refuse_for_want_of_memory() -> None:
    try:
        bytearray(1 << 45)
    except MemoryError as error:
        raise MediaError("cannot allocate memory") from error


def fail() -> None:
    raise ZeroDivisionError("a fault of ours")


def chatter() -> str:
    """Write to every standard stream, as libraries do."""
    for fd in (1, 2):
        os.write(fd, b"noise" * 100_000)
    sys.stderr.write("noise")
    return "done"


class Harmful:
    """An answer that a worker might send after a hostile file has taken it over."""

    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/retrovue-was-here",)


def harm() -> Harmful:
    return Harmful()


def echo(data: bytes) -> bytes:
    return data


def surroundings() -> tuple[int, list[int], bool, bool]:
    """Priority, open descriptors, whether there is a terminal, whether anything outside can be reached."""
    fds = [int(each.name) for each in Path("/proc/self/fd").iterdir()]
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        terminal = True
    except OSError:
        terminal = False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.settimeout(2)
        try:
            one.connect(("192.0.2.1", 9))
            network = True
        except TimeoutError:
            network = True
        except OSError:
            network = False
    return os.nice(0), fds, terminal, network


def environment() -> dict[str, str]:
    return dict(os.environ)
