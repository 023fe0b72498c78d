"""The key bindings of a part of the screen: each has a name, an id for rebinding, and a line of help."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding


@dataclass(frozen=True)
class Pane:
    """A part of the screen with keys of its own."""

    title: str
    bindings: tuple[Binding, ...]


def key(keys: str, action: str, name: str, identity: str, tooltip: str, **more: str | bool) -> Binding:
    """Return a binding. `more`: `show` (list it in the bottom line), `display` (the key as text there), `priority`
    (over the focused widget)."""
    show = bool(more.get("show", False))
    display = str(more["display"]) if "display" in more else None
    priority = bool(more.get("priority", False))
    return Binding(keys, action, name, id=identity, tooltip=tooltip, show=show, key_display=display, priority=priority)


def unshown(pane: Pane, but: str = "") -> list[Binding]:
    """Return the bindings of a pane, all hidden from the bottom line, for rooms with more important keys; the binding
    with the id `but` is shown."""
    return [replace(binding, show=binding.id == but) for binding in pane.bindings]
