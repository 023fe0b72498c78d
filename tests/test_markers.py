"""The rules of the markers name what is there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import TESTS
from tests.markers import DESCRIPTIONS, RULES, markers_of


@pytest.mark.parametrize("name", RULES)
def test_each_rule_names_a_folder_a_file_or_a_test_that_is_there(name: str) -> None:
    path, _, test = name.partition("::")
    assert (TESTS / path).exists()
    if test:
        found = ast.walk(ast.parse((TESTS / path).read_text(encoding="utf-8")))
        assert test in {node.name for node in found if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_each_rule_gives_markers_that_are_described() -> None:
    given = {marker for markers in RULES.values() for marker in markers.split()}
    assert given == set(DESCRIPTIONS)


def test_the_longest_rule_decides() -> None:
    assert markers_of(Path("test_timecode.py")) == ["quick"]
    assert markers_of(Path("tui/rooms/bin/test_rows.py")) == ["quick"]
    assert markers_of(Path("tui/rooms/bin/test_new.py")) == ["screen"]
    assert markers_of(Path("rundown/file_format/test_ffconcat.py"), "test_ten_thousand_entries") == ["slow"]
    assert markers_of(Path("rundown/file_format/test_ffconcat.py")) == ["quick"]
