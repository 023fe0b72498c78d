"""The name of the systemd unit of a home. Pure."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import StationError

if TYPE_CHECKING:
    from pathlib import Path

BASE: Final = "retrovue-tui"
_SUFFIX: Final = ".service"
_MOST: Final = 200
"""The most characters of a unit's name. systemd allows 255, and files beside the unit have longer names."""
_PLAIN: Final = re.compile(rb"[A-Za-z0-9:_.]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def unit_name(home: Path, usual: Path) -> str:
    """Return the name of a home's unit: `retrovue-tui.service` for the user's usual home, and otherwise
    `retrovue-tui-PATH.service` with the path as `systemd-escape --path` writes it, or its hash if it is long. Two homes
    never share a name."""
    path = os.path.normpath(home.absolute())
    if path == os.path.normpath(usual.absolute()):
        return BASE + _SUFFIX
    name = f"{BASE}-{path_escaped(path)}{_SUFFIX}"
    if len(name) <= _MOST:
        return name
    mark = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    return f"{BASE}--{mark}{_SUFFIX}"  # no escaped path begins with "-" but that of the root, which ends there


def path_escaped(path: str) -> str:
    r"""Return an absolute path as a part of a unit's name (systemd.unit(5), "String escaping"): `/` becomes `-`, and
    any byte but ASCII letters, digits, `:`, `_` and `.` becomes `\xNN`."""
    data = os.fsencode(path).strip(b"/")
    if not data:
        return "-"
    return "".join(
        "-" if byte == b"/" else byte.decode() if _PLAIN.match(byte) and (at or byte != b".") else f"\\x{byte[0]:02x}"
        for at, byte in enumerate(data[place : place + 1] for place in range(len(data)))
    )


def require_nameable(path: Path) -> None:
    """Raise `StationError` if a path cannot stand in a unit file: these are lines of UTF-8 text."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise StationError(f"{path}: the path is not UTF-8, so no unit can name it; rename the folder") from error
    if _CONTROL.search(text):
        raise StationError(f"{path}: the path has a control character, so no unit can name it; rename the folder")
