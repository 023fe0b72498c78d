"""Every kind of input becomes pieces that are exactly on the house's grid, and show the right frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retrovue_tui.decoding.piece_check import WRAP, verify
from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.media.house_format import AAC_TICKS, GOP, aac_frame
from retrovue_tui.media.rendering.arguments.render_args import render_command
from retrovue_tui.media.rendering.arguments.render_filters import Range
from retrovue_tui.media.rendering.loudness import gain
from retrovue_tui.media.rendering.render_run import RenderRun
from tests.media.rendered import RATES, house, pieces, preparer, running, shown
from tests.media_factory import H264, Clip, beeps, decode, make, numbers, packets, shelf, sound

if TYPE_CHECKING:
    from pathlib import Path


def test_the_seed_set_of_encoder_flags() -> None:
    asset = probe(shelf("h264"))
    words = render_command(find_ffmpeg(), house(), asset, Range(0, 120), shelf("h264").parent, 2, "pipe:3", None)
    line = " ".join(words)
    for flags in (
        "-c:v libx264 -preset veryfast -tune zerolatency -profile:v main -pix_fmt yuv420p",
        "-g 60 -keyint_min 60 -sc_threshold 0 -bf 0 -flags +cgop",
        "-b:v 400k -minrate 400k -maxrate 400k -bufsize",
        "-c:a aac -b:a 128k",
        "-segment_format_options pes_payload_size=0",
    ):
        assert flags in line
    assert words[0] == str(find_ffmpeg().path)


@pytest.mark.parametrize("rate", RATES)
async def test_ranges_of_separate_runs_join_on_one_grid(rate: str, tmp_path: Path) -> None:
    of, asset = house(rate), probe(shelf("long"))
    count = of.piece_frames
    async with running(preparer(tmp_path / "all", of)) as one, running(preparer(tmp_path / "late", of)) as two:
        whole = await pieces(one, asset)
        late = await pieces(two, asset, count)
        early = await pieces(two, asset, 0, count)
    assert len(whole) == -(-asset.frames(of.rate) // count)
    assert (seen := shown(whole)) == shown(early + late)
    assert None not in seen
    assert [packets(path) for path in whole] == [packets(path) for path in early + late]
    for number, path in enumerate(whole):
        found = packets(path)
        pictures, sounds = found["video"], found["audio"]
        assert [pts for pts, _ in pictures] == [of.rate.ticks(number * count + n) % WRAP for n in range(len(pictures))]
        assert [n for n, (_, key) in enumerate(pictures) if key] == list(range(0, len(pictures), GOP))
        first = aac_frame(of, number * count)
        assert [pts for pts, _ in sounds] == [AAC_TICKS * (first + n) for n in range(len(sounds))]
        assert sounds[0][0] >= pictures[0][0]
        following = of.rate.ticks(number * count + len(pictures))
        assert following <= sounds[-1][0] + AAC_TICKS < following + AAC_TICKS


async def test_a_source_of_house_rate_shows_each_frame_once_and_in_order(tmp_path: Path) -> None:
    async with running(preparer(tmp_path)) as one:
        assert shown(await pieces(one, probe(shelf("long")))) == list(range(420))


async def test_sound_has_no_step_where_ranges_join(tmp_path: Path) -> None:
    asset = probe(make(Clip(frames=420)))
    async with running(preparer(tmp_path / "late")) as two:
        late = await pieces(two, asset, 180)
        early = await pieces(two, asset, 0, 180)
    _, samples = sound(b"".join(path.read_bytes() for path in early + late))
    join = round(48_000 * 180 * 1001 / 30_000)
    calm, there = samples[join - 24_000 : join - 12_000], samples[join - 4_000 : join + 8_000]
    assert np.abs(np.diff(there)).max() < 1.2 * np.abs(np.diff(calm)).max()
    level = np.abs(there[: len(there) // 96 * 96]).reshape(-1, 96).max(axis=1)
    assert level.min() > 0.8 * level.max()


async def test_every_key_frame_carries_its_parameter_sets_and_all_are_equal(tmp_path: Path) -> None:
    sets = set()
    for name in ("h264", "mpeg2", "vertical", "no_audio", "hdr"):
        async with running(preparer(tmp_path)) as one:
            for path in await pieces(one, probe(shelf(name))):
                data = path.read_bytes()
                frames = decode(path)
                keys = sum(frame.key for frame in frames)
                payload = b"".join(_payload(data[at : at + 188]) for at in range(0, len(data), 188))
                found = [unit for unit in payload.split(b"\x00\x00\x01") if unit[:1] == b"\x67"]
                assert len(found) == keys
                assert payload.count(b"\x00\x00\x01\x68") == keys
                sets |= {unit.rstrip(b"\x00") for unit in found}
    assert len(sets) == 1


def _payload(packet: bytes) -> bytes:
    """The payload of a video packet (PID 256), without PES headers."""
    if ((packet[1] & 31) << 8 | packet[2]) != 256 or not packet[3] & 16:
        return b""
    start = 5 + packet[4] if packet[3] & 32 else 4
    if packet[1] & 64:
        start += 9 + packet[start + 8]
    return packet[start:]


_EXPECTED = {
    "h264": 120, "mpeg2": 120, "hevc": 120, "vp9": 120, "no_audio": 120, "mono": 120, "surround": 120, "vertical": 120,
    "odd": 120, "wide_pixels": 120, "interlaced": 120, "vfr": 119, "ten_bit": 120, "hdr": 120, "short_audio": 120,
    "long_audio": 60, "fifty": 120, "sixty": 120, "film": 120, "negative_start": 119, "late_start": 120, "rotated": 120,
    "cover_art": 120, "attachment": 120, "chapters": 120, "truncated": 144, "corrupt": 240,
}  # fmt: skip


@pytest.mark.parametrize("name", _EXPECTED)
async def test_every_input_becomes_house_format(name: str, tmp_path: Path) -> None:
    async with running(preparer(tmp_path)) as one:
        asset = probe(shelf(name))
        made = await pieces(one, asset)
        assert one.store.frames(asset) == _EXPECTED[name]
    seen = shown(made)
    assert len(seen) == _EXPECTED[name]
    assert None not in seen
    known = [number for number in seen if number is not None]
    assert known == sorted(known)
    assert known[0] == 0
    _, samples = sound(made[0])
    assert len(samples) >= 48_000 * min(180, len(seen)) * 1001 // 30_000


@pytest.mark.parametrize("name", ["audio_only", "song"])
async def test_sound_alone_gets_a_picture(name: str, tmp_path: Path) -> None:
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, probe(shelf(name)))
    assert len(numbers(made[0])) == 120
    _, samples = sound(made[0])
    assert np.abs(samples).max() > 0.02


async def test_no_sound_becomes_silence(tmp_path: Path) -> None:
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, probe(shelf("no_audio")))
    assert np.abs(sound(made[0])[1]).max() < 0.001


async def test_sound_that_ends_long_before_the_picture_gets_silence_in_every_range(tmp_path: Path) -> None:
    asset = probe(make(Clip(frames=420, audio_s=probe(shelf("short_audio")).duration / 2)))
    async with running(preparer(tmp_path)) as one:
        late = await pieces(one, asset, 180)
        early = await pieces(one, asset, 0, 180)
    assert shown(early + late) == list(range(420))
    assert np.abs(sound(late[0])[1]).max() < 0.001


async def test_flash_and_beep_stay_together(tmp_path: Path) -> None:
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, probe(shelf("long")), 180) + await pieces(one, probe(shelf("long")), 360)
    for path in made:
        lit = [frame.ticks / 90_000 for frame in decode(path) if frame.lit][::2]
        heard = [float(time) for time in beeps(path)]
        assert len(lit) <= len(heard)  # the last sound may reach into the next piece
        assert all(abs(a - b) < 0.0214 for a, b in zip(lit[1:], heard[1:], strict=False))


@pytest.mark.parametrize("samples", [16_000, 22_050, 44_100, 96_000])
async def test_a_range_in_the_middle_has_its_sound_at_any_sample_rate(samples: int, tmp_path: Path) -> None:
    """FFmpeg counted where the sound begins in samples of the file. The range was then refused, and rendered again by
    reading the file from its start."""
    sound_of = ("-c:a", "pcm_s16le", "-ar", str(samples))
    asset, store = probe(make(Clip(frames=1_440, flash=True, suffix=".mov", audio=sound_of))), preparer(tmp_path).store
    first, end = 5 * store.house.piece_frames, 7 * store.house.piece_frames
    await store.open(asset)
    await RenderRun(find_ffmpeg(), store, asset, Range(first, end), 1, lambda _: True).run()
    assert store.ready(asset, first) == end
    made = b"".join(store.piece_path(asset, number).read_bytes() for number in (5, 6))
    lit = [frame.ticks / 90_000 for frame in decode(made) if frame.lit][::2]
    heard = [float(time) for time in beeps(made)]
    assert len(lit) > 5
    assert all(abs(a - b) < 0.0214 for a, b in zip(lit[1:], heard[1:], strict=False))


async def test_aspect_is_kept_with_black_beside_it(tmp_path: Path) -> None:
    import av

    async with running(preparer(tmp_path)) as one:
        for name, width in (("vertical", 102), ("mpeg2", 240), ("wide_pixels", 320), ("rotated", 320)):
            made = await pieces(one, probe(shelf(name)))
            with av.open(str(made[0])) as container:
                frame = next(container.decode(video=0))
                assert (frame.width, frame.height) == (320, 180)
                assert container.streams.video[0].sample_aspect_ratio in (None, 1)
                bright = np.flatnonzero(frame.reformat(format="gray").to_ndarray()[5] > 64)
            assert abs(int(bright[-1] - bright[0] + 1) - width) <= 4, name


async def test_a_long_held_picture_is_there_in_a_range_of_its_own(tmp_path: Path) -> None:
    every = "select=not(mod(n\\,200))"
    still = make(Clip(480, filters=every, suffix=".mkv", extra=("-fps_mode", "vfr"), video=(*H264[:4], *H264[-2:])))
    async with running(preparer(tmp_path)) as one:
        assert set(shown(await pieces(one, probe(still), 180, 360))) == {0, 200}


async def test_sound_that_changes_its_layout_on_the_way(tmp_path: Path) -> None:
    first = make(Clip(suffix=".ts", frames=240, extra=("-f", "mpegts")))
    then = make(
        Clip(suffix=".ts", frames=240, first=240, channels=6, extra=("-f", "mpegts", "-output_ts_offset", "8.0747"))
    )
    joined = tmp_path / "joined.ts"
    joined.write_bytes(first.read_bytes() + then.read_bytes())
    async with running(preparer(tmp_path / "cache")) as one:
        made = await pieces(one, probe(joined))
    assert shown(made) == list(range(480))
    assert np.abs(sound(made[2])[1]).max() > 0.02


async def test_loudness_comes_to_the_target(tmp_path: Path) -> None:
    for db, limited in ((-40.0, False), (-6.0, False)):
        asset = probe(make(Clip(gain_db=db)))
        async with running(preparer(tmp_path)) as one:
            made = await pieces(one, asset)
            assert one.store.index(asset).limited is limited
        rms = 20 * np.log10(np.sqrt(np.mean(np.square(sound(made[0])[1][24_000:96_000]))))
        assert abs(rms - -23.0) < 3.5  # a pure tone in two channels weighs 3 dB more
    async with running(preparer(tmp_path / "off", house(loudness=None))) as one:
        made = await pieces(one, probe(make(Clip(gain_db=-40.0))))
    assert np.abs(sound(made[0])[1]).max() < 0.02


def test_gain_from_what_the_meter_says() -> None:
    def said(loud: str, peak: str) -> str:
        return f"Summary:\n    I:         {loud} LUFS\n  Sample peak:\n    Peak:       {peak} dBFS\n"

    assert gain(said("-20.0", "-1.0"), -23.0) == (-3.0, False)
    assert gain(said("-30.0", "-20.0"), -23.0) == (7.0, False)
    assert gain(said("-30.0", "-6.0"), -23.0) == (7.0, True)
    assert gain(said("-70.0", "-inf"), -23.0) == (0.0, False)
    assert gain("nothing", -23.0) == (0.0, False)


async def test_verify_refuses_what_is_off_the_grid(tmp_path: Path) -> None:
    async with running(preparer(tmp_path)) as one:
        made = await pieces(one, probe(shelf("h264")))
    of = house()
    assert verify(made[0], of, 0).frames == 120
    with pytest.raises(MediaError, match="off the grid"):
        verify(made[0], of, 180)
    with pytest.raises(MediaError, match="off the grid"):
        verify(made[0], replace(of, rate=house("25").rate), 0)
    torn = tmp_path / "torn.ts"
    torn.write_bytes(b"\x00" * 1880)
    with pytest.raises(MediaError):
        verify(torn, of, 0)


@pytest.mark.parametrize("name", ["-dash.mp4", 'it\'s "quoted" 100%d.mp4', "Überraschung 映画.mp4"])
async def test_strange_names_render(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(shelf("h264").read_bytes())
    async with running(preparer(tmp_path / "it's a cache")) as one:
        assert len(shown(await pieces(one, probe(path)))) == 120
