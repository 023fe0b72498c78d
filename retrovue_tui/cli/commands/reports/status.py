"""`status` and `locate`: print what the station airs, and the paths of its home."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from retrovue_tui.cli.running_station import answer_of, station_of
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import read_config
from retrovue_tui.config.station_config import FILE_NAME, Config
from retrovue_tui.errors import RetrovueError
from retrovue_tui.instance_lock import Running, find_running
from retrovue_tui.loopback import is_loopback
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from retrovue_tui.protocol.answers.snapshots import OnAir, StationSnapshot


def status(arguments: argparse.Namespace) -> int:
    """`status`: print the channels of this home's station, and what each airs. Raises `StationError` if no station
    runs."""
    running = station_of(arguments.home)
    snapshot = answer_of(running, lambda client: client.station())
    if arguments.json:
        from retrovue_tui.protocol.json_codec import to_json

        print(json.dumps(to_json(snapshot), indent=2))
    else:
        _show(_reachable(arguments.home, snapshot))
    return 0


def _reachable(home: Path, snapshot: StationSnapshot) -> StationSnapshot:
    """Return the snapshot with the addresses that other machines can use, if the station listens on all addresses."""
    from yarl import URL

    from retrovue_tui.server.addresses import lan_addresses

    config, _ = read_config(home)
    near = [] if config is None else lan_addresses(config.server.host)
    if not near or not is_loopback(URL(snapshot.url).host or ""):
        return snapshot
    urls = (snapshot.playlist_url, snapshot.tuner_url)
    playlist, tuner = (each and str(URL(each).with_host(near[0])) for each in urls)
    return dataclasses.replace(snapshot, playlist_url=playlist, tuner_url=tuner)


def _show(snapshot: StationSnapshot) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(
        f"{escape(printable(snapshot.name))} at {snapshot.url}, up {_clock(snapshot.uptime_s)}, process {snapshot.pid}",
        highlight=False,
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("no", "channel", "state", "on air", "left", "next", "viewers"):
        table.add_column(heading, justify="right" if heading in ("no", "left", "viewers") else "left")
    for channel in snapshot.channels:
        on_air = channel.on_air
        table.add_row(
            str(channel.number), escape(printable(channel.name)), channel.state.replace("_", " "), _title(on_air),
            _clock(on_air.remaining_s) if on_air else "", _title(channel.next), str(channel.viewers),
        )  # fmt: skip
    console.print(table)
    for name, address in (("playlist", snapshot.playlist_url), ("tuner", snapshot.tuner_url)):
        if address:
            console.print(f"{name:<9}{escape(printable(address))}", highlight=False, soft_wrap=True)
    for warning in (*snapshot.warnings, *(w for channel in snapshot.channels for w in channel.warnings)):
        console.print(f"! {escape(printable(warning))}", highlight=False)


def _title(entry: OnAir | None) -> str:
    from rich.markup import escape

    return "" if entry is None else escape(printable(entry.title or entry.file.rpartition("/")[2]))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def locate(arguments: argparse.Namespace) -> int:
    """`locate`: print the path of every file and folder of a home, existing or not."""
    home: Path = arguments.home
    config, _ = read_config(home)
    places = _places(home, config, find_running(home))
    if arguments.json:
        print(json.dumps(places, indent=2))
    else:
        for name, place in places.items():
            say(f"{name:<9} {'none runs' if place is None else place}")
    return 0


def _places(home: Path, config: Config | None, running: Running | None) -> dict[str, str | None]:
    from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
    from retrovue_tui.tui.user_paths import UserPaths

    own = UserPaths.usual(home)
    shape = config or Config(home)
    try:
        ffmpeg = str(find_ffmpeg(shape.ffmpeg).path)
    except RetrovueError as error:
        ffmpeg = f"({error.message})"
    return {
        "home": str(home),
        "config": str(home / FILE_NAME),
        "rundowns": str(home / "channels"),
        "state": str(shape.state_dir),
        "cache": str(shape.cache_dir),
        "logs": str(shape.logs_dir),
        "keymap": str(own.keymaps[0]),
        "themes": str(own.themes[0]),
        "ffmpeg": ffmpeg,
        "station": None if running is None else running.url or f"starting, process {running.pid}",
    }
