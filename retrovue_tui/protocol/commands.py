"""The commands for a channel: reads them from JSON or from typed words, and checks them.

The control room, `ctl` and every script send the same JSON, so all commands are checked here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from retrovue_tui.protocol.command_specs import COMMAND_SPECS, EDITS, CommandSpec, check_names, example, spec_of
from retrovue_tui.protocol.command_values import LONGEST_BREAK_S, NUMBERS, VALUES, CommandError, is_count, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "COMMAND_SPECS",
    "EDITS",
    "LONGEST_BREAK_S",
    "MOST_EDITS",
    "Command",
    "CommandError",
    "CommandSpec",
    "edit_of",
    "spec_of",
]

MOST_EDITS: Final = 500
"""The most edits that one `apply` may contain."""


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Command:
    """One command for a channel. In `arguments`, `spots` is a tuple of file names, `seconds` and `at_s` are floats (s),
    `at_frame`, `in_frame` and `out_frame` are ints (house frames, 0-based), `edits` is a tuple of commands, `ids` is a
    tuple of text, and all others are text.

    `ids`: the ids that a dry run gave to the break and the entries that an edit creates. Later edits in the same
    `apply` may use these ids, even if the station finally chooses other ones. `dry_run`: only report what the command
    would do. `revision`: the revision of the rundown that the command is meant for; if the rundown has another
    revision, the station refuses the command.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=_nothing)
    dry_run: bool = False
    revision: int | None = None

    @classmethod
    def parse(cls, data: Any) -> Self:
        """Return the command in a JSON object `{"command": NAME, …}`. An argument whose value is null counts as
        missing. Raises `CommandError` for a malformed command."""
        if not isinstance(data, dict):
            raise CommandError(f'a command is an object like {{"command": "skip"}}, not {kind_of(data)}')
        given = {key: value for key, value in data.items() if value is not None}
        name = given.pop("command", None)
        if name is None:
            raise CommandError('the command\'s name is missing: write "command": NAME')
        spec_of(name)
        dry_run = given.pop("dry_run", False)
        if not isinstance(dry_run, bool):
            raise CommandError(f"dry_run is true or false, not {kind_of(dry_run)}")
        revision = given.pop("revision", None)
        if revision is not None and not (is_count(revision) and revision < 2**53):
            raise CommandError(f"revision is the number of a rundown's revision, not {kind_of(revision)}")
        check_names(name, given)
        arguments = {key: _edits(value) if key == "edits" else VALUES[key](key, value) for key, value in given.items()}
        first, end = arguments.get("in_frame", 0), arguments.get("out_frame")
        if end is not None and end <= first:
            raise CommandError(f"out_frame {end} is not after in_frame {first}: at least one frame must be left")
        return cls(name, MappingProxyType(arguments), dry_run, revision)

    @classmethod
    def from_words(
        cls,
        name: str,
        words: Iterable[str],
        *,
        spots: Sequence[str] | None = None,
        edits: Any = None,
        dry_run: bool = False,
        revision: int | None = None,
    ) -> Self:
        """Return the command that a person typed: `name`, then `key=value` words. `edits`: the edits of an `apply`, as
        parsed JSON. Raises `CommandError`."""
        data: dict[str, Any] = {}
        spec_of(name)
        for word in words:
            key, sign, value = word.partition("=")
            if not sign:
                raise CommandError(f"{word!r} is not an argument: write key=value, like {example(name)}")
            if key == "spots":
                raise CommandError("spots are named with --spots FILE …")
            if key == "edits":
                raise CommandError("edits are read from a file: --file FILE, or --file - for standard input")
            if key in data:
                raise CommandError(f"{key} is given twice")
            data[key] = NUMBERS[key](key, value) if key in NUMBERS else value
        if spots:
            data["spots"] = list(spots)
        if edits is not None:
            data["edits"] = edits
        return cls.parse(data | {"command": name, "dry_run": dry_run, "revision": revision})

    def to_json(self) -> dict[str, Any]:
        """Return the command as the JSON object that `parse` reads."""
        data: dict[str, Any] = {"command": self.name}
        data.update((key, _plain(value)) for key, value in self.arguments.items())
        if self.dry_run:
            data["dry_run"] = True
        if self.revision is not None:
            data["revision"] = self.revision
        return data


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [each.to_json() if isinstance(each, Command) else each for each in value]
    return value


def _edits(value: Any) -> tuple[Command, ...]:
    """Return the edits of an `apply`. Raises a `CommandError` that names the first wrong one."""
    if not isinstance(value, (list, tuple)):
        raise CommandError(f'edits is a list like [{{"command": "remove", "entry": "k3f9"}}], not {kind_of(value)}')
    if not value:
        raise CommandError("edits is empty: there is nothing to apply")
    if len(value) > MOST_EDITS:
        raise CommandError(f"edits has {len(value)} edits; at most {MOST_EDITS} can be applied at once")
    edits: list[Command] = []
    for number, each in enumerate(value, 1):
        try:
            edits.append(edit_of(each))
        except CommandError as error:
            raise CommandError(f"edit {number} of {len(value)}: {error.message}") from error
    return tuple(edits)


def edit_of(value: Any) -> Command:
    """Return one edit of an `apply` from its JSON. Raises `CommandError`."""
    command = value if isinstance(value, Command) else Command.parse(value)
    if command.name == "apply":
        raise CommandError("an apply cannot contain another apply")
    if command.name in ("undo", "redo"):
        raise CommandError(f"{command.name} moves through the history of edits, so an apply cannot contain it")
    if command.name not in EDITS:
        raise CommandError(
            f"{command.name} acts on the entry on air, so an apply cannot contain it; edits are {', '.join(EDITS)}"
        )
    if command.dry_run or command.revision is not None:
        raise CommandError("dry_run and revision belong to the whole apply, not to one of its edits")
    return command
