"""A file system that does not answer is found out, and stops nobody."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.files.silent_mounts import SilentMounts, mount_points
from tests.hung_mount import hung_mount

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def hangs(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Paths at which `statvfs` hangs until the test is over."""
    paths: set[str] = set()
    over = threading.Event()
    real = os.statvfs

    def statvfs(path: str) -> os.statvfs_result:
        if path in paths:
            over.wait(60)
        return real(path)

    monkeypatch.setattr(os, "statvfs", statvfs)
    yield paths
    over.set()


def test_folders_that_answer(tmp_path: Path) -> None:
    mounts = SilentMounts()
    assert mounts.below(str(tmp_path)) == []
    assert mounts.silent([str(tmp_path / "a.mp4"), "/nowhere/b.mp4"]) == set()
    assert mounts.present([str(tmp_path), str(tmp_path / "none")]) == (str(tmp_path),)


def test_a_mount_in_a_folder_is_named_as_the_folder_is(tmp_path: Path, hangs: set[str]) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    (real / "nas").mkdir(parents=True)
    link.symlink_to(real)
    hangs.add(str(real / "nas"))
    mounts = SilentMounts(0.05, lambda: ["/", str(real / "nas")])
    assert mounts.below(str(link)) == [str(link / "nas")]
    assert mounts.below(str(link / "nas")) == [str(link / "nas")]
    assert mounts.below(str(tmp_path)) == [str(real / "nas")]
    files = [str(link / "nas" / "a.mp4"), str(link / "b.mp4")]
    assert mounts.silent(files) == {files[0]}


def test_it_answers_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over, real = threading.Event(), os.statvfs
    asked: list[str] = []

    def statvfs(path: str) -> os.statvfs_result:
        asked.append(path)
        over.wait(60)
        return real(path)

    monkeypatch.setattr(os, "statvfs", statvfs)
    mounts = SilentMounts(0.05, lambda: ["/", str(tmp_path)])
    for _ in range(3):
        assert mounts.below(str(tmp_path)) == [str(tmp_path)]
    assert asked == [str(tmp_path)]  # nobody else is sent after the one that hangs
    over.set()
    mounts = SilentMounts(10, lambda: ["/", str(tmp_path)])
    assert mounts.below(str(tmp_path)) == []


def test_a_real_mount_that_hangs(tmp_path: Path) -> None:
    nas = tmp_path / "my nas"
    nas.mkdir()
    mounts = SilentMounts(0.3)
    with hung_mount(nas):
        assert str(nas) in mount_points()
        assert mounts.below(str(tmp_path)) == [str(nas)]
        assert mounts.below(str(nas)) == [str(nas)]
        assert mounts.silent([str(nas / "a.mp4"), str(tmp_path / "b.mp4")]) == {str(nas / "a.mp4")}
        assert mounts.present([str(nas), str(tmp_path)]) == (str(tmp_path),)
    for thread in threading.enumerate():
        if thread.daemon and thread.name.startswith("Thread-"):
            thread.join(10)
    assert mounts.below(str(tmp_path)) == []
