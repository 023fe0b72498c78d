"""The order of the tests for several workers: each begins with long ones, so that none is left with them at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Test = TypeVar("Test")


def in_shares(files: Sequence[Sequence[Test]], is_slow: Callable[[Test], bool], workers: int) -> list[Test]:
    """All tests of the files, in as many parts of about one length as there are workers: `--dist worksteal` gives one
    part to each. A part has its files with slow tests first; within a file nothing changes."""
    slow = [file for file in files if any(map(is_slow, file))]
    quick = [file for file in files if not any(map(is_slow, file))]
    parts: list[list[Test]] = [[] for _ in range(workers)]
    for file in (*slow, *quick):
        min(parts, key=len).extend(file)
    return [test for part in parts for test in part]
