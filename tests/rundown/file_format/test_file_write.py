"""The files of a rundown: a failed write names the file, and leaves it as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import RundownError
from retrovue_tui.rundown.file_format.file_write import write_file

if TYPE_CHECKING:
    from pathlib import Path


def test_a_full_disk_is_reported_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RundownError, match=r"No space left on device; the file is as before") as caught:
        write_file(path, b"new")
    assert caught.value.path == path
    assert path.read_text() == "old"


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RundownError, match="cannot be written"):
        write_file(tmp_path / "nowhere" / "file", b"new")
