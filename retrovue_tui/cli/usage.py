"""What may be typed: the commands and their options."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from retrovue_tui import __version__
from retrovue_tui.cli import checking, information, preparing, room, service
from retrovue_tui.config import default_home

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_COMMANDS: Final = (
    ("run", "show the control room of this home's station, starting the station when none runs (the default)"),
    ("attach", "show the control room of a station elsewhere"),
    ("serve", "run the station alone, in the foreground"),
    ("stop", "take this home's station off air"),
    ("demo", "make a small library and two channels, put them on air, and show the control room"),
    ("check", "validate the config, the rundowns and their media"),
    ("prepare", "render ahead what the rundowns, or some files, need"),
    ("status", "say what is on air"),
    ("locate", "say where everything is"),
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; argparse would print the whole usage as well."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"retrovue-tui: {message}; see {self.prog} --help\n")


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command (a function in `command`) with its options. Exits with 2 for what is wrong, 0 after `--help`."""
    words = _command_first(list(argv))
    if words and not words[0].startswith("-") and words[0] not in (names := [name for name, _ in _COMMANDS]):
        near = difflib.get_close_matches(words[0], names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
        _Parser(prog="retrovue-tui").error(f"unknown command {words[0]!r}: {hint}")
    arguments = _parser().parse_args(words)
    arguments.home = (arguments.home or default_home()).expanduser().absolute()
    return arguments


def _command_first(words: list[str]) -> list[str]:
    """`--home` may stand before the command, and `run` may be left out."""
    before: list[str] = []
    while words and (words[0] == "--home" or words[0].startswith("--home=")):
        count = 2 if words[0] == "--home" else 1
        before, words = before + words[:count], words[count:]
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words = ["run", *words]
    return [words[0], *before, *words[1:]]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="retrovue-tui",
        description="A control room in the terminal for always-on TV channels made from your own media.",
        epilog="Every command takes --home DIR and --help.",
    )
    parser.add_argument("--version", action="version", version=f"retrovue-tui {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    made = {name: commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
            for name, text in _COMMANDS}  # fmt: skip
    for each in made.values():
        each.add_argument(
            "--home", type=Path, metavar="DIR", help="the station's home ($RETROVUE_HOME, else the XDG data folder)"
        )
    for name in ("run", "serve", "demo"):
        made[name].add_argument("--host", help="listen on this address instead of the configured one")
        made[name].add_argument("--port", type=_port, help="listen on this port instead (0: any free one)")
    made["demo"].add_argument("--headless", action="store_true", help="without the control room, in the foreground")
    made["attach"].add_argument("url", metavar="URL", help="where the station is, like http://host:8480")
    made["attach"].add_argument("--token", help="the station's token ($RETROVUE_TOKEN)")
    made["prepare"].add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="media files (all rundowns' files)"
    )
    for name in ("check", "prepare", "status", "locate"):
        made[name].add_argument("--json", action="store_true", help="for a program to read")
    functions: dict[str, Callable[[argparse.Namespace], int]] = {
        "run": room.run, "attach": room.attach, "serve": service.serve, "stop": service.stop, "demo": room.demo,
        "check": checking.check, "prepare": preparing.prepare, "status": information.status,
        "locate": information.locate,
    }  # fmt: skip
    for name, function in functions.items():
        made[name].set_defaults(command=function)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)
