"""Constants and clock arithmetic of the house transport stream (ISO/IEC 13818-1).

The house multiplex is the output of FFmpeg's muxer for one video and one audio stream: PAT on PID 0, PMT on 0x1000,
H.264 on 0x100, ADTS AAC on 0x101. A channel may add splice messages on 0x86. Times are 90 kHz ticks of 33 bits. A
channel has about 2200 packets per second, so the modules of this package process whole runs of packets where they can.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Sent = Sequence[tuple[int, bool, bytes]]
"""Pictures as a bus has sent them. Each is a tuple: its number, whether it is a key frame, and the packets of its
picture and sound."""

PACKET: Final = 188
SYNC: Final = 0x47
PMT_PID: Final = 0x1000
VIDEO_PID: Final = 0x100
AUDIO_PID: Final = 0x101
SPLICE_PID: Final = 0x86
SDT_PID: Final = 0x11
CLOCK_MASK: Final = (1 << 33) - 1


def clock_distance(later: int, earlier: int) -> int:
    """Return the difference `later - earlier` of two 33-bit times that are less than 13 hours apart, even if the clock
    wraps between them."""
    return ((later - earlier + (1 << 32)) & CLOCK_MASK) - (1 << 32)


def sound_and_picture(sent: Sent, picture: int | None) -> Sent:
    """Return `sent` without the video packets, except those of the picture at index `picture`. On a bus, a picture's
    sound follows it."""
    return [each if index == picture else (each[0], each[1], _sound(each[2])) for index, each in enumerate(sent)]


def _sound(data: bytes) -> bytes:
    first = data[2::PACKET].find(AUDIO_PID & 0xFF)
    return data[first * PACKET :] if first >= 0 else b""


def newest_key(sent: Sent) -> int | None:
    """Return the index of the newest key frame."""
    return next((index for index in range(len(sent) - 1, -1, -1) if sent[index][1]), None)
