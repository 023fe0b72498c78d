"""Open files of segments: shared, few, and closed when nobody needs them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrovue_tui.server.routes.viewing.segment_files import SegmentFiles

if TYPE_CHECKING:
    from pathlib import Path


def made(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.ts" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(bytes(188 * (number + 1)))
    return paths


async def test_all_requests_share_one_open_file(tmp_path: Path) -> None:
    files, (path,) = SegmentFiles({}), made(tmp_path, 1)
    assert files.opened("1", path.name) is None
    found = await asyncio.gather(*(files.open("1", path.name, path) for _ in range(20)))
    assert found[0] is not None
    assert {id(each) for each in found} == {id(files.opened("1", path.name))}
    assert files.opened("2", path.name) is None
    assert found[0].size == 188
    files.close()
    assert found[0].file.closed


async def test_only_the_last_ones_stay_open_and_none_closes_while_it_is_read(tmp_path: Path) -> None:
    files, paths = SegmentFiles({}, most=2), made(tmp_path, 4)
    first = await files.open("1", paths[0].name, paths[0])
    assert first is not None
    first.hold()
    others = [await files.open("1", path.name, path) for path in paths[1:]]
    assert not first.file.closed
    first.release()
    assert first.file.closed
    assert [each is not None and each.file.closed for each in others] == [True, False, False]
    files.close()


async def test_a_removed_segment_is_gone_although_it_was_open(tmp_path: Path) -> None:
    files, (path,) = SegmentFiles({}), made(tmp_path, 1)
    found = await files.open("1", path.name, path)
    path.unlink()
    assert files.opened("1", path.name) is None
    assert found is not None
    assert found.file.closed
    assert await files.open("1", path.name, path) is None
