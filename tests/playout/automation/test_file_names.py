"""The file that a command names: found among the station's own, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from retrovue_tui.playout.automation.file_names import FileNames
from retrovue_tui.rundown.break_edits import EditError

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset

FILES = {
    "/home/media/ads/cola.mp4": "",
    "/home/media/ads/more/soap.mp4": "Soap 30",
    "/home/media/films/new film.mp4": "",
    "/home/media/films/a/pilot.mkv": "",
    "/home/media/films/b/pilot.mkv": "",
    "/elsewhere/named by a rundown.mp4": "",
}


def names() -> FileNames:
    assets = {Path(file): cast("Asset", SimpleNamespace(path=Path(file), title=title)) for file, title in FILES.items()}
    return FileNames(assets, (Path("/home/media/ads"), Path("/home/channels"), Path("/home/media/films")))


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("/home/media/ads/cola.mp4", "/home/media/ads/cola.mp4"),
        ("/home/media/../media/ads/./cola.mp4", "/home/media/ads/cola.mp4"),
        ("cola.mp4", "/home/media/ads/cola.mp4"),
        ("cola", "/home/media/ads/cola.mp4"),
        ("Cola", "/home/media/ads/cola.mp4"),
        ("more/soap.mp4", "/home/media/ads/more/soap.mp4"),
        ("Soap 30", "/home/media/ads/more/soap.mp4"),
        ("soap.mp4", "/home/media/ads/more/soap.mp4"),
        ("../media/films/new film.mp4", "/home/media/films/new film.mp4"),
        ("new film.mp4", "/home/media/films/new film.mp4"),
        ("a/pilot.mkv", "/home/media/films/a/pilot.mkv"),
        ("named by a rundown.mp4", "/elsewhere/named by a rundown.mp4"),
    ],
)
def test_a_file_is_found_by_path_or_by_the_name_in_the_bin(named: str, file: str) -> None:
    assert names().find(named) == Path(file)


def test_a_name_of_several_files_lists_them() -> None:
    with pytest.raises(EditError, match=r"2 files are called 'pilot.mkv'.*films/a/pilot.mkv, .*films/b/pilot.mkv"):
        names().find("pilot.mkv")


def test_one_message_whether_a_foreign_file_exists_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the file system is never asked: a name on a mount that hangs must cost nothing."""
    there = tmp_path / "there.mp4"
    there.touch()

    def touched(*_: object, **__: object) -> None:
        raise AssertionError("the file system was asked about a client's path")

    for call in ("stat", "lstat", "open", "scandir", "readlink", "listdir"):
        monkeypatch.setattr(os, call, touched)
    said = []
    for path in (there, tmp_path / "not there.mp4"):
        with pytest.raises(EditError) as caught:
            names().find(str(path))
        said.append(caught.value.message.replace(repr(str(path)), "X"))
    monkeypatch.undo()
    assert said[0] == said[1]
    assert "in the library" in said[0]


def test_a_title_of_a_pool_file_is_a_name_too() -> None:
    cola = Path("/home/media/ads/cola.mp4")
    assets = {cola: cast("Asset", SimpleNamespace(path=cola, title="As Probed"))}
    found = FileNames(assets, titles={cola: "Cola 30"}.get)
    assert [found.find(name) for name in ("Cola 30", "cola 30", "As Probed", "cola")] == [cola] * 4
