"""The kinds of rundown entries."""

from typing import Literal

EntryKind = Literal["programme", "spot", "slate"]
