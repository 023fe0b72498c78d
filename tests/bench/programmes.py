"""Programmes with known breaks for the bench of the analysis: pictures by FFmpeg's sources with grain, sound by numpy.

A programme is a row of shots. Between some of them is a true break (a fade, a hard cut to black, a grey black, each
with silence) or a decoy (a flash, music over black, a pause in a dialogue, a dark scene), and elsewhere plain cuts.
"""

from __future__ import annotations

import random
import subprocess
import wave
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from retrovue_tui.media.ffmpeg.locate import find_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Samples = npt.NDArray[np.float64]

SOUND_RATE = 24_000
EDGE_S = 62
SOURCES = (
    "testsrc2=s={s}:r={r}", "mandelbrot=s={s}:r={r}:start_scale=0.{n}:end_scale=0.02:maxiter=200",
    "gradients=s={s}:r={r}:seed={n}:speed=0.02",
    "life=s={s}:r={r}:seed={n}:mold=10:ratio=0.1:life_color=#C8A050:mold_color=#204060",
    "cellauto=s={s}:r={r}:seed={n}:rule=110", "testsrc=s={s}:r={r}",
)  # fmt: skip
TRUE = ("fade", "fade", "fade both", "hard", "hard")
DECOYS = ("flash", "white flash", "music over black", "pause", "pause and cut", "dark scene", "quiet dark scene")


@dataclass
class Programme:
    """A file, and the seconds [start, end) of each true break: its black pictures."""

    path: Path
    truths: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    decoys: list[tuple[str, Fraction]] = field(default_factory=list)
    seconds: float = 0.0
    kind: str = ""


class _Plan:
    """The row of shots of one programme, while it is made up."""

    def __init__(self, seed: int, rate: Fraction, size: tuple[int, int], black: int) -> None:
        self.random = random.Random(seed)
        self.rate, self.size, self.black = rate, size, black
        self.chains: list[str] = []
        self.frames = 0
        self.silences: list[tuple[int, int, float]] = []
        self.music: list[tuple[int, int]] = []

    def shot(self, frames: int, filters: str = "") -> None:
        number = self.random.randrange(10, 99)
        source = self.random.choice(SOURCES).format(s="x".join(map(str, self.size)), r=self.rate, n=number)
        start = self.random.randrange(0, 3)
        trim = f"trim=start_frame={start * 25}:end_frame={start * 25 + frames}"
        chain = f"{source},{trim},setpts=N/({self.rate})/TB,format=yuv420p"
        if self.black > 16:
            chain += f",lutyuv=y='{self.black}+(val-16)*{235 - self.black}/219'"
        self._add(chain + (f",{filters}" if filters else ""), frames)

    def dark(self, frames: int, luma: int | None = None) -> None:
        level = self.black if luma is None else luma
        size = "x".join(map(str, self.size))
        self._add(
            f"color=c=gray:s={size}:r={self.rate},trim=end_frame={frames},format=yuv420p,lutyuv=y={level}:u=128:v=128",
            frames,
        )

    def fade(self, way: str, frames: int, length: int) -> str:
        start = frames - length if way == "out" else 0
        # not the filter `fade`, which goes to luma 16: a tape fades to its own black
        ramp = f"clip((N-{start})/{length},0,1)"
        weight = ramp if way == "in" else f"(1-{ramp})"
        chroma = ":".join(f"{name}='128+({name}(X,Y)-128)*{weight}'" for name in ("cb", "cr"))
        return f"geq=lum='{self.black}+(lum(X,Y)-{self.black})*{weight}':{chroma}"

    def _add(self, chain: str, frames: int) -> None:
        self.chains.append(chain)
        self.frames += frames


