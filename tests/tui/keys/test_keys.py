"""The keys, as a whole."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from retrovue_tui.tui import keys
from retrovue_tui.tui.dialogs.help import LABEL, HelpText, key_names
from tests.tui.conftest import open_room

ALIASES = {"ctrl+i", "ctrl+m", "ctrl+h", "ctrl+left_square_bracket"}


def test_every_key_has_an_id_and_a_tooltip_of_its_own() -> None:
    bindings = [binding for pane in keys.PANES for binding in pane.bindings]
    assert all(binding.id and binding.tooltip and binding.description for binding in bindings)
    assert len({binding.id for binding in bindings}) == len(bindings)


OVER_THE_AIRS: Final = {"timeline.undo": "air.undo", "timeline.redo": "air.redo"}
"""What is staged is taken back first."""


@pytest.mark.parametrize("panes", list(keys.together()), ids=lambda panes: " and ".join(pane.title for pane in panes))
def test_no_key_means_two_things_at_once(panes: tuple[keys.Pane, ...]) -> None:
    bindings = {str(binding.id): binding.key.split(",") for pane in panes for binding in pane.bindings}
    for over, under in OVER_THE_AIRS.items():
        if over in bindings:
            assert bindings[over] == bindings.pop(under)
    counted = Counter(key for each in bindings.values() for key in each)
    assert [key for key, count in counted.items() if count > 1] == []
    assert not ALIASES & counted.keys()


def test_keys_are_named_for_people() -> None:
    assert key_names("question_mark,f1") == "? f1"
    assert key_names("up,k") == "↑ k"


async def test_the_footer_is_short_and_whole_at_80_columns() -> None:
    async with open_room(size=(80, 24)) as room:
        await room.shows("Quit")
        for _ in range(3):
            footer = room.lines[-1]
            active = room.app.screen.active_bindings.values()
            hints = {each.binding.description for each in active if each.binding.show}
            assert len(hints) <= 8
            assert all(hint in footer for hint in hints)
            await room.pilot.press("tab")
            await room.pilot.pause()


async def test_the_help_begins_with_the_pane_one_comes_from() -> None:
    async with open_room(size=(80, 24)) as room:
        await room.pilot.press("question_mark")
        await room.shows("Choose the channel below")
        await room.pilot.press("escape", "tab", "tab", "question_mark")
        await room.shows("Scroll to older events")
        await room.pilot.press("end")
        await room.shows("the grid: the times at which")
        await room.pilot.press("q")
        await room.until(lambda: room.app.screen is room.app.room)


def test_many_keys_for_one_action_have_a_line_of_their_own() -> None:
    lines = [each.plain for each in HelpText([keys.TIMELINE], lambda binding: "page down ctrl+d ctrl+f", ()).lines(90)]
    place = lines.index("  page down ctrl+d ctrl+f")
    assert lines[place + 1].startswith(" " * LABEL)
    assert lines[place + 1].strip()
