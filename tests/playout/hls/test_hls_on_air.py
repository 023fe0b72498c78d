"""The HLS of a channel on air: what its segments contain, and when they are made."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING

import m3u8
import pytest

from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.errors import StationError
from retrovue_tui.playout.hls import channel_hls, hls_service, segment_folder
from retrovue_tui.playout.hls.segmenter import SHORTEST_S
from retrovue_tui.playout.mpegts.analyser import analyse
from tests.media_factory import make, numbers, packets
from tests.playout.hls.on_air import Follower, hls_of
from tests.playout.stage import LONG, OTHER, SPOT, film_of, in_order, stage_with
from tests.playout.studio import NTSC, entry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.playout.stage import Stage

FRAME_S = float(NTSC.seconds(1))


async def kill_the_deck(stage: Stage) -> None:
    """Kill the deck on air. The process of one that airs its last pictures may have ended; then kill the next one."""
    on_air = stage.channel.decks.on_air
    assert on_air is not None
    assert on_air.deck.pid is not None
    try:
        os.kill(on_air.deck.pid, signal.SIGKILL)
        ended = False
    except ProcessLookupError:
        ended = True
    await stage.made.until(lambda: stage.channel.decks.on_air is not on_air)
    if ended:
        await kill_the_deck(stage)


async def test_a_client_gets_the_very_bytes_of_the_stream_over_joins_a_break_and_a_killed_deck(tmp_path: Path) -> None:
    rows = [entry(make(LONG), 0, 200, id="a"), entry(make(OTHER), id="b"), entry(make(LONG), 200, id="c")]
    async with stage_with(tmp_path, *rows) as stage, hls_of(stage.channel, tmp_path) as hls:
        client = Follower(hls.service)
        await client.fetch()
        await client.until(lambda: "programme" in client.text)
        await stage.standby()
        assert (await stage.say("break_now", spots=[str(make(SPOT))])).accepted
        await client.until(lambda: client.text.count("tv.retrovue.break") == 1)
        await kill_the_deck(stage)
        before = stage.channel.splicer.frame
        await client.until(lambda: stage.channel.splicer.frame > before + 300)
        await client.until(lambda: client.text.count("tv.retrovue.programme") >= 3)
        page, viewed = await client.fetch(), stage.recorder.data
        first, last = client.segments[min(client.segments)], client.segments[max(client.segments)]
        drift = stage.channel.air_time(0)
    stream = client.stream
    # The segments are a part of the stream, byte by byte, and each begins with PAT, PMT, SDT and an IDR picture.
    earlier = max(0, stream.find(viewed[:20_000]))  # the viewer came after the slate of the start
    assert earlier < 300_000
    assert stream[earlier:] in viewed
    assert analyse(stream, NTSC).clean
    assert in_order(film_of([number for number in numbers(stream) if number is not None and number < 1_999]))
    for number, data in client.data.items():
        report = analyse(data, NTSC)
        assert report.first_pids[:4] == [0, 0x1000, 0x11, 0x100]
        assert report.pictures == client.segments[number].frames
        tracks = packets(data)
        assert tracks["video"][0][1], "the first picture is a key frame"
        assert abs(tracks["audio"][0][0] - tracks["video"][0][0]) < 9_000
        assert len(numbers(data)) == report.pictures, "it can be decoded on its own"
    # Lengths and dates are exact.
    for entry_, segment in zip(page.segments, list(client.segments.values())[-len(page.segments) :], strict=True):
        assert abs(entry_.duration - NTSC.seconds(segment.frames)) < 1e-6
    for one, other in pairwise(client.segments.values()):
        assert abs(one.at_ms / 1_000 + NTSC.seconds(one.frames) - other.at_ms / 1_000) <= FRAME_S
    frames = sum(each.frames for each in client.segments.values()) - last.frames
    assert abs((last.at_ms - first.at_ms) / 1_000 - NTSC.seconds(frames)) <= FRAME_S
    begin = round((first.at_ms / 1_000 - drift) / FRAME_S)
    assert abs(drift + NTSC.seconds(begin) - first.at_ms / 1_000) <= FRAME_S
    check_authoring_rules(client)
    # Where the break begins and ends, a segment does, or one has just begun: none is cut too short.
    starts = {each.at_ms for each in client.segments.values()}
    ranges = {each.id: each for each in page.segments[0].dateranges}
    whole = [each for each in ranges.values() if each.id.startswith("break")]
    assert len(whole) == 1
    begins_at = int(whole[0].id.partition("-")[2])
    for at in (begins_at, begins_at + 1_000 * whole[0].duration):
        assert min(at - start for start in starts if start <= at + 34) <= 1_000 * SHORTEST_S + 34


def check_authoring_rules(client: Follower) -> None:
    """The rules of Apple's HLS Authoring Specification for live streams in MPEG-TS."""
    targets = {each.target_duration for each in client.playlists}
    assert targets == {6}, "8216, 6.2.1: the target duration never changes"
    assert all(each.duration <= 6.5 for made in client.playlists for each in made.segments), "7.7"
    assert all(each.program_date_time for made in client.playlists for each in made.segments), "8.4"
    assert len(client.playlists[-1].segments) >= 6, "8.11"
    assert all(made.is_independent_segments for made in client.playlists), "9.11"
    assert not any(each.discontinuity for made in client.playlists for each in made.segments), "8.13: there is none"
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:0" in client.text, "8.17"
    assert "#EXT-X-DATERANGE" in client.text, "8.19"
    assert "#EXT-X-ENDLIST" not in client.text
    sequences = [made.media_sequence for made in client.playlists]
    assert sequences == sorted(sequences)


