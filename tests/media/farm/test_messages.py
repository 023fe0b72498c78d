"""The messages between a station and a farm: plain values, checked on both sides."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.asset import Asset, AudioFacts, Chapter, VideoFacts
from retrovue_tui.media.asset_json import asset_from_json, asset_to_json
from retrovue_tui.media.farm.farm import python_environment
from retrovue_tui.media.farm.messages import Delivered, Message, read_message
from retrovue_tui.media.farm.path_maps import mapped, mapped_asset
from retrovue_tui.media.farm.reconnect import Delay
from retrovue_tui.media.farm.render_order import OrderError, RenderOrder
from retrovue_tui.media.rendering.arguments.render_filters import Range
from retrovue_tui.media.rendering.piece_index import Piece
from tests.media.rendered import house

FILM = Asset(
    Path("/srv/media/a b.mkv"), "k1-2", 900, 7, Fraction(1001, 30),
    VideoFacts(0, "h264", 320, 180, Fraction(25), Fraction(1, 3)),
    AudioFacts(1, "aac", 48_000, 2, Fraction(0), Fraction(30)), (Chapter(Fraction(0), Fraction(9), "One"),), "Ä \udcff",
    tags=(("title", "x"),),
)  # fmt: skip
JOINED = replace(FILM, video=None, span=None, parts=(replace(FILM, span=(0, 9)), replace(FILM, audio=None)))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
KINDS = st.sampled_from(
    ["alive", "connected", "away", "started", "advanced", "delivered", "refused", "ended", "closed", "?"]
)
NAMES = ("order", "workers", "reason", "machine", "frame", "fps", "speed", "out_time_s", "first", "frames", "bytes",
         "edge", "end", "code", "short", "stalled", "words", "lost")  # fmt: skip


@given(st.fixed_dictionaries({"kind": KINDS}, optional=dict.fromkeys(NAMES, VALUES)) | VALUES)
def test_any_message_is_read_or_refused(data: object) -> None:
    try:
        message = read_message(data)
    except ValueError:
        return
    assert isinstance(message, Message)


def test_a_delivery_is_read_exactly() -> None:
    line = '{"kind": "delivered", "order": "a1", "first": 180, "frames": 180, "bytes": 9, "edge": false, "end": 360}'
    assert read_message(json.loads(line)) == Delivered("a1", Piece(180, 180, 9), False, 360)
    for name, value in (("first", -1), ("bytes", True), ("end", "360"), ("frames", 1.5), ("order", None)):
        with pytest.raises(ValueError, match="invalid message"):
            read_message(json.loads(line) | {name: value})


def test_an_order_survives_the_way_and_another_version_is_refused() -> None:
    for asset in (FILM, JOINED):
        assert asset_from_json(json.loads(json.dumps(asset_to_json(asset)))) == asset
        wanted = Range(180, 720, -3.25, True, keys=(200, 300))
        order = RenderOrder("a1", Path("/cache/x"), asset, house("60000/1001", None), wanted, 900, True)
        data = json.loads(json.dumps(order.to_json()))
        assert RenderOrder.from_json(data) == order
        with pytest.raises(OrderError, match=r"the station is version 9\.9"):
            RenderOrder.from_json({**data, "version": "9.9"})
        for name in ("asset", "house", "wanted", "length", "folder"):
            with pytest.raises(OrderError):
                RenderOrder.from_json({**data, name: None} if name != "folder" else {**data, name: 7})


def test_the_longest_folder_of_a_path_is_replaced() -> None:
    maps = (("/srv", "/mnt/srv"), ("/srv/media", "/m"), ("/", "/root"))
    assert mapped(Path("/srv/media/a b.mkv"), maps) == Path("/m/a b.mkv")
    assert mapped(Path("/srv/mediathek/x"), maps) == Path("/mnt/srv/mediathek/x")
    assert mapped(Path("/x"), maps) == Path("/root/x")
    assert mapped(Path("/srv/media"), maps[1:2]) == Path("/m")
    assert mapped(Path("/other"), maps[:2]) == Path("/other")
    moved = mapped_asset(JOINED, maps)
    assert [each.path for each in (moved, *moved.parts)] == [Path("/m/a b.mkv")] * 3


def test_the_delay_grows_to_half_a_minute() -> None:
    delay = Delay()
    assert [delay.next() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    delay.reset()
    assert delay.next() == 0.5


def test_the_station_does_not_load_dask() -> None:
    code = "import sys, retrovue_tui.playout.station; print([n for n in ('distributed', 'dask') if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=python_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
