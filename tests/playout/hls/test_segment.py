"""The names of segments: they have all facts, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.hls.segment import Segment, named

SEGMENTS = st.builds(
    Segment,
    sequence=st.integers(0, 10**12 - 1),
    discontinuity=st.integers(0, 10**9 - 1),
    frames=st.integers(1, 10**7 - 1),
    at_ms=st.integers(0, 10**15 - 1),
    run=st.text("0123456789abcdef", min_size=12, max_size=12),
    size=st.integers(0, 10**9),
)


@given(SEGMENTS)
def test_the_name_has_all_facts(segment: Segment) -> None:
    assert named(segment.name, segment.size) == segment


@given(st.text("0123456789abcdef-./\\%", max_size=60))
def test_a_name_never_leaves_its_folder(name: str) -> None:
    found = named(name)
    assert found is None or (found.name == name and "/" not in name and ".." not in name)


@pytest.mark.parametrize(
    "name",
    [
        "", "index.m3u8", "1-0-60-5-0123456789ab", "01-0-60-5-0123456789ab.ts", "1-0-0-5-0123456789ab.ts",
        "1-0-60-5-0123456789AB.ts", "1-0-60-5-0123456789ab.ts\n", "../1-0-60-5-0123456789ab.ts",
        "-1-0-60-5-0123456789ab.ts", "1-0-60-5-0123456789ab.ts.ts", "١-0-60-5-0123456789ab.ts",
    ],
)  # fmt: skip
def test_other_names_are_no_segment(name: str) -> None:
    assert named(name) is None
