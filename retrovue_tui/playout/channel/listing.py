"""The facts about a channel for lists of channels: its number, name, group and logo."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.config.station_config import ChannelConfig


class ChannelListing:
    """The entries of a channel in guides and playlists, from its config."""

    config: ChannelConfig

    @property
    def number(self) -> int:
        """The channel's number, as viewers see it."""
        return self.config.number

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.config.name

    @property
    def group(self) -> str | None:
        """The channel's group in the playlist; None if it has none."""
        return self.config.group

    @property
    def logo(self) -> Path | None:
        """The file of the channel's logo; None if it has none of its own."""
        return self.config.logo

    @property
    def colour(self) -> str | None:
        """The channel's own colour, `#rrggbb`; None if it has none."""
        return None if self.config.plan is None else self.config.plan.colour

    @property
    def catchup_days(self) -> int:
        """How many days back viewers can watch what aired, rounded up; 0 if they cannot."""
        return -(-self.config.catchup // timedelta(days=1))
