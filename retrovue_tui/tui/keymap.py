"""Every key of the control room, in one place: the screens bind from here, and the help is written from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.binding import Binding


@dataclass(frozen=True)
class Pane:
    """A part of the screen with keys of its own."""

    title: str
    bindings: tuple[Binding, ...]


def _key(key: str, action: str, name: str, identity: str, tooltip: str, **more: str | bool) -> Binding:
    show = bool(more.get("show", False))
    display = str(more["display"]) if "display" in more else None
    priority = bool(more.get("priority", False))
    return Binding(key, action, name, id=identity, tooltip=tooltip, show=show, key_display=display, priority=priority)


AIR: Final = Pane(
    "On the air, on the chosen channel",
    (
        _key(
            "B",
            "app.ask_break",
            "Break now",
            "air.break_now",
            "A break at the very next frame; asks for its length, enter fires",
            show=True,
        ),
        _key(
            "R",
            "app.order('return')",
            "Return",
            "air.return",
            "Leave the break at once; the programme goes on at its frame",
            show=True,
        ),
        _key("S", "app.ask_skip", "Skip", "air.skip", "Leave the entry on air for the next one; asks first", show=True),
        _key("H", "app.order('hold')", "Hold break", "air.hold", "Put the next break off; the programme runs on"),
        _key("L", "app.order('release')", "Release break", "air.release", "Air the break that was held, at once"),
        _key("u,ctrl+z", "app.order('undo')", "Undo", "air.undo", "Undo the last edit of the rundown", show=True),
        _key("ctrl+r,ctrl+y", "app.order('redo')", "Redo", "air.redo", "Do again what was undone"),
    ),
)
EVERYWHERE: Final = Pane(
    "Everywhere",
    (
        _key(
            "question_mark,f1",
            "app.help",
            "Help",
            "app.help",
            "Keys, and what the words and figures mean",
            show=True,
            display="?",
        ),
        _key("y", "app.copy_url", "Copy URL", "app.copy_url", "Copy the channel's stream address"),
        _key("tab", "app.focus_next", "Next pane", "app.next_pane", "Go to the next pane"),
        _key("shift+tab", "app.focus_previous", "Previous pane", "app.previous_pane", "Go to the pane before"),
        _key("t", "app.next_theme", "Theme", "app.next_theme", "Go through the themes"),
        _key(
            "q",
            "app.quit",
            "Quit",
            "app.quit",
            "Leave; where this home's station would be left behind, it asks what becomes of it",
            show=True,
        ),
    ),
)
ALWAYS: Final = Pane(
    "Even over a dialog",
    (
        _key(
            "ctrl+c,ctrl+q",
            "app.interrupt",
            "Quit",
            "app.interrupt",
            "As q; pressed again it leaves at once, and the station stays on air",
            priority=True,
        ),
    ),
)
CHANNELS: Final = Pane(
    "Channels",
    (
        _key("up,k", "step(-1)", "Channel", "channels.up", "The channel above", show=True, display="↑↓"),
        _key("down,j", "step(1)", "Channel below", "channels.down", "The channel below"),
        _key("home,g", "step(-10000)", "First channel", "channels.first", "The first channel"),
        _key("end,G", "step(10000)", "Last channel", "channels.last", "The last channel"),
    ),
)
EVENTS: Final = Pane(
    "Events",
    (
        _key("up,k", "scroll_up", "Older", "events.older", "Older events", show=True, display="↑↓"),
        _key("down,j", "scroll_down", "Newer", "events.newer", "Newer events"),
        _key("pageup", "page_up", "Page older", "events.page_older", "A page of older events"),
        _key("pagedown", "page_down", "Page newer", "events.page_newer", "A page of newer events"),
        _key("home,g", "scroll_home", "Oldest", "events.oldest", "The oldest event kept"),
        _key("end,G", "scroll_end", "Newest", "events.newest", "The newest event, and follow what comes"),
    ),
)
DETAIL: Final = Pane(
    "Channel detail",
    (
        _key(
            "up,k",
            "scroll_up",
            "Scroll",
            "detail.up",
            "Scroll up, where the terminal is small",
            show=True,
            display="↑↓",
        ),
        _key("down,j", "scroll_down", "Scroll down", "detail.down", "Scroll down"),
        _key("home,g", "scroll_home", "Top", "detail.top", "The top of the detail"),
        _key("end,G", "scroll_end", "End", "detail.end", "The end of the detail"),
    ),
)
HELP: Final = Pane(
    "Help",
    (
        _key("escape,q,question_mark,f1", "dismiss", "Close", "help.close", "Close the help", show=True, display="esc"),
        _key("up,k", "scroll(-1)", "Up", "help.up", "Scroll up"),
        _key("down,j", "scroll(1)", "Down", "help.down", "Scroll down"),
    ),
)
QUIT: Final = Pane(
    "Quit dialog",
    (
        _key("l", "answer('leave')", "Leave on air", "quit.leave", "Close the screen; the station plays on"),
        _key("S", "answer('stop')", "Stop station", "quit.stop", "Take every channel off air"),
        _key("escape,q", "answer('')", "Cancel", "quit.cancel", "Back to the control room"),
        _key("left,up", "app.focus_previous", "Previous button", "quit.previous", "The button before"),
        _key("right,down", "app.focus_next", "Next button", "quit.next", "The next button"),
    ),
)
CUT: Final = Pane(
    "Break and skip dialogs",
    (
        _key("escape", "cancel", "Cancel", "cut.cancel", "Back to the control room; nothing is sent"),
        _key("left,up", "app.focus_previous", "Previous field", "cut.previous", "The field or button before"),
        _key("right,down", "app.focus_next", "Next field", "cut.next", "The next field or button"),
    ),
)
PANES: Final = (AIR, EVERYWHERE, ALWAYS, CHANNELS, DETAIL, EVENTS, HELP, QUIT, CUT)
