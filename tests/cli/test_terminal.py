"""The control room's terminal: what it can show, as the environment tells."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.cli import main, terminal
from retrovue_tui.cli.commands import run
from retrovue_tui.cli.parser import read_arguments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"LANG": "C.UTF-8"},
        {"LANG": "de_DE.utf8"},
        {"LANG": "sr_RS.UTF-8@latin"},
        {"LC_CTYPE": "UTF-8", "LANG": "en_US.UTF-8"},
        {"LC_ALL": "en_GB.UTF-8", "LANG": "C"},
        {"LC_ALL": "", "LANG": "en_GB.UTF-8"},
    ],
)
def test_utf8_is_known(environment: dict[str, str]) -> None:
    assert terminal.not_utf8(environment, "utf-8") == ""
    assert terminal.not_utf8(environment, "UTF8") == ""


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, "LC_ALL=C"),
        ({"LC_ALL": "POSIX"}, "LC_ALL=POSIX"),
        ({"LANG": "de_DE.ISO-8859-1"}, "LANG=de_DE.ISO-8859-1"),
        ({"LANG": "de_DE@euro"}, "LANG=de_DE@euro"),
        ({"LC_CTYPE": "ja_JP.eucJP", "LANG": "C.UTF-8"}, "LC_CTYPE=ja_JP.eucJP"),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, "LANG=C"),
    ],
)
def test_a_poor_terminal_is_recognised_by_its_variables(environment: dict[str, str], reason: str) -> None:
    assert terminal.not_utf8(environment, "utf-8") == reason


def test_the_encoding_of_the_output_counts_too() -> None:
    assert terminal.not_utf8({"LANG": "C.UTF-8"}, "latin-1") == "an output encoding of latin-1"


@pytest.mark.parametrize(
    ("words", "locale", "ascii_only", "hinted"),
    [
        ([], "C.UTF-8", False, False),
        ([], "de_DE.ISO-8859-15", True, True),
        (["--ascii"], "C.UTF-8", True, False),
        (["--no-ascii"], "de_DE.ISO-8859-15", False, False),
    ],
)
def test_the_control_room_is_drawn_as_the_terminal_can(
    words: list[str],
    locale: str,
    ascii_only: bool,
    hinted: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    made: dict[str, Any] = {}

    class Room:
        fault = None

        def __init__(self, client: object, **options: Any) -> None:
            made.update(options)

        async def run_async(self) -> str:
            return "leave"

    for name in ("LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", locale)
    monkeypatch.setattr("retrovue_tui.tui.app.ControlRoom", Room)
    arguments = read_arguments(["run", "--home", str(tmp_path), *words])
    assert run._show(arguments, [("http://127.0.0.1:1", None)], own_station=True) == "leave"
    assert made["ascii_only"] is ascii_only
    assert bool(made["hint"]) is hinted
    said = capsys.readouterr().err
    assert ("--ascii" in said and "LANG=C.UTF-8" in said and locale in said) is hinted
    assert tmp_path / "keymap.toml" in made["places"].keymaps
    assert tmp_path / "themes" in made["places"].themes


@pytest.mark.parametrize("command", [["run"], ["attach", "http://127.0.0.1:1"], ["demo"]])
def test_without_a_terminal_it_says_what_to_use(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main([*command, "--home", str(tmp_path), "--ascii"]) == 2
    assert "needs a terminal" in capsys.readouterr().err
