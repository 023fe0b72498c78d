"""The paths that a station writes, for a unit that makes everything else read-only."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from retrovue_tui.config.station_config import Config

_SHARED: Final = (Path("/tmp"), Path("/var/tmp"))
_MOST: Final = 1_000
"""The most rundowns that are looked at."""


def writable_paths(config: Config) -> list[Path]:
    """Return the home, the folder of HLS for a web server, and the folders elsewhere to which links in the home lead:
    links to folders, to the config and to rundowns. Blocking. Makes the folder of HLS if there is none, because systemd
    refuses a path that does not exist."""
    home = config.home
    folders = [home, home / "channels", home / "cards", config.state_dir, config.cache_dir, config.logs_dir]
    rundowns = [config.rundown_path(channel.id) for channel in config.channels[:_MOST]]
    files = [each.resolve().parent for each in (config.path, *rundowns) if each.is_symlink()]
    if config.hls.folder is not None:
        with contextlib.suppress(OSError):
            config.hls.folder.mkdir(parents=True, exist_ok=True)
        if config.hls.folder.is_dir():
            folders.append(config.hls.folder)
    found: list[Path] = []
    for path in [*folders, *files]:
        real = path.resolve()
        if not any(real.is_relative_to(known.resolve()) for known in found):
            found.append(home if path == home else real)
    return found


def in_shared_tmp(path: Path) -> bool:
    """Return whether a path is in a folder that a service with a /tmp of its own does not see."""
    return any(path.resolve().is_relative_to(shared) for shared in _SHARED)
