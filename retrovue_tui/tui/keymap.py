"""`keymap.toml`: other keys for what the screen can do.

```toml
keymap = "vim"                       # or "default"

[keys]
"air.break_now" = "ctrl+b"           # the ids are in the help
"channels.up" = ["up", "k", "w"]
```

A file with anything wrong in it is left out as a whole, and said: half a keymap is worse than none.
"""

from __future__ import annotations

import difflib
import tomllib
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from textual.keys import KEY_ALIASES, KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys

from retrovue_tui.errors import FileError
from retrovue_tui.tui import keys
from retrovue_tui.tui.keys.vim import VIM
from retrovue_tui.tui.source import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from textual.binding import Binding

Keymap = dict[str, str]
"""A binding's id → its keys, apart by commas, as Textual writes them."""
PRESETS: Final[Mapping[str, Mapping[str, str]]] = {"default": {}, "vim": VIM}
SAME: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
"""What a terminal cannot tell apart."""
MODIFIERS: Final = ("ctrl", "alt", "shift")
_NAMED: Final = frozenset(str(each.value) for each in Keys) | frozenset(KEY_ALIASES)
_WORDS: Final = {"esc": "escape", "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete"}


class KeymapError(FileError):
    """A keymap file is not as expected."""

    title = "Keymap"


def bindings() -> dict[str, Binding]:
    """Every binding that can be rebound, by its id."""
    return {str(each.id): each for pane in keys.PANES for each in pane.bindings}


def read_keymap(paths: Sequence[Path]) -> tuple[Keymap, list[str]]:
    """The keys of all these files together, and a line for each file that was left out. Blocking."""
    keymap: Keymap = {}
    problems: list[str] = []
    for path in paths:
        try:
            if path.is_file():
                keymap = _read(path, keymap)
        except KeymapError as error:
            problems.append(error.message)
    return keymap, problems


def _read(path: Path, before: Keymap) -> Keymap:
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeymapError(f"cannot be read as TOML: {error}", path) from error
    for name in table:
        if name not in ("keymap", "keys"):
            raise KeymapError(f"unknown key {name!r}; known are keymap and [keys]", path, line_of(text, name))
    preset = table.get("keymap", "default")
    if preset not in PRESETS:
        raise KeymapError(f'keymap = {preset!r}: there are "default" and "vim"', path, line_of(text, "keymap"))
    overrides = table.get("keys", {})
    if not isinstance(overrides, dict):
        raise KeymapError('keys is a table: [keys], and below it lines like "air.skip" = "s"', path)
    keymap = dict(PRESETS[preset]) if "keymap" in table else dict(before)
    known = bindings()
    for identity, value in overrides.items():
        line = line_of(text, identity)
        if identity not in known:
            raise KeymapError(f"unknown action {identity!r}{nearest(identity, known)}", path, line)
        keymap[identity] = _keys(identity, value, path, line)
    if clash := next(clashes(keymap), ""):
        named = next((each for each in overrides if each in clash), "keys")
        raise KeymapError(clash, path, line_of(text, named))
    return keymap


def nearest(word: str, known: Mapping[str, Any]) -> str:
    """`; did you mean 'air.skip'?`, or nothing where there is nothing like it."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else "; the help (?) names the ids"


def _keys(identity: str, value: object, path: Path, line: int | None) -> str:
    each = value.split(",") if isinstance(value, str) and value != "," else value
    each = [","] if value == "," else each
    if not isinstance(each, list) or not each or not all(isinstance(key, str) and key.strip() for key in each):
        raise KeymapError(f'{identity} is a key or a list of keys, like "k" or ["up", "k"]', path, line)
    return ",".join(_key(identity, key.strip(), path, line) for key in each)


def _key(identity: str, text: str, path: Path, line: int | None) -> str:
    """A key as Textual calls it."""
    *modifiers, base = text.split("+") if len(text) > 1 else [text]
    modifiers = [each.lower() for each in modifiers]
    key = "+".join([*modifiers, _base(base)])
    if wrong := [each for each in modifiers if each not in MODIFIERS]:
        raise KeymapError(
            f"{identity}: unknown modifier {wrong[0]!r} in {text!r}; known are ctrl, alt, shift", path, line
        )
    if not _exists(_base(base)):
        near = difflib.get_close_matches(base.lower(), _NAMED, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise KeymapError(f"{identity}: there is no key {text!r}{hint}", path, line)
    if "shift" in modifiers and len(base) == 1:
        raise KeymapError(f"{identity}: write {base.upper()!r} for {text!r}; terminals send the letter", path, line)
    if {"ctrl", "shift"} <= set(modifiers) and _base(base) not in _NAMED:
        raise KeymapError(f"{identity}: terminals do not tell {text!r} from ctrl alone", path, line)
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


def clashes(keymap: Mapping[str, str]) -> Iterator[str]:
    """Keys that would mean two things at the same time, and do not by default."""
    for panes in keys.together():
        usual, now = _meanings(panes, {}), _meanings(panes, keymap)
        for key, identities in now.items():
            if len(identities) > 1 and not identities <= usual.get(key, set()):
                first, second, *_ = sorted(identities, key=lambda each: (each not in keymap, each))
                yield f"{first} and {second} cannot both be {key!r}: both are there at once"


def _meanings(panes: Sequence[keys.Pane], keymap: Mapping[str, str]) -> dict[str, set[str]]:
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for pane in panes:
        for binding in pane.bindings:
            for key in keymap.get(str(binding.id), binding.key).split(","):
                meanings[key.strip()].add(str(binding.id))
    return meanings
