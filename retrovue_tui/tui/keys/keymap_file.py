"""`keymap.toml`: the operator's own keys for the actions of the screen.

```toml
keymap = "vim"                       # or "default"

[keys]
"air.break_now" = "f5"               # the ids are in the help
"channels.up" = ["up", "k", "w"]
```

Wrong entries are skipped and reported with their line; the others apply. No key may get two meanings.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from textual.keys import KEY_ALIASES, KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys

from retrovue_tui.errors import FileError
from retrovue_tui.files.toml_lines import line_of, parse, read_text
from retrovue_tui.text.suggestions import did_you_mean
from retrovue_tui.tui import keys
from retrovue_tui.tui.keys.vim import VIM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from textual.binding import Binding

Keymap = dict[str, str]
"""Binding id → its keys, separated by commas as Textual writes them."""
PRESETS: Final[Mapping[str, Mapping[str, str]]] = {"default": {}, "vim": VIM}
SAME: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
"""Keys that a terminal cannot distinguish: key → the key that the terminal reports instead."""
MODIFIERS: Final = ("ctrl", "alt", "shift")
_NAMED: Final = frozenset(str(each.value) for each in Keys) | frozenset(KEY_ALIASES)
_WORDS: Final = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}


class KeymapError(FileError):
    """A keymap file has an error."""

    title = "Keymap"


def bindings() -> dict[str, Binding]:
    """Return every binding that can be rebound, by its id."""
    return {str(each.id): each for pane in keys.PANES for each in pane.bindings}


def read_keymap(paths: Sequence[Path]) -> tuple[Keymap, list[str]]:
    """Return the keys of all these files (later files override earlier ones), and one message for each skipped entry.
    Blocking."""
    keymap: Keymap = {}
    problems: list[str] = []
    for path in paths:
        if path.is_file():
            try:
                keymap, wrong = _read(path, keymap)
            except KeymapError as error:
                problems.append(error.message)
            else:
                problems += [each.message for each in wrong]
    return keymap, problems


def _read(path: Path, before: Keymap) -> tuple[Keymap, list[KeymapError]]:
    """Return `before` with the changes of one file, and the errors in the file. Raises `KeymapError` if the file cannot
    be read at all."""
    text = read_text(path, KeymapError)
    table = parse(text, path, KeymapError, '. Lines look like "air.skip" = "f9"')
    problems: list[KeymapError] = []
    for name in table:
        if name not in ("keymap", "keys"):
            reason = f"unknown key {name!r}; the known keys are keymap and [keys]"
            problems.append(KeymapError(reason, path, line_of(text, name)))
    preset, overrides = table.get("keymap"), table.get("keys", {})
    if preset is not None and preset not in tuple(PRESETS):
        reason = f'keymap = {preset!r}: there are "default" and "vim"'
        problems.append(KeymapError(reason, path, line_of(text, "keymap")))
        preset = None
    if not isinstance(overrides, dict):
        reason = 'keys is a table: [keys], and below it lines like "air.skip" = "f9"'
        problems.append(KeymapError(reason, path, line_of(text, "keys")))
        overrides = {}
    base = dict(before) if preset is None else dict(PRESETS[preset])
    wanted: Keymap = {}
    for identity, value in _flat(overrides):
        line = _line_of(text, identity)
        try:
            if identity not in bindings():
                hint = did_you_mean(identity, bindings(), "the help (?) names the ids", cutoff=0.5)
                raise KeymapError(f"unknown action {identity!r}; {hint}", path, line)
            wanted[identity] = _keys(identity, value, path, line)
        except KeymapError as error:
            problems.append(error)
    while clash := next(clashes(base | wanted), None):
        # Report only clashes that this file adds.
        loser = next(each for each in clash.actions if each in wanted)
        problems.append(KeymapError(f"{loser} is left as it was: {clash}", path, _line_of(text, loser)))
        del wanted[loser]
    return base | wanted, problems


def _flat(overrides: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    """Yield (dotted name, value) pairs: TOML reads `air.skip = …` without quotes as a table in a table."""
    for name, value in overrides.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def _line_of(text: str, identity: str) -> int | None:
    return line_of(text, identity) or line_of(text, identity.rpartition(".")[2])


def _keys(identity: str, value: object, path: Path, line: int | None) -> str:
    each = value.split(",") if isinstance(value, str) and value != "," else value
    each = [","] if value == "," else each
    if not isinstance(each, list) or not each or not all(isinstance(key, str) and key.strip() for key in each):
        raise KeymapError(f'{identity} is a key or a list of keys, like "k" or ["up", "k"]', path, line)
    return ",".join(_key(identity, key.strip(), path, line) for key in each)


def _key(identity: str, text: str, path: Path, line: int | None) -> str:
    """Return the Textual name of the key written as `text`. Raises `KeymapError`."""
    *modifiers, base = text.split("+") if len(text) > 1 else [text]
    modifiers = [each.lower() for each in modifiers]
    if "ctrl" in modifiers and len(base) == 1:
        base = base.lower()
    key = "+".join([*modifiers, _base(base)])
    if wrong := [each for each in modifiers if each not in MODIFIERS]:
        raise KeymapError(
            f"{identity}: unknown modifier {wrong[0]!r} in {text!r}; the modifiers are ctrl, alt, shift", path, line
        )
    if not _exists(_base(base)):
        hint = did_you_mean(base.lower(), _NAMED)
        raise KeymapError(f"{identity}: there is no key {text!r}{f'; {hint}' if hint else ''}", path, line)
    if {"ctrl", "shift"} <= set(modifiers) and _base(base) not in _NAMED:
        raise KeymapError(f"{identity}: terminals send {text!r} as the same key with ctrl alone", path, line)
    if "shift" in modifiers and len(base) == 1:
        raise KeymapError(f"{identity}: write {base.upper()!r} for {text!r}; terminals send the letter", path, line)
    if key in SAME:
        raise KeymapError(f"{identity}: to a terminal {text!r} is the same as {SAME[key]}", path, line)
    return key


def _base(base: str) -> str:
    if len(base) == 1:
        if base.isalnum():
            return base
        name = unicodedata.name(base, base).lower().replace("-", "_").replace(" ", "_")
        return KEY_NAME_REPLACEMENTS.get(name, name)
    return _WORDS.get(base.lower(), base.lower())


def _exists(base: str) -> bool:
    if len(base) == 1 or base in _NAMED or base in KEY_TO_UNICODE_NAME or base in KEY_NAME_REPLACEMENTS.values():
        return True
    try:
        unicodedata.lookup(base.replace("_", " "))
    except KeyError:
        return False
    return True


@dataclass(frozen=True)
class Clash:
    """A key with two meanings in panes that are active at the same time."""

    key: str
    actions: tuple[str, ...]
    """The ids of the actions that share the key, the rebound ones first."""

    def __str__(self) -> str:
        first, second, *_ = self.actions
        return (
            f"{first} and {second} cannot both have the key {self.key!r}, because both are active at the same time;"
            f" choose another key, or give {second} another key as well"
        )


def clashes(keymap: Mapping[str, str]) -> Iterator[Clash]:
    """Yield the clashes of a keymap that the default keys do not have."""
    for panes in keys.together():
        usual, now = _meanings(panes, {}), _meanings(panes, keymap)
        for key, identities in now.items():
            if len(identities) > 1 and not identities <= usual.get(key, set()):
                yield Clash(key, tuple(sorted(identities, key=lambda each: (each not in keymap, each))))


def _meanings(panes: Sequence[keys.Pane], keymap: Mapping[str, str]) -> dict[str, set[str]]:
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for pane in panes:
        for binding in pane.bindings:
            for key in keymap.get(str(binding.id), binding.key).split(","):
                meanings[key.strip()].add(str(binding.id))
    return meanings
