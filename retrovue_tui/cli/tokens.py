"""The token for a station on another machine: reads it, and keeps it out of the process list."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.terminal import say
from retrovue_tui.errors import StationError
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

VARIABLE: Final = "RETROVUE_TOKEN"
_IN_ADDRESS: Final = re.compile(r"([?&])token=([^&#]+)&?")


def token_of(arguments: argparse.Namespace) -> str | None:
    """Return the token from `--token`, `--token-file` or $RETROVUE_TOKEN. `StationClient` reads a token in the address.
    Raises `StationError` if the file cannot be read or is empty."""
    token = os.environ.pop(VARIABLE, None)  # child processes, such as a player, do not need it
    token = arguments.token or token
    if arguments.token_file is not None:
        try:
            with arguments.token_file.expanduser().open(encoding="utf-8") as file:
                token = file.readline().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StationError(f"{arguments.token_file}: the token cannot be read: {error}") from error
        if not token:
            raise StationError(f"{arguments.token_file}: its first line is empty; it should be the token")
    SECRETS.hide(token)
    return token


def leave_process_list(arguments: argparse.Namespace) -> None:
    """If the command line contains a token, start the program again with the token in the environment: everybody on
    this machine can read a process's arguments, but only its owner can read its environment."""
    match = _IN_ADDRESS.search(arguments.url)
    token = arguments.token or (match and match[2])
    if not token:
        return
    SECRETS.hide(token)
    words = without_token(sys.orig_argv, token)
    if words == sys.orig_argv or any(token in word for word in words):
        return  # this process has another command line than the one that was parsed
    say(f"retrovue-tui: a token in a command stays in the shell's history; set {VARIABLE} instead", error=True)
    os.execve(sys.executable, words, os.environ | {VARIABLE: token})


def without_token(words: Sequence[str], token: str) -> list[str]:
    """Return a command line without the token. The token's option, or its part of an address, is removed."""
    kept: list[str] = []
    for word in words:
        if word == token and kept and kept[-1].startswith("--t"):
            kept.pop()
        elif word.startswith("--t") and word.endswith(f"={token}"):
            continue
        else:
            kept.append(_IN_ADDRESS.sub(r"\1", word).rstrip("?&") if f"token={token}" in word else word)
    return kept
