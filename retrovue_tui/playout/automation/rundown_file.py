"""A channel's rundown on disk. This module alone reads and writes the file, and holds its parsed content and its
history of edits."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RundownError
from retrovue_tui.files.file_watch import STILL_S, stamp_of
from retrovue_tui.playout.automation.file_names import FileNames
from retrovue_tui.rundown import undo_history
from retrovue_tui.rundown.entries import Rundown
from retrovue_tui.rundown.file_format import ffconcat
from retrovue_tui.rundown.file_format.ffconcat_syntax import HEADER
from retrovue_tui.threads import AIR, COMMANDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.errors import RetrovueError
    from retrovue_tui.files.file_watch import Stamp
    from retrovue_tui.media.asset import Asset
    from retrovue_tui.rundown.entries import Entry
    from retrovue_tui.rundown.undo_history import History
    from retrovue_tui.timecode import FrameRate

KNOWN: Final = 8
"""How many parsed texts `RundownFile` remembers, because an undo needs a recent text again."""
LONGEST_WAIT_S: Final = 4 * STILL_S
"""The longest time that `RundownFile.outside_edit` waits until another program has finished writing (s)."""
_STEP_S: Final = 0.02


async def _know_nothing(_: Sequence[Entry]) -> None:
    """The default of `RundownPaths.know`; does nothing."""


@dataclass(frozen=True)
class RundownPaths:
    """The paths of a channel's rundown and its history, and the folders of spots and of programmes.

    `assets` returns all assets that the station knows, by absolute path; a command can name no other files. `know` is
    called to probe the files that a rundown names. `titles` returns the title that a pool file states for a file.
    """

    rundown: Path
    history: Path
    spot_folders: Sequence[Path] = ()
    programme_folders: Sequence[Path] = ()
    assets: Callable[[], Mapping[Path, Asset]] = dict
    know: Callable[[Sequence[Entry]], Awaitable[None]] = _know_nothing
    titles: Callable[[Path], str | None] = lambda _: None

    def names(self) -> FileNames:
        """Return a lookup by name of all files that are known now."""
        folders = (*self.spot_folders, self.rundown.parent, *self.programme_folders)
        return FileNames(self.assets(), folders, self.titles)


@dataclass(frozen=True)
class RundownVersion:
    """A rundown that can become the current one. It includes the label of the edit that leads to it, and the undo
    history after that edit.

    `on_disk` is True if the rundown file already has this text.
    """

    rundown: Rundown
    label: str
    history: History
    on_disk: bool = False


class RundownFile:
    """The current rundown of a channel, its undo history, and the files of both.

    `outside_edit` reads an edit by another program; `save` writes the operator's edits.
    """

    def __init__(self, paths: RundownPaths, rate: FrameRate) -> None:
        self.paths = paths
        self.rundown = Rundown()
        self.history = undo_history.History()
        self.fault: RetrovueError | None = None
        """The reason why the file on disk is not the current rundown; None if it is."""
        self._rate = rate
        self._stamp: Stamp | None = None
        self._known: dict[str, Rundown] = {}

    async def open(self) -> str | None:
        """Read the rundown and its history when the station starts. Return a warning if the history cannot be read.
        Raises `RundownError` for a broken rundown."""
        text, self.rundown = await self._read()
        loaded = await AIR.run(undo_history.load, self.paths.history)
        self.history = loaded.history.settled(text)
        return loaded.warning

    # ── from the disk ────────────────────────────────────────────────────────────────────────────

    async def know_files(self) -> None:
        """If another program has written the rundown file, probe the media files that it names now, so that it can be
        planned with them. Raises `RundownError`."""
        if await AIR.run(stamp_of, self.paths.rundown) == self._stamp:
            return
        rundown = await AIR.run(lambda: self._parse(ffconcat.read(self.paths.rundown)))
        await self.paths.know(rundown.entries)

    async def outside_edit(self) -> RundownVersion | None:
        """Wait until the file is still, and return the rundown that another program has written since the file was last
        read or written. None if there is none, or if it is broken (see `fault`)."""
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
        if not text.strip() and self.rundown.entries:  # another program has not finished writing it
            reason = f"the file is empty; even a rundown without entries begins with {HEADER!r}"
            self.fault = RundownError(reason, self.paths.rundown)
            return None
        label = "the rundown file was edited"
        history = await COMMANDS.run(self.history.record, self.history.text or "", text, label, time.time())
        return RundownVersion(rundown, label, history, on_disk=True)

    async def _still(self, stamp: Stamp | None) -> None:
        """Wait until the file has not changed for a moment, because another program may still be writing it."""
        for _ in range(int(LONGEST_WAIT_S / _STEP_S)):
            if stamp is None or time.time() - stamp[2] / 1e9 > STILL_S:
                return
            await asyncio.sleep(_STEP_S)
            stamp = await AIR.run(stamp_of, self.paths.rundown) or stamp

    async def _read(self) -> tuple[str, Rundown]:
        """Read the file; return its text and its rundown, and remember its stamp and its fault."""
        self._stamp = await AIR.run(stamp_of, self.paths.rundown)
        self.fault = None
        try:
            text = await AIR.run(ffconcat.read, self.paths.rundown)
            return text, await AIR.run(self._parse, text)
        except RundownError as error:
            self.fault = error
            raise

    def _parse(self, text: str) -> Rundown:
        """Return the rundown that a text describes. The results for recent texts are remembered (`KNOWN`). Blocking."""
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

    async def save_edit(self, rundown: Rundown, label: str, *, undoable: bool = True) -> str | None:
        """Make an edited rundown the current one, and write it, as `save` does. If the edit is not `undoable`, undo and
        redo of the others leave it in the rundown. Raises `RundownError` also if the file format cannot express the
        rundown."""
        self.rundown = rundown
        before = self.history.text or ""
        text = await COMMANDS.run(ffconcat.dump, rundown, self.paths.rundown, self._rate)
        self._remember(text, rundown)
        if undoable:
            history = await COMMANDS.run(self.history.record, before, text, label, time.time())
        else:
            history = await COMMANDS.run(self.history.carried, before, text)
        return await self.save(RundownVersion(rundown, label, history))

    async def stepped(self, name: str) -> RundownVersion:
        """Return the rundown before the last edit (`name` is `undo`) or after the next one (`redo`). Raises
        `EditError`."""
        text = self.history.text or ""
        step = self.history.undo(text) if name == "undo" else self.history.redo(text)
        label = f"{'undone' if name == 'undo' else 'redone'}: {step.label}"
        return RundownVersion(await COMMANDS.run(self._parse, step.text), label, step.history)

    async def save(self, version: RundownVersion) -> str | None:
        """Make this version the current one, and write it. If it replaces a broken file, first copy the broken file to
        the same folder, and return a warning that names the copy. Raises `RetrovueError` when the version cannot be
        written; it is then current nevertheless.

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
        self._stamp = stamp if stamp is not None and stamp[1] == size else None  # None: written meanwhile by another

    async def _saved_from_replacing(self) -> str | None:
        """If the file on disk is broken, copy it before it is replaced, and return a warning that names the copy;
        otherwise return None."""
        if self.fault is None or self._stamp is None:
            return None
        copy = self.paths.rundown.with_suffix(".refused")
        with contextlib.suppress(OSError):
            await AIR.run(shutil.copyfile, self.paths.rundown, copy)
        return f"{self.fault.message}; it was replaced, and is kept as {copy.name}"
