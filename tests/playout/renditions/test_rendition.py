"""A lower quality that shows the channel's own pictures, without a deck."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from retrovue_tui.media.house_format import HouseFormat
from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.output.bus import Bus
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.playout.renditions.rendition import Rendition
from retrovue_tui.timecode import HOUSE_RATES, FrameRate
from tests.playout.streams import stream

if TYPE_CHECKING:
    from retrovue_tui.playout.channel.channel import Channel
    from retrovue_tui.playout.renditions.lower_pieces import LowerPieces


@pytest.mark.parametrize("rate", HOUSE_RATES)
def test_the_channels_own_pictures_make_the_channels_own_stream(rate: str) -> None:
    house = HouseFormat.of("480p", FrameRate.parse(rate))
    channel = SimpleNamespace(splicer=Splicer(house.rate, "Retro One"), house=house, bus=Bus(house.rate), followers=[])
    rendition = Rendition(cast("Channel", channel), cast("LowerPieces", SimpleNamespace(house=house)))
    source = PictureAssembler()
    source.feed(stream(75, step=house.rate.ticks(1), size=1_500))
    source.finish(complete=True)
    frame = 0
    while (picture := source.pop()) is not None:
        channel.bus.push(frame, channel.splicer.splice(picture), key=picture.video.key)
        for follower in channel.followers:
            follower(frame, picture, None, b"")
        frame += 1
    assert rendition.other_frames == 75
    for bus in (channel.bus, rendition.bus):
        assert analyse(bus.recent(0, frame), house.rate).clean
    assert rendition.bus.recent(0, frame) == channel.bus.recent(0, frame)
