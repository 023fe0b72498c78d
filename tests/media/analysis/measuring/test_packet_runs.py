"""Packet sizes show flat pictures and new scenes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.analysis.measuring.packet_runs import Packet, read_packets
from retrovue_tui.media.analysis.measuring.signals import PacketFacts

if TYPE_CHECKING:
    from random import Random

PACKETS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 200_000), st.booleans()), max_size=300)


def usual(count: int, first: int = 0) -> list[Packet]:
    """Pictures as encoders store them: a key frame every 50, a large picture after three small ones."""
    return [
        (first + n, 40_000 if n % 50 == 0 else 8_000 if n % 4 == 0 else 2_500, n % 50 == 0) for n in range(count)
    ]  # fmt: skip


def test_a_flat_picture_is_a_run_and_b_frames_are_none() -> None:
    packets = usual(1000)
    assert read_packets(packets).runs == ()
    packets[400:420] = [(frame, 60, key) for frame, _, key in packets[400:420]]
    (run,) = read_packets(packets).runs
    assert (run.first, run.end) == (400, 420)
    assert run.share < 0.02


def test_a_key_frame_out_of_rhythm_and_a_large_picture_are_jumps() -> None:
    packets = usual(1000)
    packets[333] = 333, 40_000, True
    packets[611] = 611, 90_000, False
    assert read_packets(packets).jumps == (333, 350, 611)


def test_equal_sizes_say_nothing() -> None:
    assert read_packets([(n, 144_000, True) for n in range(500)]).even
    assert not read_packets(usual(500)).even
    assert read_packets([]) == PacketFacts()


@given(PACKETS, st.randoms())
def test_runs_are_in_order_and_the_order_of_packets_does_not_matter(packets: list[Packet], chance: Random) -> None:
    facts = read_packets(packets)
    chance.shuffle(shuffled := list(packets))
    assert read_packets(shuffled) == facts
    assert facts.count == len(packets)
    assert list(facts.keys) == sorted({frame for frame, _, key in packets if key})
    assert all(run.first < run.end and 0 <= run.share < 0.5 for run in facts.runs)
    assert all(earlier.first <= later.first for earlier, later in pairwise(facts.runs))
