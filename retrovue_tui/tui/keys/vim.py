"""The keys of `keymap = "vim"`: the differences from the default keys, by binding id.

By default `j` and `k` already go down and up in every list, `g` and `G` to its ends; `/` finds, `:` opens the palette,
`u` and ctrl+r undo and redo. This keymap adds `h` `j` `k` `l` for the timeline's cursor, ctrl+u and ctrl+d for half a
page, and ctrl+b and ctrl+f for a whole page. The capital letters run the shuttle (the moving cursor); their default
actions get new keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

VIM: Final[Mapping[str, str]] = {
    # Timeline
    "timeline.frame_back": "left,h",
    "timeline.frame_on": "right,l,space",
    "timeline.edit_before": "up,k",
    "timeline.edit_next": "down,j",
    "timeline.page_back": "pageup,ctrl+left,ctrl+u,ctrl+b",
    "timeline.page_on": "pagedown,ctrl+right,ctrl+d,ctrl+f",
    "timeline.start": "g,home,0",
    "timeline.end": "G,end,dollar_sign",
    "timeline.reverse": "J",
    "timeline.pause": "K",
    "timeline.forward": "L",
    "timeline.select": "v",
    "timeline.history": "U",
    # App: the capital L belongs to the shuttle
    "air.release": "ctrl+l",
    # Lists
    "bin.frame_back": "left,h",
    "bin.frame_on": "right,l",
    "bin.page_up": "pageup,ctrl+u,ctrl+b",
    "bin.page_down": "pagedown,ctrl+d,ctrl+f",
    "bin.mark": "space,V",
    "asrun.page_up": "pageup,ctrl+u,ctrl+b",
    "asrun.page_down": "pagedown,ctrl+d,ctrl+f",
    "audience.page_up": "pageup,ctrl+u,ctrl+b",
    "audience.page_down": "pagedown,ctrl+d,ctrl+f",
    "schedule.before": "pageup,left_square_bracket,ctrl+u,ctrl+b",
    "schedule.after": "pagedown,right_square_bracket,ctrl+d,ctrl+f",
    "events.page_older": "pageup,ctrl+u,ctrl+b",
    "events.page_newer": "pagedown,ctrl+d,ctrl+f",
    "help.page_up": "pageup,ctrl+u,ctrl+b",
    "help.page_down": "pagedown,ctrl+d,ctrl+f,space",
    "insert.up": "up,k,left,h",
    "insert.down": "down,j,right,l,tab",
}
