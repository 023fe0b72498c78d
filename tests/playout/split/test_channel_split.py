"""Groups of viewers get their version of a spot, and go on with the others: nobody's stream has a mark of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrovue_tui.audience.groups import group_of
from retrovue_tui.playout.mpegts.analyser import StreamReport, analyse
from retrovue_tui.playout.mpegts.demux import AudioUnit, Demux, VideoUnit, elementary
from retrovue_tui.playout.mpegts.packets import VIDEO_PID
from retrovue_tui.playout.output.slate_player import SlatePlayer
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.playout.split.scene import Listener, LowerQuality, Scene, Spot, pictures
from tests.playout.streams import stream

NTSC = FrameRate(30_000, 1_001)
PROGRAMME, SPOT, OTHER = Path("/p/film"), Path("/s/cola"), Path("/s/tea")


def key_in(group: int, spot: Path, weights: tuple[float, ...] = (1.0, 1.0)) -> str:
    """The key of a viewer who is in a group of a spot."""
    return next(key for n in range(1_000) if group_of(key := f"viewer {n}", str(spot), weights) == group)


def report(viewer: Listener, rate: FrameRate = NTSC) -> StreamReport:
    return analyse(bytes(viewer.data), rate)


def sizes(viewer: Listener) -> list[int]:
    """The bytes of each picture: in these tests every version has a size of its own."""
    demux = Demux()
    units = [*demux.feed(bytes(viewer.data)), *demux.flush()]
    return [len(elementary(bytes(u.packets), VIDEO_PID)) for u in units if isinstance(u, VideoUnit)]


def sound_sizes(viewer: Listener) -> Counter[int]:
    """How many audio frames of each size were heard."""
    demux = Demux()
    units = [*demux.feed(bytes(viewer.data)), *demux.flush()]
    return Counter(len(unit.adts) for unit in units if isinstance(unit, AudioUnit))


def spot_of_two(rate: FrameRate = NTSC, frames: int = 60) -> Spot:
    return Spot(SPOT, pictures(rate, frames, size=700), {1: pictures(rate, frames, size=1_900, audio_at=700)})


@pytest.mark.parametrize("rate", HOUSE_RATES)
def test_each_group_sees_its_version_and_both_go_on_with_the_same_bytes(rate: str) -> None:
    frames = FrameRate.parse(rate)
    scene = Scene(frames)
    film = pictures(frames, 400)
    scene.play(Spot(PROGRAMME, film[:100]))
    of_all, of_other = scene.join(key_in(0, SPOT)), scene.join(key_in(1, SPOT))
    scene.play(spot_of_two(frames))
    scene.play(Spot(PROGRAMME, pictures(frames, 120)))
    for viewer in (of_all, of_other):
        assert report(viewer, frames).clean
        assert report(viewer, frames).largest_audio_error <= 1_960
        assert len(sizes(viewer)) == len(sizes(of_all))
    assert sizes(of_all).count(700) == 60
    assert sizes(of_other).count(1_900) == 60
    assert sizes(of_other).count(700) == 0
    assert of_all.data[-40_000:] == of_other.data[-40_000:]
    assert not scene.bus.branches, "the bus of the group lasts only as long as the spot"
    assert scene.bus.viewers == 2
    assert scene.events.splits == [("cola", 100)]


def test_a_lower_quality_is_split_too() -> None:
    """Its viewers see the pictures of their quality, with the sound of their group's version."""
    scene = Scene(NTSC)
    scene.qualities.append(LowerQuality(scene, 250))
    quality = scene.qualities[0]
    scene.play(Spot(PROGRAMME, pictures(NTSC, 90)))
    lower, other, main = quality.join(key_in(0, SPOT)), quality.join(key_in(1, SPOT)), scene.join(key_in(1, SPOT))
    long = pictures(NTSC, 70, size=1_900, sound=77)
    scene.play(Spot(SPOT, pictures(NTSC, 70, size=700), {1: long}))
    scene.play(Spot(PROGRAMME, pictures(NTSC, 90)))
    for viewer in (lower, other, main):
        assert report(viewer).clean
    assert set(sizes(lower)) == set(sizes(other)) == {250}
    assert sound_sizes(lower)[77] == 0
    assert sound_sizes(other)[77] == sound_sizes(main)[77] > 90
    assert lower.data[-20_000:] == other.data[-20_000:]
    assert scene.bus.branches == [quality.bus]
    assert not quality.bus.branches
    assert scene.bus.viewers == 3


def test_a_spot_that_is_cut_short_ends_for_all_groups_at_once() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewers = [scene.join(key_in(group, SPOT)) for group in (0, 1)]
    scene.play(spot_of_two(), 17)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 60, audio_at=1_500)))
    for viewer in viewers:
        assert report(viewer).clean
        assert sizes(viewer)[30:47] == [sizes(viewer)[30]] * 17
        assert sizes(viewer)[47:] == [500] * 60


def test_three_groups_and_two_splits_in_a_row() -> None:
    """Each viewer is in one group of the first spot and in another of the second."""
    weights = (1.0, 1.0, 1.0)
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    keys = [f"viewer {n}" for n in range(40)]
    viewers = [scene.join(key) for key in keys]
    first = {1: pictures(NTSC, 50, size=710), 2: pictures(NTSC, 50, size=720, audio_at=333)}
    second = {1: pictures(NTSC, 50, size=810, audio_at=1_100), 2: pictures(NTSC, 50, size=820)}
    scene.play(Spot(SPOT, pictures(NTSC, 50, size=700), first, weights))
    scene.play(Spot(OTHER, pictures(NTSC, 50, size=800), second, weights))
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    seen = set()
    for key, viewer in zip(keys, viewers, strict=True):
        groups = group_of(key, str(SPOT), weights), group_of(key, str(OTHER), weights)
        seen.add(groups)
        assert report(viewer).clean, groups
        assert sizes(viewer)[30:80] == [700 + 10 * groups[0]] * 50
        assert sizes(viewer)[80:130] == [800 + 10 * groups[1]] * 50
        assert sizes(viewer)[130:] == [500] * 30
    assert len(seen) == 9, "every pair of groups was tried"


