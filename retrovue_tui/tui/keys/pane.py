"""What a part of the screen binds: keys with a name, an id by which they can be rebound, and a line of help."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding


@dataclass(frozen=True)
class Pane:
    """A part of the screen with keys of its own."""

    title: str
    bindings: tuple[Binding, ...]


def key(keys: str, action: str, name: str, identity: str, tooltip: str, **more: str | bool) -> Binding:
    """One binding. `more`: `show` it in the bottom line, `display` it as, `priority` over whatever has the focus."""
    show = bool(more.get("show", False))
    display = str(more["display"]) if "display" in more else None
    priority = bool(more.get("priority", False))
    return Binding(keys, action, name, id=identity, tooltip=tooltip, show=show, key_display=display, priority=priority)


def unshown(pane: Pane) -> list[Binding]:
    """The bindings of a pane, without a place in the bottom line: where a room has others that matter more."""
    return [replace(binding, show=False) for binding in pane.bindings]
