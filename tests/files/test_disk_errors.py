"""The explanations of disk errors."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import StationError
from retrovue_tui.files.disk_errors import is_fault_of_ours, reason_of, require_writable, unwritable

if TYPE_CHECKING:
    from pathlib import Path


def test_a_disk_error_comes_with_advice() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert reason_of(full) == "the disk is full; free some space"
    assert not is_fault_of_ours(full)


def test_anything_else_keeps_the_words_of_the_system() -> None:
    assert reason_of(OSError(errno.ENOENT, "No such file or directory")) == "No such file or directory"
    assert reason_of(OSError("odd")) == "odd"
    assert is_fault_of_ours(OSError(errno.ENOENT, "No such file or directory"))


def test_a_home_that_is_not_there_yet_is_judged_by_the_folder_that_is(tmp_path: Path) -> None:
    assert unwritable(tmp_path / "not" / "there") is None


def test_a_home_that_can_be_written_gets_its_folders_and_keeps_no_trial_file(tmp_path: Path) -> None:
    require_writable(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["cache", "logs", "state"]


def test_a_file_in_the_place_of_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    with pytest.raises(StationError, match="logs cannot be written: a file is where a folder is needed"):
        require_writable(tmp_path)
