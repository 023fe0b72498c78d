"""The plan of a channel in `retrovue.toml`: what it may hold, and how a wrong one is reported."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.config.config_file import load_config, read_config
from retrovue_tui.config.plan import Days, read_days

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.config.plan import ChannelPlan

BASE = '[pools]\nads = "ads"\n[[channel]]\nid = "1"\nnumber = 1\nname = "One"\n'
BASE_LINES = BASE.count("\n")


def plan(home: Path, text: str) -> ChannelPlan:
    (home / "retrovue.toml").write_text(BASE + text)
    (channel,) = load_config(home).channels
    assert channel.plan is not None
    return channel.plan


def problems(home: Path, text: str) -> list[str]:
    """Each problem, with its line counted from the first line of the text."""
    (home / "retrovue.toml").write_text(BASE + text)
    _, found = read_config(home)
    return [f"{(each.line or 0) - BASE_LINES}: {each.message.partition(': ')[2] or each.message}" for each in found]


def test_blocks_have_the_rules_of_the_plan_unless_they_say_otherwise(tmp_path: Path) -> None:
    text = (
        '[channel.plan]\nprogrammes = ["*"]\nbreaks = "every 8m"\nbreak_length = "90s"\nseed = 3\n'
        '[[channel.block]]\nat = "22:00"\nuntil = "24:00"\nalign = "30m"\nbreaks = "none"\n'
    )
    found = plan(tmp_path, text)
    assert (found.rules.breaks, found.rules.segment_s, found.rules.break_s, found.seed) == ("every", 480, 90, 3)
    (block,) = found.blocks
    assert (block.name, block.at, block.until) == ("block 1", 1_320, 0)
    assert (block.rules.breaks, block.rules.segment_s, block.rules.align_s) == ("none", 480, 1_800)
    assert block.rules.programmes == ("*",)


def test_a_planned_channel_does_not_loop(tmp_path: Path) -> None:
    plan(tmp_path, '[channel.plan]\nprogrammes = "*"\n')
    assert load_config(tmp_path).channels[0].at_end == "slate"


def test_a_problem_is_reported_with_its_line(tmp_path: Path) -> None:
    text = """[channel.plan]
programmes = 7
order = "serie"
breaks = "often"
break_length = "2 minutes"
break_in = "idents"
horizon = "1s"
marathon = "yes"
weights = { "A" = 0 }
[[channel.block]]
days = "mon-fry"
at = "25:00"
align = "7m"
rerun_of = "block 1"
algin = "30m"
"""
    found = problems(tmp_path, text)
    assert [each.partition(":")[0] for each in found] == [
        str(line) for line in (2, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15)
    ]
    said = "\n".join(found)
    for words in (
        "programmes is a list of folders or globs", "did you mean 'series'?", "natural, chapters, none, or a spacing",
        'horizon \'1s\' is not a duration like "90s", "2m" or "1h30m" from 1h to 14d', "'idents' is not a pool",
        "marathon is true or false", "numbers over 0",
        '"mon-fri"', 'not a time of day like "18:30"', "does not divide a day evenly",
        "not the name of another block", "did you mean 'align'?",
    ):  # fmt: skip
        assert words in said, words


def test_blocks_need_a_plan_and_a_zone_must_exist(tmp_path: Path) -> None:
    assert problems(tmp_path, 'timezone = "Europe/Berlyn"\n[[channel.block]]\nat = "10:00"\n') == [
        "1: timezone 'Europe/Berlyn' is not known; write a name like Europe/Berlin, or leave it out",
        "2: blocks need a plan for the rest of the day: add [channel.plan]",
    ]


def test_a_rerun_comes_at_most_40_days_later(tmp_path: Path) -> None:
    text = '[channel.plan]\nprogrammes = "A"\n[[channel.block]]\nname = "a"\n'
    text += '[[channel.block]]\nrerun_of = "a"\nafter = "{}"\n'
    assert problems(tmp_path, text.format("40d")) == []
    (found,) = problems(tmp_path, text.format("41d"))
    assert found.endswith("from 1m to 40d")


@given(st.text(max_size=40))
def test_days_never_raise(text: str) -> None:
    found = read_days(text)
    assert found is None or isinstance(found, Days)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_a_span_of_dates(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = read_days(f"{first}..{last}")
    assert found is not None
    assert first in found
    assert last in found
    assert first - timedelta(days=1) not in found
    assert last + timedelta(days=1) not in found
