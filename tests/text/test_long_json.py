"""JSON of many rows: as the library writes it, and never as one long call."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.text.long_json import FEW, json_rows, long_json

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2 * FEW) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=60,
)


@given(st.dictionaries(st.text(), VALUES) | st.lists(VALUES, max_size=3 * FEW), st.booleans())
def test_it_is_what_the_library_writes(data: dict[str, object] | list[object], ascii: bool) -> None:
    assert long_json(data, ascii=ascii) == json.dumps(data, ensure_ascii=ascii, separators=(",", ":"))


@given(st.lists(VALUES, max_size=3 * FEW), st.booleans())
def test_rows_are_an_array(rows: list[object], ascii: bool) -> None:
    assert json_rows(iter(rows), ascii=ascii) == json.dumps(rows, ensure_ascii=ascii, separators=(",", ":"))


def test_what_json_cannot_hold_is_refused_or_text() -> None:
    with pytest.raises(TypeError, match="set"):
        long_json({"a": {1}})
    assert long_json({"a": 1j}, default=str) == '{"a":"1j"}'
    assert long_json({"name": "lone \udc80"}) == '{"name":"lone \\udc80"}'


def test_other_threads_run_while_many_rows_are_written() -> None:
    data = {"edits": [{"label": "cut", "hunks": [[7, "x" * 4_000, ""]]} for _ in range(5_000)]}
    turns, over = [0], threading.Event()

    def look() -> None:
        while not over.is_set():
            turns[0] += 1
            time.sleep(0)

    def turns_during(call: Callable[[Any], object]) -> int:
        begun = turns[0]
        call(data)
        return turns[0] - begun

    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    thread = threading.Thread(target=look)
    thread.start()
    try:
        while not turns[0]:
            time.sleep(0)
        # the least of several: a busy system may let the other thread run just before the call into C
        in_one_call = min(turns_during(json.dumps) for _ in range(5))
        row_by_row = turns_during(long_json)
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(before)
    assert row_by_row > 10 > in_one_call
