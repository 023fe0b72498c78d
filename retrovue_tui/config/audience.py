"""The audience in the configuration: [audience]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from retrovue_tui.config.form import Form

AUDIENCE_KEYS: Final = ("keep",)
_KEEPS: Final = (timedelta(days=1), timedelta(days=3_650))


@dataclass(frozen=True)
class AudienceConfig:
    """[audience]: how many watched. `keep`: for how long the counts of an airing are kept; the as-run log itself stays
    after that."""

    keep: timedelta = timedelta(days=400)


def read_audience(form: Form, table: dict[str, Any]) -> AudienceConfig:
    """Return the settings of the table [audience]; the form collects its problems."""
    form.unknown(table, "audience")
    return AudienceConfig(form.duration(table, "audience", "keep", AudienceConfig.keep, *_KEEPS))
