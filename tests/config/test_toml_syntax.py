"""Syntax errors of the config: all of them, each with its line and what to write there."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrovue_tui.config.config_file import read_config
from retrovue_tui.config.toml_syntax import read_toml

PATH = Path("/home/retrovue.toml")


def problems(text: str) -> list[tuple[int | None, str]]:
    return [(each.line, each.reason) for each in read_toml(text, PATH)[1]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('name = The Old Channel', 'text needs quotes; write: name = "The Old Channel"'),
        ('name = The "Best" TV', "text needs quotes; write: name = 'The \"Best\" TV'"),
        ('name = "The "Best" TV"', "there are quotes inside the quotes; write: name = 'The \"Best\" TV'"),
        ("name = 'It's TV'", 'there are quotes inside the quotes; write: name = "It\'s TV"'),
        ('name = "Retro', 'the quote is not closed; write: name = "Retro"'),
        ("name = 'Retro", "the quote is not closed; write: name = 'Retro'"),
        ('folder = "C:\\media\\films"', "a \\ begins an escape in double quotes; write: folder = 'C:\\media\\films'"),
        ("port =", 'port has no value; write it like: port = "…", or remove the line'),
        ("port: 8480", "a key and its value are joined by =; write: port = 8480"),
        ("name: Retro", 'a key and its value are joined by =; write: name = "Retro"'),
        ("loudness = False", "write: loudness = false"),
        ("loudness = off", "write: loudness = false"),
        ("cache_gb = 20 GB",
         "'20 GB' is not a number; write: cache_gb = 20, or put it in quotes with its unit: \"20 GB\""),
        ("rate = 30000/1001", 'text needs quotes; write: rate = "30000/1001"'),
        ("[server", "this is not a table header; write: [server]"),
        ("[[channel]", "this is not a table header; write: [[channel]]"),
        ("channel 1",
         "'channel 1' is neither key = value nor a [table]; write it like: name = \"…\", or begin a comment with #"),
        ("programmes = [media, films]", 'this list is not valid; write it like: programmes = ["one", "two"]'),
    ],
)  # fmt: skip
def test_a_fault_comes_with_the_right_spelling(line: str, message: str) -> None:
    assert problems(f'first = "one"\n{line}\n[last]\nkey = 1\n') == [(2, message)]
    assert read_toml(f'first = "one"\n{line}\n[last]\nkey = 1\n', PATH)[0]["last"] == {"key": 1}


def test_a_repeated_key_or_table_is_reported() -> None:
    text = "[server]\nport = 1\nport = 2\n[house]\n[server]\nport = 3\n[last]\n"
    assert problems(text) == [
        (3, "port appears twice in this table; keep one of them"),
        (5, "[server] appears a second time; put all of its keys below the first"),
    ]
    assert read_toml(text, PATH)[0] == {"server": {"port": 1}, "house": {}, "last": {}}


def test_a_list_that_is_not_closed_is_reported_where_it_begins() -> None:
    text = '[library]\nprogrammes = [\n  "one",\n  "two"\n[pools]\nads = "ads"\n'
    ((line, message),) = problems(text)
    assert line == 2
    assert message.startswith("this list is not valid")
    assert read_toml(text, PATH)[0]["pools"] == {"ads": "ads"}
    missing_comma = '[library]\nprogrammes = [\n  "one"\n  "two",\n]\n[pools]\nads = "ads"\n'
    assert [line for line, _ in problems(missing_comma)] == [2]
    assert read_toml(missing_comma, PATH).data["pools"] == {"ads": "ads"}


def test_all_errors_of_syntax_and_meaning_come_at_once_and_none_follows_from_another(tmp_path: Path) -> None:
    (tmp_path / "retrovue.toml").write_text(
        'name = Retro\n[server\nport = 99999\n[pools]\nads = ads\n[[channel]]\nid = 1st\npool = "ads"\nrate = "25"\n'
        '[[channel]]\nid = "2"\nnumber = 1\n'
    )
    config, found = read_config(tmp_path)
    assert config is None
    assert [(each.line, each.reason) for each in found] == [
        (1, 'text needs quotes; write: name = "Retro"'),
        (2, "this is not a table header; write: [server]"),
        (3, "port 99999 is not between 0 and 65535"),
        (5, 'text needs quotes; write: ads = "ads"'),
        (7, "'1st' is not a number; write: id = 1, or put it in quotes with its unit: \"1st\""),
        (9, "unknown key 'rate' in [[channel]]; it belongs below [house]"),
        (12, "number 1 is taken by channel 'Channel 1'; choose another number"),
    ]


def test_reading_ends_for_text_that_is_no_toml() -> None:
    assert len(problems("\n".join(f"words and words {n}" for n in range(500)))) == 20
