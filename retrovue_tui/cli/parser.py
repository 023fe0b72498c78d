"""The command-line parser: all commands and their options."""

from __future__ import annotations

import argparse
import contextlib
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from retrovue_tui import __version__
from retrovue_tui.cli import serve  # fmt: skip
from retrovue_tui.cli.commands import (
    alerts,
    analyze,
    check,
    clients,
    ctl,
    edge,
    farm,
    home_archive,
    init,
    prepare,
    run,
    service,
)
from retrovue_tui.cli.commands.reports import asrun, audience, guide, metrics, plan, status
from retrovue_tui.cli.setup.line_up import MOST_CHANNELS
from retrovue_tui.config.station_config import default_home
from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.audience import DIMENSIONS
from retrovue_tui.protocol.answers.clients import LONGEST_BLOCK_S
from retrovue_tui.protocol.answers.guide import MOST_DAYS
from retrovue_tui.protocol.commands import COMMAND_SPECS
from retrovue_tui.protocol.time_input import moment
from retrovue_tui.text.durations import HOW_TO_WRITE, parse_duration
from retrovue_tui.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.protocol.commands import CommandSpec

COMMANDS: Final = (
    ("run", "show the control room of this home's station, starting the station when none runs (the default)"),
    ("attach", "show the control room of a station elsewhere, or of several stations together"),
    ("serve", "run the station without a control room, in the foreground"),
    ("stop", "take this home's station off air"),
    ("demo", "make a small library and two channels, put them on air, and show the control room"),
    ("init", "make a home for your own media: look at the folders, and write a config and rundowns for them"),
    ("check", "find problems in the config, the rundowns and their media; with file names: check only these files"),
    ("prepare", "render media ahead of time: all that the rundowns need, or only the named files"),
    ("farm", "let this machine render for a station: start a scheduler and workers, or workers for another scheduler"),
    ("plan", "print what a channel's plan would write from now on, and why; nothing is changed"),
    ("analyze", "find the natural places for breaks in media files"),
    ("status", "print what is on air"),
    ("clients", "print who watches, or disconnect one of them"),
    ("alerts", "print the alerts of the running station, or send a test message to all receivers"),
    ("metrics", "print the metrics of the running station, or a dashboard of them for Grafana"),
    ("ctl", "send a command to a channel of the running station, and print its receipt"),
    ("asrun", "print or export what has aired"),
    ("audience", "print how many watched which spots and programmes, or a proof of play for an advertiser"),
    ("guide", "print what the running station airs now and tonight, or its guide for players"),
    ("locate", "print the paths of the home"),
    ("service", "let systemd run the station of this home: at login or boot, and again after a failure"),
    ("edge", "print the configuration of a web server in front of the station, for many viewers: edge nginx"),
    ("export", "back up the home to a tar file: its config, rundowns and state, but no media; the station may run"),
    ("import", "restore a home from a file of `export`, here or on another machine"),
)


_SHOWN: Final = {"spots": "--spots FILE …", "edits": "--file FILE"}
"""Argument → how a person types it, for arguments that are not written as `key=value`."""


_MISSING: Final = re.compile("arguments are required: (.*CHANNEL.*)")


class _Parser(argparse.ArgumentParser):
    """Reports an error in one line. argparse itself would also print the whole usage."""

    def error(self, message: str) -> NoReturn:
        if self.prog.endswith(" ctl") and (missing := _MISSING.search(message)):
            named = [name for name in ("COMMAND", "CHANNEL") if name in missing[1]]
            are = "are" if len(named) > 1 else "is"
            message = f"{' and '.join(named)} {are} missing; write it like: retrovue-tui ctl skip 1"
        self.exit(2, f"retrovue-tui: {message}; see {self.prog} --help\n")


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line; `command` is the function that runs the command. Exits with 2 for wrong
    usage, and with 0 after `--help`."""
    words = _command_first(list(argv))
    if words and not words[0].startswith("-") and words[0] not in (names := [name for name, _ in COMMANDS]):
        hint = did_you_mean(words[0], names, otherwise=f"the commands are {', '.join(names)}")
        _Parser(prog="retrovue-tui").error(f"unknown command {words[0]!r}: {hint}")
    parser = _parser()
    arguments, rest = parser.parse_known_args(words)
    if arguments.command is ctl.ctl:  # argparse itself accepts no key=value after an option
        arguments.words += [word for word in rest if not word.startswith("-")]
        rest = [word for word in rest if word.startswith("-")]
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.home = _home(arguments.home)
    if arguments.home.exists() and not arguments.home.is_dir():
        parser.error(f"{arguments.home} is a file, and a station's home is a folder; name a folder with --home DIR")
    return arguments


def _home(named: Path | None) -> Path:
    """Return the home that `--home` names, or else the user's default home."""
    home = default_home() if named is None else named
    if str(home).startswith("~"):
        with contextlib.suppress(RuntimeError):  # a user after "~" may not exist: then "~name" is a folder's name
            home = home.expanduser()
    return home.absolute()


