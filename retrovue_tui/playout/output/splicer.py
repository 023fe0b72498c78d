"""The splicer: makes one continuous transport stream from the pictures of one source after another.

The output's clock is a count of pictures. Each incoming picture is the next outgoing one, whatever its own time stamp,
so the time stamps of video cannot jump. Audio is placed by its distance from its picture. It may be up to half an AAC
frame from its true time, because audio frames are indivisible and rarely end where a picture does. The error of each
frame is measured against its true time, so errors never accumulate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.house_format import AAC_TICKS
from retrovue_tui.playout.mpegts.mux import audio_packets, pcr_packet, stamp_audio, stamp_video
from retrovue_tui.playout.mpegts.packets import (
    AUDIO_PID,
    CLOCK_MASK,
    PACKET,
    PMT_PID,
    SDT_PID,
    VIDEO_PID,
    clock_distance,
)
from retrovue_tui.playout.mpegts.psi import ProgramTables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.playout.mpegts.access_units import CodedPicture
    from retrovue_tui.playout.mpegts.demux import VideoUnit
    from retrovue_tui.timecode import FrameRate

LEAD: Final = 18_000
"""How much earlier a picture's PCR is than its presentation time, in ticks: 200 ms, so that nothing reaches a decoder
late."""
START: Final = 90_000
"""The time of the first picture, in ticks."""
SLACK: Final = AAC_TICKS // 2 + 40
"""The largest error of audio in ticks: half an AAC frame, plus a few ticks so that rounding never moves a frame except
at joins."""
TABLES_EVERY_S: Final = 0.4
LONGEST_WITHOUT_PCR_S: Final = 0.036
LONGEST_FILL: Final = 6 * AAC_TICKS
"""The longest gap in the audio that is filled with silence, in ticks. More silence would arrive too late, because the
PCR is only `LEAD` earlier."""
_SILENCE: Final = bytes.fromhex("210049900219002380")
"""A raw AAC-LC frame of two silent channels (ISO/IEC 14496-3, 4.4.2.1: one channel pair element, then the end
element)."""


@dataclass(slots=True)
class AudioFigures:
    """The errors in the placement of audio, that is, its distances from its true time; in ticks."""

    largest_error: int = 0


class Splicer:
    """Stamps the pictures of all sources into one stream. `frame` is the number of the next outgoing picture."""

    def __init__(self, rate: FrameRate, name: str, number: int = 1, start: int = START) -> None:
        self.rate = rate
        self.frame = 0
        self.audio = AudioFigures()
        self.splices_listed = False
        self._start = start
        self._tables = ProgramTables(name, number)
        self._tables_every = max(1, int(rate.fraction * TABLES_EVERY_S))
        self._tables_due = 0
        self._extra_pcr = rate.ticks(1) > LONGEST_WITHOUT_PCR_S * 90_000
        self._video_counter = 0
        self._audio_counter = 0
        self._next_audio: int | None = None

    def pts(self, frame: int) -> int:
        """Return the presentation time of an outgoing picture, in ticks of 33 bits."""
        return (self._start + self.rate.ticks(frame)) & CLOCK_MASK

    @property
    def counters(self) -> dict[int, int]:
        """The continuity counter of the next packet with payload, by PID; without that of splice messages, which come
        with their counters."""
        tables = dict.fromkeys((0, PMT_PID, SDT_PID), self._tables.counter)
        return {**tables, VIDEO_PID: self._video_counter, AUDIO_PID: self._audio_counter}

    @property
    def audio_due(self) -> int | None:
        """When the next audio frame is due, in ticks: where the audio so far ends. None before the first one."""
        return self._next_audio

    def list_splices(self, listed: bool) -> None:
        """List the stream of splice messages in the tables from the next picture on, or no longer."""
        self.splices_listed = listed
        self._tables.list_splices(listed)
        self._tables_due = self.frame

    def splice(self, picture: CodedPicture, messages: bytes = b"") -> bytes:
        """Return the picture and its audio as the next part of the stream. The time stamps and counters of the packets
        are changed in place; none is added to the picture. `messages` are packets of splice messages, which the stream
        carries before the picture."""
        now = self._start + self.rate.ticks(self.frame)
        source_time = picture.video.pts
        parts: list[bytes | bytearray] = []
        if picture.video.key or self.frame >= self._tables_due:
            parts.append(self._tables.packets())
            self._tables_due = self.frame + self._tables_every
        if messages:
            parts.append(messages)
        parts.append(self._video(picture.video, now))
        for unit in picture.audio:
            true_time = now + clock_distance(unit.pts, source_time)
            if self._next_audio is not None and true_time - self._next_audio > SLACK:
                parts += self._fill(true_time, self._next_audio, unit.adts)
            at = self._place(true_time, unit.frames)
            if at is not None:
                packets, self._audio_counter = stamp_audio(unit, self._audio_counter, at & CLOCK_MASK)
                parts.append(packets)
        self.frame += 1
        return b"".join(parts)

    def _video(self, unit: VideoUnit, now: int) -> bytearray:
        counter = self._video_counter
        packets, self._video_counter = stamp_video(unit, counter, now, now - LEAD)
        if self._extra_pcr:
            half = (self.rate.ticks(self.frame + 1) - self.rate.ticks(self.frame)) // 2
            ahead = len(packets) - len(unit.packets)  # a PCR packet in front of the unit is not counted
            middle = max(1, len(unit.packets) // PACKET // 2)
            at = ahead + middle * PACKET
            # A copy: the unit may be spliced again, into a lower quality or in the next round of a loop.
            packets = packets[:at] + pcr_packet((counter + middle) & 0x0F, now - LEAD + half) + packets[at:]
        return packets

    def _fill(self, true_time: int, due: int, adts: bytes) -> Iterator[bytes]:
        """Yield silence from `due` to the beginning of the audio. Without it, players that ignore time stamps would
        play the audio earlier and earlier, by the gap at each join."""
        silence = silent_frame(adts)
        if silence is None or true_time - due > LONGEST_FILL:
            return
        while true_time - due > SLACK:
            packets, self._audio_counter = audio_packets(silence, self._audio_counter, due & CLOCK_MASK)
            due += AAC_TICKS
            self._next_audio = due
            yield packets

    def _place(self, true_time: int, frames: int) -> int | None:
        """Return the time at which to place an audio unit with this true time. None if other audio is already there,
        and the unit must be dropped."""
        due = true_time if self._next_audio is None else self._next_audio
        error = true_time - due
        if error < -SLACK:
            return None
        if error > SLACK:
            error = AAC_TICKS // 2  # as early as allowed, to make the gap as small as possible
            due = true_time - error
        self.audio.largest_error = max(self.audio.largest_error, abs(error))
        self._next_audio = due + frames * AAC_TICKS
        return due


def silent_frame(like: bytes) -> bytes | None:
    """Return a silent ADTS frame with the header of the frame `like` (ISO/IEC 13818-7, 6.2). None if `like` is not
    plain stereo."""
    if len(like) < 7 or not like[1] & 1 or (like[2] & 1) << 2 | like[3] >> 6 != 2:
        return None
    length = 7 + len(_SILENCE)
    return like[:3] + bytes((like[3] & 0xFC, length >> 3, (length & 7) << 5 | like[5] & 0x1F, like[6])) + _SILENCE
