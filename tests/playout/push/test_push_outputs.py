"""Outputs that send to real receivers on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import threefive

from retrovue_tui.config.output import OutputConfig
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.playout.mpegts.analyser import StreamReport, analyse
from retrovue_tui.playout.push import push_output
from retrovue_tui.playout.push.push_service import PushService
from tests.playout.studio import NTSC, Studio, studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrovue_tui.protocol.answers.snapshots import PushedOutput

KEY = "key-that-nobody-may-see"
SPLICES = b"\x40\x86"
"""The first packet of a splice message has these bytes after the first."""
PHRASE = "a-phrase-that-nobody-may-see"


@dataclass
class Pushing:
    """A channel that shows its slate, and the service that pushes it."""

    made: Studio
    service: PushService

    def configure(self, *outputs: OutputConfig) -> None:
        self.made.channel.configure(replace(self.made.channel.config, outputs=outputs))

    def outputs(self) -> dict[str, PushedOutput]:
        return {each.name: each for each in self.service.completed(self.made.channel.snapshot()).outputs}

    def is_in(self, name: str, state: str) -> bool:
        return name in self.outputs() and self.outputs()[name].state == state

    async def until(self, name: str, state: str) -> PushedOutput:
        await self.made.until(lambda: self.is_in(name, state))
        return self.outputs()[name]

    async def fault(self, name: str) -> str:
        """Wait until an output has failed, and return why."""
        await self.made.until(lambda: name in self.outputs() and bool(self.outputs()[name].fault))
        return self.outputs()[name].fault

    def shown(self) -> str:
        """All that a client can see."""
        return repr((self.service.completed(self.made.channel.snapshot()), self.made.events.after(0)))


@contextlib.asynccontextmanager
async def pushing(folder: Path, *outputs: OutputConfig) -> AsyncIterator[Pushing]:
    async with studio(folder) as made:
        ffmpeg = await asyncio.to_thread(find_ffmpeg)
        station: Any = SimpleNamespace(channels={"1": made.channel}, events=made.events, ffmpeg=ffmpeg)
        scene = Pushing(made, PushService(station))
        scene.configure(*outputs)
        made.channel.start((), made.channel.position)
        task = asyncio.create_task(scene.service.run())
        try:
            yield scene
        finally:
            task.cancel()
            await asyncio.wait((task,))
            assert not pushers()


def pushers(address: str = "") -> set[int]:
    """The FFmpegs of outputs that this process has started, and that send to an address."""
    found = set()
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "pipe:0" in each.cmdline() and address in each.cmdline()[-1]:
                found.add(each.pid)
    return found


@dataclass
class Receiver(asyncio.DatagramProtocol):
    """A socket that keeps what it receives, and when."""

    parts: list[tuple[float, bytes]] = field(default_factory=list)

    def datagram_received(self, data: bytes, _: object) -> None:
        self.parts.append((monotonic(), data))

    @property
    def data(self) -> bytes:
        return b"".join(data for _, data in self.parts)

    @property
    def span(self) -> float:
        return self.parts[-1][0] - self.parts[0][0] if self.parts else 0.0


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[tuple[int, Receiver]]:
    transport, made = await asyncio.get_running_loop().create_datagram_endpoint(Receiver, ("127.0.0.1", 0))
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
    try:
        yield transport.get_extra_info("sockname")[1], made
    finally:
        transport.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def listener(url: str, file: Path) -> AsyncIterator[None]:
    """An FFmpeg that receives a stream and writes it to a file."""
    option = ("-listen", "1") if url.startswith("rtmp") else ()
    process = await asyncio.create_subprocess_exec(
        find_ffmpeg().path, "-v", "error", "-y", *option, "-i", url, "-c", "copy", "-flush_packets", "1", "-f",
        "mpegts", file, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def packets(data: bytes) -> list[bytes]:
    return [data[at : at + 188] for at in range(0, len(data), 188)]


def without_padding(data: bytes) -> tuple[bytes, int]:
    """A stream without its null packets, and their number."""
    kept = [each for each in packets(data) if each[1:3] != b"\x1f\xff"]
    return b"".join(kept), len(data) // 188 - len(kept)


def clocks(data: bytes) -> list[tuple[int, float]]:
    """The offset and the time (s) of each PCR."""
    found = []
    for number, each in enumerate(packets(data)):
        if each[3] & 0x20 and each[4] and each[5] & 0x10:
            value = int.from_bytes(each[6:12], "big")
            found.append((number * 188, ((value >> 15) * 300 + (value & 511)) / 27e6))
    return found


def whole(report: StreamReport, pictures: int) -> bool:
    return report.clean and report.pictures >= pictures and report.key_frames > 0 and report.largest_pcr_gap <= 3_600


async def test_splice_messages_reach_the_receiver(tmp_path: Path) -> None:
    async with receiver() as (port, plain), receiver() as (other, padded):
        outputs = [OutputConfig(f"udp://127.0.0.1:{port}", "a"), OutputConfig(f"udp://127.0.0.1:{other}", "b", 2_000)]
        async with pushing(tmp_path) as scene:
            channel = scene.made.channel
            channel.configure(replace(channel.config, scte35=True, outputs=tuple(outputs)))
            viewed = scene.made.record()
            await scene.made.until(lambda: any(each[1:3] == SPLICES for each in packets(plain.data)), timeout=60)
            await scene.made.until(lambda: plain.span > 6 and padded.span > 6)
            assert [each.state for each in scene.outputs().values()] == ["sending"] * 2
            assert scene.outputs()["a"].kbps > 0
        data = plain.data
    assert data[:200_000] in viewed.data, "the very bytes of the channel"
    assert {len(each) for _, each in plain.parts[:-1]} == {1_316}
    assert analyse(data, NTSC).clean
    sections = [each[5:] for each in packets(data) if each[1:3] == SPLICES]
    assert all(threefive.Cue(each).decode() for each in sections)
    assert b"CUEI" in packets(data)[1], "the tables register the messages"


async def test_datagrams_carry_the_whole_stream_and_a_constant_bitrate_is_constant(tmp_path: Path) -> None:
    async with receiver() as (one, plain), receiver() as (two, padded), receiver() as (three, rtp):
        urls = (f"udp://127.0.0.1:{one}", f"udp://127.0.0.1:{two}", f"rtp://127.0.0.1:{three}")
        outputs = [
            OutputConfig(url, name, rate) for url, name, rate in zip(urls, "abc", (None, 2_000, 1_000), strict=True)
        ]
        async with pushing(tmp_path, *outputs) as scene:
            await scene.made.until(lambda: all(each.span > 6 for each in (plain, padded, rtp)))
            now = scene.outputs()
            assert [each.state for each in now.values()] == ["sending"] * 3
            assert scene.made.channel.bus.viewers == 0
            assert scene.made.channel.bus.receivers == 3
            assert now["b"].kbps == pytest.approx(2_000, rel=0.1)
        report = analyse(plain.data, NTSC)
        assert whole(report, 150)
        assert report.key_frames * 60 >= report.pictures, "the first picture is a key frame"
        assert {len(data) for _, data in plain.parts} <= {188 * count for count in range(1, 8)}
        media, nulls = without_padding(padded.data)
        assert whole(analyse(media, NTSC), 150)
        assert nulls > len(media) // 188
        (start, begin), *_, (end, stop) = clocks(padded.data)
        assert (end - start) / 125 / (stop - begin) == pytest.approx(2_000, rel=0.02)
        late = [(at, len(data)) for at, data in padded.parts if at > padded.parts[0][0] + 1]
        received = sum(size for _, size in late) / 125 / (late[-1][0] - late[0][0])
        assert received == pytest.approx(2_000, rel=0.1), "a busy machine sends less evenly"
        numbers = [int.from_bytes(data[2:4], "big") for _, data in rtp.parts]
        assert {(later - earlier) & 0xFFFF for earlier, later in pairwise(numbers)} == {1}
        assert {(data[0] >> 6, data[1] & 0x7F) for _, data in rtp.parts} == {(2, 33)}
        media, nulls = without_padding(b"".join(data[12:] for _, data in rtp.parts))
        assert nulls
        assert whole(analyse(media, NTSC), 150)


async def test_a_receiver_that_comes_late_and_dies_is_sent_to_again(tmp_path: Path) -> None:
    url = f"rtmp://127.0.0.1:{free_port()}/live/{KEY}"
    async with pushing(tmp_path, OutputConfig(url, "rtmp")) as scene:
        assert await scene.fault("rtmp") == "the receiver refuses the connection"
        assert "output 'rtmp' does not send: the receiver refuses the connection" in scene.shown()
        for name in ("one.ts", "two.ts"):
            async with listener(url, tmp_path / name):
                sending = await scene.until("rtmp", "sending")
                await scene.made.until(lambda file=tmp_path / name: file.exists() and file.stat().st_size > 30_000)  # type: ignore[misc]
            await scene.until("rtmp", "waiting")
        assert sending.restarts >= 2
        assert sending.bytes > 0
        assert scene.made.channel.state == "slate"
        assert KEY not in scene.shown()
        assert [each.kind for each in scene.made.events.after(0)].count("output") == 1, (
            "failures in a row are one event"
        )
    for name in ("one.ts", "two.ts"):
        data = (tmp_path / name).read_bytes()
        report = analyse(data[: len(data) // 188 * 188], NTSC)
        assert report.pictures > 10
        assert (report.cc_errors, report.late_pes) == (0, 0)
        assert report.largest_video_error <= 90, "RTMP counts milliseconds"


async def test_srt_is_encrypted_and_a_wrong_passphrase_is_named(tmp_path: Path) -> None:
    right, wrong = free_port(), free_port()
    there = f"srt://127.0.0.1:{{}}?mode=listener&passphrase={PHRASE}"
    outputs = (
        OutputConfig(f"srt://127.0.0.1:{right}?passphrase={PHRASE}", "right"),
        OutputConfig(f"srt://127.0.0.1:{wrong}?passphrase=not-the-right-one", "wrong"),
    )
    file = tmp_path / "srt.ts"
    async with (
        listener(there.format(right), file),
        listener(there.format(wrong), tmp_path / "wrong.ts"),
        pushing(tmp_path, *outputs) as scene,
    ):
        await scene.until("right", "sending")
        await scene.made.until(lambda: file.exists() and file.stat().st_size > 60_000)
        assert await scene.fault("wrong") == "the receiver refuses the passphrase"
        assert PHRASE not in scene.shown()
    data = file.read_bytes()
    report = analyse(data[: len(data) // 188 * 188], NTSC)
    assert report.pictures > 20
    assert (report.cc_errors, report.video_jumps) == (0, 0)


async def test_a_receiver_that_never_answers_is_given_up_and_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_output, "CONNECT_S", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"rtmp://127.0.0.1:{silent.getsockname()[1]}/live/{KEY}"
        async with receiver() as (port, other):
            config = OutputConfig(f"udp://127.0.0.1:{port}", "other")
            async with pushing(tmp_path, OutputConfig(address, "silent"), config) as scene:
                recorder = scene.made.record()
                assert await scene.fault("silent") == "no connection within 2 s"
                await scene.until("other", "sending")
                first = pushers(config.url)
                assert len(first) == 1
                scene.configure(config, OutputConfig("ftp-is-not-known://x:1", "impossible"))
                failed = await scene.until("impossible", "failed")
                assert "cannot send to ftp-is-not-known" in failed.fault
                await scene.made.until(lambda: "silent" not in scene.outputs())
                assert pushers() == first, "the output that stays goes on"
                await scene.made.until(lambda: other.span > 2)
                scene.configure(config, OutputConfig(f"udp://127.0.0.1:{port}", "low", 100))
                assert "it needs" in (await scene.until("low", "failed")).fault
                await scene.made.channel.stop()
                await scene.made.until(lambda: not pushers())
    assert recorder.longest_silence < 1
    assert analyse(recorder.data, NTSC).clean
