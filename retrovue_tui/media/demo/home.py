"""A demo station made from nothing: generated films, two channels, and breaks in mid-programme.

The home is written at once. The films are generated later, while the station is on air, in the order in which they are
needed.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.media.demo.films import AAC, H264, DemoFilm, demo_films
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.ffmpeg.process import NICE
from retrovue_tui.media.ffmpeg.run import failure_of
from retrovue_tui.media.title_cards import font_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrovue_tui.media.ffmpeg.locate import FFmpeg

_NICE: Final = NICE
_LIMIT_S: Final = 600.0
"""The time limit for generating one demo film (s). A film takes seconds, or minutes on a machine under full load."""
_CONFIG: Final = """\
# The demo's station. Change what you like; `retrovue-tui check` reports mistakes.
name = "RetroVue Demo"

[server]
port = 8480

[house]
profile = "720p"
rate = "30000/1001"

[library]
programmes = ["media/programmes"]

[pools]
ads = "media/ads"

[[channel]]
id = "1"
number = 1
name = "Retro One"
pool = "ads"
group = "RetroVue"
on_start = "resume"

[[channel]]
id = "2"
number = 2
name = "Retro Two"
pool = "ads"
group = "RetroVue"
on_start = "resume"
"""

_TITLES: Final = {Path(film.file).name: (film.file, film.title) for film in demo_films()}
# three formats: a file; a file from house frame to house frame; a break with its spots
_ONE: Final = (
    ("night-drive.mp4", 0, 733),
    ("b1", ("leader.mp4", "zapp-cola.mp4")),
    ("night-drive.mp4", 733, 1391),
    ("b2", ("silent-clock.mp4", "moon-tuna.mkv")),
    ("night-drive.mp4", 1391, None),
    ("deep-field.mkv", 0, 1307),
    ("b3", ("tall-phone.mp4", "retro-airways.mp4", "bright-o.webm")),
    ("deep-field.mkv", 1307, None),
)
_TWO: Final = (
    ("test-card-theatre.mpg", 0, 911),
    ("b1", ("colour-bars.mpg", "bright-o.webm")),
    ("test-card-theatre.mpg", 911, None),
    ("b2", ("tall-phone.mp4", "retro-airways.mp4")),
    ("game-of-life.webm", 0, 1003),
    ("b3", ("zapp-cola.mp4", "silent-clock.mp4", "moon-tuna.mkv")),
    ("game-of-life.webm", 1003, None),
)


def make_demo_home(home: Path) -> None:
    """Write the demo's config and rundowns, unless they exist. Blocking, but quick; the films need not exist yet."""
    for folder in ("channels", "media/programmes", "media/ads", "state", "cache", "logs"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    _write_once(home / "retrovue.toml", _CONFIG)
    _write_once(home / "channels" / "1.ffconcat", _rundown("Retro One", _ONE))
    _write_once(home / "channels" / "2.ffconcat", _rundown("Retro Two", _TWO))


def _write_once(path: Path, text: str) -> None:
    if not path.exists():
        with replacing(path, unique=False) as part:
            part.write_text(text, encoding="utf-8")


def _rundown(name: str, rows: Sequence[tuple[str, int, int | None] | tuple[str, tuple[str, ...]]]) -> str:
    lines = ["ffconcat version 1.0", f"# {name}: a plain FFmpeg concat script; retrovue-tui adds the comments below"]
    for row in rows:
        if len(row) == 2:
            for spot in row[1]:
                file, title = _TITLES[spot]
                lines += [f'#retrovue kind=spot title="{title}" break={row[0]}', f"file '../media/{file}'"]
            continue
        file, title = _TITLES[row[0]]
        lines += [f'#retrovue kind=programme title="{title}"', f"file '../media/{file}'"]
        lines += [f"{word} {_seconds(frame)}" for word, frame in (("inpoint", row[1]), ("outpoint", row[2])) if frame]
    return "\n".join(lines) + "\n"


def _seconds(frame: int) -> str:
    return f"{frame * 1001 / 30000:.6f}"


# ── the films ────────────────────────────────────────────────────────────────────────────────────


def films_of(home: Path) -> tuple[Path, ...]:
    """Return the paths of a demo's films. The files need not exist yet."""
    return tuple(home / "media" / film.file for film in demo_films())


async def make_demo_media(ffmpeg: FFmpeg, home: Path, report: Callable[[str], None] = lambda _: None) -> None:
    """Generate the missing films, two at a time, in the order in which they are needed. A station may be on air
    meanwhile.

    A film gets its file name only when it is complete. `report` is called with a line of text for each film. When this
    is cancelled, its child processes end. Raises `MediaError` at the end if FFmpeg could not generate one of the films.
    """
    waiting = [film for film in demo_films() if not (home / "media" / film.file).exists()]
    if not waiting:
        return
    total, first = len(waiting), {film.file for film in demo_films()[:2]}
    work = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="retrovue-demo-"))
    faults: list[MediaError] = []
    made: list[DemoFilm] = []

    async def make_in_turn() -> None:
        while waiting:
            film = waiting.pop(0)
            try:
                await _make(ffmpeg, home, film, work, nice=0 if film.file in first else _NICE)
            except MediaError as error:
                faults.append(error)
                report(str(error))
            else:
                made.append(film)
                report(f"made {film.title}, {len(made)} of {total}")

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(make_in_turn())
    finally:
        shutil.rmtree(work, ignore_errors=True)  # if this fails, a few pictures are left over
    if faults:
        raise faults[0]


