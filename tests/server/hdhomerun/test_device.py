"""Ids that pass the checks of libhdhomerun, and numbers that no client loses."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.server.hdhomerun.device import NUMBER_OF_ZERO, checksum, device_of, guide_numbers
from tests.server.fakes import FakeChannel


def valid(device_id: int) -> bool:
    """`hdhomerun_discover_validate_device_id` of libhdhomerun, written down from its source line by line."""
    table = [0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0]
    result = 0
    result ^= table[(device_id >> 28) & 0x0F]
    result ^= (device_id >> 24) & 0x0F
    result ^= table[(device_id >> 20) & 0x0F]
    result ^= (device_id >> 16) & 0x0F
    result ^= table[(device_id >> 12) & 0x0F]
    result ^= (device_id >> 8) & 0x0F
    result ^= table[(device_id >> 4) & 0x0F]
    result ^= (device_id >> 0) & 0x0F
    return result == 0


@pytest.mark.parametrize(
    ("wanted", "passes"), [(0x1234_5670, 0x1234_5674), (0x1000_0000, 0x1000_000F), (0x105A_0000, 0x105A_0003)]
)
def test_the_checksum_of_known_ids(wanted: int, passes: int) -> None:
    assert wanted | checksum(wanted) == passes
    assert valid(passes)
    assert not valid(0x1234_5678)  # the id of many other emulators


def test_ten_thousand_ids_pass_and_are_hardly_ever_the_same() -> None:
    source = random.Random(1)
    devices = [device_of(f"{source.getrandbits(32):08x}") for _ in range(10_000)]
    assert all(valid(device.id) for device in devices)
    assert all(re.fullmatch("1[4-7][0-9A-F]{6}", device.id_text) for device in devices)
    assert len({device.id for device in devices}) > 9_970  # 12 pairs are expected among four million ids
    assert len({device.udn for device in devices}) == 10_000


def test_an_id_belongs_to_its_station_and_its_name_for_ever() -> None:
    main = device_of("0123abcd")
    assert (main.id_text, str(main.udn)) == ("17E5AC9F", "52a553d5-48c2-5188-8350-1a3d16dac3ad")
    kids = device_of("0123abcd", "kids", ("3", "4"))
    assert len({main.id, kids.id, device_of("0123abce").id, device_of("0123abce", "kids").id}) == 4
    assert kids.udn != main.udn
    assert device_of("0123abcd", "kids", ("5",)).id == kids.id  # other channels, the same device


def test_a_device_has_a_tuner_for_each_channel_and_never_few() -> None:
    device = device_of("0123abcd")
    assert [device.tuners(None, channels) for channels in (0, 2, 6, 40, 999)] == [6, 6, 6, 40, 255]
    assert device.tuners(2, 40) == 2


@given(st.lists(st.integers(0, 99_999), unique=True, max_size=30))
def test_numbers_are_unique_and_those_of_the_channels(numbers: list[int]) -> None:
    channels = [FakeChannel(f"id_{number}", number, "x") for number in numbers]
    found = guide_numbers(channels)
    assert sorted(each.id for each in found.values()) == sorted(each.id for each in channels)
    assert list(found) == sorted(found, key=int)
    for number, channel in found.items():
        assert re.fullmatch("[1-9][0-9]*", number)
        assert channel.number in (int(number), 0)


def test_channel_zero_gets_a_number_that_is_free() -> None:
    numbers = (0, 7, NUMBER_OF_ZERO, NUMBER_OF_ZERO + 1)
    found = guide_numbers([FakeChannel(str(number), number, "x") for number in numbers])
    assert {number: each.id for number, each in found.items()} == {
        "7": "7", "10000": "10000", "10001": "10001", "10002": "0",
    }  # fmt: skip
