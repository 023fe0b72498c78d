"""Files are put in place all or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli.archive.placement import FilePlacement

if TYPE_CHECKING:
    from pathlib import Path


def tree(folder: Path) -> dict[str, str | None]:
    return {
        each.relative_to(folder).as_posix(): each.read_text() if each.is_file() else None for each in folder.rglob("*")
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "state").mkdir(parents=True)
    for name in ("a", "state/asrun.db", "state/asrun.db-wal"):
        (home / name).write_text(f"old {name}")
    return home


def new(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"new-{name.replace('/', '-')}"
    path.write_text(f"new {name}")
    return path


def test_existing_files_are_kept(home: Path, tmp_path: Path) -> None:
    with FilePlacement() as placement:
        for name in ("a", "state/asrun.db", "b/c/d"):
            placement.put(new(tmp_path, name), home / name)
    with FilePlacement() as placement:
        placement.put(new(tmp_path, "a"), home / "a")
    assert tree(home) == {
        "a": "new a", "a.before-import": "old a", "a.before-import-2": "new a", "b": None, "b/c": None,
        "b/c/d": "new b/c/d", "state": None, "state/asrun.db": "new state/asrun.db",
        "state/asrun.db.before-import": "old state/asrun.db",
        "state/asrun.db-wal.before-import": "old state/asrun.db-wal",
    }  # fmt: skip


def test_after_a_failure_all_is_as_before(home: Path, tmp_path: Path) -> None:
    before = tree(home)
    files = {home / name: new(tmp_path, name) for name in ("a", "state/asrun.db", "b/c/d")}

    def place() -> None:
        with FilePlacement() as placement:
            for target, file in files.items():
                placement.put(file, target)
            placement.put(tmp_path / "missing", home / "e")

    with pytest.raises(FileNotFoundError):
        place()
    assert tree(home) == before


@pytest.mark.parametrize("there", [True, False])
def test_a_whole_folder(there: bool, tmp_path: Path) -> None:
    folder, target = tmp_path / "unpacked", tmp_path / "x" / "home"
    folder.mkdir()
    (folder / "a").write_text("a")
    if there:
        target.mkdir(parents=True)
    before = tree(tmp_path)

    def place_and_fail() -> None:
        with FilePlacement() as placement:
            placement.put_folder(folder, target)
            assert tree(target) == {"a": "a"}
            raise OSError("later")

    with pytest.raises(OSError, match="later"):
        place_and_fail()
    assert tree(tmp_path) == before
    with FilePlacement() as placement:
        placement.put_folder(folder, target)
    assert tree(tmp_path) == {"x": None, "x/home": None, "x/home/a": "a"}
