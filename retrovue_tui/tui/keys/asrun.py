"""The keys of the as-run."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane

ASRUN: Final = Pane("As-run", ())
