"""`service`: lets systemd run the station of a home, as a service of this user."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.systemd.unit_file import UnitSettings, difference, origin_of, unit_text
from retrovue_tui.cli.systemd.unit_name import require_nameable, unit_name
from retrovue_tui.cli.systemd.user_manager import UserManager, require_installed, start_command, user_name
from retrovue_tui.cli.systemd.writable_paths import in_shared_tmp, writable_paths
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import load_config, serving
from retrovue_tui.errors import StationError
from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.files.user_folders import data_folder
from retrovue_tui.instance_lock import find_running
from retrovue_tui.media.ffmpeg.locate import ENVIRONMENT

if TYPE_CHECKING:
    import argparse

    from retrovue_tui.cli.systemd.user_manager import UnitState

ACTIONS: Final = ("install", "uninstall", "status", "restart")
OPTIONS: Final = {
    "--no-start": "install: write and enable the unit, but do not start the station now",
    "--print": "install: only print the unit; works without systemd",
    "--force": "install, uninstall: also replace or remove a unit that somebody else wrote or changed",
}
_ACTIONS_OF: Final = {
    "no_start": ("install",), "print": ("install",), "force": ("install", "uninstall"), "json": ("status",),
}  # fmt: skip
_LOG_LINES: Final = 10
_MOST_BYTES: Final = 1_000_000


def service(arguments: argparse.Namespace) -> int:
    """`service ACTION`: install, remove, show or restart the unit of a home. Return 1 if `status` finds that the
    service does not run."""
    for option, allowed in _ACTIONS_OF.items():
        if getattr(arguments, option) and arguments.action not in allowed:
            say(f"retrovue-tui: --{option.replace('_', '-')} goes with {' and '.join(allowed)} only", error=True)
            return 2
    arguments.home = Path(os.path.normpath(arguments.home))
    actions = {"install": _install, "uninstall": _uninstall, "status": _status, "restart": _restart}
    return actions[arguments.action](arguments)


# ── install and uninstall ────────────────────────────────────────────────────────────────────────


def _install(arguments: argparse.Namespace) -> int:
    home: Path = arguments.home
    name = unit_name(home, data_folder())
    text = _text_for(home, name)
    if arguments.print:
        print(text, end="")
        return 0
    require_installed(sys.executable)
    manager = UserManager()
    manager.require()
    _refuse_other_station(manager, home, name, start=not arguments.no_start)
    path = manager.unit_path(name)
    written = _write(path, text, home, force=arguments.force)
    manager.change("daemon-reload")
    manager.change("enable", name)
    if manager.state(name).active:
        if written:
            say("the station runs on with the unit before; `retrovue-tui service restart` applies the new one")
    elif not arguments.no_start:
        say(f"starting {name}: this returns when the station is on air …", error=True)
        _start(manager, "start", name)
    _report(manager, name, home)
    return 0


def _text_for(home: Path, name: str) -> str:
    config = serving(load_config(home))  # an error in it is better found here than in the journal
    paths = writable_paths(config)
    for path in (home, *paths):
        require_nameable(path)
    media = (*config.library.programmes, *config.spot_folders)
    ffmpeg = os.environ.get(ENVIRONMENT)
    settings = UnitSettings(
        name, home, [*start_command(sys.executable), "serve", "--home", str(home)], paths,
        environment={ENVIRONMENT: str(Path(ffmpeg).absolute())} if ffmpeg else {},
        private_tmp=not any(map(in_shared_tmp, (*paths, *media))),
    )  # fmt: skip
    return unit_text(settings)


def _refuse_other_station(manager: UserManager, home: Path, name: str, *, start: bool) -> None:
    """Raise `StationError` if a station runs in the home that systemd has not started: two cannot."""
    running = find_running(home)
    if running is None or running.pid == manager.state(name).pid or not start:
        return
    raise StationError(
        f"a station runs in {home} that was started by hand (process {running.pid}); end it with `retrovue-tui stop"
        f" --home '{home}'` and repeat this, or add --no-start: then the service starts with your next login or boot"
    )


def _write(path: Path, text: str, home: Path, *, force: bool) -> bool:
    """Write the unit. Return False if it is there already. Raises `StationError` with the difference if the file there
    is not this program's own."""
    before = _read(path)
    if before == text:
        say(f"{path} is up to date")
        return False
    if before is not None:
        _refuse_foreign(path, before, home, force=force, changes=difference(before, text, path))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode())
    say(f"wrote {path}")
    return True


def _refuse_foreign(path: Path, before: str, home: Path, *, force: bool, changes: str) -> None:
    """Show what will change in a unit. If somebody else wrote or changed it, raise `StationError`; with `force`, keep a
    copy instead."""
    if changes:
        say(changes)
    origin = origin_of(before)
    if origin.home == str(home) and not origin.changed:
        return
    who = (
        "was not written by retrovue-tui" if origin.home is None
        else f"belongs to another home, {origin.home}" if origin.home != str(home)
        else "has been changed by hand (put your own settings into a drop-in: systemctl --user edit)"
    )  # fmt: skip
    if not force:
        raise StationError(f"{path} {who}; nothing was done. --force replaces it, and keeps a copy")
    copy = path.with_name(f"{path.name}.before")
    write_atomically(copy, before.encode("utf-8", "surrogateescape"))
    say(f"the unit before is kept in {copy}")


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _uninstall(arguments: argparse.Namespace) -> int:
    home: Path = arguments.home
    name = unit_name(home, data_folder())
    manager = UserManager()
    path = manager.unit_path(name)
    before = _read(path)
    if before is None:
        raise StationError(f"no service is installed for {home}: there is no {path}")
    _refuse_foreign(path, before, home, force=arguments.force, changes="")
    manager.require()
    manager.change("disable", "--now", name)
    path.unlink(missing_ok=True)
    manager.change("daemon-reload")
    say(f"removed {path}; the station is off air, and {home} is unchanged")
    return 0


