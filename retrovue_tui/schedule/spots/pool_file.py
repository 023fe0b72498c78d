"""Pool files, `pool.toml`: the rules of a pool's spots. A table has the name of a file, such as ["cola 30.mp4"], or a
pattern of names, such as ["cola*.mp4"]."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fnmatch import translate
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.config.form import Form, shown
from retrovue_tui.config.toml_syntax import TomlText, read_toml
from retrovue_tui.errors import ConfigError
from retrovue_tui.files.toml_lines import parse
from retrovue_tui.schedule.spots.spot_rules import MINUTES_OF_DAY, Hours, PoolSpot
from retrovue_tui.schedule.spots.variant_tables import fault_of_names, mains_of, variant_faults, without_variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MOST_CHARS: Final = 1_048_576
"""The maximum length of a pool file in characters."""
MOST_PATTERNS: Final = 200
"""The maximum number of tables with a pattern, because each spot is compared with every pattern."""
_MOST_REPAIRED: Final = 16_384
"""The maximum length of a file in which all syntax errors are looked for. In a longer file, only the first is found."""
_MOST_TEXT: Final = 200
MOST_GROUPS: Final = 6
"""The most groups of viewers of a spot: the pictures of each version are in memory while it airs."""
_ZERO: Final = timedelta(0)
_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=366)
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "": ("separation", "cooldown"),
    "spot": (
        "title", "advertiser", "tags", "weight", "from", "until", "hours", "max_per_day", "cooldown", "position",
        "variants", "variant_weights", "split", "shorter_variants",
    ),
}  # fmt: skip
_HOURS: Final = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*")
_KEY: Final = re.compile(r"\s*([\w-]+|\"[^\"]+\"|'[^']+')\s*=")
_WILD: Final = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class SpotTable:
    """One table of a pool file. `name` is the name of a file, or a pattern; `line` is the line of its header.

    `rules` has the values that the table states, by the names of the fields of `PoolSpot`.
    """

    name: str
    line: int | None
    rules: Mapping[str, Any]

    @property
    def is_pattern(self) -> bool:
        """Whether the name contains a wildcard. A file with exactly this name is meant, too."""
        return bool(_WILD.search(self.name))

    @property
    def exactness(self) -> int:
        """The number of characters that are no wildcards. Of two patterns, the one with more of them is more exact."""
        return len(re.sub(r"\[[^\]]*\]|[*?]", "", self.name))


@dataclass(frozen=True)
class PoolRules:
    """The rules in one pool file. They hold for the spots below `folder`.

    `separation` is the least time between two spots of the same advertiser, or with the same tag, in different breaks.
    `cooldown` holds for spots without a cooldown of their own.
    """

    folder: Path
    separation: timedelta = _ZERO
    cooldown: timedelta | None = None
    tables: tuple[SpotTable, ...] = ()
    _found: dict[Path, Mapping[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    def spot(self, file: Path, title: str, frames: int) -> PoolSpot:
        """Return a spot with its rules. `title` is its title if the pool file states none."""
        rules = {"title": title, "cooldown": self.cooldown, **self._rules_of(file)}
        return PoolSpot(file, frames=frames, **rules)

    def learn(self, files: Iterable[Path]) -> None:
        """Look up the rules of many files, so that later calls for them take no time. Slow; call it in a thread."""
        for file in files:
            self._rules_of(file)

    def title(self, file: Path) -> str | None:
        """Return the title that the pool file states for a file; None if it states none."""
        title: str | None = self._rules_of(file).get("title")
        return title

    def unused(self, files: Iterable[Path]) -> list[SpotTable]:
        """Return the tables that match none of these files."""
        names = {name for file in files for name in self._names_of(file)}
        used = {table.name for table, pattern in self._by_exactness[1] if any(map(pattern.fullmatch, names))}
        return [table for table in self.tables if table.name not in used | names]

    def ended(self, today: date) -> list[SpotTable]:
        """Return the tables whose flight dates are over on the day `today`."""
        return [table for table in self.tables if (last := table.rules.get("last_day")) is not None and last < today]

    def _names_of(self, file: Path) -> tuple[str, str]:
        """Return the two names that a table may use for a file: its name, and its path from the folder on."""
        return file.name, file.relative_to(self.folder).as_posix()

    def _rules_of(self, file: Path) -> Mapping[str, Any]:
        """Return what the tables state for a file. Where two tables state the same rule, the more exact name wins."""
        found = self._found.get(file)
        if found is None:
            found = self._found[file] = self._merged(file) if file.is_relative_to(self.folder) else {}
        return found

    def _merged(self, file: Path) -> Mapping[str, Any]:
        own, names = self._stated(file), self._names_of(file)
        main = self._mains.get(names[1]) or self._mains.get(names[0])
        if main is None or (of := file.with_name(main)) == file:
            return own
        given = {key: value for key, value in self._stated(of).items() if key not in _OF_MAIN}
        title = {"title": f"{given['title']} ({file.stem})"} if given.get("title") else {}
        return {**given, **title, **own, "variants": (), "variant_weights": (), "split": False, "variant_of": of}

    def _stated(self, file: Path) -> dict[str, Any]:
        """Return what the tables state for a file, without what a variant takes over from its spot."""
        names, (exact, patterns) = self._names_of(file), self._by_exactness
        tables = [table for table, pattern in patterns if any(map(pattern.fullmatch, names))]
        found: dict[str, Any] = {}
        for table in (*tables, *(exact[name] for name in names if name in exact)):
            if "variants" in table.rules:  # the weights of another table are those of other variants
                found.pop("variant_weights", None)
            found |= table.rules
        return found

    def matching(self, table: SpotTable, files: Iterable[Path]) -> list[Path]:
        """Return those of these files for which a table has rules."""
        pattern = re.compile(translate(table.name))
        named = ((file, self._names_of(file)) for file in files)
        return [file for file, names in named if table.name in names or any(map(pattern.fullmatch, names))]

    @cached_property
    def _mains(self) -> Mapping[str, str]:
        return mains_of(self.tables)

    def variants_without_file(self, files: Iterable[Path]) -> list[tuple[SpotTable, str]]:
        """Return each variant that is none of these files, with the table that names it."""
        names = {file.name for file in files}
        return [(table, name) for table in self.tables for name in table.rules.get("variants", ()) if name not in names]

    @cached_property
    def _by_exactness(self) -> tuple[Mapping[str, SpotTable], list[tuple[SpotTable, re.Pattern[str]]]]:
        ranked = sorted((table for table in self.tables if table.is_pattern), key=lambda table: table.exactness)
        patterns = [(table, re.compile(translate(table.name))) for table in ranked]
        return {table.name: table for table in self.tables}, patterns


@dataclass(frozen=True)
class FolderRules:
    """The rules of a pool with one folder or several: those in the pool file of each folder that has one."""

    files: tuple[PoolRules, ...]

    @property
    def separation(self) -> timedelta:
        """The least time between two spots of the same advertiser, or with the same tag, in different breaks."""
        return max((rules.separation for rules in self.files), default=_ZERO)

    def spot(self, file: Path, title: str, frames: int) -> PoolSpot:
        """Return a spot with its rules. `title` is its title if no pool file states one."""
        rules = next((rules for rules in self.files if file.is_relative_to(rules.folder)), None)
        return PoolSpot(file, title, frames) if rules is None else rules.spot(file, title, frames)

    def title(self, file: Path) -> str | None:
        """Return the title that a pool file states for a file; None if none does."""
        return next((title for rules in self.files if (title := rules.title(file)) is not None), None)


def read_pool_file(text: str, path: Path) -> tuple[PoolRules, list[ConfigError]]:
    """Return the rules in the text of a pool file, and all problems in the order of the file. If there are problems,
    the rules are incomplete; use the rules from before the change instead."""
    if len(text) > MOST_CHARS:
        return PoolRules(path.parent), [ConfigError(f"has more than {MOST_CHARS} characters; make it shorter", path)]
    data, problems, right = _parsed(text, path)
    reader = _Reader(path, data, right, partial=bool(problems))
    rules = reader.rules()
    return rules, sorted([*problems, *reader.form.problems], key=lambda problem: problem.line or 0)


def _parsed(text: str, path: Path) -> TomlText:
    if len(text) <= _MOST_REPAIRED:
        return read_toml(text, path, file_tables=True)
    try:
        return TomlText(parse(text, path, ConfigError), [], text)
    except ConfigError as error:
        return TomlText({}, [error], "")


class _PoolForm(Form):
    """A form whose tables have the names of files. In `where`, "spot.0" is the first of them."""

    def __init__(self, path: Path, names: list[str], lines: Mapping[tuple[str, str], int], *, partial: bool) -> None:
        super().__init__(path, "", _KEYS, partial=partial, lines=lines)
        self._names = names

    def place_of(self, where: str) -> str:
        return f' in ["{self._names[int(where.removeprefix("spot."))]}"]' if where else ""

    def header_of(self, table: str) -> str:
        return 'the name of a file, such as ["cola 30.mp4"]'


class _Reader:
    """Turns the parsed file into `PoolRules`. The form collects the problems."""

    def __init__(self, path: Path, data: dict[str, Any], text: str, *, partial: bool) -> None:
        self._folder, self._data = path.parent, data
        names = [key for key, value in data.items() if isinstance(value, dict) and key not in _KEYS[""]]
        self._lines = _lines_of(text, names)
        self._names = names
        self.form = _PoolForm(path, names, self._lines, partial=partial)

    def rules(self) -> PoolRules:
        form, data = self.form, self._data
        form.unknown({key: value for key, value in data.items() if not _is_table(value)}, "")
        for key, value in data.items():
            if _is_table(value) and not isinstance(value, dict):
                form.problem(f'a spot\'s table has single brackets; write: ["{key}"]', f"list {key}")
        tables = [self._table(name, f"spot.{number}") for number, name in enumerate(self._names)]
        if sum(table.is_pattern for table in tables) > MOST_PATTERNS:
            form.problem(f"there are more than {MOST_PATTERNS} patterns of names; name the files themselves")
        separation = form.duration(data, "", "separation", _ZERO, _ZERO, _YEAR)
        found = PoolRules(self._folder, separation, self._cooldown(data, ""), tuple(tables))
        for number, problem in variant_faults(tables):
            form.problem(problem, f"spot.{number}", "variants")
        for number, table in enumerate(tables):  # a pattern may state it for all spots that have variants
            if (
                "shorter" in table.rules
                and not table.is_pattern
                and not found.spot(self._folder / table.name, "", 0).variants
            ):
                form.problem(without_variants("shorter_variants"), f"spot.{number}", "shorter_variants")
        return found

    def _cooldown(self, table: dict[str, Any], where: str) -> timedelta | None:
        return self.form.duration(table, where, "cooldown", None, _ZERO, _YEAR)

    def _table(self, name: str, where: str) -> SpotTable:
        form, table = self.form, self._data[name]
        inner = next((key for key, value in table.items() if isinstance(value, dict)), None)
        if inner is not None:
            form.problem(f'a name with a dot needs quotes; write: ["{name}.{inner}"]', where)
            return SpotTable(name, None, MappingProxyType({}))
        form.unknown(table, where)
        variants = form.texts(table, where, "variants", '["cola 30 b.mp4"]')
        rules = {
            "title": form.text(table, where, "title", ""),
            "advertiser": form.text(table, where, "advertiser", ""),
            "tags": form.texts(table, where, "tags", '["drinks", "summer"]'),
            "weight": form.number(table, where, "weight", 1.0, 0.01, 100.0),
            "first_day": self._day(table, where, "from"),
            "last_day": self._day(table, where, "until"),
            "hours": self._hours(table, where),
            "most_per_day": form.whole(table, where, "max_per_day", None, 1, 1_000),
            "cooldown": self._cooldown(table, where),
            "position": form.one_of(table, where, "position", "any", ("any", "first", "last")),
            "variants": variants,
            "variant_weights": self._weights(table, where),
            "split": form.flag(table, where, "split", False),
            "shorter": form.one_of(table, where, "shorter_variants", "refuse", ("refuse", "card")),
        }
        self._check(rules, table, where)
        if fault := fault_of_names(variants, table.get("variants"), name):
            form.problem(fault, where, "variants")
        stated = {_FIELDS.get(key, key) for key in table}
        line = self._lines.get((where, ""))
        return SpotTable(name, line, MappingProxyType({key: rules[key] for key in rules if key in stated}))

    def _weights(self, table: dict[str, Any], where: str) -> tuple[float, ...]:
        value = table.get("variant_weights")
        if value is None:
            return ()
        variants = table.get("variants", [])
        if variants == []:
            self.form.problem(without_variants("variant_weights"), where, "variant_weights")
            return ()
        count = 1 + (len(variants) if isinstance(variants, list) else 1)
        numbers = isinstance(value, list) and all(type(each) in (int, float) and 0 <= each <= 1_000 for each in value)
        if not numbers or len(value) != count or not any(value):
            self.form.problem(
                f"variant_weights is a list of {count} numbers from 0 to 1000: that of the spot itself, then that of"
                " each variant", where, "variant_weights",
            )  # fmt: skip
            return ()
        return tuple(float(each) for each in value)

    def _check(self, rules: dict[str, Any], table: dict[str, Any], where: str) -> None:
        """Record texts that are too long, and rules that can never be met together."""
        for key in ("title", "advertiser", "tags", "variants"):
            values = (rules[key],) if isinstance(rules[key], str) else rules[key]
            if len(values) > _MOST_TEXT or any(len(each) > _MOST_TEXT for each in values):
                self.form.problem(f"{key} is too long: at most {_MOST_TEXT} characters or texts", where, key)
        if rules["split"] and not rules["variants"]:
            self.form.problem(without_variants("split"), where, "split")
        if len(rules["variants"]) >= MOST_GROUPS and rules["split"]:
            self.form.problem(f"split makes at most {MOST_GROUPS} groups, the spot itself included", where, "variants")
        first, last = rules["first_day"], rules["last_day"]
        if first and last and last < first:
            self.form.problem(f"until {last} is before from {first}, so this spot would never air", where, "until")

    def _day(self, table: dict[str, Any], where: str, key: str) -> date | None:
        value = table.get(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        try:
            if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII):
                return date.fromisoformat(value.strip())
        except ValueError:
            pass
        written = value.isoformat() if isinstance(value, datetime) else shown(value)
        self.form.problem(f"{key} {written} is not a date; write it like {key} = 2026-12-24", where, key)
        return None

    def _hours(self, table: dict[str, Any], where: str) -> tuple[Hours, ...]:
        value = table.get("hours")
        if value is None:
            return ()
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not values or len(values) > _MOST_TEXT:
            problem = 'hours is a span like "18:00-23:00", or a list of at most 200 spans'
            if values == []:
                problem = "hours is empty, so this spot would never air; remove the line, and it may air at any time"
            self.form.problem(problem, where, "hours")
            return ()
        found = []
        for each in values:
            span = _span(each)
            if isinstance(span, str):
                self.form.problem(f"hours {shown(each)[:60]} {span}", where, "hours")
                return ()
            found.append(span)
        return tuple(found)


_OF_MAIN: Final = frozenset({"variants", "variant_weights", "variant_of", "split", "shorter"})
"""The fields that a variant does not take over from its spot."""
_FIELDS: Final = {
    "from": "first_day", "until": "last_day", "max_per_day": "most_per_day", "shorter_variants": "shorter",
}  # fmt: skip
"""The fields of `PoolSpot` that have another name than the key in the file."""


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _span(value: object) -> Hours | str:
    """Return a span of the day; if the value is none, what is wrong with it."""
    match = _HOURS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return 'is not a span of the day; write it like "18:00-23:00"'
    hour, minute, end_hour, end_minute = map(int, match.groups())
    begin, end = 60 * hour + minute, 60 * end_hour + end_minute
    if minute > 59 or end_minute > 59 or begin >= MINUTES_OF_DAY or end > MINUTES_OF_DAY:
        return "has a time that does not exist; the day goes from 00:00 to 24:00"
    if begin == end:
        return "is empty, so this spot would never air; for the whole day, remove it"
    return Hours(begin, end)


def _lines_of(text: str, names: list[str]) -> dict[tuple[str, str], int]:
    """Return (table, key) → line number (1-based). Tables are "spot.0", "spot.1" and so on; ("spot.0", "") is the
    header of the first, and "list NAME" stands for a header in double brackets."""
    numbers = {name: number for number, name in enumerate(names)}
    lines: dict[tuple[str, str], int] = {}
    where = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("[") and (name := _name_in(line)) is not None:
            where = f"spot.{numbers[name]}" if name in numbers else f"list {name}"
            lines.setdefault((where, ""), number)
            lines.setdefault(("", name), number)
        elif pair := _KEY.match(line):
            lines.setdefault((where, pair[1].strip("\"'")), number)
    return lines


def _name_in(line: str) -> str | None:
    """Return the name in a table header; None if the line is none."""
    try:
        return next(iter(tomllib.loads(line)), None)
    except tomllib.TOMLDecodeError:
        return None
