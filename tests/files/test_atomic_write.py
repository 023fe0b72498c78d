from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from retrovue_tui.files.atomic_write import replacing, write_atomically


def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_that_files_have_here(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_symlink_stays_one_and_its_target_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "target").write_text("old")
    link = tmp_path / "link"
    link.symlink_to("elsewhere/target")
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert (folder / "target").read_bytes() == b"new"
    assert sorted(file.name for file in folder.iterdir()) == ["target"]


def test_the_file_is_on_the_disk_before_it_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        happened.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def noted_rename(self: Path, target: Path) -> Path:
        happened.append("rename")
        assert self.parent == target.parent
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    write_atomically(tmp_path / "file", b"new")
    assert happened == ["file", "rename", "folder"]


def test_a_full_disk_tears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_atomically(path, b"new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "nowhere" / "file", b"new")


@pytest.mark.parametrize("unique", [True, False])
def test_a_file_written_by_somebody_else_appears_whole_or_not_at_all(tmp_path: Path, unique: bool) -> None:
    path = tmp_path / "film.mp4"
    with replacing(path, unique=unique) as fresh:
        assert (fresh.parent, fresh.suffix, fresh.name[0]) == (tmp_path, ".mp4", ".")
        fresh.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    with pytest.raises(ZeroDivisionError), replacing(path, unique=unique) as fresh:
        _fail_halfway(fresh)
    assert [each.name for each in tmp_path.iterdir()] == ["film.mp4"]
    assert path.read_text() == "new"


def _fail_halfway(path: Path) -> None:
    path.write_text("torn")
    raise ZeroDivisionError