def _command_first(words: list[str]) -> list[str]:
    """Return the words with the command first, because `--home` may stand before it. If there is no command, add
    `run`."""
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
    parsers = {name: commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
            for name, text in COMMANDS}  # fmt: skip
    for each in parsers.values():
        each.add_argument(
            "--home",
            type=Path,
            metavar="DIR",
            help="the station's home (default: $RETROVUE_HOME, or the data folder)",
        )
    for name in ("run", "serve", "demo"):
        parsers[name].add_argument("--host", help="listen on this address instead of the configured one")
        parsers[name].add_argument("--port", type=_port, help="listen on this port instead (0: any free one)")
    for name in ("run", "attach", "demo"):
        parsers[name].add_argument(
            "--ascii", action=argparse.BooleanOptionalAction,
            help="draw only with ASCII characters (default if the terminal is not UTF-8)",
        )  # fmt: skip
    parsers["demo"].add_argument("--headless", action="store_true", help="no control room: run in the foreground")
    _add_files(parsers["check"], parsers["prepare"], parsers["analyze"])
    _add_attach(parsers["attach"])
    _add_init(parsers["init"])
    _add_clients(parsers["clients"])
    _add_actions(parsers["alerts"], parsers["metrics"])
    _add_ctl(parsers["ctl"])
    _add_asrun(parsers["asrun"])
    _add_audience(parsers["audience"])
    _add_service(parsers["service"])
    _add_edge(parsers["edge"])
    _add_archive(parsers["export"], parsers["import"])
    parsers["plan"].add_argument("channel", metavar="CHANNEL", help="the channel's id")
    parsers["plan"].add_argument(
        "--days", type=_days, default=1.0, metavar="N", help="how far ahead, in days (default: 1)"
    )
    farm.add_options(parsers["farm"])
    _add_guide(parsers["guide"])
    for name in ("analyze", "check", "prepare", "plan", "status", "clients", "alerts", "ctl", "locate", "service"):
        parsers[name].add_argument("--json", action="store_true", help="print JSON, for other programs")
    functions: dict[str, Callable[[argparse.Namespace], int]] = {
        "run": run.run, "attach": run.attach, "serve": serve.serve, "stop": serve.stop, "demo": run.demo,
        "init": init.init, "analyze": analyze.analyze, "check": check.check, "prepare": prepare.prepare,
        "plan": plan.plan, "status": status.status, "clients": clients.clients, "farm": farm.farm,
        "alerts": alerts.alerts, "metrics": metrics.metrics, "audience": audience.audience,
        "ctl": ctl.ctl, "asrun": asrun.asrun, "guide": guide.guide, "locate": status.locate, "service": service.service,
        "edge": edge.edge,
        "export": home_archive.export_home, "import": home_archive.import_home,
    }  # fmt: skip
    for name, function in functions.items():
        parsers[name].set_defaults(command=function)
    return parser


def _add_files(
    check: argparse.ArgumentParser, prepare: argparse.ArgumentParser, analyze: argparse.ArgumentParser
) -> None:
    for each, what in ((check, "check only these files, media or rundowns"), (prepare, "prepare these media files")):
        each.add_argument(
            "files", nargs="*", type=Path, metavar="FILE",
            help=f"{what}; this needs no configuration (default: everything in the home)",
        )  # fmt: skip
    analyze.add_argument(
        "paths", nargs="+", type=Path, metavar="FILE|FOLDER",
        help="media files, and folders of media files; this needs no configuration",
    )  # fmt: skip


