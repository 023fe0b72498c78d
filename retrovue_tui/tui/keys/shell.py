"""The keys that work in every room, and the keys of the shared dialogs."""

from __future__ import annotations

from typing import Final

from retrovue_tui.tui.keys.pane import Pane, key

AIR: Final = Pane(
    "On air, on the chosen channel",
    (
        key(
            "B",
            "app.ask_break",
            "Break now",
            "air.break_now",
            "Air a break at the very next frame: asks for its length; enter airs it",
            show=True,
        ),
        key(
            "R",
            "app.send('return')",
            "Return",
            "air.return",
            "Leave the break at once; the programme resumes at its frame",
            show=True,
        ),
        key("S", "app.ask_skip", "Skip", "air.skip", "Cut to the next entry; asks first", show=True),
        key(
            "H",
            "app.hold_or_release",
            "Hold/Release",
            "air.hold",
            "Put off the next break; again: air the held break",
        ),
        key("L", "app.send('release')", "Release break", "air.release", "Air the held break at once"),
        key(
            "X",
            "app.stop_or_start",
            "Stop/Start",
            "air.stop",
            "Take the channel off air (asks first), or put it on air again",
        ),
        key("u", "app.send('undo')", "Undo", "air.undo", "Undo the last edit of the rundown", show=True),
        key("ctrl+r,ctrl+y", "app.send('redo')", "Redo", "air.redo", "Redo the edit undone last"),
    ),
)
EVERYWHERE: Final = Pane(
    "Everywhere",
    (
        key(
            "question_mark,f1",
            "app.help",
            "Help",
            "app.help",
            "Show the keys, and the meaning of words and figures",
            show=True,
            display="?",
        ),
        key("colon,ctrl+p", "app.command_palette", "Palette", "app.palette", "Find any action by its name"),
        key("1", "app.room(1)", "Control room", "app.room_1", "Show the channels at a glance"),
        key("2", "app.room(2)", "Timeline", "app.room_2", "Show the channel's break timeline"),
        key("3", "app.room(3)", "Bin", "app.room_3", "Show the programmes and spots"),
        key("4", "app.room(4)", "As-run", "app.room_4", "Show what aired, and the events"),
        key("5", "app.room(5)", "Schedule", "app.room_5", "Show the coming week, and edit its blocks"),
        key("6", "app.room(6)", "Audience", "app.room_6", "Show how many watched what, and who stayed"),
        key(
            "c", "app.room(0)", "Clients", "app.clients", "Show addresses for players, and who is connected", show=True
        ),
        key("escape", "app.back", "Back", "app.back", "Close what is open here; then back to the control room"),
        key(
            "less_than_sign",
            "app.step_channel(-1)",
            "Previous channel",
            "app.previous_channel",
            "Choose the previous channel",
        ),
        key("greater_than_sign", "app.step_channel(1)", "Next channel", "app.next_channel", "Choose the next channel"),
        key("Q", "app.qr", "QR code", "app.qr", "Show the channel's stream address as a QR code, for a phone"),
        key("tab", "app.focus_next", "Next pane", "app.next_pane", "Go to the next pane"),
        key("shift+tab", "app.focus_previous", "Previous pane", "app.previous_pane", "Go to the previous pane"),
        key("t", "app.next_theme", "Theme", "app.next_theme", "Change to the next theme"),
        key(
            "q",
            "app.quit",
            "Quit",
            "app.quit",
            "Quit; asks first if something is on air, somebody watches, or edits are staged",
            show=True,
        ),
    ),
)
DISPLAY: Final = Pane(
    "The display",
    (
        key("enter", "app.room(2)", "Timeline", "display.timeline", "Show the break timeline of the chosen channel"),
        key(
            "m",
            "multiviewer",
            "Multiviewer",
            "display.wall",
            "Show every channel's picture; again, or esc: the list",
        ),
        key("slash", "filter", "Filter", "display.filter", "Filter the events: words of message, level or kind"),
        key("d", "details", "Event details", "display.details", "Show or hide events of decks, joins and renders"),
        key("y", "app.copy_url", "Copy URL", "display.copy_url", "Copy the channel's stream address"),
        key("p", "app.pause", "Pause display", "display.pause", "Freeze the display; channels stay on air"),
    ),
)
ALWAYS: Final = Pane(
    "Even over a dialog",
    (
        key(
            "ctrl+c,ctrl+q",
            "app.interrupt",
            "Quit",
            "app.interrupt",
            "Quit like q; pressed again, quit at once; the station stays on air",
            priority=True,
        ),
        key(
            "ctrl+z",
            "app.suspend_process",
            "Suspend",
            "app.suspend",
            "Go to the shell; `fg` returns, and the station stays on air",
            priority=True,
        ),
    ),
)
HELP: Final = Pane(
    "Help",
    (
        key("escape,q,question_mark,f1", "dismiss", "Close", "help.close", "Close the help", show=True, display="esc"),
        key("up,k", "scroll(-1)", "Up", "help.up", "Scroll up"),
        key("down,j", "scroll(1)", "Down", "help.down", "Scroll down"),
        key("pageup", "page(-1)", "Page up", "help.page_up", "Go up a page"),
        key("pagedown,space", "page(1)", "Page down", "help.page_down", "Go down a page"),
        key("home,g", "end(-1)", "Top", "help.top", "Scroll to the top of the help"),
        key("end,G", "end(1)", "End", "help.end", "Scroll to the end of the help"),
    ),
)
QUIT: Final = Pane(
    "Quit dialog",
    (
        key("l", "answer('leave')", "Leave on air", "quit.leave", "Quit the control room; the station stays on air"),
        key("R", "answer('restart')", "Restart station", "quit.restart", "Restart the station; only on its machine"),
        key("S", "answer('stop')", "Stop station", "quit.stop", "Take every channel off air; only on its machine"),
        key("escape,q", "answer('')", "Cancel", "quit.cancel", "Go back to the control room"),
        key("left,up", "app.focus_previous", "Previous button", "quit.previous", "Go to the previous button"),
        key("right,down", "app.focus_next", "Next button", "quit.next", "Go to the next button"),
    ),
)
CUT: Final = Pane(
    "Break, skip and stop dialogs",
    (
        key("escape", "cancel", "Cancel", "cut.cancel", "Go back to the control room without sending anything"),
        key("left,up", "app.focus_previous", "Previous field", "cut.previous", "Go to the previous field or button"),
        key("right,down", "app.focus_next", "Next field", "cut.next", "Go to the next field or button"),
    ),
)
BREAK: Final = Pane(
    "Break dialog",
    (key("enter", "fire", "Break now", "cut.fire", "Air the break at the next frame"),),
)
QR: Final = Pane(
    "QR code",
    (
        key("escape,q,Q,enter", "dismiss", "Close", "qr.close", "Close the code", show=True, display="esc"),
        key("y", "copy", "Copy address", "qr.copy_url", "Copy the address in the code"),
    ),
)
EXPORT: Final = Pane(
    "Export dialog",
    (
        key("escape", "cancel", "Cancel", "export.cancel", "Go back without writing anything"),
        key("up", "app.focus_previous", "Previous field", "export.previous", "Go to the previous field or button"),
        key("down", "app.focus_next", "Next field", "export.next", "Go to the next field or button"),
    ),
)