def make_programme(
    seed: int, folder: Path, *, size: tuple[int, int] = (320, 180), acts_s: float = 18, kbps: int = 0
) -> Programme:
    """Make programme number `seed`; it is kept in `folder`, and the same seed always gives the same programme. With
    `kbps`, it is H.264 of that bitrate; otherwise the codec is H.264 or MPEG-2."""
    chance = random.Random(seed * 7919 + 1)
    rate = chance.choice((Fraction(25), Fraction(30_000, 1_001)))
    grey = chance.random() < 0.3
    letterbox = chance.random() < 0.3
    mpeg2 = chance.random() < 0.2 and not kbps
    black = chance.randrange(32, 41) if grey else 16
    plan = _Plan(seed, rate, size, black)
    path = folder / f"programme-{seed}-{size[1]}.{'mpg' if mpeg2 else 'mp4'}"
    made = Programme(
        path, kind=f"{float(rate):.2f} {'grey ' if grey else ''}{'letterbox ' if letterbox else ''}{path.suffix}"
    )
    _fill(plan, EDGE_S)
    events = [("true", chance.choice(TRUE)) for _ in range(4)] + [("decoy", name) for name in chance.sample(DECOYS, 5)]
    chance.shuffle(events)
    for kind, name in events:
        _event(plan, made, kind, name, chance)
        _fill(plan, acts_s * chance.uniform(0.6, 1.4))
    _fill(plan, EDGE_S)
    made.seconds = float(plan.frames / rate)
    if not path.exists():
        _encode(plan, path, letterbox=letterbox, mpeg2=mpeg2, kbps=kbps)
    return made


def _fill(plan: _Plan, seconds: float) -> None:
    """Shots of 2 to 7 seconds with plain cuts."""
    left = round(seconds * plan.rate)
    while left > 0:
        frames = min(left, round(plan.random.uniform(2, 7) * plan.rate))
        frames = left if left - frames < plan.rate else frames
        plan.shot(frames)
        left -= frames


