"""Plays a local file in a player outside the terminal; the player ends when the control room does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import RetrovueError

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping

VARIABLE: Final = "RETROVUE_PLAYER"
KNOWN: Final = (("mpv", "--force-window=yes"), ("vlc",))
GRACE_S: Final = 1.0


class PlayerError(RetrovueError):
    """The player cannot open the file, or there is no player."""

    title = "Player"


def command_line(file: str, environment: Mapping[str, str]) -> list[str]:
    """Return the command that plays a file: the operator's choice in `$RETROVUE_PLAYER`, or else mpv or VLC. Raises
    `PlayerError` if there is none."""
    if own := environment.get(VARIABLE, "").strip():
        try:
            words = shlex.split(own)
        except ValueError as error:
            raise PlayerError(f"${VARIABLE} is not a command: {error}") from error
        if shutil.which(words[0]) is None:
            raise PlayerError(f"${VARIABLE} names {words[0]!r}, which is not installed")
        return [*words, str(Path(file).absolute())]  # the path begins with a slash, so no `--` is needed
    for words in map(list, KNOWN):
        if shutil.which(words[0]):
            return [*words, "--", file]
    raise PlayerError(f"neither mpv nor VLC is installed here: install one, or name a player in ${VARIABLE}")


async def play(file: str) -> None:
    """Play a file, and return when the operator closes the player. Cancelling this ends the player. Raises
    `PlayerError`."""
    if not await asyncio.to_thread(Path(file).is_file):
        raise PlayerError("the file is on the station's machine, and that is not this one")
    words = command_line(file, os.environ)
    try:
        process = await asyncio.create_subprocess_exec(*words, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    except OSError as error:
        raise PlayerError(f"{words[0]} cannot be started: {error.strerror or error}") from error
    try:
        code = await process.wait()
    finally:
        await _end(process)
    if code > 0:
        raise PlayerError(f"{words[0]} ended with code {code}; a player needs a graphical screen")


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            await process.wait()
            return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
