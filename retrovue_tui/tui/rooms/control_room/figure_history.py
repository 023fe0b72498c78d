"""Keeps samples of each channel's figures from the last five minutes, for sparklines."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.text import glyphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot

STEP_S: Final = 5.0
KEPT: Final = 60
"""How many samples of each channel are kept: five minutes."""
NAMES: Final = ("fps", "speed", "bitrate", "viewers")
Sample = tuple[float, float, float, float]


class FigureHistory:
    """Keeps one sample of each channel for every `STEP_S`, at most `KEPT`."""

    def __init__(self) -> None:
        self._samples: dict[str, dict[str, deque[Sample]]] = {}
        self._taken: dict[str, float] = {}

    def take(self, snapshot: StationSnapshot, station: str = "") -> None:
        """Add samples of all channels of a station if `STEP_S` has passed since the last ones. Drop channels that no
        longer exist. `station`: the station's key, because each station has a clock of its own."""
        if 0 <= snapshot.at - self._taken.get(station, -math.inf) < STEP_S:
            return
        self._taken[station] = snapshot.at
        before = self._samples.get(station, {})
        samples = {each.id: before.get(each.id) or deque(maxlen=KEPT) for each in snapshot.channels}
        self._samples[station] = samples
        for channel in snapshot.channels:
            samples[channel.id].append(_sample(channel))

    def of(self, channel_id: str) -> Sequence[Sample]:
        """Return the samples of a channel, oldest first: FFmpeg's frames per second, speed, bit rate (kb/s), and the
        number of viewers."""
        return next((each[channel_id] for each in self._samples.values() if channel_id in each), ())


def _sample(channel: ChannelSnapshot) -> Sample:
    deck = channel.deck
    viewers = float(channel.viewers)
    return (deck.fps, deck.speed, deck.bitrate_kbps, viewers) if deck else (0.0, 0.0, 0.0, viewers)


def sparkline(values: Sequence[float], width: int) -> str:
    """Return a line of blocks, one cell for each of the newest `width` values, the newest on the right. The scale goes
    from zero to the highest value; nearly equal values are drawn at half height, so that a steady figure gives a level
    line."""
    shown = [value if math.isfinite(value) else 0.0 for value in values[-width:]] if width > 0 else []
    high = max(shown, default=0.0)
    if high <= 0:
        return (glyphs.LEVELS[0] * len(shown)).rjust(max(0, width))
    top = len(glyphs.LEVELS) - 1
    scale = top / high if min(shown) < 0.9 * high else top / 2 / high
    return "".join(glyphs.LEVELS[min(top, max(0, round(scale * value)))] for value in shown).rjust(width)
