"""Which streams of odd files are shown and heard, from when on, and why a file is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.library.probe_cache import recall, remember
from retrovue_tui.playout.library.inventory import format_of
from retrovue_tui.timecode import FrameRate
from tests.decoding import odd_files
from tests.media.rendered import house, pieces, preparer, running, shown
from tests.media_factory import beeps, decode, derived, make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NTSC = FrameRate(30_000, 1_001)


@pytest.mark.parametrize(
    ("recipe", "name", "stream", "frames"),
    [(odd_files.still_first, "still.mkv", 1, 180), (odd_files.short_first, "short.mkv", 1, 420)],
)
def test_the_moving_picture_is_chosen(recipe: Callable[[Path], None], name: str, stream: int, frames: int) -> None:
    asset = probe(derived(name, recipe))
    assert asset.video is not None
    assert (asset.video.index, asset.video.codec, asset.frames(NTSC)) == (stream, "h264", frames)


def test_a_header_that_states_a_wrong_length_is_reported_and_not_believed() -> None:
    wrong, right = probe(derived("false length.mkv", odd_files.false_length)), probe(make(odd_files.CLIP))
    assert (wrong.header_s, right.header_s) == (36_000.0, None)
    assert wrong.frames(NTSC) == right.frames(NTSC)
    assert format_of(wrong).endswith("its header wrongly says 36000.0 s")
    assert "header" not in format_of(right)


async def test_hidden_frames_never_air_and_sound_is_in_sync(tmp_path: Path) -> None:
    asset = probe(derived("hidden.mp4", odd_files.hidden_lead_in))
    async with running(preparer(tmp_path / "all")) as one, running(preparer(tmp_path / "late")) as two:
        made = await pieces(one, asset)
        late = await pieces(two, asset)
    seen = shown(made)
    assert seen[0] in (41, 42)  # 1.37 s is inside of frame 41
    assert seen == [seen[0] + n for n in range(len(seen))]
    assert shown(late) == seen
    frames = [frame for path in made for frame in decode(path)]
    lit = [frame.ticks / 90_000 for frame in frames if frame.lit][::2]
    heard = [float(time) for time in beeps(b"".join(path.read_bytes() for path in made))]
    assert len(lit) == 4
    # The cut is inside of a frame: picture and sound begin together, so they are off by less than a frame.
    assert all(min(abs(time - each) for each in heard) < 0.0334 + 0.0214 for time in lit)


async def test_a_list_of_edits_without_a_key_frame_at_its_start(tmp_path: Path) -> None:
    asset = probe(derived("nosync.mp4", odd_files.no_sync_sample))
    async with running(preparer(tmp_path)) as one:
        seen = shown(await pieces(one, asset))
    known = [number for number in seen if number is not None]
    assert len(known) == len(seen)
    assert known == sorted(known)
    assert known[-1] == 419
    assert abs(len(seen) - (420 - 41)) <= 1
    # Frame n is shown when it was: what comes before the first key frame is held.
    late = [(place, number) for place, number in enumerate(known) if number > known[0]]
    assert {number - place for place, number in late} <= {41, 42}


async def test_a_stream_that_appears_late_is_heard(tmp_path: Path) -> None:
    asset = probe(derived("late.ts", odd_files.late_sound))
    assert abs(asset.frames(NTSC) - 420) <= 1  # its three parts are put together to a frame
    assert asset.audio is not None
    async with running(preparer(tmp_path, house(loudness=None))) as one:
        made = await pieces(one, asset)
    frames = [frame for path in made for frame in decode(path)]
    lit = [frame.ticks / 90_000 for frame in frames if frame.lit][::2]
    heard = [float(time) for time in beeps(b"".join(path.read_bytes() for path in made))]
    assert len(lit) == 4
    assert all(time > 7.9 for time in heard)
    assert all(min(abs(time - each) for each in heard) < 0.0214 for time in lit)


@pytest.mark.parametrize(
    ("recipe", "name", "rate", "frames"),
    [
        (odd_files.raw_h264, "raw.h264", Fraction(30_000, 1_001), 180),
        (odd_files.raw_hevc, "raw.hevc", Fraction(25), 150),
    ],
)
async def test_a_bare_video_stream_plays_at_its_rate(
    recipe: Callable[[Path], None], name: str, rate: Fraction, frames: int, tmp_path: Path
) -> None:
    asset = probe(derived(name, recipe))
    assert asset.video is not None
    assert (asset.video.rate, asset.duration) == (rate, frames / rate)
    async with running(preparer(tmp_path)) as one:
        whole = shown(await pieces(one, asset))
    assert whole[0] == 0
    assert whole[-1] == frames - 1
    assert sorted(set(whole), key=lambda n: -1 if n is None else n) == list(range(frames))
    assert len(whole) == asset.frames(NTSC) == 180


@pytest.mark.parametrize(
    ("recipe", "name", "reason"),
    [(odd_files.encrypted, "cenc.mp4", "it is encrypted"), (odd_files.scrambled, "scrambled.ts", "it is encrypted"),
     (odd_files.all_scrambled, "allscrambled.ts", "it is encrypted"),
     (odd_files.tables_only, "tables.ts", "no video or audio in it")],
)  # fmt: skip
def test_a_file_that_cannot_be_shown_is_refused_with_the_reason(
    recipe: Callable[[Path], None], name: str, reason: str
) -> None:
    with pytest.raises(MediaError, match=reason):
        probe(derived(name, recipe))


@pytest.mark.parametrize(
    ("wanted", "stream"),
    [((), 2), (("en",), 2), (("de",), 3), (("deu", "en"), 3), (("ja", "fr", "de"), 4), (("ja",), 2)],
)
def test_the_sound_of_the_wanted_language_is_chosen_and_commentary_last(wanted: tuple[str, ...], stream: int) -> None:
    asset = probe(derived("languages.mkv", odd_files.languages), wanted)
    assert asset.audio is not None
    assert asset.audio.index == stream


def test_other_languages_are_other_pieces_and_other_facts(tmp_path: Path) -> None:
    path, memory = derived("languages.mkv", odd_files.languages), tmp_path / "memory.json"
    english, german = probe(path, ("en",)), probe(path, ("de",))
    assert english.key != german.key
    assert english.content_key == german.content_key
    assert probe(path, ("en", "fr")).key == english.key
    remember(memory, [english], {}, ("en",), append=False)
    assert recall(memory, ("en",)).assets == {path: english}
    assert recall(memory, ("de",)).assets == recall(memory).assets == {}
