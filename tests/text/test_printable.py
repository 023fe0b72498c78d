"""Text that came with a file, made safe to print."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.text.printable import csv_cell, json_safe, lines_safe, printable, without_controls

NASTY = "\x1b]0;owned\x07\x9b2J\u202egnp\r\nrow\x00\udcff"
SEPARATORS = "Zl", "Zp"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Plain ü 日本 👩‍🚀", "Plain ü 日本 👩‍🚀"),
        ("a\x1b[2Jb", "a\ufffd[2Jb"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\x9bup\x7f", "\ufffdup\ufffd"),
        ("gnp.exe\u202e", "gnp.exe\ufffd"),
        ("b\udcffd", "b\ufffdd"),
    ],
)
def test_one_line_without_controls(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


def test_lines_stay_lines() -> None:
    assert lines_safe("a\n\tb\x1b[m\r\n") == "a\n\tb\ufffd[m \n"
    assert printable("x" * 50, 10) == "x" * 9 + "…"


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    for made in (printable(text), without_controls(text)):
        made.encode()
        assert not [c for c in made if unicodedata.category(c) in ("Cc", "Cs", *SEPARATORS)]
        assert not set(made) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert not [c for c in lines_safe(text) if unicodedata.category(c) in ("Cc", *SEPARATORS) and c not in "\n\t"]


@given(st.text(st.characters(exclude_categories=[])))
def test_json_says_the_same(text: str) -> None:
    made = json_safe(json.dumps([text], ensure_ascii=False))
    assert json.loads(made) == json.loads(json.dumps([text]))
    assert not [c for c in made if unicodedata.category(c) in ("Cc", "Cs", *SEPARATORS)]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "＝1"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert csv_cell(text).startswith(("'", " "))
    assert csv_cell("Plain - ü") == "Plain - ü"
