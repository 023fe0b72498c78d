"""The configuration file as the schedule room writes it: only over the text that it knows, and so that it can be
undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import ConfigError
from retrovue_tui.playout.scheduling.plans.plan_file import PlanFile, split_mark

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "retrovue.toml"
    found.write_bytes(b'token = "secret"\r\n')
    found.chmod(0o600)
    return found


def test_a_write_can_be_undone_and_that_again(path: Path) -> None:
    file = PlanFile(path, path.parent / "state")
    first = file.read()
    assert first.text == 'token = "secret"\r\n'
    assert file.undo_label(first.revision) == ""
    second = file.write("b = 1\n", first.revision, "Noon changed")
    assert (path.read_text(), file.read().revision) == ("b = 1\n", second)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (path.parent / "state" / "retrovue.toml.before").stat().st_mode & 0o777 == 0o600
    assert file.undo_label(second) == "Noon changed"
    assert file.undo(second) == first.revision
    assert path.read_bytes() == b'token = "secret"\r\n'
    assert file.undo_label(first.revision) == "undo of Noon changed"
    assert file.undo(first.revision) == second
    assert file.undo_label(second) == "Noon changed"


def test_a_file_that_was_edited_meanwhile_is_left_alone(path: Path) -> None:
    file = PlanFile(path, path.parent / "state")
    first = file.read()
    second = file.write("b = 1\n", first.revision, "x")
    path.write_text("c = 2\n")
    with pytest.raises(ConfigError, match="has changed since you looked at it"):
        file.write("d", second, "y")
    with pytest.raises(ConfigError, match="has changed since you looked at it"):
        file.undo(second)
    with pytest.raises(ConfigError, match="no change of the schedule room to undo"):
        file.undo(file.read().revision)
    assert path.read_text() == "c = 2\n"


def test_a_file_that_cannot_be_used_is_explained(path: Path) -> None:
    file = PlanFile(path, path.parent / "state")
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(ConfigError, match=r"retrovue\.toml:2: is not UTF-8"):
        file.read()
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="more than 1,000,000 bytes"):
        file.read()
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        file.read()


def test_a_byte_order_mark_stays(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    text = PlanFile(path, path.parent).read().text
    assert split_mark(text) == ("\ufeff", "a = 1\n")
    assert split_mark("a = 1\n") == ("", "a = 1\n")
