"""Copies text inside tmux with tmux's own command, because tmux usually does not pass OSC 52 to the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Final

PATIENCE_S: Final = 2.0


def inside_tmux() -> bool:
    """Return whether the control room runs inside tmux."""
    return bool(os.environ.get("TMUX"))


async def copy_by_tmux(text: str) -> None:
    """Put a text into tmux's buffer; tmux copies it to the clipboard of the terminal in which it runs."""
    with contextlib.suppress(OSError, TimeoutError):
        process = await asyncio.create_subprocess_exec(
            "tmux", "load-buffer", "-w", "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await asyncio.wait_for(process.communicate(text.encode()), PATIENCE_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
