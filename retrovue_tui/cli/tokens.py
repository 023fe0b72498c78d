"""The token for a station on another machine: reads it, and keeps it out of the process list."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from retrovue_tui.cli.terminal import say
from retrovue_tui.errors import StationError
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

VARIABLE: Final = "RETROVUE_TOKEN"
NO_TOKEN: Final = "-"
"""Stands for the token of a station that needs none, among the tokens of several stations."""
_IN_ADDRESS: Final = re.compile(r"([?&])token=([^&#]+)&?")


def tokens_of(arguments: argparse.Namespace) -> list[str | None]:
    """Return the token for each address of `attach`, in order, from `--token-file`, `--token` or $RETROVUE_TOKEN; None:
    there is none. `StationClient` reads a token in the address. With several addresses, the variable has a token for
    each, with spaces or line ends between them, and `-` stands for no token. Raises `StationError` if a file cannot be
    read or is empty, or if the number of tokens is not the number of addresses."""
    count = len(arguments.url)
    variable = os.environ.pop(VARIABLE, "")  # child processes, such as a player, do not need it
    split = variable.split("\n") if "\n" in variable else variable.split()
    inherited = ([variable] if variable else []) if count == 1 else split
    given = [[_first_line(path) for path in arguments.token_file], list(arguments.token)]
    if any(given) and len(inherited) != count:
        inherited = []
    found: list[str | None] = [None] * count
    for tokens in (*given, inherited):
        if tokens and len(tokens) != count:
            raise StationError(
                f"there are {len(tokens)} tokens for {len(arguments.url)} addresses: give one --token or --token-file"
                f" for each address, in their order (`{NO_TOKEN}` for none), or ?token= in the address"
            )
        found = [old or (new if new != NO_TOKEN else None) for old, new in zip(found, tokens or found, strict=True)]
    for token in found:
        SECRETS.hide(token)
    return found


def leave_process_list(arguments: argparse.Namespace) -> None:
    """If the command line of `attach` contains tokens, start the program again with the tokens in the environment:
    everybody on this machine can read a process's arguments, but only its owner can read its environment."""
    matches = [_IN_ADDRESS.search(url) for url in arguments.url]
    written = [*arguments.token, *(match[2] for match in matches if match)]
    if not written or len(arguments.token) not in (0, len(matches)):
        return  # `tokens_of` refuses a wrong number of tokens
    words = list(sys.orig_argv)
    for token in written:
        SECRETS.hide(token)
        words = without_token(words, token)
    if words == sys.orig_argv or any(token in word for token in written if token != NO_TOKEN for word in words):
        return  # this process has another command line than the one that was parsed
    given = arguments.token or [NO_TOKEN] * len(matches)
    tokens = [
        token if token != NO_TOKEN or match is None else unquote(match[2])
        for token, match in zip(given, matches, strict=True)
    ]
    say(f"retrovue-tui: a token in a command stays in the shell's history; set {VARIABLE} instead", error=True)
    os.execve(sys.executable, words, os.environ | {VARIABLE: "\n".join(tokens)})


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


def _first_line(path: Path) -> str:
    if str(path) == NO_TOKEN:
        return NO_TOKEN
    try:
        with path.expanduser().open(encoding="utf-8") as file:
            token = file.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StationError(f"{path}: the token cannot be read: {error}") from error
    if not token:
        raise StationError(f"{path}: its first line is empty; it should be the token")
    return token