def _add_attach(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "url", nargs="+", metavar="URL", help="the address of a station, like http://host:8480; several show all"
    )
    parser.add_argument(
        "--token", action="append", default=[],
        help="the station's token; $RETROVUE_TOKEN or a file is safer, because shells keep a history; with several"
        " stations: one for each, in their order (- for none)",
    )  # fmt: skip
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", action="append", default=[],
        help="a file whose first line is the token; with several stations: one for each",
    )  # fmt: skip


def _add_init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="a folder of programmes, in any layout")
    for name, what in (("spots", "spots: commercials, promos, trailers"), ("bumpers", "bumpers and idents")):
        parser.add_argument(
            f"--{name}", type=Path, metavar="DIR", action="append", default=[],
            help=f"a folder of {what} (default: found by its name)",
        )  # fmt: skip
    parser.add_argument(
        "--channels", type=_channels, metavar="N", help="the number of channels (default: depends on the media)"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing, and accept all suggestions")


def _channels(text: str) -> int:
    if not 1 <= (number := _count(text)) <= MOST_CHANNELS:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {MOST_CHANNELS}")
    return number


def _add_clients(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--disconnect", metavar="ID", help="disconnect the client with this id")
    parser.add_argument(
        "--block", type=_block, metavar="TIME", default=0.0,
        help="with --disconnect: refuse its streams for so long, like 90s or 10m (default: it may come back)",
    )  # fmt: skip


def _block(text: str) -> float:
    length = parse_duration(text)
    if length is None or not 0 <= length.total_seconds() <= LONGEST_BLOCK_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time up to 1h; {HOW_TO_WRITE}")
    return length.total_seconds()


def _add_actions(alerting: argparse.ArgumentParser, measuring: argparse.ArgumentParser) -> None:
    alerting.add_argument(
        "action", nargs="?", choices=alerts.ACTIONS, default="status",
        help="status (the default), or test: send a message to each receiver; no station has to run",
    )  # fmt: skip
    measuring.add_argument(
        "action", nargs="?", choices=metrics.ACTIONS, default="show",
        help="show (the default), or grafana: print a dashboard as JSON; no station has to run",
    )  # fmt: skip


def _add_ctl(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(
        ["commands:", *(line for name, spec in COMMAND_SPECS.items() for line in _command_lines(name, spec))]
    )
    parser.add_argument("name", metavar="COMMAND", help="the command, like break_now")
    parser.add_argument("channel", metavar="CHANNEL", help="the channel's id")
    parser.add_argument("words", metavar="key=value", nargs="*", help="the command's arguments")
    parser.add_argument("--spots", metavar="FILE", nargs="+", action="extend", help="the spots of a break")
    parser.add_argument("--file", metavar="FILE", help="the edits of `apply` as a JSON list (-: standard input)")
    parser.add_argument("--dry-run", action="store_true", help="print what the command would do, and do nothing")
    parser.add_argument("--revision", type=_count, metavar="N", help="refuse if the rundown has another revision")


def _command_lines(name: str, spec: CommandSpec) -> list[str]:
    """Return the help lines of a `ctl` command: its arguments and its description."""
    shown = {key: _SHOWN.get(key, f"{key}=…") for key in spec.typed}
    words = [name, *(shown[key] for key in spec.needs)]
    chosen = [spec.one_of, spec.any_of, ("at_s", "at_frame") if spec.needs_place else ()]
    words += ["|".join(shown[key] for key in choice) for choice in chosen if choice]
    words += [f"[{shown[key]}]" for key in spec.takes]
    lines = textwrap.wrap(" ".join(words), 76, initial_indent="  ", subsequent_indent="      ")
    return [*lines, f"      {spec.does}"]


def _add_asrun(parser: argparse.ArgumentParser) -> None:
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--csv", action="store_true", help="print CSV, for a spreadsheet")
    formats.add_argument("--json", action="store_true", help="print JSON, for other programs")
    parser.add_argument("--channel", metavar="ID", help="only entries of this channel")
    parser.add_argument("--kind", choices=("programme", "spot", "slate"), help="only entries of this kind")
    for name, what in (
        ("since", "only entries that began at this time or later"),
        ("until", "only entries before this time"),
    ):
        parser.add_argument(
            f"--{name}", type=_moment, metavar="TIME", help=f"{what}: 2026-03-01, 2026-03-01T20:15, 20:15 or 2h (ago)"
        )


def _add_edge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=edge.SERVERS, help="the web server")
    parser.add_argument("--server-name", default="tv.example", metavar="NAME", help="the host name that clients use")
    parser.add_argument("--listen", type=_port, metavar="PORT", help="its port (443; 80 with --plain)")
    parser.add_argument("--plain", action="store_true", help="without TLS")
    parser.add_argument("--upstream", metavar="HOST:PORT", help="the station (default: as in retrovue.toml)")
    parser.add_argument("--cache", type=Path, default=edge.CACHE, metavar="DIR", help=f"its cache ({edge.CACHE})")
    parser.add_argument("--cache-gb", type=_count, default=edge.CACHE_GB, metavar="GB", help="size of the cache")
    parser.add_argument("--control", action="store_true", help="clients with the token may also operate the station")
    parser.add_argument("--complete", action="store_true", help="print a whole nginx.conf, not a file for conf.d")


def _add_audience(parser: argparse.ArgumentParser) -> None:
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--csv", action="store_true", help="print CSV, for a spreadsheet")
    formats.add_argument("--json", action="store_true", help="print JSON, for other programs")
    formats.add_argument("--html", action="store_true", help="print the proof of play as a page to print")
    parser.add_argument("--by", choices=DIMENSIONS, default="spot", help="by what the figures are grouped")
    parser.add_argument("--proof", action="store_true", help="list every airing, to the frame, with what cut it short")
    parser.add_argument("--advertiser", metavar="NAME", help="only spots of this advertiser")
    parser.add_argument("--spot", metavar="FILE", help="only this spot and its variants")
    parser.add_argument("--variant", metavar="FILE", help="only viewers who saw this variant; not with --proof, --html")
    parser.add_argument("--channel", metavar="ID", help="only airings on this channel")
    for name, what in (("since", "only airings that began at this time or later"), ("until", "only airings before it")):
        parser.add_argument(f"--{name}", type=_moment, metavar="TIME", help=f"{what}: 2026-03-01, 20:15 or 30d (ago)")


def _add_service(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=service.ACTIONS, help="what to do with the service of this home")
    for option, what in service.OPTIONS.items():
        parser.add_argument(option, action="store_true", help=what)


def _add_archive(export: argparse.ArgumentParser, restore: argparse.ArgumentParser) -> None:
    export.add_argument("file", type=Path, metavar="FILE.tar", help="the file to write; with .gz it is compressed")
    export.add_argument("--without-tokens", action="store_true", help="leave out the tokens of the config")
    export.add_argument("--force", action="store_true", help="replace the file if it exists")
    restore.add_argument("file", type=Path, metavar="FILE.tar", help="a file that `export` has written")
    restore.add_argument("--dry-run", action="store_true", help="check the file, print what would happen, and stop")
    restore.add_argument(
        "--force", action="store_true", help="replace files that differ; the present ones are kept as *.before-import"
    )


def _add_guide(parser: argparse.ArgumentParser) -> None:
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="print JSON, for other programs")
    formats.add_argument("--xmltv", action="store_true", help="print XMLTV, for players and media servers")
    parser.add_argument(
        "--days",
        type=_guide_days,
        metavar="N",
        help=f"the coming days, 1 to {MOST_DAYS} (default: until tonight is over)",
    )


def _guide_days(text: str) -> int:
    if not 1 <= (number := _count(text)) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and {MOST_DAYS}")
    return number


def _moment(text: str) -> float:
    try:
        return moment(text)
    except RetrovueError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= 31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 0 to 31")
    return days


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)
