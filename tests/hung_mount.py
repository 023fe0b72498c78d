"""A mount that never answers, like the share of a server that is down. It is a FUSE mount that no program serves."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INIT = 26
_DETACH = 2


@contextlib.contextmanager
def hung_mount(folder: Path) -> Iterator[None]:
    """Mount it over a folder. Everything that looks into the folder hangs, until the mount is taken away. Skips the
    test where nothing may be mounted."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"no test with a hung mount: {error}")
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if libc.mount(b"hung", os.fsencode(folder), b"fuse", 0, options.encode()) != 0:
        os.close(device)
        pytest.skip(f"no test with a hung mount: {os.strerror(ctypes.get_errno())}")
    try:
        _answer_the_first_request(device)
        yield
    finally:
        os.close(device)  # ends every call that hangs
        libc.umount2(os.fsencode(folder), _DETACH)


def _answer_the_first_request(device: int) -> None:
    """The kernel asks for the version first (FUSE_INIT), and holds back everything until it has an answer."""
    _, kind, number = struct.unpack_from("<IIQ", os.read(device, 1 << 17))
    assert kind == _INIT
    body = struct.pack("<IIIIHHIIHHI28x", 7, 31, 65_536, 0, 12, 9, 65_536, 1, 1, 0, 0)
    os.write(device, struct.pack("<IiQ", 16 + len(body), 0, number) + body)
