"""Two hundred joins as a viewer gets them: `python -m tests.bench.bench_joins [--joins 200]`.

A real station airs numbered pictures with a flash and a beep every second, from files of four formats; the breaks fall
inside pieces, so that every join has an edge piece on one side at least. A viewer records over HTTP. The recording is
judged by the station's own analyser, and by numpy, PyAV and FFmpeg, which know nothing of it.
"""

from __future__ import annotations

import argparse
import subprocess
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.playout.mpegts.analyser import StreamAnalyser
from retrovue_tui.timecode import FrameRate
from tests.bench.reading import TICKS, flashes, read_packets, read_times
from tests.bench.rig import Figures, Home, Line, Recorder, bench_home, station
from tests.media_factory import HEVC, MPEG2, VP9, Clip, decode, make

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.reading import Flash
    from tests.media_factory import Decoded

RATE = FrameRate(30_000, 1_001)
FILM, OTHER = range(10_000), range(40_000, 50_000)
LONGEST_AUDIO_MS = 21.4
CUTS = (0, 53, 101, 149, 211, 257, 307, 360, 421, 463, 521, 569, 613, 660)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joins", type=int, default=200)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where to put the recording")
    parser.add_argument("--judge", type=Path, metavar="FILE", help="judge a recording that was kept; no station")
    arguments = parser.parse_args()
    rundown = make_rundown()
    figures = Figures(f"{arguments.joins} joins at breaks inside pieces, 480p")
    data = arguments.judge.read_bytes() if arguments.judge else record(figures, rundown, arguments.joins)
    if arguments.keep:
        arguments.keep.write_bytes(data)
    judge_packets(figures, data)
    joins = judge_content(figures, data, rundown)
    figures.add("joins in the recording", joins, f">= {arguments.joins}", joins >= arguments.joins)
    figures.end()


def record(figures: Figures, rundown: list[Line], joins: int) -> bytes:
    """A recording with this number of joins, from a station that has everything prepared."""
    frames = frames_for(rundown, joins)
    with bench_home() as folder, station(Home(folder, rundowns=[rundown])) as running:
        running.prepared()
        print(f"{len(rundown)} entries prepared; recording {float(RATE.seconds(frames)):.0f} s", flush=True)
        recorder = Recorder(running.url)
        running.until(lambda: recorder.pictures >= frames or recorder.disconnected, "the joins", frames / 20, 0.2)
        data = recorder.stop()
        seams = running.channel()["seams"]
    figures.none("disconnects", int(recorder.disconnected))
    figures.add("seams as the station measured them", f"{seams['count']}: {seams['video_jumps']} jumps, "
                f"{seams['cc_errors']} CC, audio {seams['max_audio_error_ms']} ms")  # fmt: skip
    return data


def make_rundown() -> list[Line]:
    """A film in parts of about 1.7 s, with a part of something else behind each."""
    film = make(Clip(frames=720, flash=True))
    others = [
        make(Clip(frames=300, flash=True, first=OTHER.start)),
        make(Clip(frames=250, rate="25", size=(352, 288), first=10_000, flash=True, suffix=".mpg", video=MPEG2,
                  audio=("-c:a", "mp2"), filters="setsar=12/11", extra=("-f", "vob"))),
        make(Clip(frames=240, rate="24000/1001", first=20_000, flash=True, suffix=".mkv", video=HEVC,
                  audio=("-c:a", "ac3"))),
        make(Clip(frames=300, rate="30", first=30_000, flash=True, suffix=".webm", video=VP9,
                  audio=("-c:a", "libopus"))),
    ]  # fmt: skip
    rundown = []
    for index, (first, end) in enumerate(pairwise(CUTS)):
        rundown.append(Line(film, first, end))
        start = 17 + 41 * (index % 4)
        rundown.append(Line(others[index % len(others)], start, start + 47 + index % 5, spot=True))
    return rundown


def lengths(rundown: Sequence[Line]) -> list[int]:
    return [(line.end or 0) - line.first for line in rundown]


def frames_for(rundown: Sequence[Line], joins: int) -> int:
    """The number of pictures to record for this number of joins, and some more."""
    rounds, rest = divmod(joins, len(rundown))
    return rounds * sum(lengths(rundown)) + sum(sorted(lengths(rundown))[-rest - 2 :])


# ── the stream ───────────────────────────────────────────────────────────────────────────────────


