"""The order of the tests for several workers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.worker_shares import in_shares

FILES = st.lists(st.lists(st.booleans(), min_size=1, max_size=6), max_size=20)
"""For each file, whether its tests are slow."""


def test_each_worker_begins_with_slow_tests() -> None:
    files = ["aa", "B", "cc", "dD", "ee", "F"]
    assert in_shares(files, str.isupper, 3) == [*"Baa", *"dDee", *"Fcc"]


@given(FILES, st.integers(1, 8))
def test_every_test_is_there_once_and_beside_those_of_its_file(files: list[list[bool]], workers: int) -> None:
    named = [[(n, m, slow) for m, slow in enumerate(file)] for n, file in enumerate(files)]
    order = in_shares(named, lambda test: test[2], workers)
    assert sorted(order) == [test for file in named for test in file]
    for file in named:
        first = order.index(file[0])
        assert order[first : first + len(file)] == file
