"""The manifest of an archive: what is in it, and who made it when. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from retrovue_tui.cli.archive.contents import MOST_FILES, belongs
from retrovue_tui.errors import StationError

FORMAT: Final = 1
"""The version of the archive's layout. A reader refuses a higher one."""
MOST_MANIFEST_BYTES: Final = 64_000_000
_SUM: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ArchivedFile:
    """A file of an archive. `origin`: the path from which it came; empty in the home. `size` is in bytes."""

    name: str
    size: int
    sha256: str
    origin: str = ""


@dataclass(frozen=True)
class Manifest:
    """`version`: of the program. `made`: a time in ISO 8601. `home`: the path of the home on the machine where the
    archive was made. `tokens`: whether the config still has its tokens."""

    version: str
    made: str
    station: str
    home: str
    tokens: bool
    files: tuple[ArchivedFile, ...]

    def encoded(self) -> bytes:
        """Return the manifest as it stands in the archive."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode() + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Return the manifest in the bytes of its file. Raises `StationError` if they are none, or one of a newer
    program."""
    try:
        values = json.loads(data)
        if not isinstance(values, dict):
            raise TypeError
        if values["format"] != FORMAT:
            raise StationError(_other_format(values))
        files = values["files"]
        if not isinstance(files, list) or len(files) > MOST_FILES:
            raise TypeError
        manifest = Manifest(
            version=_text(values["version"]), made=_text(values["made"]), station=_text(values["station"]),
            home=_text(values["home"]), tokens=_flag(values["tokens"]), files=tuple(_file(each) for each in files),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StationError("its manifest cannot be read; it is damaged, or no export of retrovue-tui") from error
    if len({each.name for each in manifest.files}) != len(manifest.files):
        raise StationError("its manifest names a file twice; it is damaged")
    return manifest


def _other_format(values: dict[str, Any]) -> str:
    return (
        f"it has format {str(values['format'])[:20]}, and this retrovue-tui reads format {FORMAT}; use retrovue-tui"
        f" {str(values.get('version', 'of its own version'))[:20]} or newer"
    )


def _file(values: Any) -> ArchivedFile:
    name, size, sum = _text(values["name"]), values["size"], _text(values["sha256"])
    if not belongs(name) or type(size) is not int or size < 0 or not _SUM.fullmatch(sum):
        raise TypeError
    return ArchivedFile(name, size, sum, _text(values["origin"]))


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value
