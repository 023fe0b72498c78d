"""The text of the station's systemd unit, and the mark by which its writer recognises it. Pure."""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WATCHDOG_S: Final = 30
"""If systemd hears nothing for this time (s), it starts the station again. The station reports twice in it, so its
clock may stand still for at least half of it."""
START_S: Final = 300
"""The longest time until the station is ready (s): a large cache on a slow disk takes long to look through."""
_MARK: Final = re.compile(r"^# retrovue-tui unit ([0-9a-f]{16}) of (.*)$", re.MULTILINE)
_PLAIN: Final = re.compile(r"[A-Za-z0-9/._=:-]+")
_TEXT: Final = """\
# Written by `retrovue-tui service install`, which replaces this file only while nobody has changed it.
# Put your own settings into a file beside it: systemctl --user edit {name}
{mark}

[Unit]
Description={description}
# If it cannot start (no disk, a broken config), it is tried again for about two minutes.
StartLimitIntervalSec=600
StartLimitBurst=20

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
{environment}Restart=on-failure
RestartSec=5
# Wrong usage: trying again does not help.
RestartPreventExitStatus=2
TimeoutStartSec={start}
# The station sends a sign of life only while its clock ticks and its event loop runs.
WatchdogSec={watchdog}
# The station ends its own FFmpeg processes; what is left after the time is killed.
KillMode=mixed
TimeoutStopSec=15
# A render that needs too much memory ends alone.
OOMPolicy=continue
# No Nice= and no IOSchedulingClass=: the station itself gives its renders a lower priority than playout.

UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# Older versions of systemd ignore what follows, unless a drop-in adds PrivateUsers=yes; so does a system without user
# namespaces.
ProtectSystem=strict
ReadWritePaths={writable}
{private_tmp}
[Install]
WantedBy=default.target
"""


@dataclass(frozen=True)
class UnitSettings:
    """The values that differ from unit to unit. `command`: the program and its arguments. `writable`: the paths that
    the station may write. `private_tmp`: whether it may have a /tmp of its own."""

    name: str
    home: Path
    command: Sequence[str]
    writable: Sequence[Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    private_tmp: bool = True


def unit_text(settings: UnitSettings) -> str:
    """Return the text of a unit. All paths must be UTF-8 without control characters."""
    text = _TEXT.format(
        name=settings.name, mark="{mark}", description=_specifiers(f"retrovue-tui, the TV station in {settings.home}"),
        command=" ".join(_quoted(word).replace("$", "$$") for word in settings.command),
        environment="".join(f"Environment={_quoted(f'{name}={value}')}\n"
                            for name, value in settings.environment.items()),
        start=START_S, watchdog=WATCHDOG_S, writable=" ".join(_quoted(str(path)) for path in settings.writable),
        private_tmp="PrivateTmp=yes\n" if settings.private_tmp else "",
    )  # fmt: skip
    return text.replace("{mark}", f"# retrovue-tui unit {_sum(text)} of {settings.home}", 1)


@dataclass(frozen=True)
class UnitOrigin:
    """Who wrote a unit. `home`: the home for which this program wrote it; None: somebody else wrote it. `changed`:
    whether somebody has changed it since."""

    home: str | None
    changed: bool


def origin_of(text: str) -> UnitOrigin:
    """Return who wrote a unit file with this text."""
    found = _MARK.search(text)
    if found is None:
        return UnitOrigin(None, True)
    plain = f"{text[: found.start()]}{{mark}}{text[found.end() :]}"
    return UnitOrigin(found[2], _sum(plain) != found[1])


def difference(before: str, after: str, path: Path) -> str:
    """Return the changed lines between two texts of a file, as a unified diff; empty if they are the same."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{path} (now)", f"{path} (new)", lineterm="", n=1
    )
    return "\n".join(lines)


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _quoted(word: str) -> str:
    r"""Return a word of a setting, in quotes if it needs them (systemd.syntax(7), "Quoting"), without specifiers."""
    if _PLAIN.fullmatch(word):
        return word
    return '"' + _specifiers(word.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _specifiers(text: str) -> str:
    """Return a text in which no `%` begins a specifier."""
    return text.replace("%", "%%")
