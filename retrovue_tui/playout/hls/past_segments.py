"""The segments with which a lower quality begins: those that the channel itself has already.

A player that changes to a quality needs it from the place on where it plays. That is longer ago than the bus has.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.playout.hls.segmenter import Cut
from retrovue_tui.threads import HLS

if TYPE_CHECKING:
    from retrovue_tui.playout.hls.channel_hls import ChannelHls
    from retrovue_tui.playout.hls.segment import Segment
    from retrovue_tui.playout.hls.segment_folder import SegmentFolder
    from retrovue_tui.playout.output.bus import Bus
    from retrovue_tui.playout.renditions.quality_channel import OnDemandBus

    Picture = tuple[int, bool, bytes]

LOOK_S: Final = 0.02
"""The interval at which it is looked whether a segment of the channel is written (s)."""


async def take_segments(main: ChannelHls, folder: SegmentFolder, first: Segment) -> list[Segment]:
    """Take all segments of a channel into the folder of a lower quality, and return them, with the numbers that they
    get there. `first` has the first ones. The next segment is the one that is open in the channel, if that still runs.
    Empty if the file system has no hard links: the quality then begins with what the bus has."""
    there: list[Segment] = []
    here: list[Segment] = []
    discontinuities = max(0, first.discontinuity - main.segments[0].discontinuity)
    while main.running and (main.is_writing or not there or there[-1] is not main.segments[-1]):
        new = [each for each in main.segments if not there or each.sequence > there[-1].sequence]
        numbered = [
            replace(each, sequence=sequence, discontinuity=each.discontinuity + discontinuities)
            for sequence, each in enumerate(new, first.sequence + len(here))
        ]
        try:
            await (HLS.run(folder.take, main.folder, zip(new, numbered, strict=True)) if new else asyncio.sleep(LOOK_S))
        except OSError:
            return []
        there += new
        here += numbered
    return here


def pictures_since(opened: Cut | None, bus: Bus | OnDemandBus) -> tuple[Cut | None, list[Picture]]:
    """Return the pictures of a bus from the beginning of the other quality's open segment on. Those that the bus does
    not have any more are a segment of their own, with the other quality's pictures; None if none is missing."""
    if opened is None:
        return None, bus.newest(0)
    pictures = bus.newest(opened.first)
    missing = pictures[0][0] - opened.first if pictures else 0
    return Cut(opened.first, missing, opened.parts[:missing]) if missing > 0 else None, pictures
