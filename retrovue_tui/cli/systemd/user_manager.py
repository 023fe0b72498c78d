"""The user's systemd: runs `systemctl --user`, `journalctl` and `loginctl`. All calls are blocking and have limits."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui.cli.systemd.unit_file import START_S
from retrovue_tui.errors import StationError
from retrovue_tui.files.user_folders import config_folder
from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALL_S: Final = 30.0
_MOST_OUTPUT: Final = 200_000
_PROPERTIES: Final = (
    "LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "NRestarts", "ActiveEnterTimestamp", "Result",
    "StatusText", "WatchdogUSec", "FragmentPath",
)  # fmt: skip
_NO_SYSTEMD: Final = (
    "this machine has no systemd ({why}); `retrovue-tui service install --print` shows the unit, so that you can"
    " translate it for what starts programs here, or run `retrovue-tui serve`"
)


class UnitState(NamedTuple):
    """The state of a unit, in systemd's words."""

    values: Mapping[str, str]

    @property
    def active(self) -> bool:
        """Whether the station runs and has reported that it is ready."""
        return self.values.get("ActiveState") in ("active", "reloading")

    @property
    def enabled(self) -> bool:
        """Whether the unit starts by itself."""
        return self.values.get("UnitFileState", "").startswith("enabled")

    @property
    def pid(self) -> int:
        """The station's process; 0 if it does not run."""
        text = self.values.get("MainPID", "")
        return int(text) if text.isdecimal() else 0


class UserManager:
    """The user's service manager. Its calls raise `StationError` if systemd is missing, refuses, or does not answer."""

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        runtime = Path(f"/run/user/{os.getuid()}")
        if not self._environment.get("XDG_RUNTIME_DIR") and runtime.is_dir():
            self._environment["XDG_RUNTIME_DIR"] = str(runtime)  # `su` and `sudo` do not set it

    @staticmethod
    def unit_path(name: str) -> Path:
        """Return the path of the user's own unit with this name."""
        return config_folder().with_name("systemd") / "user" / name

    def require(self) -> None:
        """Raise `StationError` with what to do if there is no user manager that answers."""
        if shutil.which("systemctl", path=self._environment.get("PATH")) is None:
            raise StationError(_NO_SYSTEMD.format(why="there is no systemctl"))
        answer = self._call("systemctl", "--user", "show-environment")
        if answer.returncode == 0:
            return
        why = printable(answer.stderr.strip().splitlines()[-1] if answer.stderr.strip() else "no answer", 200)
        if not Path("/run/systemd/system").is_dir():
            raise StationError(_NO_SYSTEMD.format(why=why))
        raise StationError(
            f"systemd's manager of this user ({user_name()}) cannot be reached: {why}; log in as this user (not with su"
            f" or sudo), or first run `sudo loginctl enable-linger {user_name()}` and set"
            f" XDG_RUNTIME_DIR=/run/user/{os.getuid()}"
        )

    def change(self, *words: str) -> None:
        """Run `systemctl --user` with these words. Raises `StationError` with systemd's reason."""
        answer = self._call("systemctl", "--user", *words, limit_s=START_S + _CALL_S)
        if answer.returncode != 0:
            reason = printable(" ".join(answer.stderr.split()), 400) or f"exit code {answer.returncode}"
            raise StationError(f"systemctl --user {' '.join(words)}: {reason}")

    def state(self, name: str) -> UnitState:
        """Return the state of a unit."""
        answer = self._call("systemctl", "--user", "show", name, f"--property={','.join(_PROPERTIES)}")
        pairs = (line.partition("=") for line in answer.stdout.splitlines())
        return UnitState({key: printable(value, 400) for key, _, value in pairs if key in _PROPERTIES})

    def log_lines(self, name: str, count: int) -> list[str]:
        """Return the last lines that systemd's journal has about a unit; empty if the journal cannot be read."""
        try:
            answer = self._call(
                "journalctl", "--user", f"--user-unit={name}", f"--lines={count}", "--no-pager", "--quiet",
                "--output=short-iso",
            )  # fmt: skip
        except StationError:
            return []
        return [printable(line, 300) for line in answer.stdout.splitlines()[-count:]] if not answer.returncode else []

    def linger(self) -> bool:
        """Return whether the user's services start at boot, without a login."""
        try:
            answer = self._call("loginctl", "show-user", user_name(), "--property=Linger", "--value")
        except StationError:
            answer = None
        if answer is not None and answer.returncode == 0:
            return answer.stdout.strip() == "yes"
        return Path("/var/lib/systemd/linger", user_name()).exists()

    def _call(self, *words: str, limit_s: float = _CALL_S) -> subprocess.CompletedProcess[str]:
        try:
            answer = subprocess.run(
                words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=limit_s,
                env=self._environment, check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise StationError(_NO_SYSTEMD.format(why=f"there is no {words[0]}")) from error
        except subprocess.TimeoutExpired as error:
            raise StationError(f"{' '.join(words)}: no answer within {limit_s:.0f} s") from error
        answer.stdout = answer.stdout[-_MOST_OUTPUT:]
        return answer


def user_name() -> str:
    """Return the name of this user; the number if the system does not know a name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def start_command(python: str) -> list[str]:
    """Return the command that starts this installation from any folder."""
    return [python, "-P", "-m", "retrovue_tui"]


def require_installed(python: str) -> None:
    """Raise `StationError` if this program does not start in another folder and without this shell's environment."""
    try:
        answer = subprocess.run(
            [*start_command(python), "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=_CALL_S, cwd="/", env={"PATH": os.defpath}, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StationError(f"{python} cannot be started: {error}") from error
    if answer.returncode != 0:
        raise StationError(
            f"{python} does not find retrovue-tui, because it runs from a checkout that is not installed; install it"
            " (pip install .), and run `service install` with the installed retrovue-tui"
        )
