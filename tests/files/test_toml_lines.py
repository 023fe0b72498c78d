"""TOML files of the operator: their text, their table, and the line of what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import FileError
from retrovue_tui.files.toml_lines import line_of, parse, read_text

if TYPE_CHECKING:
    from pathlib import Path


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbfone = 1\n")
    assert parse(read_text(path, FileError), path, FileError) == {"one": 1}


def test_an_error_names_the_file_and_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    with pytest.raises(FileError, match=r"x\.toml: cannot be read: ") as missing:
        read_text(path, FileError)
    assert isinstance(missing.value.__cause__, FileNotFoundError)
    path.write_bytes(b'one = 1\ntwo = "\xe9"\n')
    with pytest.raises(FileError, match=r"x\.toml:2: is not UTF-8"):
        read_text(path, FileError)


@pytest.mark.parametrize(("text", "line"), [("one = 1\ntwo = \n", 2), ("one = 1\ntwo = [", 2), ("= 1", 1)])
def test_a_fault_has_its_line_and_the_hint(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(FileError, match=r"is not TOML: .*\. Write it well") as wrong:
        parse(text, tmp_path / "x.toml", FileError, ". Write it well")
    assert wrong.value.line == line


def test_the_line_of_a_key_or_a_table() -> None:
    text = 'one = 1\n"two" = 2\n[three]\nfour=4'
    assert [line_of(text, key) for key in ("one", "two", "three", "four", "five")] == [1, 2, 3, 4, None]
