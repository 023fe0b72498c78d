"""The keys of the bin."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane

BIN: Final = Pane("Bin", ())
