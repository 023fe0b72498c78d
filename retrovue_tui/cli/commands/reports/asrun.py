"""`asrun`: prints the as-run log of this home, whether its station runs or not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from retrovue_tui.config.config_file import read_config
from retrovue_tui.config.station_config import Config
from retrovue_tui.errors import StationError
from retrovue_tui.protocol.answers.asrun import AsRunFilter
from retrovue_tui.protocol.asrun_export import as_csv, as_json, as_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from retrovue_tui.protocol.answers.asrun import AsRunEntry


def asrun(arguments: argparse.Namespace) -> int:
    """`asrun [--csv|--json]`: print every entry that aired, oldest first. Entries are printed one by one as they are
    read, because a log may be long. Raises `StationError` for a damaged log."""
    from retrovue_tui.playout.asrun.database import FILE_NAME, read_asrun

    config, _ = read_config(arguments.home)
    path = (config or Config(arguments.home)).state_dir / FILE_NAME
    wanted = AsRunFilter(arguments.channel, arguments.since, arguments.until, arguments.kind)
    there = path.exists()
    known = [each.id for each in config.channels] if config else []
    if there and known and arguments.channel not in (None, *known):
        print(
            f"retrovue-tui: no channel has the id {arguments.channel!r} now; the channels are {', '.join(known)}",
            file=sys.stderr,
        )
    if not there:
        print(f"retrovue-tui: nothing has aired yet: there is no {path}", file=sys.stderr)
    entries: Iterable[AsRunEntry] = read_asrun(path, wanted) if there else ()
    written_as = as_csv if arguments.csv else as_json if arguments.json else as_text
    try:
        sys.stdout.writelines(written_as(entries))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StationError(f"the as-run log cannot be exported: {error}") from error
    return 0