def judge_packets(figures: Figures, data: bytes) -> None:
    """Time stamps, counters and tables: our analyser first, then the others."""
    analyser = StreamAnalyser(RATE)
    report = analyser.feed(data)
    figures.none("video PTS jumps", report.video_jumps)
    figures.none("CC errors", report.cc_errors)
    figures.none("discontinuity marks, lost sync", report.discontinuities + report.sync_errors)
    figures.most("PCR spacing", report.largest_pcr_gap / 90, 40, "ms")
    figures.none("PES later than their PCR", report.late_pes)
    figures.most("PAT/PMT spacing", report.largest_table_gap / 90, 500, "ms")
    figures.most("audio error at any seam", report.largest_audio_error / 90, LONGEST_AUDIO_MS, "ms", 2)
    packets, times = read_packets(data), read_times(data)
    figures.none("video PTS jumps (PyAV)", times.video_jumps(float(RATE.seconds(1)) * TICKS))
    figures.none("CC errors, marks, lost sync (numpy)",
                 packets.cc_errors + packets.marked_discontinuities + packets.bad_sync)  # fmt: skip
    figures.most("PCR spacing (numpy)", packets.longest_pcr_gap / 90, 40, "ms")
    figures.most("PAT/PMT spacing (numpy)", packets.longest_table_gap / 90, 500, "ms")
    figures.most("audio error at any seam (PyAV)", times.largest_audio_error / 90, LONGEST_AUDIO_MS, "ms", 2)
    figures.none("complaints of FFmpeg decoding it", complaints(data))


def complaints(data: bytes) -> int:
    """Warnings of FFmpeg over the whole recording."""
    told = subprocess.run(
        [str(find_ffmpeg().path), "-nostdin", "-v", "warning", "-f", "mpegts", "-i", "pipe:0", "-f", "null", "-"],
        input=data, capture_output=True, check=False,
    )  # fmt: skip
    lines = [line for line in told.stderr.decode(errors="replace").splitlines() if line.strip()]
    for line in lines[:5]:
        print(f"  ffmpeg: {line}")
    return len(lines)


# ── the content ──────────────────────────────────────────────────────────────────────────────────


def judge_content(figures: Figures, data: bytes, rundown: Sequence[Line]) -> int:
    """Which pictures aired, and where the sound lies against them; returns how many joins there are."""
    pictures = decode(data)
    wrong, joins = compare(pictures, rundown)
    figures.add("pictures", len(pictures))
    figures.none("pictures lost, repeated or out of order", wrong)
    found = [each for source in (FILM, OTHER) for each in flashes(data, pictures, source)]
    found.sort(key=lambda flash: flash.ticks)
    offsets = [flash.offset / 90 for flash in found]
    few = max(1, min(20, len(offsets) // 4))
    first, last = median(offsets[:few]), median(offsets[-few:])
    figures.add("flashes with their beep", len(found))
    figures.most("A/V offset, first joins against last", abs(first - last), LONGEST_AUDIO_MS, "ms")
    figures.most("largest A/V offset", max(map(abs, offsets)), LONGEST_AUDIO_MS, "ms")
    figures.most("drift of audio against video", abs(drift(found)), LONGEST_AUDIO_MS, "ms", 2)
    return joins


def compare(pictures: Sequence[Decoded], rundown: Sequence[Line]) -> tuple[int, int]:
    """How many pictures are not the ones that the rundown says, and how many joins there are.

    Where the source has the house's rate it must be the very number; else the nearest in time, give or take one.
    """
    expected = [each for line in rundown for each in numbers_of(line)]
    starts = set(accumulate(lengths(rundown), initial=0))
    film = next(p for p in range(len(pictures)) if pictures[p].number in FILM)
    number = pictures[film].number
    at = next(e for e, (exact, _) in enumerate(expected) if exact == number) - film
    wrong = joins = 0
    for index, picture in enumerate(pictures):
        exact, slack = expected[(at + index) % len(expected)]
        joins += index > 0 and (at + index) % len(expected) in starts
        if picture.number is None or abs(picture.number - exact) > slack:
            wrong += 1
            if wrong <= 5:
                print(f"  picture {index}: {picture.number}, not {exact}")
    return wrong, joins


def numbers_of(line: Line) -> list[tuple[int, int]]:
    """The number of each picture that an entry airs, with its tolerance."""
    kinds = {".mp4": (0, RATE), ".mpg": (10_000, FrameRate(25)), ".mkv": (20_000, FrameRate(24_000, 1_001)),
             ".webm": (30_000, FrameRate(30))}  # fmt: skip
    base, rate = kinds[line.file.suffix]
    if line.spot and line.file.suffix == ".mp4":
        base = OTHER.start
    exact = rate == RATE
    return [
        (base + int(RATE.seconds(frame) * rate.fraction + (0 if exact else 0.5)), 0 if exact else 1)
        for frame in range(line.first, line.end or 0)
    ]


def drift(found: Sequence[Flash]) -> float:
    """Milliseconds that the sound moves against the picture over the whole recording, by a line through all offsets."""
    times = [flash.ticks for flash in found]
    middle, mean = sum(times) / len(times), sum(flash.offset for flash in found) / len(found)
    above = sum((flash.ticks - middle) * (flash.offset - mean) for flash in found)
    below = sum((time - middle) ** 2 for time in times)
    return above / below * (times[-1] - times[0]) / 90 if below else 0.0


if __name__ == "__main__":
    main()
