"""The segments of a channel without a station: what is written is removed again, whenever a run ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.playout.channel.other_versions import OtherVersions, Side
from retrovue_tui.playout.hls.channel_hls import ChannelHls, SegmentJob
from retrovue_tui.playout.hls.segment import Segment
from retrovue_tui.playout.hls.segment_folder import SegmentFolder
from retrovue_tui.playout.hls.segmenter import Cut
from tests.playout.studio import NTSC

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RUN = "0" * 12


class EndingFolder(SegmentFolder):
    """A folder in which the run ends while a group's segment is written."""

    hls: ChannelHls

    def write(self, segment: Segment, parts: Sequence[bytes]) -> None:
        super().write(segment, parts)
        if segment.version:
            self.hls._run = ""


async def test_segments_of_groups_are_removed_with_the_run_that_ended_while_they_were_written(tmp_path: Path) -> None:
    now = [1_795_000_000.0]
    channel: Any = SimpleNamespace(
        id="1", house=SimpleNamespace(rate=NTSC), air_time=lambda frame: now[0], listeners=[], splice_listeners=[],
        airing=None, planner=SimpleNamespace(entries=()), versions=OtherVersions(),
    )  # fmt: skip
    folder = EndingFolder(tmp_path, "1")
    folder.load()
    hls = folder.hls = ChannelHls(channel, HlsConfig(), folder, lambda job: None, lambda: 10**9, lambda: now[0])
    hls._run, hls._loaded = RUN, True
    segment = Segment(7, 0, 1, round(now[0] * 1_000), RUN, 3)
    job = SegmentJob(hls, segment, Cut(0, 1, [b"all"]), {(Side(1, 1),): [b"other"]})
    assert not await hls.store(job)
    assert len([*folder.path.glob("*.ts")]) == 2, "who has the playlist may still ask for them"
    now[0] += 10 * HlsConfig().window.total_seconds()
    await hls.tidy()
    assert not [*folder.path.glob("*.ts")]
    assert not hls.others
