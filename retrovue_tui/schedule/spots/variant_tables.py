"""The tables of a pool file that name variants: which file is a variant of which spot, and what is wrong. Pure.

A table with variants is about one spot, so its name is that of a file, even if it has the characters of a pattern, such
as ["cola [1984].mp4"].
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from retrovue_tui.schedule.spots.pool_file import SpotTable


class _Claim(NamedTuple):
    """A table that names a variant. `number`: that of the table, from 0; `variant`: the variant's path from the folder
    of the pool file on, as far as the table states it."""

    number: int
    table: SpotTable
    variant: str


def mains_of(tables: Sequence[SpotTable]) -> Mapping[str, str]:
    """Return the file name of the spot of each variant, by the variant's path from the folder of the pool file on, or
    by its name if the table names its spot without a path. A variant has no variants itself."""
    claims = sorted(_claims(tables), key=lambda claim: not claim.table.is_pattern)  # plain names win
    found = {claim.variant: claim.table.name for claim in claims}
    return {variant: main.rpartition("/")[2] for variant, main in found.items() if main not in found}


def fault_of_names(names: Sequence[str], written: object, spot: str) -> str | None:
    """Return why the variants of a table are no other files in the spot's folder; None if they are. `names` has each
    name of `written`, the value in the file, once."""
    if any(name in ("", ".", "..") or "/" in name or "\0" in name for name in names):
        return "variants are names of files in the folder of the spot, without a path"
    if isinstance(written, list) and names and len(written) > len(names):
        return "variants names a file twice; variant_weights says how often each version airs"
    if spot.rpartition("/")[2] in names:
        return "variants names the spot itself, which is a version in any case; remove it"
    return None


def without_variants(key: str) -> str:
    """Return what is wrong with a key in a table that has no variants."""
    return f"{key} has no effect without variants: name the other versions of the spot"


def variant_faults(tables: Sequence[SpotTable]) -> Iterator[tuple[int, str]]:
    """Yield the tables whose variants cannot be versions of their spot, by their numbers from 0, and why."""
    first: dict[str, SpotTable] = {}
    for claim in _claims(tables):
        other = first.setdefault(claim.variant, claim.table)
        if other is not claim.table and not _are_of_one_spot(other, claim.table):
            name = claim.variant.rpartition("/")[2]
            yield claim.number, f'"{name}" is a variant of ["{other.name}"] too; remove it from one of them'
    for number, table in enumerate(tables):
        main = first.get(table.name) if table.rules.get("variants") else None
        if main is not None:
            yield (
                number,
                f'the spot is a variant of ["{main.name}"], and has no variants itself; name all of them there',
            )


def _claims(tables: Sequence[SpotTable]) -> Iterator[_Claim]:
    for number, table in enumerate(tables):
        folder, slash, _ = table.name.rpartition("/")
        for name in table.rules.get("variants", ()):
            variant = f"{folder}{slash}{name}"
            if variant != table.name and not _matches(table, variant):
                yield _Claim(number, table, variant)


def _are_of_one_spot(one: SpotTable, other: SpotTable) -> bool:
    """Return whether a table is a pattern that matches the name of the other: both have rules of one spot."""
    return _matches(one, other.name) or _matches(other, one.name)


def _matches(table: SpotTable, name: str) -> bool:
    """Return whether a table is a pattern that matches a name."""
    return table.is_pattern and re.fullmatch(translate(table.name), name) is not None
