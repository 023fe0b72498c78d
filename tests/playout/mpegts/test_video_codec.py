"""The codec of a video stream, as playlists state it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.playout.mpegts.video_codec import codec_of
from tests.playout.streams import Mux, pts_bytes

AUD = b"\0\0\0\1\x09\xf0"
SLICE = b"\0\0\1\x65" + b"\xaa" * 900


def key_frame(*units: bytes) -> bytes:
    mux = Mux()
    pes = b"\0\0\1\xe0\0\0\x80\x80\x05" + pts_bytes(90_000) + b"".join(units)
    return mux.pes(0x100, pes, bytes([0x50]) + bytes(6)) + mux.audio(90_000)


@pytest.mark.parametrize(
    ("sps", "codec"), [("4d401f", "avc1.4d401f"), ("640028", "avc1.640028"), ("42c01e", "avc1.42c01e")]
)
def test_profile_constraints_and_level(sps: str, codec: str) -> None:
    assert codec_of(key_frame(AUD, b"\0\0\0\1\x67" + bytes.fromhex(sps) + b"\x96\x35", SLICE)) == codec
    assert codec_of(key_frame(b"\0\0\1\x27" + bytes.fromhex(sps), SLICE)) == codec


def test_without_a_parameter_set_there_is_none() -> None:
    assert codec_of(key_frame(AUD, SLICE)) is None
    assert codec_of(b"") is None


@given(st.binary(max_size=2_000))
def test_any_bytes_do_no_harm(data: bytes) -> None:
    codec_of(key_frame(data))
