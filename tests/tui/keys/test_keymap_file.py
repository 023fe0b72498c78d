"""The operator's own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.tui.app import ControlRoom
from retrovue_tui.tui.dialogs.help import HelpText
from retrovue_tui.tui.keys.keymap_file import bindings, clashes, read_keymap
from retrovue_tui.tui.keys.vim import VIM
from retrovue_tui.tui.user_paths import UserPaths
from tests.tui.conftest import QUICK, Clock, Room
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, text: str, name: str = "keymap.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- what the presets are -------------------------------------------------------------------------------------------


def test_neither_preset_has_a_key_for_two_things() -> None:
    assert list(clashes({})) == []
    assert list(clashes(VIM)) == []


def test_vim_moves_by_hjkl_and_knows_every_action_it_names() -> None:
    assert VIM.keys() <= bindings().keys()
    for action, key in zip(("frame_back", "edit_next", "edit_before", "frame_on"), "hjkl", strict=True):
        assert key in VIM[f"timeline.{action}"].split(",")


# --- reading --------------------------------------------------------------------------------------------------------


def test_no_file_is_nothing_wrong(tmp_path: Path) -> None:
    assert read_keymap([tmp_path / "keymap.toml"]) == ({}, [])


def test_keys_are_written_as_people_do(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[keys]\n"air.skip" = "F9"\n"channels.up" = ["up", "K", "w"]\n"app.help" = "?"\n'
        '"app.palette" = ["ctrl+p", ":"]\n'
        '"bin.page_up" = "PgUp"\n"events.newest" = "end,esc"\n',
    )
    keymap, problems = read_keymap([path])
    assert len(problems) == 1
    assert "events.newest is left as it was" in problems[0]
    assert keymap["air.skip"] == "f9"
    assert keymap["channels.up"] == "up,K,w"
    assert keymap["app.help"] == "question_mark"
    assert keymap["app.palette"] == "ctrl+p,colon"
    assert keymap["bin.page_up"] == "pageup"


def test_actions_need_no_quotes(tmp_path: Path) -> None:
    assert read_keymap([write(tmp_path, "[keys]\nair.skip = 'f9'\n")]) == ({"air.skip": "f9"}, [])
    assert read_keymap([write(tmp_path, "[keys.air]\nskip = 'f9'\n")]) == ({"air.skip": "f9"}, [])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('"air.skipp" = "f9"', ("unknown action 'air.skipp'", "did you mean 'air.skip'?")),
        ('"air.skip" = "fn9"', ("air.skip: there is no key 'fn9'",)),
        ('"air.skip" = "hyper+s"', ("unknown modifier 'hyper'", "ctrl, alt, shift")),
        ('"air.skip" = "shift+x"', ("write 'X' for 'shift+x'",)),
        ('"air.skip" = "ctrl+i"', ("the same as tab",)),
        ('"air.skip" = "ctrl+shift+s"', ("send 'ctrl+shift+s' as the same key with ctrl alone",)),
        ('"air.skip" = 9', ("air.skip is a key or a list of keys",)),
        ('"air.skip" = []', ("air.skip is a key or a list of keys",)),
        (
            '"air.skip" = "B"',
            ("air.skip is left as it was", "air.break_now", "cannot both have the key 'B'", "choose another key"),
        ),
        ('"bin.sort" = "q"', ("bin.sort is left as it was", "app.quit")),
    ],
)
def test_wrong_lines_are_reported_and_the_others_take_effect(tmp_path: Path, wrong: str, said: tuple[str, ...]) -> None:
    path = write(tmp_path, f'# mine\n[keys]\n"bin.mark" = "m"\n{wrong}\n"air.return" = "f8"\n')
    keymap, problems = read_keymap([path])
    assert keymap == {"bin.mark": "m", "air.return": "f8"}
    assert len(problems) == 1
    assert f"{path}, line 4" in problems[0] or f"{path}:4" in problems[0]
    for each in said:
        assert each in problems[0]


def test_a_preset_there_is_not_and_a_key_there_is_not_leave_the_rest(tmp_path: Path) -> None:
    keymap, problems = read_keymap([write(tmp_path, 'keymap = "emacs"\ncolour = 1\n[keys]\n"bin.mark" = "m"\n')])
    assert keymap == {"bin.mark": "m"}
    assert ["'emacs'" in each or "'colour'" in each for each in problems] == [True, True]
    assert all('"default" and "vim"' in each or "the known keys are keymap and [keys]" in each for each in problems)


def test_a_file_that_is_no_toml_is_skipped_and_reported_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, '[keys]\n"bin.mark" = "m"\n"air.skip" = \n')
    keymap, (problem,) = read_keymap([path])
    assert keymap == {}
    assert "is not TOML" in problem
    assert ":3" in problem or "line 3" in problem


def test_two_keys_may_change_places(tmp_path: Path) -> None:
    path = write(tmp_path, '[keys]\n"air.skip" = "R"\n"air.return" = "S"\n')
    assert read_keymap([path]) == ({"air.skip": "R", "air.return": "S"}, [])


def test_overrides_stand_on_a_preset_and_later_files_on_earlier_ones(tmp_path: Path) -> None:
    own = write(tmp_path, 'keymap = "vim"\n[keys]\n"bin.mark" = "m"\n', "own.toml")
    home = write(tmp_path, '[keys]\n"bin.mark" = "M"\n"air.skip" = "f9"\n', "home.toml")
    assert read_keymap([own, home]) == ({**VIM, "bin.mark": "M", "air.skip": "f9"}, [])
    plain = write(tmp_path, 'keymap = "default"\n', "plain.toml")
    assert read_keymap([own, plain]) == ({}, [])


def test_a_key_that_only_the_preset_takes_clashes_too(tmp_path: Path) -> None:
    keymap, problems = read_keymap([write(tmp_path, 'keymap = "vim"\n[keys]\n"timeline.split" = "h"\n')])
    assert keymap == VIM
    assert len(problems) == 1
    assert "timeline.split is left as it was" in problems[0]


# --- in the control room --------------------------------------------------------------------------------------------


async def test_own_keys_work_and_are_shown_in_help_palette_and_toast(tmp_path: Path) -> None:
    path = write(tmp_path, 'keymap = "vim"\n[keys]\n"air.skip" = "f9"\n"air.hold" = "Ctrl+I"\n')
    fake, clock = FakeStation(), Clock()
    app = ControlRoom(fake, True, clock=clock, pace=QUICK, places=UserPaths(keymaps=(path,)))
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        room = Room(app, pilot, fake, clock)
        await room.shows("CONNECTED", "Demo Station", "Keymap: skipped lines")
        assert "air.hold: to a terminal 'Ctrl+I' is the same as tab" in next(iter(app._notifications)).message
        await pilot.press("S")
        await pilot.pause()
        assert app.screen is app.room
        await pilot.press("f9")
        await room.shows("Skip · Retro One")
        await pilot.press("escape")
        await pilot.press("question_mark")
        await room.shows("Help")
        told = "".join(line.plain.strip() for line in app.screen.query_one(HelpText).lines(100))
        assert "Your own keys and themes" in told
        assert str(path) in told
        assert f"f9 {bindings()['air.skip'].tooltip}" in " ".join(told.split())
        await pilot.press("escape")
        await pilot.press("colon", *"skip")
        await room.shows("Skip   f9")
