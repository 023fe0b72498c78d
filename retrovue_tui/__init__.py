"""A control room in the terminal for always-on TV channels made from your own media."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retrovue_tui.break_candidate import BreakCandidate
    from retrovue_tui.streaming import CommercialStreamer, MPEGTSStreamer, analyze_natural_breaks

__all__ = ["BreakCandidate", "CommercialStreamer", "MPEGTSStreamer", "__version__", "analyze_natural_breaks"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the names for embedding at their first use, so that importing the package is quick."""
    if name in ("CommercialStreamer", "MPEGTSStreamer", "analyze_natural_breaks"):
        return getattr(import_module("retrovue_tui.streaming"), name)
    if name == "BreakCandidate":
        return import_module("retrovue_tui.break_candidate").BreakCandidate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, including those not imported yet, for `dir`, `help` and completion."""
    return sorted({*globals(), *__all__})
