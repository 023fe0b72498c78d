"""The parts of an output that need no FFmpeg."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from retrovue_tui.config.output import OutputConfig
from retrovue_tui.media.ffmpeg.locate import FFmpeg
from retrovue_tui.playout.event_log import EventLog
from retrovue_tui.playout.output.bus import BACKLOG_LIMIT, PATIENCE_S, Bus
from retrovue_tui.playout.push.fault_text import LONGEST, clean_message, fault_text
from retrovue_tui.playout.push.ffmpeg_args import needed_kbps, push_command
from retrovue_tui.playout.push.output_events import OutputEvents
from retrovue_tui.playout.push.pipe_viewer import PipeViewer
from retrovue_tui.playout.push.push_process import PushProcess
from retrovue_tui.playout.push.restart_delay import RestartDelay
from retrovue_tui.timecode import FrameRate
from tests.playout.studio import small_house

FFMPEG = FFmpeg(Path("/bin/ffmpeg"), "7.0", frozenset())
RTMP = OutputConfig("rtmp://user:password@live.example/app/stream-key-1?token=abcd", "live")


def words(url: str, kbps: int | None = None) -> list[str]:
    return push_command(FFMPEG, OutputConfig(url, "x", kbps), small_house(), "One")


def test_each_scheme_has_its_muxer_and_nothing_is_encoded() -> None:
    assert words(RTMP.url)[-5:] == ["-f", "flv", "-flvflags", "no_duration_filesize", RTMP.url]
    assert words("srt://a:1")[-3:] == ["-f", "mpegts", "srt://a:1?pkt_size=1316"]
    assert words("srt://a:1?pkt_size=188&latency=9")[-1] == "srt://a:1?pkt_size=188&latency=9", "what is written stays"
    assert words("rtp://a:2", 900)[-5:-1] == [
        "-mpegts_muxer_options", "muxrate=900k:pcr_period=20:pes_payload_size=0", "-f", "rtp_mpegts",
    ]  # fmt: skip
    padded = words("udp://a:2", 900)
    assert padded[padded.index("-muxrate") + 1] == "900k"
    assert padded[-1].startswith("udp://a:2?pkt_size=1316&bitrate=913500&")
    for url in (RTMP.url, "srt://a:1", "udp://a:2", "rtp://a:2"):
        assert words(url)[words(url).index("-c") + 1] == "copy"
    assert needed_kbps(small_house()) == 561


def test_delays_grow_and_begin_again_after_a_healthy_minute() -> None:
    delay = RestartDelay()
    assert [delay.failed(59.0) for _ in range(9)] == [1, 2, 5, 10, 20, 30, 60, 60, 60]
    assert [delay.failed(60.0), delay.failed(0.0)] == [1, 2]


def test_failures_in_a_row_are_one_event_and_a_flapping_receiver_one_a_minute() -> None:
    now, log = [100.0], EventLog()
    channel: Any = SimpleNamespace(id="1", config=SimpleNamespace(name="One"))
    events = OutputEvents(log, channel, RTMP, lambda: now[0])
    for _ in range(3):
        events.failed("it refuses", 1.0)
    events.sending(5.0)
    for _ in range(20):
        now[0] += 5.0
        events.sending(15.0)
        events.failed("it refuses", 1.0)
    texts = [each.message for each in log.after(0)]
    assert texts[0] == "One: output 'live' does not send: it refuses; the station tries again until it works"
    assert texts[1] == "One: output 'live' sends again"
    assert len(texts) == 4
    assert {each.data["url"] for each in log.after(0)} == {"rtmp://…@live.example/app/…"}


@pytest.mark.parametrize(
    ("messages", "meaning"),
    [
        (["[tcp @ 0x1] Connection to tcp://a:1 failed: Connection refused", "Error opening output files"],
         "the receiver refuses the connection"),
        (["[tcp @ 0x1] Failed to resolve hostname a.b: Name or service not known"],
         "the name of the receiver is not known"),
        (["12:00:00.1/SRT:RcvQ:w1!W:SRT.cn: @1: rejecting per reception of a rejection HS response: ERROR:BADSECRET"],
         "the receiver refuses the passphrase"),
        (["[srt @ 0x1] Connection to srt://a:1?x=y failed: Input/output error", "Error opening output files"],
         "the receiver does not answer"),
        (["[vost#0:0/copy @ 0x1] Error submitting a packet to the muxer: Input/output error", "Error closing file"],
         "the connection broke"),
        ([], "FFmpeg ended without a message"),
    ],
)  # fmt: skip
def test_known_messages_have_a_meaning(messages: list[str], meaning: str) -> None:
    assert fault_text(messages, RTMP) == meaning


def test_messages_are_short_and_have_no_secrets() -> None:
    text = fault_text(
        [f"[out#0/flv @ 0x5] Odd thing with {RTMP.url} and password and stream-key-1\x1b[2J" + "x" * 900], RTMP
    )
    assert text.startswith("Odd thing with rtmp://…@live.example/app/… and … and")
    assert len(text) == LONGEST
    assert "password" not in text
    assert "stream-key" not in text
    assert "\x1b" not in clean_message("a\x1b[2J", RTMP)


async def test_a_process_that_reads_nothing_costs_bounded_memory_and_is_closed() -> None:
    now = [0.0]
    bus = Bus(FrameRate(30), clock=lambda: now[0])
    process = await PushProcess.start(["/bin/sleep", "60"], "stuck")
    bus.attach(process.viewer, audience=False)
    most = 0
    for frame in range(1_500):
        bus.push(frame, b"G" * 18_800, key=frame % 60 == 0)
        bus.flush()
        most = max(most, process.viewer.backlog())
        now[0] += PATIENCE_S / 300
    assert most <= max(BACKLOG_LIMIT, 2 * 18_800 * 240) + 18_800
    assert process.viewer.closed
    assert (bus.receivers, bus.viewers) == (0, 0)
    async with asyncio.timeout(5):
        await process.end()
    assert process.viewer.backlog() == 0


def test_a_gap_in_the_stream_is_not_the_fault_of_the_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("retrovue_tui.playout.push.pipe_viewer.monotonic", lambda: now[0])
    pipe: Any = SimpleNamespace(is_closing=lambda: False, write=lambda data: None, get_write_buffer_size=lambda: 2)
    viewer = PipeViewer("x", pipe)
    for step, since in ((0.0, 100.0), (0.5, 100.0), (1.0, 100.0), (30.0, 131.5), (0.1, 131.5)):
        now[0] += step
        viewer.write(b"abc")
        assert viewer.flowing_since == since
    assert viewer.taken() == 13
