"""The order of the tests for several workers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.worker_shares import Kind, in_shares

KINDS = {"S": Kind.STATION, "C": Kind.CHANNEL, "W": Kind.WORK}
FILES = st.lists(st.lists(st.sampled_from(Kind), min_size=1, max_size=6), max_size=20)
"""For each file, the kinds of its tests."""


def kind_of(test: str) -> Kind:
    return KINDS.get(test, Kind.SHORT)


def test_at_the_start_two_thirds_of_the_workers_wait_and_the_others_compute() -> None:
    files = ["aaa", "W", "C", "bbbb", "cS", "dd", "Ce", "ffff", "ggg"]
    assert in_shares(files, kind_of, 3) == [*"cSbbbb", *"CCeddggg", *"Waaaffff"]


def test_one_worker_runs_all() -> None:
    assert in_shares(["aa", "W", "C", "S"], kind_of, 1) == [*"SCWaa"]


@given(FILES, st.integers(1, 8))
def test_every_test_is_there_once_and_beside_those_of_its_file(files: list[list[Kind]], workers: int) -> None:
    named = [[(n, m, kind) for m, kind in enumerate(file)] for n, file in enumerate(files)]
    order = in_shares(named, lambda test: test[2], workers)
    assert sorted(order) == [test for file in named for test in file]
    for file in named:
        first = order.index(file[0])
        assert order[first : first + len(file)] == file
