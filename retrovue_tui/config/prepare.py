"""Preparing in the configuration: [prepare], and the other machines that may help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.config.form import shown

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.config.form import Form

PREPARE_KEYS: Final = ("jobs", "cache_gb", "farm", "farm_ca", "farm_cert", "farm_key", "paths")
MOST_PATHS: Final = 100
_ADDRESS: Final = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})/?")


@dataclass(frozen=True)
class TlsFiles:
    """The files with which a farm proves who it is, in PEM format: the authority that both sides trust, this machine's
    certificate, and its key."""

    ca: Path
    cert: Path
    key: Path


@dataclass(frozen=True)
class PrepareConfig:
    """[prepare]: how many renders run at once (None: depends on the CPU cores), and the size limit of the cache.

    `farm`: the address of a scheduler whose machines render too; None: there is none. `paths`: pairs of a folder on
    this machine and the same folder on the machines of the farm.
    """

    jobs: int | None = None
    cache_gb: float = 20.0
    farm: str | None = None
    tls: TlsFiles | None = None
    paths: tuple[tuple[str, str], ...] = ()

    @property
    def cache_bytes(self) -> int:
        """`cache_gb` in bytes."""
        return int(self.cache_gb * 1_000_000_000)


def address_fault(address: str) -> str | None:
    """Return what is wrong with the address of a farm's scheduler; None if nothing is."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return f'{address!r} is not the address of a scheduler; write it like "tcp://render-1:8786"'
    return None if 0 < int(match[3]) < 65_536 else f"port {match[3]} is not between 1 and 65535"


def read_prepare(form: Form, table: dict[str, Any]) -> PrepareConfig:
    """Return the settings of the table [prepare]; the form collects its problems."""
    form.unknown(table, "prepare")
    farm = form.text(table, "prepare", "farm", None)
    if farm is not None and (fault := address_fault(farm)) is not None:
        form.problem(f"farm: {fault}", "prepare", "farm")
        farm = None
    return PrepareConfig(
        form.whole(table, "prepare", "jobs", None, 1, 64),
        form.number(table, "prepare", "cache_gb", 20.0, 0.1, 1_000_000),
        None if farm is None else farm.rstrip("/"),
        _tls(form, table, farm),
        _paths(form, table),
    )


def _tls(form: Form, table: dict[str, Any], farm: str | None) -> TlsFiles | None:
    names = {key: form.text(table, "prepare", key, None) for key in ("farm_ca", "farm_cert", "farm_key")}
    given = [form.resolve(name) for name in names.values() if name is not None]
    if farm is not None and farm.startswith("tls:") and len(given) < len(names):
        missing = next(key for key, name in names.items() if name is None)
        form.problem(f"a farm with tls:// needs {missing}, the path of a PEM file", "prepare", "farm")
    elif given and farm is not None and not farm.startswith("tls:"):
        key = next(key for key, name in names.items() if name is not None)
        form.problem(f'{key} is of no use without encryption; write farm = "tls://…"', "prepare", key)
    return TlsFiles(*given) if len(given) == len(names) else None


def _paths(form: Form, table: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    written = table.get("paths", {})
    if not isinstance(written, dict):
        form.problem('paths is a table, such as [prepare.paths] with "/srv/media" = "/mnt/media"', "prepare", "paths")
        return ()
    if len(written) > MOST_PATHS:
        form.problem(f"[prepare.paths] has more than {MOST_PATHS} folders", "prepare", "paths")
        return ()
    pairs = []
    for here, there in written.items():
        if not isinstance(there, str) or not all(_is_folder(each) for each in (here, there)):
            fault = f"{shown(here)} = {shown(there)}: both are absolute paths of folders"
            form.problem(f'{fault}, such as "/srv/media" = "/mnt/media"', "prepare.paths", here)
            continue
        pairs.append((_trimmed(here), _trimmed(there)))
    return tuple(pairs)


def _is_folder(text: str) -> bool:
    return text.startswith("/") and not any(ord(letter) < 32 for letter in text)


def _trimmed(path: str) -> str:
    return path.rstrip("/") or "/"
