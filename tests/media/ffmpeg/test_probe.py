"""FFmpeg and PyAV give the same facts about a file, so that a file that crashes PyAV can still air."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.decoding.probe import probe
from retrovue_tui.errors import MediaError
from retrovue_tui.media.ffmpeg.probe import channels, describe, exact_rate, read_banner, read_packets
from retrovue_tui.timecode import FrameRate
from tests.media_factory import names, shelf

if TYPE_CHECKING:
    from retrovue_tui.media.asset import Asset

NTSC = FrameRate(30000, 1001)
UNUSABLE = ("empty", "text", "header_only")
INEXACT = {"negative_start": 3, "song": 1}
"""In these the packets' own times are not those of the decoded frames; how many frames may be between them."""


def plain(asset: Asset) -> Asset:
    """The facts without those that do not affect the air, and that both describe in other words."""
    video = None if asset.video is None else replace(asset.video, hdr=False)
    return replace(asset, video=video, header_s=None)


@pytest.mark.parametrize("name", sorted(set(names()) - set(UNUSABLE) - INEXACT.keys()))
def test_ffmpeg_describes_a_file_as_the_prober_does(name: str) -> None:
    assert plain(describe(shelf(name))) == plain(probe(shelf(name)))


@pytest.mark.parametrize(("name", "frames"), INEXACT.items())
def test_with_odd_time_stamps_both_probes_agree_to_a_few_frames(name: str, frames: int) -> None:
    described, probed = describe(shelf(name)), probe(shelf(name))
    assert abs(described.frames(NTSC) - probed.frames(NTSC)) <= frames
    assert (described.video is None, described.audio is None) == (probed.video is None, probed.audio is None)


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_is_refused(name: str) -> None:
    with pytest.raises(MediaError):
        describe(shelf(name))


BANNER = """\
Input #0, matroska,webm, from 'film 'x', from 'y'.mkv':
  Metadata:
    title           : A film
  Duration: 01:02:03.50, start: -0.021000, bitrate: 168 kb/s
  Chapters:
    Chapter #0:0: start 0.000000, end 60.500000
      Metadata:
        title           : One: two
    Chapter #0:1: start 60.500000, end 3723.5
  Stream #0:0[0x1](eng): Video: hevc (Main 10) (hvc1 / 0x31637668), \
yuv420p10le(tv, bt2020nc/bt2020/smpte2084, top first), 1920x1080 [SAR 1:1 DAR 16:9], \
23.98 fps, 23.98 tbr, 1k tbn (default)
      Metadata:
        title           : not the film's
      Side data:
        displaymatrix: rotation of -90.00 degrees
  Stream #0:1(ger): Audio: dts (DTS-HD MA), 96000 Hz, 5.1(side), s32p (24 bit) (default)
  Stream #0:2: Subtitle: subrip
At least one output file must be specified
"""


def test_the_banner_is_read() -> None:
    found = read_banner(BANNER)
    assert (found.container, found.title) == ("matroska,webm", "A film")
    assert (found.duration, found.start) == (Fraction(7447, 2), Fraction(-21, 1000))
    assert [(each.title, each.start, each.end) for each in found.chapters] == [
        ("One: two", 0, Fraction(121, 2)), ("", Fraction(121, 2), Fraction(7447, 2)),
    ]  # fmt: skip
    picture, sound = found.streams
    assert (picture.index, picture.language, picture.kind, picture.codec) == (0, "eng", "Video", "hevc")
    assert picture.rotation == -90
    assert (sound.index, sound.language, sound.kind, sound.codec) == (1, "ger", "Audio", "dts")


def test_words_of_ffmpeg() -> None:
    layouts = {"mono": 1, "stereo": 2, "2.1": 3, "5.1(side)": 6, "7.1": 8, "7.1.4": 12, "16 channels (FL+FR)": 16}
    assert {name: channels(name) for name in layouts} == layouts
    assert [exact_rate(each) for each in ("23.98", "25", "29.97", "59.94", "12.5", "90k", "0")] == [
        Fraction(24000, 1001), 25, Fraction(30000, 1001), Fraction(60000, 1001), Fraction(25, 2), 90_000, 25,
    ]  # fmt: skip


def test_packets_without_a_time_count_with_their_length() -> None:
    nothing = -(1 << 63)
    rows = [f"0,{dts},{pts},40,100,0x0" for dts, pts in ((0, 40), (nothing, nothing), (nothing, nothing), (120, 160))]
    text = "\n".join(["#tb 0: 1/1000", "#media_type 0: video", *rows, ""])
    assert read_packets(text) == {0: (Fraction(40, 1000), Fraction(200, 1000))}
