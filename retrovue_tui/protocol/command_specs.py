"""The specification of every command for a channel: its name, its arguments, and a short description."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.protocol.command_values import EXAMPLES, CommandError, beginning_of
from retrovue_tui.text.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class CommandSpec:
    """The specification of a command. `needs`: required arguments. `takes`: optional ones. `needs_place`: `at_s` or
    `at_frame` is required. `one_of`: exactly one of these is required. `any_of`: at least one of these is required.

    `edit`: the command changes only the rundown, nothing that is on air, so `apply` may contain it. `does`: a
    description for people.
    """

    does: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    needs_place: bool = False
    one_of: tuple[()] | tuple[str, str] = ()
    any_of: tuple[str, ...] = ()
    edit: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All arguments that the command accepts."""
        return (*self.typed, *(("ids",) if self.edit else ()))

    @property
    def typed(self) -> tuple[str, ...]:
        """The arguments that a person can type: all except `ids`, which come from the receipt of a dry run."""
        place = ("at_s", "at_frame") if self.needs_place else ()
        return (*self.needs, *self.one_of, *self.any_of, *place, *self.takes)


COMMAND_SPECS: Final[Mapping[str, CommandSpec]] = MappingProxyType(
    {
        "break_now": CommandSpec("cut to a break at once", takes=("spots", "seconds")),
        "return": CommandSpec("end the break that is on air"),
        "skip": CommandSpec("cut to the next entry at once"),
        "hold": CommandSpec("delay the next break until it is released; the programme goes on"),
        "release": CommandSpec("air the held break at once"),
        "insert_break": CommandSpec(
            "insert a break at a frame of a programme", needs=("entry",), takes=("spots", "seconds"), needs_place=True,
            edit=True,
        ),
        "move_break": CommandSpec(
            "move a break to another place", needs=("break",), takes=("entry",), needs_place=True, edit=True
        ),
        "remove_break": CommandSpec("remove a break and join the programme again", needs=("break",), edit=True),
        "replace_spot": CommandSpec("replace a spot by another file", needs=("entry", "file"), edit=True),
        "fill": CommandSpec(
            "choose new spots for a break of a given length", needs=("break",), one_of=("seconds", "spots"), edit=True
        ),
        "lift": CommandSpec(
            "remove an entry, or the rest of it, and fill its time from the pool", one_of=("break", "entry"),
            takes=("at_s", "at_frame", "spots"), edit=True,
        ),
        "trim": CommandSpec(
            "change an entry's first frame or its end", needs=("entry",), any_of=("in_frame", "out_frame"), edit=True,
        ),
        "split": CommandSpec("split an entry in two", needs=("entry",), needs_place=True, edit=True),
        "insert": CommandSpec(
            "insert a file as a new entry, by default at the end", needs=("file",),
            takes=("before", "after", "kind", "in_frame", "out_frame", "break"), edit=True,
        ),
        "move_entry": CommandSpec(
            "move an entry to another place", needs=("entry",), one_of=("before", "after"), edit=True,
        ),
        "remove": CommandSpec("remove an entry; later entries air earlier", needs=("entry",), edit=True),
        "apply": CommandSpec("apply several edits as one", needs=("edits",)),
        "undo": CommandSpec("undo the last edit"),
        "redo": CommandSpec("redo the edit undone last"),
        "replan": CommandSpec("plan the coming programmes again, after the last entry changed by hand"),
        "stop": CommandSpec("take the channel off air"),
        "start": CommandSpec("put the channel on air again"),
    }
)  # fmt: skip
"""Command name → its specification, for all commands for a channel."""

EDITS: Final = tuple(name for name, spec in COMMAND_SPECS.items() if spec.edit)
"""The commands that `apply` may contain."""

NOT_BOTH: Final = (("spots", "seconds"), ("at_s", "at_frame"), ("before", "after"))
"""Arguments of which a command takes only one."""


def spec_of(name: Any) -> CommandSpec:
    """Return the specification of a command. Raises a `CommandError` that names the most similar known command."""
    spec = COMMAND_SPECS.get(name) if isinstance(name, str) else None
    if spec is None:
        shown = _cut(name) if isinstance(name, str) else beginning_of(name)
        quoted = repr(shown) if isinstance(name, str) else shown
        raise CommandError(f"there is no command {quoted}: {nearest(shown.replace('-', '_'), COMMAND_SPECS)}")
    return spec


def check_names(name: str, given: Mapping[str, Any]) -> None:
    """Raise a `CommandError` if a command lacks a required argument or has one that it does not accept."""
    spec = COMMAND_SPECS[name]
    _refuse_unknown(name, spec, given)
    for key in spec.needs:
        if key not in given:
            raise CommandError(f"{name} needs {key}: write it as in {example(name)}")
    for one, other in (*NOT_BOTH, *((spec.one_of,) if spec.one_of else ())):
        if one in given and other in given:
            raise CommandError(f"{name} takes {one} or {other}, not both")
    for choice in (spec.one_of, spec.any_of):
        if choice and not any(key in given for key in choice):
            raise CommandError(f"{name} needs {' or '.join(choice)}: write it as in {example(name)}")
    if spec.needs_place and not ("at_s" in given or "at_frame" in given):
        raise CommandError(f"{name} needs at_s (seconds of its file) or at_frame (house frames of it)")


def _refuse_unknown(name: str, spec: CommandSpec, given: Iterable[str]) -> None:
    for key in given:
        if not spec.names:
            raise CommandError(f"{name} takes no arguments, but has {_cut(key)!r}")
        if key not in spec.names:
            raise CommandError(f"{name} takes no {_cut(key)!r}: {nearest(key, spec.names)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint for an error message: the known name most similar to `name`; if none is similar, all known
    names."""
    names = list(known)
    name = _cut(name)
    return did_you_mean(name.lower(), names, otherwise=f"choose one of {', '.join(names)}")


def _cut(word: str) -> str:
    """Return a word, cut to the length that a name in a message may have."""
    return word if len(word) <= 60 else f"{word[:60]}…"


def example(name: str) -> str:
    """Return an example of a command as a person types it."""
    if name == "apply":
        return '{"command": "apply", "edits": [{"command": "remove", "entry": "k3f9"}]} (with ctl: apply --file FILE)'
    spec = COMMAND_SPECS[name]
    shown = [*spec.needs, *spec.one_of[:1], *spec.any_of, *(("at_s",) if spec.needs_place else ()), *spec.takes]
    if name == "move_entry":
        shown = ["entry", "after"]
    return " ".join([name, *(EXAMPLES[key] for key in shown if key in EXAMPLES)])
