"""The qualities of a channel in the configuration: `renditions` in [[channel]]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retrovue_tui.config.form import nearest
from retrovue_tui.config.station_config import PROFILES

if TYPE_CHECKING:
    from retrovue_tui.config.form import Form


def read_renditions(form: Form, table: dict[str, Any], where: str, house: str) -> tuple[str, ...]:
    """Return the profiles of a channel's lower qualities, the best first. `house`: the profile of the house format,
    which the list may name too."""
    named = form.texts(table, where, "renditions", '["720p", "480p", "360p"]')
    for name in named:
        if name not in PROFILES:
            near = nearest(name, tuple(PROFILES)) or f"; the profiles are {', '.join(PROFILES)}"
            form.problem(f"there is no profile {name!r}{near}", where, "renditions")
        elif PROFILES.index(name) > PROFILES.index(house):
            problem = f"{name} is not lower than {house}, the profile below [house]: put the highest quality there"
            form.problem(f"renditions: {problem}", where, "renditions")
    return tuple(name for name in reversed(PROFILES[: PROFILES.index(house)]) if name in named)