async def test_the_multivariant_playlist_and_a_quick_start(tmp_path: Path) -> None:
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path) as hls:
        await stage.aired(180)
        began = monotonic()
        document = await hls.service.multivariant("1", "?token=x")
        client = Follower(hls.service)
        await client.fetch()
        took = monotonic() - began
        (variant,) = m3u8.loads(document.body.decode()).playlists
        codec = (await hls.service.multivariant("1", "")).body
    assert variant.uri == "../../hls/1/index.m3u8?token=x"
    facts = variant.stream_info
    assert facts.codecs.startswith("avc1.4d"), "9.1: the profile of the real stream: main"
    assert facts.codecs.endswith(",mp4a.40.2")
    assert (facts.resolution, facts.frame_rate) == ((320, 180), 29.97), "9.2, 9.15"
    assert facts.average_bandwidth <= facts.bandwidth, "9.14"
    assert b"avc1." in codec
    assert took < 1.0
    assert len(client.segments) >= 2


async def test_no_segments_while_nobody_asks_and_new_numbers_afterwards(tmp_path: Path) -> None:
    config = HlsConfig(idle=timedelta(seconds=0.5))
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path, config) as hls:
        folder = tmp_path / "cache" / "hls" / "1"
        await stage.aired(120)
        assert not folder.exists()
        client = Follower(hls.service)
        await client.fetch()
        made = hls.service._hls["1"]
        await stage.made.until(lambda: not made.running)
        before = sorted(each.name for each in folder.iterdir())
        assert {each.name for each in client.segments.values()} <= set(before), "clients may still fetch them"
        again = Follower(hls.service)
        await again.fetch()
        assert min(again.segments) > max(client.segments) + 1
        assert not again.playlists[-1].segments[0].discontinuity
        assert analyse(again.stream, NTSC).clean


async def test_a_run_goes_on_while_a_client_waits_for_its_first_segments(tmp_path: Path) -> None:
    config = HlsConfig(idle=timedelta(seconds=0.5))
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path, config) as hls:
        await stage.aired(1)
        asked = asyncio.create_task(hls.service.media("1", ""))
        await stage.aired(100)
        page = m3u8.loads((await asked).body.decode())
    assert len(page.segments) >= 2


async def test_the_window_moves_and_old_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_hls, "LEAST", 2)
    config = HlsConfig(window=timedelta(seconds=4), target=timedelta(seconds=1))
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path, config) as hls:
        client = Follower(hls.service)
        made = hls.service
        await client.until(lambda: len(client.segments) >= 6)
        page = await client.fetch()
        assert 2 <= len(page.segments) <= 4
        assert page.media_sequence == max(client.segments) - len(page.segments) + 1
        await stage.made.until(lambda: not (made._root / "1" / client.segments[min(client.segments)].name).exists())
        kept = made._hls["1"]
        assert kept.size == sum(each.stat().st_size for each in kept.folder.path.glob("*.ts")) or kept._waiting


