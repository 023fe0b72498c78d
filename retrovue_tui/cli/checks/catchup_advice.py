"""Finds channels whose catch-up cannot reach as far back as the configuration says."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from retrovue_tui.text.durations import duration_text

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.config.station_config import ChannelConfig, Config


def catchup_advice(config: Config) -> tuple[str, ...]:
    """Return a line for each channel whose as-run log begins later than its catch-up, and one if the cache holds less
    media than the longest catch-up. Blocking."""
    channels = [each for each in config.channels if each.catchup]
    lines = [line for each in channels if (line := _log_advice(config, each)) is not None]
    holds, longest = _cache_holds(config), max((each.catchup for each in channels), default=timedelta())
    if holds < longest:
        lines.append(
            f"catchup is {duration_text(longest)}, and cache_gb = {config.prepare.cache_gb:g} holds"
            f" {duration_text(holds)} of media: a viewer of older media waits until it is rendered; raise cache_gb"
        )
    return tuple(f"{config.path}: {line}" for line in lines)


def _log_advice(config: Config, channel: ChannelConfig) -> str | None:
    began = _log_began(config.state_dir, channel.id)
    if began is None:
        return None
    length = _in_minutes(timedelta(seconds=max(0.0, time.time() - began)))
    if length >= channel.catchup - timedelta(minutes=1):
        return None
    written = duration_text(channel.catchup)
    return f"channel {channel.id!r}: catchup is {written}, but its as-run log goes back {duration_text(length)} so far"


def _log_began(folder: Path, channel_id: str) -> float | None:
    """Return the Unix time of a channel's first row in the as-run log; None if there is none."""
    from retrovue_tui.playout.asrun.database import FILE_NAME, read_asrun
    from retrovue_tui.protocol.answers.asrun import AsRunFilter

    try:
        first = next(iter(read_asrun(folder / FILE_NAME, AsRunFilter(channel=channel_id))), None)
    except OSError:
        return None
    return None if first is None else first.started_at


def _cache_holds(config: Config) -> timedelta:
    """Return how much media the cache holds, in whole minutes."""
    from retrovue_tui.media.house_format import HouseFormat

    house = config.house
    made = HouseFormat.of(house.profile, house.rate, house.video_kbps, house.audio_kbps, house.loudness)
    return _in_minutes(timedelta(seconds=config.prepare.cache_bytes / ((made.video_kbps + made.audio_kbps) * 125)))


def _in_minutes(length: timedelta) -> timedelta:
    return length // timedelta(minutes=1) * timedelta(minutes=1)
