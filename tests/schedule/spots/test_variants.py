"""Variants of a spot: which one airs, and what the pool file says about them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.schedule.spots.pool_file import read_pool_file
from retrovue_tui.schedule.spots.spot_rules import PoolSpot
from retrovue_tui.schedule.spots.variants import (
    split_refusals,
    split_versions,
    version_of,
    version_title,
    with_versions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ADS = Path("/ads")
TEXT = """["cola.mp4"]
title = "Cola"
advertiser = "Cola Inc"
variants = ["cola b.mp4", "cola c.mp4"]
variant_weights = [2, 1, 1]
"""


def pool(**frames: int) -> list[PoolSpot]:
    rules, problems = read_pool_file(TEXT, ADS / "pool.toml")
    assert not problems
    files = {"cola.mp4": 900, "cola b.mp4": 900, "cola c.mp4": 900, "soap.mp4": 900, **frames}
    return [rules.spot(ADS / name, name, length) for name, length in files.items()]


def test_the_versions_air_by_weight_and_a_variant_is_no_spot_of_its_own() -> None:
    spots = with_versions(pool())
    assert [spot.file.name for spot in spots] == ["cola.mp4", "soap.mp4"]
    found = Counter(version_of(spots[0], f"{number}").name for number in range(10_000))
    assert abs(found["cola.mp4"] - 5_000) < 150
    assert abs(found["cola b.mp4"] - 2_500) < 150
    assert version_of(spots[1], "1") == ADS / "soap.mp4"


def test_a_variant_takes_over_what_is_stated_about_its_spot() -> None:
    variant = pool()[1]
    assert (variant.advertiser, variant.title, variant.variant_of) == ("Cola Inc", "Cola (cola b)", ADS / "cola.mp4")
    assert variant.variants == ()
    assert version_title(pool()[0], ADS / "cola b.mp4") == "Cola (cola b)"


def test_a_variant_of_another_length_never_airs() -> None:
    cola = with_versions(pool(**{"cola c.mp4": 899}))[0]
    assert [file.name for file, _ in cola.versions] == ["cola.mp4", "cola b.mp4"]


@given(st.text(), st.lists(st.floats(0, 10), min_size=3, max_size=3).filter(any))
def test_the_same_airing_has_the_same_version(airing: str, weights: list[float]) -> None:
    files = [ADS / f"{number}.mp4" for number in range(3)]
    spot = PoolSpot(files[0], "", 1, versions=tuple(zip(files, weights, strict=True)))
    version = version_of(spot, airing)
    assert version == version_of(spot, airing)
    assert weights[files.index(version)] > 0


def test_wrong_weights_are_named_with_their_line() -> None:
    for wrong in ("[1, 2]", "[0, 0, 0]", '["a", 1, 1]', "[-1, 1, 1]", "3"):
        _, problems = read_pool_file(TEXT.replace("[2, 1, 1]", wrong), ADS / "pool.toml")
        assert [(each.line, "list of 3 numbers" in each.message) for each in problems] == [(5, True)]


def test_a_variant_without_a_file_is_found() -> None:
    rules, _ = read_pool_file(TEXT, ADS / "pool.toml")
    missing = rules.variants_without_file([ADS / "cola.mp4", ADS / "cola b.mp4"])
    assert [name for _, name in missing] == ["cola c.mp4"]


SPLIT = """
["cola.mp4"]
variants = ["cola b.mp4", "cola c.mp4"]
variant_weights = [2, 1, 1]
split = true
"""


def split_pool(text: str = SPLIT) -> list[PoolSpot]:
    rules, problems = read_pool_file(text, ADS / "pool.toml")
    assert not problems
    return [rules.spot(ADS / name, name, 300) for name in ("cola.mp4", "cola b.mp4", "cola c.mp4")]


def lengths(**frames: int) -> Callable[[Path], int | None]:
    return lambda file: {"cola.mp4": 300, **{f"cola {name}.mp4": n for name, n in frames.items()}}.get(file.name)


def test_the_versions_of_a_split_air_at_once_and_not_in_turn() -> None:
    (only,) = with_versions(split_pool())
    assert {version_of(only, f"airing {n}") for n in range(200)} == {ADS / "cola.mp4"}
    found = split_versions(only, lengths(b=300, c=300))
    assert found is not None
    assert [(each.file.name, each.weight) for each in found.versions] == [
        ("cola.mp4", 2.0), ("cola b.mp4", 1.0), ("cola c.mp4", 1.0),
    ]  # fmt: skip
    assert found.text == "cola.mp4 50 %, cola b.mp4 25 %, cola c.mp4 25 %"
    assert not found.refused
    assert split_versions(split_pool()[1], lengths(b=300, c=300)) is None, "a variant splits nobody"


def test_versions_of_other_lengths_are_refused_or_followed_by_a_card() -> None:
    refused = split_versions(split_pool()[0], lengths(b=300, c=200))
    assert refused is not None
    assert [each.file.name for each in refused.versions] == ["cola.mp4", "cola b.mp4"]
    assert refused.refused == (
        'cola c.mp4 is shorter than the spot: set shorter_variants = "card", and a card follows it',
    )
    card = split_versions(split_pool(SPLIT + 'shorter_variants = "card"\n')[0], lengths(b=301, c=200))
    assert card is not None
    assert [(each.file.name, each.frames) for each in card.versions] == [("cola.mp4", 300), ("cola c.mp4", 200)]
    assert card.refused == ("cola b.mp4 is longer than the spot: let the longest version be the spot itself",)
    assert split_versions(split_pool()[0], lengths()) is None, "there is no variant"


def test_the_reasons_are_known_even_if_no_variant_can_air() -> None:
    spot = split_pool()[0]
    assert split_versions(spot, lengths(b=301, c=200)) is None
    assert split_refusals(spot, lengths(b=301, c=200)) == {
        "cola b.mp4": "cola b.mp4 is longer than the spot: let the longest version be the spot itself",
        "cola c.mp4": 'cola c.mp4 is shorter than the spot: set shorter_variants = "card", and a card follows it',
    }
    assert split_refusals(spot, lengths(b=300, c=300)) == {}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("split = true", "split has no effect without variants"),
        ('shorter_variants = "card"', "shorter_variants has no effect without variants: name the other versions"),
        ('variants = []\nshorter_variants = "card"', "shorter_variants has no effect without variants"),
        ("variant_weights = [1]", "variant_weights has no effect without variants: name the other versions"),
        ("variant_weights = [1, 2]", "variant_weights has no effect without variants"),
        ('variants = ["b.mp4"]\nvariant_weights = [1]', "a list of 2 numbers"),
        ('variants = ["b.mp4"]\nsplit = "yes"', "split"),
        ('variants = ["b.mp4"]\nshorter_variants = "black"', "shorter_variants"),
        ('variants = ["../films/film.mkv"]', "without a path"),
        ('variants = [".."]', "without a path"),
        ('variants = ["b.mp4", "b.mp4"]', "names a file twice"),
        ('variants = ["b.mp4", "cola.mp4"]', "names the spot itself"),
        (f"variants = {[f'{n}.mp4' for n in range(6)]}\nsplit = true", "at most 6 groups"),
    ],
)
def test_problems_of_variants_are_reported(line: str, problem: str) -> None:
    _, problems = read_pool_file(f'["cola.mp4"]\n{line}\n', ADS / "pool.toml")
    assert problem in problems[0].message
    assert len(problems) == 1
    assert problems[0].line in (2, 3)


def faults(text: str) -> list[tuple[int | None, str]]:
    """The problems of a pool file: their lines and texts."""
    path = ADS / "pool.toml"
    return [(each.line, each.message.removeprefix(f"{path}:{each.line}: ")) for each in read_pool_file(text, path)[1]]


def test_a_file_is_a_version_of_one_spot() -> None:
    text = '["cola.mp4"]\nvariants = ["b.mp4", "c.mp4"]\n["soap.mp4"]\nweight = 2\nvariants = ["b.mp4"]\n'
    assert faults(text) == [(5, '"b.mp4" is a variant of ["cola.mp4"] too; remove it from one of them')]
    assert faults(text.replace('["cola', '["drinks/cola').replace('["soap', '["drinks/soap')) == [
        (5, '"b.mp4" is a variant of ["drinks/cola.mp4"] too; remove it from one of them')
    ]
    assert faults(text.replace('["cola', '["drinks/cola').replace('["soap', '["soaps/soap')) == []
    pattern = '["cola*.mp4"]\nvariants = ["b.mp4"]\n["cola 30.mp4"]\nvariants = ["b.mp4"]\n'
    assert faults(pattern) == [], "both tables have rules of one spot"


def test_a_variant_has_no_variants_itself() -> None:
    chain = '["a.mp4"]\nvariants = ["b.mp4"]\n["b.mp4"]\nvariants = ["c.mp4"]\n'
    assert faults(chain) == [
        (4, 'the spot is a variant of ["a.mp4"], and has no variants itself; name all of them there')
    ]
    assert [line for line, _ in faults(chain.replace('"c.mp4"', '"a.mp4"'))] == [2, 4]
    assert faults('["a.mp4"]\nvariants = ["b.mp4"]\n["b.mp4"]\ntitle = "B"\n') == []


def test_shorter_variants_may_be_stated_by_another_table_of_the_spot() -> None:
    both = '["cola*.mp4"]\nshorter_variants = "card"\n["cola.mp4"]\nvariants = ["b.mp4"]\nsplit = true\n'
    assert faults(both) == []
    path = '["cola.mp4"]\nvariants = ["b.mp4"]\nsplit = true\n["drinks/cola.mp4"]\nshorter_variants = "card"\n'
    assert faults(path) == []


def test_weights_of_another_table_are_not_those_of_these_variants() -> None:
    rules, problems = read_pool_file(
        '["cola*.mp4"]\nvariants = ["b.mp4", "c.mp4"]\nvariant_weights = [8, 1, 1]\n'
        '["cola.mp4"]\nvariants = ["d.mp4"]\n', ADS / "pool.toml",
    )  # fmt: skip
    assert not problems
    cola = rules.spot(ADS / "cola.mp4", "", 1)
    assert (cola.variants, cola.variant_weights) == (("d.mp4",), ())


@pytest.mark.parametrize("name", ["cola [1984].mp4", "cola?.mp4", "*cola*.mp4"])
def test_a_spot_whose_name_has_the_characters_of_a_pattern(name: str) -> None:
    """Its variants are no spots of their own, and the rules of the spot hold for them."""
    rules, problems = read_pool_file(
        f'["{name}"]\ntitle = "Cola"\nvariants = ["b.mp4", "c.mp4"]\nvariant_weights = [2, 1, 1]\n', ADS / "pool.toml"
    )
    assert not problems
    spots = [rules.spot(ADS / each, each, 900) for each in (name, "b.mp4", "c.mp4", "soap.mp4")]
    assert [spot.variant_of for spot in spots] == [None, ADS / name, ADS / name, None]
    assert spots[1].title == "Cola (b)"
    found = with_versions(spots)
    assert [spot.file.name for spot in found] == [name, "soap.mp4"]
    assert found[0].versions == ((ADS / name, 2.0), (ADS / "b.mp4", 1.0), (ADS / "c.mp4", 1.0))


def test_the_variants_of_a_folder_belong_to_its_own_spots() -> None:
    rules, problems = read_pool_file(
        '["drinks/cola.mp4"]\nvariants = ["b.mp4"]\n["soaps/soap.mp4"]\nvariants = ["b.mp4"]\n', ADS / "pool.toml"
    )
    assert not problems
    mains = {
        folder: rules.spot(ADS / folder / "b.mp4", "", 1).variant_of for folder in ("drinks", "soaps", "cars", ".")
    }
    assert mains == {
        "drinks": ADS / "drinks" / "cola.mp4", "soaps": ADS / "soaps" / "soap.mp4", "cars": None, ".": None,
    }  # fmt: skip


def test_tables_that_name_each_other_by_path_and_by_name_end() -> None:
    rules, _ = read_pool_file('["x/a.mp4"]\nvariants = ["b.mp4"]\n["b.mp4"]\nvariants = ["a.mp4"]\n', ADS / "pool.toml")
    assert rules.spot(ADS / "x" / "b.mp4", "", 1).variant_of == ADS / "x" / "a.mp4"