def test_a_viewer_that_comes_in_the_middle_gets_its_version() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    scene.play(spot_of_two(), 20)
    viewer = scene.join(key_in(1, SPOT))
    assert sizes(viewer)[-1] == 1_900
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    assert report(viewer).clean
    assert sizes(viewer) == [500] * 30 + [1_900] * 20 + [500] * 30


def test_a_viewer_that_leaves_in_the_middle_is_forgotten() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewer = scene.join(key_in(1, SPOT))
    scene.play(spot_of_two(), 20)
    assert not scene.bus.has(viewer)
    scene.bus.detach(viewer)
    assert scene.bus.viewers == 0
    scene.play(Spot(PROGRAMME, pictures(NTSC, 3)))
    assert not scene.bus.branches


def test_a_viewer_without_a_key_sees_the_spot_itself() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewer = scene.join("")
    scene.play(spot_of_two())
    assert sizes(viewer)[-59:] == [700] * 59


def test_the_slate_ends_a_split() -> None:
    """A deck fails in the middle of the spot, and the slate comes: for all."""
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewer = scene.join(key_in(1, SPOT))
    scene.play(spot_of_two(), 20)
    scene.slate(pictures(NTSC, 40, size=300))
    assert report(viewer).clean
    assert sizes(viewer)[-39:] == [300] * 39
    assert not scene.bus.branches


def test_a_card_follows_a_shorter_version() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewer = scene.join(key_in(1, SPOT))
    card = SlatePlayer(stream(40, size=99))
    scene.play(Spot(SPOT, pictures(NTSC, 150, size=700), {1: pictures(NTSC, 70, size=1_900)}, card=card))
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    assert report(viewer).clean
    assert sizes(viewer)[30:] == [1_900] * 70 + [99] * 80 + [500] * 30


def test_a_version_that_is_not_in_memory_in_time_is_replaced_by_the_spot() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewer = scene.join(key_in(1, SPOT))
    spot = Spot(SPOT, pictures(NTSC, 240, size=700), {1: pictures(NTSC, 240, size=1_900)})
    ready = spot.ready()
    del ready.pictures[1].loaded[1]
    spot.others = {}
    scene.splits.ready[SPOT] = ready
    scene.play(spot)
    assert report(viewer).clean
    assert sizes(viewer)[30:] == [1_900] * 180 + [700] * 60


def test_a_slow_viewer_of_a_group_goes_on_at_a_key_frame() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewer = scene.join(key_in(1, SPOT))
    viewer.waits = 10**9
    scene.play(spot_of_two())
    had = len(sizes(viewer))
    viewer.waits = 0
    scene.play(Spot(PROGRAMME, pictures(NTSC, 130)))
    assert len(sizes(viewer)) > had + 60
    assert scene.bus.viewers == 1
    assert not scene.bus.branches


def test_the_stream_of_a_closed_channel_ends_for_all_groups() -> None:
    scene = Scene(NTSC)
    scene.play(Spot(PROGRAMME, pictures(NTSC, 30)))
    viewers = [scene.join(key_in(group, SPOT)) for group in (0, 1)]
    scene.play(spot_of_two(), 20)
    scene.bus.close()
    assert all(viewer.closed for viewer in viewers)


airings = st.tuples(
    st.integers(30, 90),  # length
    st.integers(1, 90),  # cut after so many
    st.booleans(),  # split
    st.integers(0, 1_919),  # where its sound begins
    st.integers(0, 1_919),  # where that of the other versions begins
    st.integers(0, 6_000),  # size of the pictures of the other versions
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(airings, min_size=1, max_size=6),
    st.sampled_from(HOUSE_RATES),
    st.integers(2, 4),
    st.integers(1, 5),
    st.integers(0, 600),
)
def test_no_sequence_of_splits_leaves_a_mark(
    shown: list[tuple[int, int, bool, int, int, int]], rate: str, groups: int, flush_every: int, size: int
) -> None:
    """Any spots, split or not, whole or cut, with any sound and sizes: every viewer has a clean stream with as many
    pictures as all others, and in the end all get the same bytes."""
    frames, weights = FrameRate.parse(rate), (1.0,) * groups
    scene = Scene(frames)
    scene.play(Spot(PROGRAMME, pictures(frames, 20)))
    viewers = [scene.join(f"viewer {n}") for n in range(8)]
    for number, (length, cut, split, audio_at, others_at, others_size) in enumerate(shown):
        others = {
            n: pictures(frames, length, audio_at=(others_at * n) % 1_920, size=1 + others_size // n)
            for n in range(1, groups)
        }
        own = pictures(frames, length, audio_at=audio_at, size=1 + size)
        scene.play(Spot(Path(f"/s/{number}"), own, others if split else {}, weights), cut, flush_every=flush_every)
    scene.play(Spot(PROGRAMME, pictures(frames, 80)))
    for viewer in viewers:
        found = report(viewer, frames)
        assert found.clean
        assert found.largest_pcr_gap <= 3_600
        assert found.pictures == report(viewers[0], frames).pictures
        assert bytes(viewer.data[-12_000:]) == bytes(viewers[0].data[-12_000:])
    assert not scene.bus.branches
