"""`pool.toml`: which rules hold for a spot, and how a wrong rule is reported."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.schedule.spots import pool_file
from retrovue_tui.schedule.spots.pool_file import FolderRules, PoolRules, read_pool_file
from retrovue_tui.schedule.spots.spot_rules import Hours, PoolSpot

ADS = Path("/ads")
PATH = ADS / "pool.toml"


def rules(text: str) -> PoolRules:
    found, problems = read_pool_file(text, PATH)
    assert problems == []
    return found


def problems(text: str) -> list[str]:
    return [str(problem).removeprefix("/ads/pool.toml:") for problem in read_pool_file(text, PATH)[1]]


def spot(text: str, name: str) -> PoolSpot:
    return rules(text).spot(ADS / name, "As Probed", 900)


def test_everything_that_can_be_set() -> None:
    found = rules(
        """
separation = "10m"
cooldown = "1h"

["cola 30.mp4"]
title = "Cola 30"
advertiser = "Cola"
tags = ["drinks", "summer"]
weight = 2
from = 2026-12-01
until = "2026-12-24"
hours = ["18:00-23:00", "22:30 - 02:00", "00:00-24:00"]
max_per_day = 4
cooldown = "1h30m"
position = "first"
variants = ["cola 30 b.mp4"]
"""
    )
    assert found.separation == timedelta(minutes=10)
    assert found.spot(ADS / "cola 30.mp4", "As Probed", 900) == PoolSpot(
        ADS / "cola 30.mp4", "Cola 30", 900, "Cola", ("drinks", "summer"), 2.0, date(2026, 12, 1), date(2026, 12, 24),
        (Hours(1_080, 1_380), Hours(1_350, 120), Hours(0, 1_440)), 4, timedelta(minutes=90), "first",
        ("cola 30 b.mp4",),
    )  # fmt: skip
    assert found.spot(ADS / "soap.mp4", "Soap", 450) == PoolSpot(
        ADS / "soap.mp4", "Soap", 450, cooldown=timedelta(hours=1)
    )


def test_an_empty_file_has_no_rules() -> None:
    assert spot("", "a.mp4") == PoolSpot(ADS / "a.mp4", "As Probed", 900)


def test_the_more_exact_name_wins_rule_by_rule() -> None:
    text = """
