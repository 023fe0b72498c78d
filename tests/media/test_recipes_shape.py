"""Shape, fields, tiny items, damaged files, chapters and names: the recipes that need a check of their own."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from retrovue_tui.errors import MediaError
from retrovue_tui.media.asset import Chapter
from retrovue_tui.media.chapters import sane
from retrovue_tui.media.library.library import Library
from retrovue_tui.media.workers.tasks import probe
from tests.media.recipes import AAC, H264, base
from tests.media.rendered import house, pieces, preparer, running, shown
from tests.media_factory import Clip, ffmpeg, make

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.asset import Asset

_BIG = replace(house(), width=640, height=360)


async def _pictures(asset: Asset, folder: Path, of: Any = _BIG) -> list[Any]:
    async with running(preparer(folder, of)) as one:
        made = await pieces(one, asset)
    found = []
    for path in made:
        with av.open(str(path)) as container:
            frames: Any = container.decode(video=0)
            found += [frame.to_ndarray(format="gray") for frame in frames]
    return found


def _circle(made: Path, size: str, pixels: str, *words: str) -> None:
    """A white disc that is round where pixels are of this shape, on grey, for a fifth of a second."""
    ratio = "1.0" if pixels == "0/1" else pixels.replace("/", "*1.0/")  # 0/1: not known, so square
    disc = f"geq=lum='if(lt(hypot((X-W/2)*{ratio}\\,Y-H/2)\\,H/4)\\,235\\,96)':cb=128:cr=128"
    picture = f"color=gray:s={size}:r=30000/1001:d=0.2,format=yuv420p,{disc},setsar={pixels}"
    ffmpeg("-f", "lavfi", "-i", picture, *words, made)


@pytest.mark.parametrize(
    ("size", "pixels", "suffix"),
    [("720x480", "32/27", ".mpg"), ("720x480", "8/9", ".mpg"), ("720x576", "16/15", ".mpg"), ("480x360", "1/1", ".mp4"),
     ("180x320", "1/1", ".mp4"), ("640x180", "1/2", ".mkv"), ("320x240", "0/1", ".mkv"), ("352x240", "0/1", ".mp4")],
)  # fmt: skip
async def test_a_circle_stays_round(size: str, pixels: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"circle{suffix}"
    _circle(path, size, pixels, *(("-c:v", "mpeg2video", "-q:v", "2") if suffix == ".mpg" else H264))
    picture = (await _pictures(await probe(path), tmp_path / "cache"))[-1]
    white = picture > 170
    tall, wide = np.flatnonzero(white.any(axis=1)), np.flatnonzero(white.any(axis=0))
    height, width = int(tall[-1] - tall[0] + 1), int(wide[-1] - wide[0] + 1)
    assert height > 40
    assert abs(width / height - 1) < 0.04


@pytest.mark.parametrize("name", ["A11 top field first", "A11 bottom field first"])
async def test_interlaced_pictures_have_no_comb_and_never_step_back(name: str, tmp_path: Path) -> None:
    order = "top,setfield=tff" if "top" in name else "bottom,setfield=bff"
    # A bar that moves 4 pixels a field to the right.
    moving = "geq=lum='if(between(X\\,4*N\\,4*N+30)\\,235\\,16)':cb=128:cr=128"
    bar = f"color=black:s=352x240:r=60000/1001:d=1,format=yuv420p,{moving}"
    path = tmp_path / "bar.mpg"
    ffmpeg("-f", "lavfi", "-i", bar, "-vf", f"tinterlace=interleave_{order}", "-c:v", "mpeg2video", "-q:v", "2",
           "-flags", "+ilme+ildct", path)  # fmt: skip
    asset = await probe(path)
    assert asset.video is not None
    assert asset.video.interlaced
    found = await _pictures(asset, tmp_path / "cache")
    middle = [picture[100:260].astype(int) for picture in found[4:26]]
    for picture in middle:
        comb = np.abs(picture[1:-1] * 2 - picture[:-2] - picture[2:]).mean()
        assert comb < 1.5
    places = [float(np.flatnonzero(picture.mean(axis=0) > 128).mean()) for picture in middle]
    steps = np.diff(places)
    assert (steps > 0).all()
    assert steps.max() - steps.min() < 4


async def test_turned_pictures_are_upright(tmp_path: Path) -> None:
    for turn, back in (("90", "transpose=clock"), ("270", "transpose=cclock"), ("180", "hflip,vflip")):
        turned = tmp_path / f"turned{turn}.mp4"
        made = make(Clip(frames=15, audio=None, filters=back))
        ffmpeg("-display_rotation", turn, "-i", made, "-c", "copy", turned)
        async with running(preparer(tmp_path / turn)) as one:
            assert shown(await pieces(one, await probe(turned))) == list(range(15)), turn


async def test_ten_tiny_items_are_made_to_the_frame(tmp_path: Path) -> None:
    async with running(preparer(tmp_path)) as one:
        for frames in (1, 2, 3, 6):
            asset = await probe(make(Clip(frames=frames)))
            assert shown(await pieces(one, asset)) == list(range(frames))
            assert one.store.frames(asset) == frames


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [("zero.mp4", b"", "the file is empty"), ("._base.mp4", b"\0\5\26\7", "no media was found in it")],
)
async def test_a_file_that_is_no_media_is_refused_with_the_reason(
    name: str, data: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(MediaError, match=reason):
        await probe(path)


async def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "header.mp4"
    ffmpeg("-i", base(), "-t", "0", *H264, *AAC, path)
    with pytest.raises(MediaError):
        await probe(path)


async def test_a_truncated_file_airs_to_where_it_ends_or_is_refused(tmp_path: Path) -> None:
    whole = make(Clip(frames=240, suffix=".mkv")).read_bytes()
    for share in (0.2, 0.5, 0.9):
        path = tmp_path / f"cut{share}.mkv"
        path.write_bytes(whole[: int(len(whole) * share)])
        async with running(preparer(tmp_path / f"{share}")) as one:
            asset = await probe(path)
            seen = shown(await pieces(one, asset))
        known = [number for number in seen if number is not None]
        assert len(known) == len(seen)
        assert known[:10] == list(range(10))
        assert known == sorted(known)  # of the last few frames some are lost, and those before them held
        assert abs(len(seen) - 240 * share) < 30
    no_index = tmp_path / "cut.mp4"
    no_index.write_bytes(base().read_bytes()[: base().stat().st_size * 6 // 10])
    with pytest.raises(MediaError, match="no media was found"):
        await probe(no_index)


async def test_folders_links_and_pipes_do_not_hold_the_library(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    (folder / "film.mp4").mkdir(parents=True)
    (folder / "gone.mp4").symlink_to(tmp_path / "nothing")
    os.mkfifo(folder / "pipe.ts")
    shutil.copy(base(), folder / "good.mp4")
    os.utime(folder / "good.mp4", (1_000_000_000, 1_000_000_000))  # not being copied any more
    (folder / "._good.mp4").write_bytes(b"\0\5\26\7")
    library = Library([folder])
    await library.open(20)
    assert [asset.path.name for asset in library.assets] == ["good.mp4"]
    assert library.fault(folder / "pipe.ts")


_CHAPTERS = {
    "none": ("", []),
    "one for the whole": ("0-6000", [0]),
    "empty": ("1000-1000 2000-4000", [1, 2]),
    "behind the end": ("1000-2000 9000-9500", [1]),
    "too close": ("1000-1100 1100-1200 1200-1300 3000-4000", [1, 3]),
    "two hundred": (" ".join(f"{1000 * n}-{1000 * n + 999}" for n in range(200)), [0, 1, 2, 3, 4, 5]),
}


@pytest.mark.parametrize("name", _CHAPTERS)
async def test_only_sane_chapters_are_offered(name: str, tmp_path: Path) -> None:
    marks, expected = _CHAPTERS[name]
    text = tmp_path / "chapters.txt"
    lines = [";FFMETADATA1"]
    for mark in marks.split():
        start, _, end = mark.partition("-")
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", "title=x"]
    text.write_text("\n".join(lines) + "\n")
    path = tmp_path / "chapters.mkv"
    ffmpeg("-i", base(), "-i", text, "-map_metadata", "1", "-map_chapters", "1", "-c", "copy", path)
    found = (await probe(path)).chapters
    assert [mark.start for mark in found] == expected
    assert all(mark.start < mark.end <= Fraction(6006, 1000) for mark in found)


def test_chapters_out_of_order_twice_or_turned_around() -> None:
    def mark(start: int, end: int) -> Chapter:
        return Chapter(Fraction(start), Fraction(end), "x")

    given = [mark(4, 5), mark(2, 3), mark(2, 9), mark(5, 1), mark(0, 1), mark(9, 10)]
    assert [(int(each.start), int(each.end)) for each in sane(given, Fraction(8))] == [(0, 1), (2, 3), (4, 5), (5, 8)]


_NAMES = [
    "It's 100%d", "a%03d", "[b]{c}", 'q"q', "back\\slash", "tab\tx", "  lead and trail ", "#hash", "-dash", "a:b",
    "file:x", "é", "e\u0301", "日本 🎬", "x" * 240, "a|b", "$(id)", "...", "CON", "subfile,,start,0,end,9,,:x",
]  # fmt: skip


async def test_every_name_is_played(tmp_path: Path) -> None:
    source = make(Clip(frames=12, audio=None))
    paths = [tmp_path / f"{name}.mp4" for name in _NAMES]
    paths.append(tmp_path / os.fsdecode(b"raw\xff.mp4"))
    async with running(preparer(tmp_path / "cache %03d")) as one:
        for path in paths:
            shutil.copy(source, path)
            asset = await probe(path)
            assert asset.frames(house().rate) == 12
            if (not path.name.isidentifier() and not path.name[0].isalpha()) or "%" in path.name or ":" in path.name:
                assert shown(await pieces(one, asset)) == list(range(12)), path.name
    broken = tmp_path / "nl\nnl.mp4"
    shutil.copy(source, broken)
    with pytest.raises(MediaError, match="line break") as caught:
        await probe(broken)
    assert "\n" not in caught.value.message


async def test_joined_files_of_strange_names_play(tmp_path: Path) -> None:
    part = make(Clip(frames=30, suffix=".ts", extra=("-f", "mpegts"))).read_bytes()
    path = tmp_path / "it's, 100%d: a,:b.ts"
    path.write_bytes(part * 2)
    async with running(preparer(tmp_path / "cache")) as one:
        assert shown(await pieces(one, await probe(path))) == [*range(30), *range(30)]
