"""The files of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.playout.hls.segment import Segment
from retrovue_tui.playout.hls.segment_folder import SegmentFolder, clear_others

if TYPE_CHECKING:
    from pathlib import Path

ONE, OTHER = (Segment(number, 0, 60, 1_795_000_000_000, "0123456789ab", 3) for number in (9, 10))


def test_segments_are_found_again_in_order_and_a_crash_leaves_nothing(tmp_path: Path) -> None:
    folder = SegmentFolder(tmp_path / "hls", "1")
    assert folder.load() == []
    for each in (OTHER, ONE):
        folder.write(each, [b"a", b"bc"])
    (folder.path / f".{ONE.name}-1-x.part.ts").write_bytes(b"half")
    (folder.path / "mine.txt").write_text("mine")
    (folder.path / OTHER.name.replace("10-", "11-")).symlink_to("/etc/passwd")
    assert folder.load() == [ONE, OTHER]
    assert not [each for each in folder.path.iterdir() if ".part" in each.name]
    folder.remove([ONE])
    assert folder.load() == [OTHER]
    assert (folder.path / "mine.txt").exists()


def test_segments_of_channels_that_are_gone_are_removed(tmp_path: Path) -> None:
    for name in ("1", "gone", "kept"):
        folder = SegmentFolder(tmp_path, name)
        folder.load()
        folder.write(ONE, [b"abc"])
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    clear_others(tmp_path, ["1"])
    assert sorted(str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*")) == [
        "1", f"1/{ONE.name}", "kept", "kept/mine.txt",
    ]  # fmt: skip
    clear_others(tmp_path / "nothing", [])


def test_what_a_crash_left_of_a_multivariant_playlist_is_removed(tmp_path: Path) -> None:
    folder = SegmentFolder(tmp_path, "1", public=True)
    for name in (".1.m3u8-77-0a1b2c3d.part.m3u8", ".11.m3u8-77-0a1b2c3d.part.m3u8", ".1.m3u8-mine"):
        (tmp_path / name).write_text("")
    folder.load()
    assert sorted(each.name for each in tmp_path.iterdir()) == [".1.m3u8-mine", ".11.m3u8-77-0a1b2c3d.part.m3u8", "1"]