def _event(plan: _Plan, made: Programme, kind: str, name: str, chance: random.Random) -> None:
    shot = round(3 * plan.rate)
    length = chance.randrange(12, 26)
    black = chance.randrange(4, 40)
    if kind == "true":
        plan.shot(shot, plan.fade("out", shot, length) if "fade" in name else "")
        lead = chance.randrange(0, 6)
        plan.silences.append((plan.frames - lead, plan.frames + black + chance.randrange(0, 4), 0.0))
        made.truths.append((plan.frames / plan.rate, (plan.frames + black) / plan.rate))
        plan.dark(black)
        plan.shot(shot, plan.fade("in", shot, length) if name == "fade both" else "")
        return
    made.decoys.append((name, plan.frames / plan.rate))
    quiet = round(chance.uniform(0.25, 0.8) * plan.rate)
    if name == "flash":
        plan.dark(chance.randrange(1, 3))
    elif name == "white flash":
        plan.dark(chance.randrange(1, 3), 235)
    elif name == "music over black":
        plan.music.append((plan.frames - shot, plan.frames + black + shot))
        plan.dark(black)
    elif name == "pause":
        plan.shot(shot)
        plan.silences.append((plan.frames - shot // 2, plan.frames - shot // 2 + quiet, 0.0015))
    elif name == "pause and cut":
        plan.silences.append((plan.frames - quiet // 2, plan.frames + quiet // 2, 0.0015))
    else:
        plan.shot(shot, f"lutyuv=y='{plan.black}+(val-{plan.black})*0.18'")
        if name == "quiet dark scene":
            plan.silences.append((plan.frames - shot + 10, plan.frames - 10, 0.004))
    plan.shot(shot)


def repeated(path: Path, times: int) -> Path:
    """Return a file that contains another one several times, not encoded again."""
    long = path.with_stem(f"{path.stem}-{times}")
    script = path.with_suffix(".ffconcat")
    if not long.exists():
        script.write_text("ffconcat version 1.0\n" + f"file {path.name}\n" * times)
        words = ["-v", "error", "-nostdin", "-y", "-f", "concat", "-i", str(script), "-c", "copy", str(long)]
        subprocess.run([find_ffmpeg().path, *words], check=True, timeout=300)
    return long


def _encode(plan: _Plan, path: Path, *, letterbox: bool, mpeg2: bool, kbps: int) -> None:
    labels = "".join(f"[v{n}]" for n in range(len(plan.chains)))
    graph = ";".join(f"{chain},setsar=1[v{n}]" for n, chain in enumerate(plan.chains))
    end = "noise=alls=5:allf=t"
    if letterbox:
        bar = plan.size[1] // 8
        height = plan.size[1] - 2 * bar
        end = f"scale={plan.size[0]}:{height},pad={plan.size[0]}:{plan.size[1]}:0:{bar}," + end
    graph += f";{labels}concat=n={len(plan.chains)}:v=1:a=0,settb=1/({plan.rate}),setpts=N,{end},format=yuv420p[v]"
    sound = path.with_suffix(".wav")
    _write_wave(sound, _sound(plan))
    script = path.with_suffix(".graph")
    script.write_text(graph)
    part = path.with_name(f"part-{path.name}")
    video = ["-c:v", "libx264", "-preset", "veryfast", *(["-b:v", f"{kbps}k"] if kbps else ["-crf", "23"])]
    if mpeg2:
        video = ["-c:v", "mpeg2video", "-q:v", "5", "-g", "15", "-bf", "2"]
    audio = ["-c:a", "mp2", "-b:a", "128k"] if mpeg2 else ["-c:a", "aac", "-b:a", "96k"]
    subprocess.run(
        [find_ffmpeg().path, "-v", "fatal", "-nostdin", "-y", "-i", sound, "-/filter_complex", script, "-map", "[v]",
         "-map", "0:a", "-r", str(plan.rate), *video, *audio, "-ar", "48000", part],
        check=True, timeout=3600,
    )  # fmt: skip
    part.rename(path)
    sound.unlink()
    script.unlink()


def _sound(plan: _Plan) -> Samples:
    """Speech or music in turns, with the plan's silences; each silence keeps a noise of its own level."""
    total = int(plan.frames / plan.rate * SOUND_RATE) + 1
    noise = np.random.default_rng(plan.random.randrange(1 << 30))
    out = np.zeros(total)
    at = 0
    while at < total:
        end = min(total, at + int(plan.random.uniform(8, 20) * SOUND_RATE))
        out[at:end] = (_speech if plan.random.random() < 0.6 else _music)(end - at, noise)
        at = end
    for first, last in plan.music:
        a, b = (int(frame / plan.rate * SOUND_RATE) for frame in (first, last))
        out[a:b] = _music(b - a, noise)
    out += noise.normal(0, 0.0008, total)
    for first, last, level in plan.silences:
        a, b = (int(frame / plan.rate * SOUND_RATE) for frame in (first, last))
        out[a:b] = noise.normal(0, max(level, 0.0003), b - a)
    return out


def _speech(count: int, noise: np.random.Generator) -> Samples:
    """Voiced sounds in syllables of a fifth of a second, with a breath now and then."""
    t = np.arange(count) / SOUND_RATE
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / SOUND_RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    syllables = 0.25 + 0.75 * np.abs(np.sin(2 * np.pi * 2.3 * t))
    words = np.ones(count)
    at = 0
    while at < count:
        at += int(noise.uniform(1.2, 3.5) * SOUND_RATE)
        words[at : at + int(noise.uniform(0.1, 0.35) * SOUND_RATE)] = 0.01
    return np.asarray(0.12 * voice * syllables * words)


def _music(count: int, noise: np.random.Generator) -> Samples:
    """Chords that change every half second, with a beat."""
    t = np.arange(count) / SOUND_RATE
    out = np.zeros(count)
    step = SOUND_RATE // 2
    for at in range(0, count, step):
        root = 110 * 2 ** (noise.integers(0, 12) / 12)
        part = t[at : at + step]
        out[at : at + step] = sum(np.sin(2 * np.pi * root * ratio * part) for ratio in (1, 1.26, 1.5, 2)) * 0.06
    beat = 0.4 + 0.6 * np.exp(-((t * 2) % 1) * 3)
    return np.asarray(out * beat + noise.normal(0, 0.004, count))


def _write_wave(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
