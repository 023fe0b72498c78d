"""The keys of `keymap = "vim"`: what differs from the usual ones, by binding id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

VIM: Final[Mapping[str, str]] = {}
