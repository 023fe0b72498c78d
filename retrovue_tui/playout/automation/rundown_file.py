"""A channel's rundown on disk: the one owner of the file, what was read of it, and its history of edits."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RundownError
from retrovue_tui.file_watch import STILL_S, stamp_of
from retrovue_tui.playout.automation.file_names import FileNames
from retrovue_tui.rundown import ffconcat, undo_history
from retrovue_tui.rundown.entries import Rundown
from retrovue_tui.rundown.ffconcat_syntax import HEADER
from retrovue_tui.threads import AIR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.errors import RetrovueError
    from retrovue_tui.file_watch import Stamp
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.undo_history import History
    from retrovue_tui.timecode import FrameRate

KNOWN: Final = 8
"""How many parsed texts `RundownFile` remembers: an undo needs recent ones again."""
LONGEST_WAIT_S: Final = 4 * STILL_S
"""How long `RundownFile.outside_edit` waits for a file that is being written to stand still."""
_STEP_S: Final = 0.02


async def _know_nothing(_: Sequence[Entry]) -> None:
    """Do nothing: the default of `RundownPaths.know`."""


@dataclass(frozen=True)
class RundownPaths:
    """The paths of a channel's rundown and its history, the folders whose files are spots, those of programmes, and the
    files that a command can name: `assets` returns all that the station knows, by absolute path. `know` makes assets of
    the files that a rundown names."""

    rundown: Path
    history: Path
    spot_folders: Sequence[Path] = ()
    programme_folders: Sequence[Path] = ()
    assets: Callable[[], Mapping[Path, Asset]] = dict
    know: Callable[[Sequence[Entry]], Awaitable[None]] = _know_nothing

    def names(self) -> FileNames:
        """Return a lookup of files by name, for the files known now."""
        return FileNames(self.assets(), (*self.spot_folders, self.rundown.parent, *self.programme_folders))


@dataclass(frozen=True)
class RundownVersion:
    """A rundown that may become the current one, the label of the edit that leads to it, and the undo history after it.

    `on_disk`: the rundown file has this text already.
    """

    rundown: Rundown
    label: str
    history: History
    on_disk: bool = False


class RundownFile:
    """The current rundown of a channel with its undo history, and both of their files.

    Edits by other programs come in through `outside_edit`; the operator's edits go out through `save`.
    """

    def __init__(self, paths: RundownPaths, rate: FrameRate) -> None:
        self.paths = paths
        self.rundown = Rundown()
        self.history = undo_history.History()
        self.fault: RetrovueError | None = None
        """Why the file as it is on disk is not the current rundown; None if it is."""
        self._rate = rate
        self._stamp: Stamp | None = None
        self._known: dict[str, Rundown] = {}

    async def open(self) -> str | None:
        """Read rundown and history at the start; return a warning if the history cannot be read. Raises `RundownError`
        for a broken rundown."""
        text, self.rundown = await self._read()
        loaded = await AIR.run(undo_history.load, self.paths.history)
        self.history = loaded.history.settled(text)
        return loaded.warning

    # ── from the disk ────────────────────────────────────────────────────────────────────────────

    async def know_files(self) -> None:
        """Have the station know the media files that the file names now, so that it can be planned with them. Raises
        `RundownError`."""
        rundown = await AIR.run(lambda: self._parse(ffconcat.read(self.paths.rundown)))
        await self.paths.know(rundown.entries)

    async def outside_edit(self) -> RundownVersion | None:
        """Return what another program has written since the file was last read or written; None if nothing, or if
        `fault` says what is wrong with it. Waits until the file is still."""
        stamp = await AIR.run(stamp_of, self.paths.rundown)
        if stamp == self._stamp:
            return None
        await self._still(stamp)
        try:
            text, rundown = await self._read()
        except RundownError:
            return None
        if text == self.history.text:
            return None
        if not text.strip() and self.rundown.entries:  # a save that was cut off, or has only begun
            reason = f"the file is empty; even a rundown without entries begins with {HEADER!r}"
            self.fault = RundownError(reason, self.paths.rundown)
            return None
        label = "the rundown file was edited"
        history = await asyncio.to_thread(self.history.record, self.history.text or "", text, label, time.time())
        return RundownVersion(rundown, label, history, on_disk=True)

    async def _still(self, stamp: Stamp | None) -> None:
        """Wait until the file has not changed for a moment: it may be half written."""
        for _ in range(int(LONGEST_WAIT_S / _STEP_S)):
            if stamp is None or time.time() - stamp[2] / 1e9 > STILL_S:
                return
            await asyncio.sleep(_STEP_S)
            stamp = await AIR.run(stamp_of, self.paths.rundown) or stamp

    async def _read(self) -> tuple[str, Rundown]:
        """Return text and rundown of the file as it is, and remember its stamp and its fault."""
        self._stamp = await AIR.run(stamp_of, self.paths.rundown)
        self.fault = None
        try:
            text = await AIR.run(ffconcat.read, self.paths.rundown)
            return text, await AIR.run(self._parse, text)
        except RundownError as error:
            self.fault = error
            raise

    def _parse(self, text: str) -> Rundown:
        """Return the rundown that a text describes; recent ones are remembered, see `KNOWN`. Blocking."""
        known = self._known.get(text)
        if known is None:
            known = ffconcat.parse(text, self.paths.rundown, self._rate, self.paths.spot_folders)
            self._remember(text, known)
        return known

    def _remember(self, text: str, rundown: Rundown) -> None:
        self._known[text] = rundown
        while len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]

    # ── to the disk ──────────────────────────────────────────────────────────────────────────────

    async def save_edit(self, rundown: Rundown, label: str) -> str | None:
        """Make an edited rundown the current one, and write it, as `save` does. Also raises `RundownError` for a
        rundown that the file cannot hold."""
        self.rundown = rundown
        before = self.history.text or ""
        text = await asyncio.to_thread(ffconcat.dump, rundown, self.paths.rundown, self._rate)
        self._remember(text, rundown)
        history = await asyncio.to_thread(self.history.record, before, text, label, time.time())
        return await self.save(RundownVersion(rundown, label, history))

    async def stepped(self, name: str) -> RundownVersion:
        """Return the rundown before the last edit (`undo`) or after the next one (`redo`). Raises `EditError`."""
        text = self.history.text or ""
        step = self.history.undo(text) if name == "undo" else self.history.redo(text)
        label = f"{'undone' if name == 'undo' else 'redone'}: {step.label}"
        return RundownVersion(await asyncio.to_thread(self._parse, step.text), label, step.history)

    async def save(self, version: RundownVersion) -> str | None:
        """Make this version the current one, and write it. A broken file that it replaces is kept as a copy next to it:
        the returned warning names the copy. Raises `RetrovueError`; the version is then the current one all the same.

        History and rundown are written at the same time: after a sudden end, either one is enough to repair the other.
        """
        self.rundown, self.history = version.rundown, version.history
        work = [AIR.run(undo_history.save, version.history, self.paths.history)]
        warning = None
        if not version.on_disk:
            warning = await self._saved_from_replacing()
            work.append(AIR.run(self._write, version.history.text or ""))
        for failure in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(failure, BaseException):
                raise failure
        return warning

    def _write(self, text: str) -> None:
        ffconcat.write(text, self.paths.rundown)
        self.fault = None
        stamp = stamp_of(self.paths.rundown)
        size = len(text.encode("utf-8", "surrogateescape"))
        self._stamp = stamp if stamp is not None and stamp[1] == size else None  # another program may have been quicker

    async def _saved_from_replacing(self) -> str | None:
        """Copy a broken file before it is replaced; return the warning that says so, None if there is none."""
        if self.fault is None or self._stamp is None:
            return None
        copy = self.paths.rundown.with_suffix(".refused")
        with contextlib.suppress(OSError):
            await AIR.run(shutil.copyfile, self.paths.rundown, copy)
        return f"{self.fault.message}; it was replaced, and is kept as {copy.name}"
