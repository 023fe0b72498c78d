"""A virtual tuner device: its ids, which never change, and its channels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from retrovue_tui.server.interfaces import Channel

    C = TypeVar("C", bound=Channel)

LEAST_TUNERS: Final = 6
"""A device with few channels has this many tuners, so that one client may record several times from a channel."""
NUMBER_OF_ZERO: Final = 10_000
"""Tuners have no channel 0; a channel with that number gets the first free number from here on."""
_CHECKED: Final = (0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0)
_FIRST: Final = 0x1400_0000
_RANDOM: Final = 0x03FF_FFF0
_NAMESPACE: Final = UUID("7d1bbf35-6f0c-4d6e-9a0e-5c1f6c9d2b41")


@dataclass(frozen=True)
class Device:
    """A virtual tuner. `name`: its name in addresses; empty for the station's main device. `id`: the 32-bit device id.
    `udn`: the same identity for UPnP. `channels`: the ids of its channels; None: all channels of the station."""

    name: str
    id: int
    udn: UUID
    channels: tuple[str, ...] | None = None

    @property
    def id_text(self) -> str:
        """The id as clients see it: eight upper-case hexadecimal digits."""
        return f"{self.id:08X}"

    def tuners(self, configured: int | None, channels: int) -> int:
        """Return how many streams the device sends at once: the `configured` number, or one for each of its channels
        and at least `LEAST_TUNERS`."""
        return configured or min(255, max(LEAST_TUNERS, channels))


def device_of(instance: str, name: str = "", channels: tuple[str, ...] | None = None) -> Device:
    """Return the device with a name, of the station with this `instance`. The same arguments give the same ids."""
    digest = hashlib.sha256(f"{instance}/{name}".encode()).digest()
    wanted = _FIRST | int.from_bytes(digest[:4], "big") & _RANDOM
    return Device(name, wanted | checksum(wanted), uuid5(_NAMESPACE, f"{instance}/{name}"), channels)


def checksum(device_id: int) -> int:
    """Return the checksum of a device id (4 bits); it is 0 for a valid id (libhdhomerun,
    `hdhomerun_discover_validate_device_id`). Replacing the last digit 0 by the checksum makes an id valid."""
    result = 0
    for shift in range(0, 32, 8):
        result ^= device_id >> shift & 0xF ^ _CHECKED[device_id >> shift + 4 & 0xF]
    return result


def guide_numbers(channels: Iterable[C]) -> dict[str, C]:
    """Return the channels by the numbers that a tuner gives them, in the order of these numbers. The numbers are unique
    and not 0, because clients lose channels otherwise."""
    ordered: Sequence[C] = sorted(channels, key=lambda each: (each.number, each.id))
    taken = {each.number for each in ordered} | {0}
    numbers: dict[int, C] = {}
    for channel in ordered:
        number = channel.number
        if number in numbers or number == 0:
            number = NUMBER_OF_ZERO
            while number in taken:
                number += 1
            taken.add(number)
        numbers[number] = channel
    return {str(number): numbers[number] for number in sorted(numbers)}