async def _make(ffmpeg: FFmpeg, home: Path, film: DemoFilm, work: Path, nice: int) -> None:
    path = home / "media" / film.file
    pictures = await asyncio.to_thread(_draw, film, work)
    label = _timecode(film, await asyncio.to_thread(font_file, work)) if "drawtext" in ffmpeg.features else ""
    try:
        with replacing(path, unique=False) as part:
            reason = await failure_of(
                _command(ffmpeg, film, pictures, label, film.codecs, part), limit_s=_LIMIT_S, nice=nice
            )
            if reason:  # this FFmpeg may lack the encoder: use another format
                plain = (*H264, *AAC, "-f", "matroska") if film.tune else (*H264, "-f", "matroska")
                reason = await failure_of(
                    _command(ffmpeg, film, pictures, label, plain, part), limit_s=_LIMIT_S, nice=nice
                )
            if reason:
                raise MediaError(f"could not be made: {reason}", path)
    finally:
        for picture in pictures:
            picture.unlink(missing_ok=True)


def _draw(film: DemoFilm, work: Path) -> list[Path]:
    paths: list[Path] = []
    for index, picture in enumerate(film.pictures):
        path = work / f"{Path(film.file).stem}-{index}.png"
        picture().save(path, compress_level=1)
        paths.append(path)
    return paths


def _timecode(film: DemoFilm, font: Path) -> str:
    height = max(16, min(film.size) // 14)
    return (
        f",drawtext=fontfile={_escaped(str(font))}:timecode='00\\:00\\:00\\:00':rate={film.rate}:fontsize={height}"
        f":fontcolor=white:box=1:boxcolor=black@0.5:boxborderw=5:x=w-tw-{height}:y={height}"
    )


def _escaped(text: str) -> str:
    """Escape an option's value in a filter graph twice: for the option, and for the graph."""
    for letters in ("\\':", "\\'[],;"):
        text = "".join(f"\\{letter}" if letter in letters else letter for letter in text)
    return text


def _command(
    ffmpeg: FFmpeg, film: DemoFilm, pictures: Sequence[Path], label: str, codecs: Sequence[str], part: Path
) -> list[str]:
    argv = quiet(ffmpeg, overwrite=True)
    for picture in pictures:
        argv += ["-f", "image2", "-pattern_type", "none", "-framerate", film.rate, "-i", f"file:{picture}"]
    graph = f"{film.graph};[film]null{label},format=yuv420p[out]"
    if film.tune is not None:
        samples = round(film.tune.seconds * 48_000)
        source = f"aevalsrc='{film.tune.expression}':s=48000:d={film.tune.seconds}"
        graph += f";{source},aloop=loop=-1:size={samples},aformat=channel_layouts=stereo[tune]"
    argv += ["-filter_complex", graph, "-map", "[out]", *(["-map", "[tune]"] if film.tune else [])]
    return [
        *argv,
        "-r",
        film.rate,
        "-threads",
        "1",
        "-t",
        str(film.seconds),
        *codecs,
        "-metadata",
        f"title={film.title}",
        str(part),
    ]
