"""The network tuner in the configuration: [hdhomerun]."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.config.form import Form, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HDHOMERUN_KEYS: Final = ("enabled", "discovery", "ssdp", "tuners", "name", "devices")
MOST_DEVICES: Final = 16
"""The most devices in `devices`."""
MOST_TUNERS: Final = 255
"""The most tuners of a device; the discovery protocol has one byte for their number."""
TOKEN_FOLDER: Final = "t"
"""No device may have this name, because addresses with a token begin with `/hdhr/t/`."""
_DEVICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_EXAMPLE: Final = 'devices = {kids = ["3", "4"]}'


@dataclass(frozen=True)
class HdHomeRunConfig:
    """[hdhomerun]: the station as a network tuner.

    `discovery`, `ssdp`: programs in the local network find the tuner by themselves, by SiliconDust's protocol or by
    that of UPnP. `tuners`: how many streams a device sends at once; None: one for each channel, and at least six.
    `name`: the name of the device; None: the name of the station. `devices`: further devices with some of the channels,
    by name.
    """

    enabled: bool = True
    discovery: bool = False
    ssdp: bool = False
    tuners: int | None = None
    name: str | None = None
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_hdhomerun(form: Form, table: dict[str, Any], channels: Sequence[str]) -> HdHomeRunConfig:
    """Return the settings of the table [hdhomerun]; the form collects its problems. `channels`: the ids of all
    channels."""
    form.unknown(table, "hdhomerun")
    return HdHomeRunConfig(
        enabled=form.flag(table, "hdhomerun", "enabled", True),
        discovery=form.flag(table, "hdhomerun", "discovery", False),
        ssdp=form.flag(table, "hdhomerun", "ssdp", False),
        tuners=form.whole(table, "hdhomerun", "tuners", None, 1, MOST_TUNERS),
        name=form.text(table, "hdhomerun", "name", None),
        devices=_devices(form, table.get("devices", {}), channels),
    )


def _devices(form: Form, value: object, channels: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        form.problem(f"devices is a table of channel ids by name, such as {_EXAMPLE}", "hdhomerun", "devices")
        return {}
    if len(value) > MOST_DEVICES:
        form.problem(f"there are {len(value)} devices; the limit is {MOST_DEVICES}", "hdhomerun", "devices")
    faults = [(name, _fault_of(name, ids, () if form.partial else channels)) for name, ids in value.items()]
    problems = [f"device {name!r}: {fault}" for name, fault in faults if fault is not None]
    for problem in problems:
        form.problem(problem, "hdhomerun", "devices")
    return {} if problems else MappingProxyType({name: tuple(dict.fromkeys(ids)) for name, ids in value.items()})


def _fault_of(name: str, ids: object, channels: Sequence[str]) -> str | None:
    """Return what is wrong with a device; None if nothing is. `channels`: the known ids; empty: they are not known."""
    if name == TOKEN_FOLDER or not _DEVICE.fullmatch(name):
        return f"use up to 32 letters, digits, - and _, and not {TOKEN_FOLDER!r} alone, because it is part of URLs"
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        return f"its value is a list of channel ids, such as {_EXAMPLE}"
    for each in ids:
        if channels and each not in channels:
            return f"there is no channel {each!r}{nearest(each, channels) or '; there are ' + ', '.join(channels)}"
    return None
