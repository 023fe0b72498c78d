"""`export` and `import`: back up a home without its media, and restore it here or on another machine."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from retrovue_tui import __version__
from retrovue_tui.cli.archive.contents import HOME, OPERATOR, POOLS
from retrovue_tui.cli.archive.media_folders import missing_folders
from retrovue_tui.cli.archive.placement import KEPT, FilePlacement
from retrovue_tui.cli.archive.reader import read_archive
from retrovue_tui.cli.archive.writer import write_archive
from retrovue_tui.cli.serve import private_files
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import NO_CONFIG, has_config, read_draft
from retrovue_tui.config.station_config import FILE_NAME
from retrovue_tui.errors import ConfigError, StationError
from retrovue_tui.files.user_folders import config_folder
from retrovue_tui.instance_lock import InstanceLock, find_running

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from retrovue_tui.cli.archive.manifest import Manifest

_LISTED: Final = 5
_CHUNK: Final = 1_000_000


# ── export ───────────────────────────────────────────────────────────────────────────────────────


def export_home(arguments: argparse.Namespace) -> int:
    """`export FILE`: write the config, the rundowns and the state of a home to a tar file; its station may run."""
    home: Path = arguments.home
    target: Path = arguments.file.expanduser().absolute()
    if not has_config(home):
        raise ConfigError(NO_CONFIG, home / FILE_NAME)
    if not target.parent.is_dir() or target.is_dir():
        raise StationError(f"{target} cannot be written: name a file in a folder that exists")
    if target.exists() and not arguments.force:
        raise StationError(f"{target} exists already; name another file, or add --force to replace it")
    config, problems = read_draft(home)
    with private_files():
        manifest = write_archive(config, target, config_folder(), tokens=not arguments.without_tokens)
    size = f"{target.stat().st_size / 1_000_000:.1f} MB"
    say(f"wrote {target}: {len(manifest.files)} files, {size}; media, cache and logs are not in it")
    if manifest.tokens and (problems or config.server.token or config.server.viewer_token):
        say("it contains the station's tokens: only you can read it (mode 0600), keep it private; --without-tokens"
            " leaves them out")  # fmt: skip
    return 0


# ── import ───────────────────────────────────────────────────────────────────────────────────────


class _Arrival(NamedTuple):
    """A file that an archive brings. `same`: a file with the same contents is at its place already."""

    name: str
    file: Path
    target: Path
    same: bool

    @property
    def taken(self) -> bool:
        """Whether another file is at its place."""
        return not self.same and (self.target.exists() or self.target.is_symlink())


def import_home(arguments: argparse.Namespace) -> int:
    """`import FILE`: put the files of an export into a home, all or none."""
    home: Path = arguments.home
    source: Path = arguments.file.expanduser().absolute()
    if not source.is_file():
        raise StationError(f"{source}: there is no such file; name one that `retrovue-tui export` has written")
    _refuse_running(home)
    with private_files(), _unpacked(source, home, dry_run=arguments.dry_run) as (folder, manifest):
        arrivals = _arrivals(manifest, folder, home)
        own = [each for each in arrivals if each.name.startswith(f"{HOME}/")]
        others = [each for each in arrivals if not each.name.startswith(f"{HOME}/")]
        taken = [each for each in own if each.taken]
        if taken and not arguments.force:
            raise StationError(_taken(home, taken))
        due = [each for each in others if arguments.force or not each.taken]
        text = (folder / HOME / FILE_NAME).read_text(encoding="utf-8", errors="replace")
        if not arguments.dry_run:
            _place(home, folder / HOME, own, due)
        _report(manifest, home, own, len(taken), dry_run=arguments.dry_run)
        _report_others(manifest, [each for each in others if each not in due], folder)
        _report_media(home, text)
    return 0


def _refuse_running(home: Path) -> None:
    running = find_running(home)
    if running is not None:
        raise StationError(
            f"a station runs in {home} (process {running.pid}); end it with `retrovue-tui stop --home '{home}'`, or"
            " import into another home with --home DIR"
        )


@contextlib.contextmanager
def _unpacked(source: Path, home: Path, *, dry_run: bool) -> Iterator[tuple[Path, Manifest]]:
    """Yield a folder with the files of an archive, on the disk of the home, and the manifest. A dry run uses the folder
    for temporary files instead."""
    folder: Path | None = None
    made: list[Path] = []
    try:
        beside = home if home.is_dir() and any(home.iterdir()) else home.parent
        if not dry_run:
            made = [each for each in (beside, *beside.parents) if not each.exists()]
            beside.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{home.name[:100]}.import-", dir=None if dry_run else beside))
        manifest = read_archive(source, folder)
        if not (folder / HOME / FILE_NAME).is_file():
            raise StationError(f"{source}: it has no {FILE_NAME}; a home needs one")
        yield folder, manifest
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        for each in made:
            with contextlib.suppress(OSError):  # it is in use now
                each.rmdir()


def _arrivals(manifest: Manifest, folder: Path, home: Path) -> list[_Arrival]:
    """Return the files of an archive that have a place on this machine, with their places."""
    places = {HOME: home, OPERATOR: config_folder()}
    arrivals = []
    for each in manifest.files:
        top, _, rest = each.name.partition("/")
        if top in places:
            file, target = folder / each.name, places[top] / rest
            arrivals.append(_Arrival(each.name, file, target, _same(file, target)))
    return arrivals


def _same(file: Path, target: Path) -> bool:
    """Return whether both are files with the same contents."""
    if not target.is_file() or file.stat().st_size != target.stat().st_size:
        return False
    with file.open("rb") as one, target.open("rb") as other:
        while chunk := one.read(_CHUNK):
            if chunk != other.read(_CHUNK):
                return False
    return True


def _taken(home: Path, taken: list[_Arrival]) -> str:
    names = ", ".join(str(each.target.relative_to(home)) for each in taken[:_LISTED])
    more = f" and {len(taken) - _LISTED} more" if len(taken) > _LISTED else ""
    return (
        f"{home} has other files with these names: {names}{more}; nothing was changed. Import into another home with"
        f" --home DIR, or add --force: the present files are then kept as *{KEPT}"
    )


def _place(home: Path, unpacked: Path, own: list[_Arrival], others: list[_Arrival]) -> None:
    """Put all files in their places. If one of them cannot be put there, all is as before."""
    with contextlib.ExitStack() as stack:
        fresh = not home.is_dir() or not any(home.iterdir())
        if not fresh:
            stack.enter_context(InstanceLock(home))  # no station may start now
        placement = stack.enter_context(FilePlacement())
        for each in others:
            if not each.same:
                placement.put(each.file, each.target)
        if fresh:
            placement.put_folder(unpacked, home)
            return
        for each in own:
            if not each.same:
                placement.put(each.file, each.target)


# ── reports ──────────────────────────────────────────────────────────────────────────────────────


def _report(manifest: Manifest, home: Path, own: list[_Arrival], taken: int, *, dry_run: bool) -> None:
    say(f"an export of {manifest.station!r} ({manifest.home}), made {manifest.made} by retrovue-tui {manifest.version}")
    if manifest.version != __version__:
        say(f"this is retrovue-tui {__version__}; what it cannot read is left as it is, and `check` names it")
    new = [each for each in own if not each.same]
    kept = f"; {taken} files that were there {'would be' if dry_run else 'are'} kept as *{KEPT}" if taken else ""
    say(f"{'would write' if dry_run else 'wrote'} {len(new)} files to {home}"
        f"{f', {len(own) - len(new)} are there already' if len(new) < len(own) else ''}{kept}")  # fmt: skip
    if not manifest.tokens:
        say(
            f"its tokens were left out: if other machines use this station, set token in [server] of {home / FILE_NAME}"
        )
    if not dry_run:
        say(f"`retrovue-tui check --home '{home}'` looks for problems, `retrovue-tui run` puts it on air")


def _report_others(manifest: Manifest, left: list[_Arrival], folder: Path) -> None:
    """Say which files of the archive were not put in a place, and why."""
    for each in left:
        say(f"{each.target} is another file, and stays; the archive has {each.name} (--force replaces it)")
    for pool in manifest.files:
        top, _, _ = pool.name.partition("/")
        if top == POOLS and not _same(folder / pool.name, Path(pool.origin)):
            say(f"the pool file {pool.origin} belongs to media outside the home; if it is missing there, take it from"
                f" the archive: tar -xOf FILE {pool.name}")  # fmt: skip


def _report_media(home: Path, text: str) -> None:
    missing = missing_folders(home, text)
    for each in missing:
        line = "" if each.line is None else f":{each.line}"
        say(f"{home / FILE_NAME}{line}: the folder {each.folder} is not on this machine")
    if missing:
        say("copy the media there, or change these lines")
