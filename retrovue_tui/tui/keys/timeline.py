"""The keys of the break timeline."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane

TIMELINE: Final = Pane("Break timeline", ())
