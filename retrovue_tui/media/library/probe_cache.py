"""A file of probe results, so that a station with ten thousand films starts as quickly as one with ten.

Each line is a JSON value: first a header, then the facts or the fault of one file per line. The last line about a file
is the valid one. Lines are appended, so a new media file costs one line, however large the library is. The cache may be
deleted at any time. A damaged line is ignored; a cache of another version is ignored as a whole. Blocking.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui import __version__
from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.media.asset import READING, Asset, AudioFacts, Chapter, VideoFacts
from retrovue_tui.media.asset_json import asset_from_json, asset_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_log = logging.getLogger(__name__)

_SHAPE: Final = [
    __version__,
    READING,
    [each.name for kind in (Asset, VideoFacts, AudioFacts, Chapter) for each in dataclasses.fields(kind)],
]


class Stamp(NamedTuple):
    """A file's size and modification time (ns). A different stamp means that the content is different."""

    size: int
    mtime_ns: int


class ProbeFault(NamedTuple):
    """The reason why the file with this stamp cannot be used."""

    stamp: Stamp
    reason: str


class RecalledAssets(Mapping[Path, Asset]):
    """The assets in the cache. Each is built when it is first read: building 20 000 at once would take 2 s, and a
    channel needs only the few assets that its rundown names."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[str, Any]] = {}
        self._made: dict[Path, Asset] = {}

    def take(self, line: dict[str, Any]) -> str:
        """Keep the facts in one line, and return the path of the file that they describe."""
        path = str(line["path"])
        self._lines[path] = line
        return path

    def forget(self, path: str) -> None:
        """Forget the facts of a file."""
        self._lines.pop(path, None)

    def paths(self) -> list[str]:
        """Return the paths of all files; safe in a thread."""
        return [*map(str, tuple(self._made)), *tuple(self._lines)]

    def __getitem__(self, path: Path) -> Asset:
        asset = self._made.get(path)
        if asset is None:
            try:
                asset = self._made[path] = asset_from_json(self._lines.pop(str(path)))
            except (ValueError, TypeError, AttributeError, ZeroDivisionError) as error:
                _log.info("a line of the probe cache is ignored: %s", error)
                raise KeyError(path) from None
        return asset

    def __iter__(self) -> Iterator[Path]:
        yield from (*self._made, *map(Path, self._lines))

    def __len__(self) -> int:
        return len(self._made) + len(self._lines)


@dataclass
class Recalled:
    """The content of the cache, by path. `lines` is the number of lines in the cache's file, or 0 if that file must be
    rewritten."""

    assets: RecalledAssets = field(default_factory=RecalledAssets)
    faults: dict[Path, ProbeFault] = field(default_factory=dict)
    lines: int = 0


def recall(path: Path, audio: Sequence[str] = ()) -> Recalled:
    """Return everything in the cache that can be read. Empty if the cache was written for other preferred languages.

    The garbage collector is off while the cache is read, and ignores the loaded data afterwards. Otherwise it would
    stop all threads for 0.1 s each time with 20 000 files, and find nothing.
    """
    rests = gc.isenabled()
    gc.disable()
    try:
        return _read(path, audio)
    finally:
        gc.freeze()
        if rests:
            gc.enable()


def _read(path: Path, audio: Sequence[str]) -> Recalled:
    found = Recalled()
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            if _value(file.readline()).get("shape") != [*_SHAPE, list(audio)]:
                return found
            for line in file:
                found.lines += 1
                _take(found, _value(line))
    except FileNotFoundError:
        pass
    except OSError as error:
        _log.info("%s is ignored: %s", path, error)
    return found


def remember(
    path: Path, assets: Iterable[Asset], faults: Mapping[Path, ProbeFault], audio: Sequence[str] = (), *, append: bool
) -> None:
    """Write facts and faults. With `append`, add them to the file; otherwise replace its content. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"asset": asset_to_json(asset)}) for asset in assets]
    lines += [json.dumps({"fault": [str(file), *fault.stamp, fault.reason]}) for file, fault in faults.items()]
    if append:
        with path.open("a", encoding="utf-8", errors="surrogateescape") as file:
            file.write("".join(f"\n{line}" for line in lines))  # the line break first: the last line may be cut off
        return
    with replacing(path) as part, part.open("w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join([json.dumps({"shape": [*_SHAPE, list(audio)]}), *lines]))


def _value(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _take(found: Recalled, value: dict[str, Any]) -> None:
    try:
        if "asset" in value:
            found.faults.pop(Path(found.assets.take(value["asset"])), None)
        elif "fault" in value:
            path, size, mtime_ns, reason = value["fault"]
            found.faults[Path(path)] = ProbeFault(Stamp(size, mtime_ns), str(reason))
            found.assets.forget(path)
    except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        _log.info("a line of the probe cache is ignored: %s", error)
