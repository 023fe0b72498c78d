"""A small home with a file of every kind, and archives made by hand."""

from __future__ import annotations

import contextlib
import hashlib
import io
import sqlite3
import tarfile
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.cli.archive.manifest import ArchivedFile, Manifest

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: Final = """\
name = "Haus"
[server]
host = "0.0.0.0"
token = "operator-secret"   # was: operator-secret
viewer_token = "viewer-secret"
[library]
programmes = [
    "media",
    "/nowhere/films",
]
[pools]
ads = "ads"
[[channel]]
id = "1"
pool = "ads"
logo = "logos/One.PNG"
"""
STATE: Final = (
    "1.anchor.json", "1.history.json", "identity.json", "library.jsonl", "plan/1.json", "reviews/a1b2.json",
    "analysis/c3d4.json", "retrovue.toml.before",
)  # fmt: skip
LEFT_OUT: Final = (
    "cache/piece.ts", "logs/station.log", "media/film.mp4", "ads/cola.mp4", "state/station.lock",
    "state/airlists/1.txt", "state/.part", "other.txt", "logos/old.png",
)  # fmt: skip


def make_home(home: Path) -> None:
    """Make a home with media, cache, logs and an as-run log."""
    own = ("channels/1.ffconcat", "cards/logo.png", "keymap.toml", "themes/mine.toml", "ads/pool.toml", "logos/One.PNG")
    for name in (*own, *LEFT_OUT, *(f"state/{name}" for name in STATE)):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}\n")
    for name in ("retrovue.toml", "state/retrovue.toml.before"):
        (home / name).write_text(CONFIG)
    with contextlib.closing(sqlite3.connect(home / "state" / "asrun.db")) as base:
        base.execute("CREATE TABLE aired (id TEXT)")


EXPECTED: Final = sorted(
    [
        "home/retrovue.toml", "home/keymap.toml", "home/channels/1.ffconcat", "home/cards/logo.png",
        "home/themes/mine.toml", "home/ads/pool.toml", "home/logos/One.PNG", "home/state/asrun.db",
        *(f"home/state/{name}" for name in STATE),
    ]
)  # fmt: skip
"""The names in an archive of that home."""


def manifest_of(files: dict[str, bytes], *, home: str = "/old", tokens: bool = True) -> Manifest:
    """The manifest that fits these files."""
    entries = (ArchivedFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items())
    return Manifest("0.1.0", "2026-01-01T00:00:00+0000", "Haus", home, tokens, tuple(entries))


def header(
    name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """A file of an archive with any name and type."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, link
    return info, data


Mode = Literal["w", "w:gz"]
"""How an archive is written: plain or compressed."""


def write_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: Mode = "w") -> Path:
    """Write an archive with these files, however wrong they are."""
    with tarfile.open(path, mode, errors="surrogateescape") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return path


def write_export(path: Path, files: dict[str, bytes], mode: Mode = "w") -> Path:
    """Write an archive that is right, with these files."""
    members = [header("manifest.json", manifest_of(files).encoded())]
    return write_tar(path, *members, *(header(name, data) for name, data in files.items()), mode=mode)
