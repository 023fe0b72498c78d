"""The order of the tests for several workers: at any time some wait for pictures on air while others compute, and no
worker is left with long tests at the end."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Test = TypeVar("Test")


class Kind(IntEnum):
    """What takes the time of a file's longest test, in the order in which a worker runs its files."""

    STATION = 0
    """A station on air, for up to a minute."""
    CHANNEL = 1
    """A channel on air, for some seconds."""
    WORK = 2
    """To compute."""
    SHORT = 3
    """Nothing."""


def in_shares(files: Sequence[Sequence[Test]], kind_of: Callable[[Test], Kind], workers: int) -> list[Test]:
    """All tests of the files, in as many parts of about one length as there are workers: `--dist worksteal` gives one
    part to each. Two thirds of the parts begin with the files that wait, and the others with those that compute: so
    the cores are in use from the first minute on, and pictures air in time. Short files fill all parts up. Within a
    file nothing changes."""
    parts: list[list[Test]] = [[] for _ in range(workers)]
    waiting = max(1, round(workers * 2 / 3))
    for kind, file in sorted(((min(map(kind_of, file)), file) for file in files), key=lambda each: each[0]):
        fitting = {Kind.WORK: parts[waiting:], Kind.SHORT: parts}.get(kind, parts[:waiting])
        min(fitting or parts, key=len).extend(file)
    return [test for part in parts for test in part]
