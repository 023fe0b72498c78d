"""Splice messages in the playlist of a channel on air: the break of the tags is the break in the pictures."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import m3u8
import threefive

from retrovue_tui.config.hls import HlsConfig
from tests.media_factory import make, numbers
from tests.playout.hls.on_air import Follower, hls_of
from tests.playout.stage import LONG, OTHER, SPOT, stage_with
from tests.playout.studio import NTSC, entry

if TYPE_CHECKING:
    from pathlib import Path

FIRST_SPOT = 2_000
"""The numbers in the pictures of spots begin here."""
FRAME_MS = 1_000 * float(NTSC.seconds(1))


async def test_breaks_have_their_messages_to_the_picture(tmp_path: Path) -> None:
    rows = [entry(make(LONG), 0, 200), entry(make(OTHER), spot=True), entry(make(LONG), 200)]
    config = HlsConfig(cue_tags=True)
    async with stage_with(tmp_path, *rows) as stage, hls_of(stage.channel, tmp_path, config) as hls:
        stage.channel.configure(replace(stage.channel.config, scte35=True))
        client = Follower(hls.service)
        await client.until(lambda: client.text.count("SCTE35-IN") == 1)
        await stage.standby()
        assert (await stage.say("break_now", spots=[str(make(SPOT))])).accepted
        await client.until(lambda: client.text.count("SCTE35-OUT") == 2)
        await stage.say("return")
        await client.until(lambda: client.text.count("SCTE35-IN") == 2)
        await client.until(lambda: client.text.count("#EXT-X-CUE-IN") == 2)
        page = await client.fetch()
    shown = [
        (segment.at_ms + FRAME_MS * number, picture is not None and picture >= FIRST_SPOT)
        for segment, data in ((client.segments[each], client.data[each]) for each in sorted(client.data))
        for number, picture in enumerate(numbers(data))
    ]
    edges = [(at, spot) for (_, before), (at, spot) in pairwise(shown) if before != spot]
    assert [spot for _, spot in edges] == [True, False, True, False]
    (tmp_path / "stream.ts").write_bytes(stage.recorder.data)
    rows_ = [each for each in page.segments[0].dateranges if each.id.startswith("break")]
    assert [bool(each.scte35_out) for each in rows_] == [True, False, True, False]
    for (begins, _), (ends, _), out, back in zip(edges[::2], edges[1::2], rows_[::2], rows_[1::2], strict=True):
        at = int(out.id.partition("-")[2])
        assert out.id == back.id
        assert abs(at - begins) < FRAME_MS / 2
        assert abs(at + 1_000 * float(out.duration) - ends) < FRAME_MS / 2
        assert out.duration == back.duration
        sent = [threefive.Cue(text) for text in (out.scte35_out, back.scte35_in)]
        assert all(each.decode() for each in sent)
        assert [each.command.out_of_network_indicator for each in sent] == [True, False]
        assert sent[0].command.splice_event_id == sent[1].command.splice_event_id
        assert bytes.fromhex(out.scte35_out[2:]) in stage.recorder.data, "the very message of the stream"
    planned = [float(each.planned_duration) for each in rows_[::2]]
    assert abs(planned[0] - float(rows_[0].duration)) < 0.002
    lines = client.text.splitlines()
    cues = [line for line in lines if line.startswith("#EXT-X-CUE") and not line.startswith("#EXT-X-CUE-OUT-CONT")]
    assert cues == [
        f"#EXT-X-CUE-OUT:{planned[0]:.3f}",
        "#EXT-X-CUE-IN",
        f"#EXT-X-CUE-OUT:{planned[1]:.3f}",
        "#EXT-X-CUE-IN",
    ]
    (tmp_path / "stream.ts").write_bytes(stage.recorder.data)


async def test_segments_keep_their_ranges_over_a_restart(tmp_path: Path) -> None:
    rows = [entry(make(LONG), 0, 90), entry(make(OTHER), spot=True), entry(make(LONG), 90)]
    config = HlsConfig(window=timedelta(minutes=5))
    async with stage_with(tmp_path, *rows) as stage:
        stage.channel.configure(replace(stage.channel.config, scte35=True))
        async with hls_of(stage.channel, tmp_path, config) as hls:
            client = Follower(hls.service)
            await client.until(lambda: client.text.count("SCTE35-IN") == 1)
            before = m3u8.loads(client.text).segments[0].dateranges
        async with hls_of(stage.channel, tmp_path, config) as hls:
            again = Follower(hls.service)
            await again.fetch()
            await asyncio.sleep(0)
            after = {each.id for each in m3u8.loads(again.text).segments[0].dateranges}
    assert {each.id for each in before} <= after
    assert "SCTE35-IN" in again.text
