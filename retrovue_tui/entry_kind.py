"""The kinds of a rundown entry."""

from typing import Literal

EntryKind = Literal["programme", "spot", "slate"]
