"""Blocks are changed in the text of the configuration, and nothing but them."""

from __future__ import annotations

import difflib
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.config.block_edit import (
    PLAN,
    ConfigEditError,
    values_of_blocks,
    with_block_added,
    with_block_changed,
    with_block_removed,
)

TEXT = """\
# My station
name = "Home"   # the name on the slate

[[channel]]
id = "1"
[channel.plan]
programmes = [
    "Shows/*",   # all of them
    "Movies",
]
# The order of the evening
order = "series"

# Comedy night
[[channel.block]]
name = "Comedy"        # at eight
days = "mon-fri"
at = "20:00"
until = "22:00"

# Late
[[channel.block]]
name = "Late [night]"
at = "23:00"
until = "01:00"
weights = { "A/*" = 2.0 }

# The second channel
[[channel]]
id = "2"
"""


def lines_that_differ(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_a_changed_value_changes_its_line_only_and_keeps_the_comment() -> None:
    made = with_block_changed(TEXT, 0, 0, {"name": "Sitcoms", "days": "mon-fri"})
    assert lines_that_differ(TEXT, made) == [
        '- name = "Comedy"        # at eight', '+ name = "Sitcoms"        # at eight',
    ]  # fmt: skip


def test_a_new_key_comes_after_the_others_and_a_removed_one_goes() -> None:
    made = with_block_changed(TEXT, 0, 1, {"align": "30m", "weights": None, "most_breaks": 2})
    assert lines_that_differ(TEXT, made) == ['- weights = { "A/*" = 2.0 }', '+ align = "30m"', "+ most_breaks = 2"]
    assert made.index("most_breaks") < made.index("# The second channel")


def test_the_rules_of_the_plan_itself_are_changed_too() -> None:
    made = with_block_changed(TEXT, 0, PLAN, {"order": "shuffle"})
    assert lines_that_differ(TEXT, made) == ['- order = "series"', '+ order = "shuffle"']


def test_a_block_is_added_after_the_last_one_of_its_channel() -> None:
    made = with_block_added(TEXT, 0, {"name": "Morning", "at": "06:00", "until": "09:00", "marathon": True})
    assert tomllib.loads(made)["channel"][0]["block"][2] == {
        "name": "Morning", "at": "06:00", "until": "09:00", "marathon": True,
    }  # fmt: skip
    assert all(line.startswith("+") for line in lines_that_differ(TEXT, made))
    assert made.index("Morning") < made.index("# The second channel")


def test_the_first_block_of_a_channel_comes_after_its_plan() -> None:
    text = '[[channel]]\nid = "1"\n[channel.plan]\nprogrammes = ["*"]'
    made = with_block_added(text, 0, {"name": "A"})
    assert made == text + '\n\n[[channel.block]]\nname = "A"\n'


def test_a_removed_block_takes_its_own_comment_with_it() -> None:
    made = with_block_removed(TEXT, 0, 0)
    assert "Comedy" not in made
    assert "# Late\n" in made
    assert "# The order of the evening" in made
    assert [each["name"] for each in tomllib.loads(made)["channel"][0]["block"]] == ["Late [night]"]
    last = with_block_removed(made, 0, 0)
    assert "block" not in tomllib.loads(last)["channel"][0]
    assert "# The second channel" in last


def test_a_table_below_the_block_goes_with_it() -> None:
    text = '[[channel]]\n[[channel.block]]\nat = "1:00"\n[channel.block.weights]\n"A" = 2\n[[channel]]\nid = "2"\n'
    assert with_block_removed(text, 0, 0) == '[[channel]]\n[[channel]]\nid = "2"\n'


@pytest.mark.parametrize(
    "text",
    [
        '[[channel]]\nid = "1"\nblock = [{ name = "A" }]\n',
        '[[channel]]\nid = "1"\nplan.order = "series"\n',
        'channel = [{ id = "1" }]\n',
        "[[channel]\n",
    ],
)
def test_a_file_that_cannot_be_changed_safely_is_refused(text: str) -> None:
    for block in (PLAN, 0):
        with pytest.raises(ConfigEditError):
            with_block_changed(text, 0, block, {"order": "shuffle"})


def test_a_sub_table_of_weights_is_left_to_a_text_editor() -> None:
    text = '[[channel]]\n[[channel.block]]\nat = "1:00"\n[channel.block.weights]\n"A" = 2\n'
    with pytest.raises(ConfigEditError, match="text editor"):
        with_block_changed(text, 0, 0, {"weights": {"B": 3.0}})


def test_line_ends_of_windows_stay() -> None:
    text = TEXT.replace("\n", "\r\n")
    for made in (
        with_block_changed(text, 0, 0, {"name": "x", "align": "1h"}),
        with_block_added(text, 0, {"name": "y"}),
        with_block_removed(text, 0, 0),
    ):
        assert made.count("\n") == made.count("\r\n")


def test_the_values_of_blocks_begin_with_those_of_the_plan() -> None:
    values = values_of_blocks(tomllib.loads(TEXT), 0)
    assert [each.get("name") for each in values] == [None, "Comedy", "Late [night]"]
    assert values_of_blocks(tomllib.loads(TEXT), 7) == [{}]


KEYS = ("name", "days", "at", "until", "order", "align", "breaks", "rerun_of")
words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12)
remarks = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f"), max_size=8)
values = st.one_of(words, st.integers(0, 100), st.booleans(), st.lists(words, max_size=3))


@given(st.dictionaries(st.sampled_from(KEYS), st.tuples(words, remarks), min_size=1), st.data())
def test_changing_one_field_changes_only_its_line(fields: dict[str, tuple[str, str]], data: Any) -> None:
    def quoted(word: str) -> str:
        return '"' + "".join(f"\\U{ord(each):08x}" for each in word) + '"'

    body = "".join(f"{key} = {quoted(word)}  # {remark}\n" for key, (word, remark) in fields.items())
    text = TEXT.replace('name = "Comedy"        # at eight\ndays = "mon-fri"\nat = "20:00"\nuntil = "22:00"\n', body)
    key = data.draw(st.sampled_from(sorted(fields)))
    value = data.draw(values)
    made = with_block_changed(text, 0, 0, {key: value})
    before, after = text.split("\n"), made.split("\n")
    changed = [number for number, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert all(before[number].startswith(f"{key} = ") for number in changed)
    assert len(changed) == (0 if fields[key][0] == value else 1)
    assert tomllib.loads(made)["channel"][0]["block"][0][key] == value
    assert all(f"# {remark}\n" in made for _, remark in fields.values())