["*"]
weight = 0.5
tags = "all"
["cola 30.mp4"]
title = "Cola 30"
weight = 3
["cola*.mp4"]
advertiser = "Cola"
weight = 2
["c*.mp4"]
advertiser = "C"
"""
    exact, by_pattern, other = (spot(text, name) for name in ("cola 30.mp4", "cola 20.mp4", "soap.mp4"))
    assert (exact.title, exact.advertiser, exact.weight, exact.tags) == ("Cola 30", "Cola", 3.0, ("all",))
    assert (by_pattern.title, by_pattern.advertiser, by_pattern.weight) == ("As Probed", "Cola", 2.0)
    assert (other.advertiser, other.weight, other.tags) == ("", 0.5, ("all",))


@pytest.mark.parametrize(
    ("name", "file", "matches"),
    [
        ("a.mp4", "a.mp4", True), ("a.mp4", "sub/a.mp4", True), ("sub/a.mp4", "sub/a.mp4", True),
        ("sub/a.mp4", "a.mp4", False), ("sub/*", "sub/a.mp4", True), ("A.mp4", "a.mp4", False),
        ("cola [new].mp4", "cola [new].mp4", True), ("cola [0-9]0.mp4", "cola 30.mp4", True), ("a.mp?", "a.mp4", True),
        ("ä ö.mp4", "ä ö.mp4", True),
    ],
)  # fmt: skip
def test_which_file_a_name_means(name: str, file: str, matches: bool) -> None:
    found = rules(f'["{name}"]\ntitle = "Title"\n')
    assert found.title(ADS / file) == ("Title" if matches else None)
    assert [table.name for table in found.unused([ADS / file])] == ([] if matches else [name])


def test_a_file_elsewhere_has_no_rules() -> None:
    assert rules('["*"]\ntitle = "Title"\n').title(Path("/films/a.mp4")) is None


def test_tables_whose_flight_is_over() -> None:
    found = rules('["a"]\nuntil = 2026-11-25\n["b"]\nuntil = 2026-11-26\n["c"]\n')
    assert [(table.name, table.line) for table in found.ended(date(2026, 11, 26))] == [("a", 1)]


def test_several_folders_with_rules() -> None:
    other, _ = read_pool_file('separation = "5m"\n["*"]\ntitle = "Bumper"\n', Path("/bumpers/pool.toml"))
    both = FolderRules((rules('separation = "2m"\n["*"]\ntitle = "Ad"\n'), other))
    assert both.separation == timedelta(minutes=5)
    files = (ADS / "a.mp4", Path("/bumpers/b.mp4"), Path("/else/c.mp4"))
    assert [both.spot(file, "File", 1).title for file in files] == ["Ad", "Bumper", "File"]
    assert [both.title(file) for file in files] == ["Ad", "Bumper", None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("separation = 10", ["1: separation 10 is not a length of time; write it like \"90s\", \"2m\" or \"1h30m\""]),
        ('cooldown = "400d"', ["1: cooldown '400d' is not between 0s and 366d"]),
        ("seperation = 1", ["1: unknown key 'seperation'; did you mean 'separation'?"]),
        ("weight = 2", ["1: unknown key 'weight'; it belongs below the name of a file, such as [\"cola 30.mp4\"]"]),
        ('["a.mp4"]\n\nwieght = 2', ["3: unknown key 'wieght' in [\"a.mp4\"]; did you mean 'weight'?"]),
        ('["a.mp4"]\nseparation = "1m"', [
            "2: unknown key 'separation' in [\"a.mp4\"]; it belongs at the top of the file, above all tables"]),
        ('["a"]\nweight = 0', ["2: weight is a number from 0.01 to 100, not 0"]),
        ('["a"]\nfrom = "24.12.2026"', ["2: from '24.12.2026' is not a date; write it like from = 2026-12-24"]),
        ('["a"]\nfrom = "2026-02-30"', ["2: from '2026-02-30' is not a date; write it like from = 2026-12-24"]),
        ('["a"]\nuntil = 2026-12-24T10:00:00', [
            "2: until 2026-12-24T10:00:00 is not a date; write it like until = 2026-12-24"]),
        ('["a"]\nfrom = 2026-12-24\nuntil = 2026-12-01', [
            "3: until 2026-12-01 is before from 2026-12-24, so this spot would never air"]),
        ('["a"]\nhours = "18-23"', ["2: hours '18-23' is not a span of the day; write it like \"18:00-23:00\""]),
        ('["a"]\nhours = ["18:00-24:01"]', [
            "2: hours '18:00-24:01' has a time that does not exist; the day goes from 00:00 to 24:00"]),
        ('["a"]\nhours = "18:00-18:00"', [
            "2: hours '18:00-18:00' is empty, so this spot would never air; for the whole day, remove it"]),
        ('["a"]\nhours = []', [
            "2: hours is empty, so this spot would never air; remove the line, and it may air at any time"]),
        ('["a"]\nhours = 18', ['2: hours is a span like "18:00-23:00", or a list of at most 200 spans']),
        ('["a"]\nposition = "frist"', ["2: position 'frist' is not one of any, first, last; did you mean 'first'?"]),
        ('["a"]\nmax_per_day = 0', ["2: max_per_day 0 is not between 1 and 1000"]),
        ('["a"]\ntags = 3', ['2: tags is a list of texts, such as tags = ["drinks", "summer"]']),
        ('["a"]\ntitle = ""', ["2: title is empty"]),
        (f'["a"]\ntitle = "{"x" * 201}"', ["2: title is too long: at most 200 characters or texts"]),
        ('\n[cola.mp4]\ntitle = "x"', ['2: a name with a dot needs quotes; write: ["cola.mp4"]']),
        ('[cola 30.mp4]\ntitel = "x"', [
            '1: this is not a table header; write: ["cola 30.mp4"]',
            "2: unknown key 'titel' in [\"cola 30.mp4\"]; did you mean 'title'?"]),
        ('[["a.mp4"]]\ntitle = "x"', ['1: a spot\'s table has single brackets; write: ["a.mp4"]']),
        ('["a.mp4"]\n["a.mp4"]\n', ['2: ["a.mp4"] appears a second time; put all of its keys below the first']),
        ('["a.mp4"]\ntags = ["x",\n["b.mp4"]\ntitle = 1\n', [
            '2: this list is not valid; write it like: tags = ["one", "two"]',
            '4: title is a text in quotes, not 1; write title = "1"']),
    ],
)  # fmt: skip
def test_a_problem_has_its_line(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems("#" * (pool_file.MOST_CHARS + 1)) == [" has more than 1048576 characters; make it shorter"]
    many = "".join(f'["{number}*"]\n' for number in range(pool_file.MOST_PATTERNS + 1))
    assert problems(many) == [" there are more than 200 patterns of names; name the files themselves"]


def test_a_long_file_is_read_in_good_time() -> None:
    many = "".join(f'["{number}.mp4"]\ntitle = "Spot {number}"\n' for number in range(2_000))
    before = perf_counter()
    assert spot(many, "1777.mp4").title == "Spot 1777"
    assert problems(many + "broken") == [
        "4001: is not TOML: Expected '=' after a key in a key/value pair (at end of document)"
    ]
    assert perf_counter() - before < 20


@given(st.text(alphabet=st.sampled_from("[]\"'=*.#\n ab1:-") | st.characters(exclude_categories=["Cs"]), max_size=80))
def test_no_text_raises(text: str) -> None:
    found, wrong = read_pool_file(text, PATH)
    for problem in wrong:
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1
    assert isinstance(found.spot(ADS / "a.mp4", "A", 1), PoolSpot)


NAMES = st.text(alphabet="ab*?[]-.", min_size=1, max_size=6)


@given(st.lists(NAMES, max_size=6, unique=True), NAMES)
def test_an_exact_name_beats_every_pattern(names: list[str], file: str) -> None:
    text = "".join(f'["{name}"]\ntitle = "{name}"\n' for name in names)
    title = rules(text).title(ADS / file)
    if file in names and "/" not in file and file not in (".", ".."):
        assert title == file


@given(st.integers(0, 1_439), st.integers(0, 1_440))
def test_spans_of_the_day_read_back(begin: int, end: int) -> None:
    text = f'["a"]\nhours = "{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"\n'
    if begin == end:
        assert len(problems(text)) == 1
    else:
        assert spot(text, "a").hours == (Hours(begin, end),)
