"""The look of a state on screen: a word, a glyph and a colour. Any two of the three are enough to recognise it.

The colours are variables of the theme, such as `$tally-air`. A style is a Textual style string.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.tui.text import glyphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot

Severity = Literal["plain", "good", "warn", "bad"]

QUIET: Final = "$quiet"
NEXT: Final = "$tally-next"
SPOT: Final = "$tally-spot"
SPOT_GLYPH: Final = glyphs.SPOT
CURSOR: Final = glyphs.CURSOR


@dataclass(frozen=True)
class Tally:
    """A state on screen: glyph, word, style, and an explanation for the help."""

    glyph: str
    word: str
    style: str
    meaning: str = ""
    chip: str = ""
    """A stronger style for use outside lists; empty: use `style`."""

    @property
    def text(self) -> str:
        """The glyph and the word."""
        return f"{self.glyph} {self.word}"

    @property
    def loud(self) -> str:
        """The style for use outside lists."""
        return self.chip or self.style


CHANNEL_STATES: Final[Mapping[str, Tally]] = {
    "starting": Tally(glyphs.STARTING, "STARTING", "bold $tally-next", "not ready yet; viewers see the slate"),
    "on_air": Tally(
        glyphs.AIR, "ON AIR", "bold $tally-air", "an entry of the rundown is on air", "bold reverse $tally-air"
    ),
    "slate": Tally(
        glyphs.SLATE, "SLATE", "bold reverse $tally-hold", "nothing can air now; viewers see the house picture"
    ),
    "stopped": Tally(glyphs.STOPPED, "STOPPED", "$quiet", "the channel is off"),
}
LINKS: Final[Mapping[str, Tally]] = {
    "connecting": Tally(glyphs.STARTING, "CONNECTING", "$tally-next", "asking the station for the first time"),
    "connected": Tally(glyphs.CONNECTED, "CONNECTED", "$tally-good", "live figures, four times a second"),
    "lost": Tally(
        glyphs.MISSING, "LOST", "bold reverse $tally-air", "the station does not answer; figures are the last known"
    ),
}
LEVELS: Final[Mapping[str, Tally]] = {
    "info": Tally(glyphs.DOT, "info", ""),
    "warning": Tally(glyphs.WARNING, "warning", "$tally-hold"),
    "error": Tally(glyphs.MISSING, "error", "bold $tally-missing"),
}
SEVERITIES: Final[Mapping[Severity, tuple[str, str]]] = {
    "plain": ("", "$foreground"),
    "good": ("", "$tally-good"),
    "warn": (f"{glyphs.WARNING} ", "bold $tally-hold"),
    "bad": (f"{glyphs.MISSING} ", "bold $tally-missing"),
}
"""Severity of a figure → a prefix for its value, and a style."""


def channel_state(state: str) -> Tally:
    """Return the tally of a channel's state; an unknown state appears as the station sent it."""
    return CHANNEL_STATES.get(state) or Tally(glyphs.UNSURE, state.upper().replace("_", " "), "$foreground")


HELD: Final = Tally(glyphs.HOLD, "HOLD", "bold $tally-hold", "on air; the next break is put off until it is released")
DEAD: Final = Tally(
    glyphs.MISSING,
    "DEAD",
    "bold reverse $tally-missing",
    "no new frames for seconds, or no FFmpeg plays the prepared media",
)
_SHORT: Final = {"on_air": "AIR", "starting": "NEXT", "stopped": "OFF"}


def channel_chip(channel: ChannelSnapshot, dead_s: float, *, stale: bool) -> Tally:
    """Return a channel's tally for a list. `dead_s`: how long FFmpeg has not advanced (s); 0: it advances. `stale`: the
    state may be out of date."""
    state = channel_state(channel.state)
    word = _SHORT.get(channel.state, state.word)
    if stale:
        return Tally(glyphs.UNSURE, word, QUIET)
    if dead_s:
        return DEAD
    if channel.state == "on_air" and channel.held is not None:
        return HELD
    glyph = glyphs.NEXT if channel.state == "starting" else state.glyph
    return Tally(glyph, word, state.style, state.meaning, state.chip)


CLIENT_STATES: Final[Mapping[str, Tally]] = {
    "live": Tally(glyphs.CONNECTED, "LIVE", "$tally-good", "a client receives the live stream"),
    "behind": Tally(glyphs.WARNING, "BEHIND", "bold $tally-hold", "a client takes the live stream too slowly"),
    "catchup": Tally(glyphs.LEFT, "CATCH-UP", "$tally-next", "a client receives what aired earlier"),
    "control": Tally(glyphs.UNMARKED, "CONTROL", QUIET, "a control room, or a program that follows the events"),
}

OUTPUT_STATES: Final[Mapping[str, Tally]] = {
    "sending": Tally(glyphs.CONNECTED, "sending", "$tally-good", "a receiver is sent the stream"),
    "connecting": Tally(glyphs.STARTING, "connecting", "$tally-next", "a receiver is called"),
    "waiting": Tally(glyphs.WARNING, "waiting", "bold $tally-hold", "a receiver failed, and will be called again"),
    "failed": Tally(glyphs.MISSING, "failed", "bold $tally-missing", "an output needs another configuration"),
}


def level(name: str) -> Tally:
    """Return the tally of an event's level: `info`, `warning` or `error`."""
    return LEVELS.get(name, LEVELS["info"])
