"""Reads the codec of a video stream from its sequence parameter set (ITU-T H.264, 7.3.2.1.1)."""

from __future__ import annotations

import re
from typing import Final

from retrovue_tui.playout.mpegts.demux import elementary
from retrovue_tui.playout.mpegts.packets import PACKET, VIDEO_PID

_SPS: Final = re.compile(rb"\x00\x00\x01[\x27\x47\x67](...)", re.DOTALL)
NEAR: Final = 32
"""The number of packets that are read of a key frame: its parameter sets are in the first ones."""


def codec_of(picture: bytes) -> str | None:
    """Return the codec of a key frame as `CODECS` states it (RFC 6381, 3.3), like `avc1.4d401f`: profile, constraints
    and level. `picture`: the packets of the key frame. None if it has no parameter set."""
    found = _SPS.search(elementary(picture[: NEAR * PACKET], VIDEO_PID))
    return None if found is None else f"avc1.{found[1].hex()}"
