"""Finds settings of the network tuner that are valid but have no effect, or not the expected one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.loopback import is_loopback

if TYPE_CHECKING:
    from retrovue_tui.config.station_config import Config


def tuner_advice(config: Config) -> tuple[str, ...]:
    """Return one line for each such setting."""
    tuner, host = config.hdhomerun, config.server.host
    finders = [name for name, is_on in (("discovery", tuner.discovery), ("ssdp", tuner.ssdp)) if is_on]
    if not tuner.enabled:
        return tuple(f"{config.path}: {name} has no effect: the tuner is not enabled" for name in finders)
    lines = [
        f"channel {each.name!r} has number 0, which tuners do not have, so Plex and Jellyfin see it under another;"
        " choose one from 1"
        for each in config.channels if each.number == 0
    ]  # fmt: skip
    if is_loopback(host):
        lines += [f"{name} has no effect: other machines cannot reach host {host}" for name in finders]
    return tuple(f"{config.path}: {line}" for line in lines)
