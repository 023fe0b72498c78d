"""The parts of a stream of the past, without a channel: its pace, the reader of pieces, the slate while it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.playout.catchup import past_stream, piece_reader
from retrovue_tui.playout.catchup.pacer import Pacer
from retrovue_tui.playout.catchup.past_source import Step
from retrovue_tui.playout.catchup.past_stream import PastStream
from retrovue_tui.playout.catchup.piece_reader import PieceReader
from retrovue_tui.playout.mpegts.access_units import PictureAssembler
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.playout.output.slate_player import SlatePlayer
from retrovue_tui.playout.output.splicer import Splicer
from retrovue_tui.timecode import FrameRate
from tests.playout.catchup.past import at_once
from tests.playout.streams import stream

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.playout.mpegts.access_units import CodedPicture

NTSC = FrameRate(30_000, 1_001)


def test_the_pace_is_real_time_after_the_burst() -> None:
    now = 100.0
    pacer = Pacer(NTSC, 5.5, lambda: now)
    assert pacer.wait_s(0, 15) == 0.0
    assert pacer.wait_s(149, 15) == 0.0  # 164 pictures are 5.47 s
    assert pacer.wait_s(150, 15) == pytest.approx(0.0055, abs=1e-4)
    now = 101.0
    assert pacer.wait_s(150, 15) == 0.0
    assert pacer.wait_s(180, 15) == pytest.approx(0.0065, abs=1e-4)
    now = 160.0  # the client has paused; it does not get a minute at once
    assert pacer.lead_s(180) == 0.0
    assert pacer.wait_s(180, 15) == 0.0
    assert pacer.wait_s(180 + 165, 15) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("part", [100, 1_000, 1_000_000])
async def test_a_piece_is_read_from_a_key_frame_on(tmp_path: Path, part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_reader, "PART", part)
    path = tmp_path / "000000.ts"
    path.write_bytes(data := stream(20, gop=8))
    for number, key in ((0, 0), (7, 0), (8, 8), (13, 8), (19, 16), (50, 16)):
        reader = await PieceReader.open(path, at_once)
        assert await reader.seek(number) == key
        rest = []
        while True:
            if (picture := reader.pop()) is not None:
                rest.append(bytes(picture.video.packets))
            elif not await reader.read():
                break
        reader.close()
        assert rest == all_of(data)[key:], number


def all_of(data: bytes) -> list[bytes]:
    assembler = PictureAssembler()
    assembler.feed(data)
    assembler.finish(complete=True)
    return [bytes(picture.video.packets) for picture in iter(assembler.pop, None)]


class Waiting:
    """A source with half a second of pictures, which then waits for a render, and then goes on and ends."""

    def __init__(self, waits: int) -> None:
        self.waits = waits
        self.aired_at = 1_000.0
        self.closed = False
        self._pictures = self._more()

    def _more(self) -> PictureAssembler:
        assembler = PictureAssembler()
        assembler.feed(stream(15))
        assembler.finish(complete=True)
        return assembler

    def pop(self) -> CodedPicture | None:
        return self._pictures.pop()

    async def advance(self) -> Step:
        if self.waits == 0:
            return Step.END
        self.waits -= 1
        if self.waits == 0:
            self._pictures = self._more()
            return Step.MORE
        return Step.RENDERING

    def close(self) -> None:
        self.closed = True


async def all_parts(source: Waiting, pacer: Pacer | None, slate: SlatePlayer | None) -> bytes:
    made = PastStream(
        source, Splicer(NTSC, "Test"), pacer=pacer, slate=lambda: slate, turn=at_once, off_air=lambda: False  # type: ignore[arg-type]  # a stand-in
    )  # fmt: skip
    parts = []
    while (part := await made.next()) is not None:
        parts.append(part)
    made.close()
    assert source.closed
    return b"".join(parts)


async def test_while_a_piece_is_rendered_the_slate_goes_on_in_the_same_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_stream, "RENDER_EVERY_S", 0.0)
    slate = SlatePlayer(stream(60))
    paced = analyse(await all_parts(Waiting(5), Pacer(NTSC, 5.5), slate), NTSC)
    assert paced.clean
    assert 30 < paced.pictures <= 30 + 4 * 15
    assert (paced.pictures - 30) % 15 == 0
    unpaced = analyse(await all_parts(Waiting(5), None, slate), NTSC)
    assert (unpaced.clean, unpaced.pictures) == (True, 30)
    alone = analyse(await all_parts(Waiting(5), Pacer(NTSC, 5.5), None), NTSC)
    assert (alone.clean, alone.pictures) == (True, 30)
