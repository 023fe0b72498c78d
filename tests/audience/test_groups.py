"""The groups of viewers: stable, and of the right size."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.audience.groups import group_of, point, viewer_key

WEIGHTS = st.lists(st.floats(0, 100), min_size=1, max_size=5).filter(lambda weights: sum(weights) > 0.01)


@pytest.mark.parametrize("weights", [(1, 1), (1, 3), (50, 30, 20), (1, 0, 1), (9, 1)])
def test_the_shares_of_ten_thousand_viewers_are_within_a_hundredth_of_the_weights(weights: tuple[float, ...]) -> None:
    keys = [viewer_key("5eed0001", address=f"10.{n >> 8}.{n & 255}.7", client="VLC") for n in range(10_000)]
    found = Counter(group_of(key, "/ads/cola.mp4", weights) for key in keys)
    for number, weight in enumerate(weights):
        assert abs(found[number] / 10_000 - weight / sum(weights)) < 0.01


@given(st.text(), st.text(), st.text(), WEIGHTS)
def test_a_viewer_is_in_one_group_whenever_it_comes_back(
    address: str, client: str, spot: str, weights: list[float]
) -> None:
    key = viewer_key("a", address=address, client=client)
    group = group_of(key, spot, weights)
    assert weights[group] > 0
    assert group == group_of(viewer_key("a", address=address, client=client), spot, weights)
    assert 0 <= point(key, spot) < 1
    assert viewer_key("b", address=address, client=client) != key


def test_a_token_tells_viewers_apart_before_their_addresses_do() -> None:
    at_home = viewer_key("a", token="t1", address="10.0.0.1", client="VLC")
    assert at_home == viewer_key("a", token="t1", address="192.168.0.9", client="mpv")
    assert at_home != viewer_key("a", address="10.0.0.1", client="VLC")
    assert "10.0.0.1" not in at_home


def test_groups_of_two_spots_are_independent() -> None:
    keys = [viewer_key("s", address=f"{n}") for n in range(4_000)]
    both = sum(group_of(key, "a", (1, 1)) == group_of(key, "b", (1, 1)) for key in keys)
    assert 0.46 < both / len(keys) < 0.54


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        group_of("k", "s", (0, 0))