# ── restart and status ───────────────────────────────────────────────────────────────────────────


def _restart(arguments: argparse.Namespace) -> int:
    home: Path = arguments.home
    manager, name = _installed(home)
    text = _text_for(home, name)
    require_installed(sys.executable)
    _refuse_other_station(manager, home, name, start=True)
    manager.change("daemon-reload")
    _start(manager, "restart", name)
    if _read(manager.unit_path(name)) != text:
        say("the unit is not what this retrovue-tui would write; `retrovue-tui service install` brings it up to date")
    _report(manager, name, home)
    return 0


def restart_by_systemd(home: Path, pid: int) -> bool:
    """Let systemd restart the station of a home, if systemd runs it as process `pid`. Return whether it does. Raises
    `StationError` if the station does not start again."""
    name, manager = unit_name(home, data_folder()), UserManager()
    if not manager.unit_path(name).exists():
        return False
    try:
        state = manager.state(name)
    except StationError:  # without systemd, it does not run the station
        return False
    if state.pid != pid:
        return False
    _start(manager, "restart", name)
    return True


def _installed(home: Path) -> tuple[UserManager, str]:
    name = unit_name(home, data_folder())
    manager = UserManager()
    if not manager.unit_path(name).exists():
        raise StationError(f"no service is installed for {home}; `retrovue-tui service install` does that")
    manager.require()
    return manager, name


def _start(manager: UserManager, verb: str, name: str) -> None:
    """Start the unit, and wait until it is ready. Raises `StationError` with the last lines of the log."""
    with contextlib.suppress(StationError):  # systemd may not know the unit yet
        manager.change("reset-failed", name)  # earlier failures do not count
    try:
        manager.change(verb, name)
    except StationError as error:
        for line in manager.log_lines(name, _LOG_LINES):
            say(f"  {line}", error=True)
        raise StationError(f"the service did not start: {error.message}") from error


def _status(arguments: argparse.Namespace) -> int:
    home: Path = arguments.home
    manager, name = _installed(home)
    state = manager.state(name)
    if arguments.json:
        values = {"unit": name, "home": str(home), "active": state.active, "enabled": state.enabled, "pid": state.pid,
                  "linger": manager.linger(), "properties": dict(state.values),
                  "log": manager.log_lines(name, _LOG_LINES)}  # fmt: skip
        say(json.dumps(values, indent=2))
    else:
        _report(manager, name, home)
        for line in _log_of(manager, name, home):
            say(f"  {line}")
    return 0 if state.active else 1


def _report(manager: UserManager, name: str, home: Path) -> None:
    """Print the state of the unit, and when it starts by itself."""
    state = manager.state(name)
    say(f"{name}: {_state_in_words(state)}")
    running = find_running(home)
    if state.pid:
        at = f", at {running.url}" if running is not None and running.pid == state.pid and running.url else ""
        since = state.values.get("ActiveEnterTimestamp") or "now"
        restarts = state.values.get("NRestarts", "0")
        say(f"process {state.pid}{at}, since {since}; restarts by systemd: {restarts}"
            f"; watchdog: {state.values.get('WatchdogUSec', 'none')}")  # fmt: skip
        if text := state.values.get("StatusText"):
            say(f"it reports: {text}")
    elif running is not None:
        say(f"a station runs in {home} that was started by hand (process {running.pid}); the service cannot start"
            f" before `retrovue-tui stop --home '{home}'`")  # fmt: skip
    if not state.enabled:
        say("it does not start by itself; `retrovue-tui service install` enables it")
    elif manager.linger():
        say("it starts when the machine boots, without a login")
    else:
        say("it starts when you log in, and ends after your last logout; to start it when the machine boots:"
            f" loginctl enable-linger {user_name()}")  # fmt: skip


def _state_in_words(state: UnitState) -> str:
    values = state.values
    result = values.get("Result", "success")
    failed = f", last result: {result}" if result not in ("", "success") else ""
    enabled = values.get("UnitFileState") or "not enabled"
    return f"{values.get('ActiveState', 'unknown')} ({values.get('SubState', 'unknown')}){failed}; {enabled}"


def _log_of(manager: UserManager, name: str, home: Path) -> list[str]:
    """Return the last lines of the journal; without a journal, those of the station's own log."""
    if lines := manager.log_lines(name, _LOG_LINES):
        return lines
    try:
        with (home / "logs" / "station.log").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 8_192))
            return file.read().decode(errors="replace").splitlines()[-_LOG_LINES:]
    except OSError:
        return []
