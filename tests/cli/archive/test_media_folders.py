"""The media folders that a config names and this machine lacks, with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.cli.archive.media_folders import MissingFolder, missing_folders
from tests.cli.archive.homes import CONFIG

if TYPE_CHECKING:
    from pathlib import Path


def test_missing_folders(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    found = missing_folders(tmp_path, CONFIG)
    assert [(str(each.folder), each.line) for each in found] == [("/nowhere/films", 9), (str(tmp_path / "ads"), 12)]
    (tmp_path / "ads").mkdir()
    assert [each.line for each in missing_folders(tmp_path, CONFIG)] == [9]


def test_a_broken_config(tmp_path: Path) -> None:
    text = '[library]\nprogrammes = "films"\n[pools]\nads = \n'
    assert missing_folders(tmp_path, text) == [MissingFolder(tmp_path / "films", 2)]
    assert missing_folders(tmp_path, "nonsense") == []