async def test_the_files_take_no_more_room_than_they_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_hls, "LEAST", 2)
    monkeypatch.setattr(hls_service, "TIDY_EVERY", 1)
    config = HlsConfig(cache_gb=0.0003)
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path, config) as hls:
        client = Follower(hls.service)
        await client.until(lambda: sum(map(len, client.data.values())) > 450_000)
        page, kept = await client.fetch(), hls.service._hls["1"]
        assert sum(len(client.data[page.media_sequence + n]) for n in range(len(page.segments))) <= 300_000
        await stage.made.until(lambda: kept.size <= 300_000)
        assert analyse(client.stream, NTSC).clean


async def test_a_disk_that_is_too_slow_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_hls, "MOST_WAITING", 2)
    slow = asyncio.Event()

    async def store(self: channel_hls.ChannelHls, job: channel_hls.SegmentJob) -> bool:
        await slow.wait()
        return False

    monkeypatch.setattr(channel_hls.ChannelHls, "store", store)
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path) as hls:
        with pytest.raises(StationError, match="is too slow: 2 segments wait to be written; try again"):
            await hls.service.media("1", "")
        assert not hls.service._hls["1"].running
        await stage.aired(30)
        assert analyse(stage.recorder.data, NTSC).clean


async def test_after_a_restart_the_numbers_go_on_behind_a_discontinuity(tmp_path: Path) -> None:
    async with stage_with(tmp_path / "one", entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path) as hls:
        client = Follower(hls.service)
        await client.until(lambda: len(client.segments) >= 2)
    async with stage_with(tmp_path / "two", entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path) as hls:
        known, client.service = set(client.segments), hls.service
        page = await client.fetch()
        new = [number for number in client.segments if number not in known]
    assert new[0] == max(known) + 1
    marks = [page.media_sequence + index for index, each in enumerate(page.segments) if each.discontinuity]
    assert marks == [new[0]]
    assert page.discontinuity_sequence == 0
    assert client.segments[new[0]].discontinuity == 1


async def test_a_folder_for_a_web_server_is_filled_without_a_client(tmp_path: Path) -> None:
    web = tmp_path / "www"
    web.mkdir()
    (web / "keep.html").write_text("mine")
    before = os.umask(0o077)
    try:
        config = HlsConfig(folder=web)
        async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path, config):
            await stage.made.until(lambda: (web / "1.m3u8").exists())
            (variant,) = m3u8.load(str(web / "1.m3u8")).playlists
            assert variant.uri == "1/index.m3u8"
            made = m3u8.load(str(web / variant.uri))
            for each in made.segments:
                path = web / "1" / each.uri
                assert path.stat().st_mode & 0o777 == 0o644
                assert analyse(path.read_bytes(), NTSC).clean
            assert (web / "1").stat().st_mode & 0o777 == 0o755
    finally:
        os.umask(before)
    assert (web / "keep.html").read_text() == "mine"
    assert not [each for each in (web / "1").iterdir() if ".part" in each.name]


async def test_a_full_disk_stops_hls_and_not_the_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_folder, "RESERVE", 1 << 60)
    monkeypatch.setattr(channel_hls, "RETRY_S", 0.0)
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path) as hls:
        await stage.aired(120)
        with pytest.raises(StationError, match=r"Channel 1 has no HLS now: .*the disk is full; free some space"):
            await hls.service.media("1", "")
        await stage.made.until(lambda: hls.warnings.about("hls 1") != "")
        assert "Test has no HLS: " in hls.warnings.about("hls 1")
        monkeypatch.setattr(segment_folder, "RESERVE", 0)
        client = Follower(hls.service)
        await client.fetch()
        await stage.made.until(lambda: not hls.warnings.about("hls 1"))
        assert stage.channel.state == "on_air"
        assert analyse(stage.recorder.data, NTSC).clean


async def test_hls_can_be_off(tmp_path: Path) -> None:
    off = HlsConfig(enabled=False)
    async with stage_with(tmp_path, entry(make(LONG))) as stage, hls_of(stage.channel, tmp_path, off) as hls:
        with pytest.raises(StationError, match=r"HLS is off: set enabled = true below \[hls\]"):
            await hls.service.media("1", "")
        await asyncio.wait_for(hls.task, 5)
