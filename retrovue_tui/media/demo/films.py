"""The demo's films: the pictures, filter graph, tune and format of each one.

Their formats differ on purpose, as those of a real library do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from retrovue_tui.media.demo import artwork as art
from retrovue_tui.media.title_cards import gradient

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

NTSC: Final = "30000/1001"
FILM: Final = "24000/1001"
PAL: Final = "25"

H264: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "22")
AAC: Final = ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "128k")
MPEG2: Final = ("-c:v", "mpeg2video", "-q:v", "4", "-g", "12", "-bf", "2", "-c:a", "mp2", "-b:a", "192k", "-f", "mpeg")
HEVC: Final = (
    "-c:v", "libx265", "-preset", "ultrafast", "-crf", "24", "-x265-params", "log-level=error", "-c:a", "ac3",
    "-b:a", "192k",
)  # fmt: skip
VP9: Final = (
    "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-c:a", "libopus", "-b:a", "96k",
)  # fmt: skip


@dataclass(frozen=True)
class Tune:
    """An arpeggio that loops: semitones above `base` (Hz), and the number of notes per second."""

    base: float
    notes: tuple[int, ...]
    a_second: float = 4

    @property
    def seconds(self) -> float:
        """The length of one loop, in seconds."""
        return len(self.notes) / self.a_second

    @property
    def expression(self) -> str:
        """The tune as an expression for FFmpeg: a soft pluck, and the same note an octave lower."""
        steps = "+".join(f"{note}*eq(ld(0),{index})" for index, note in enumerate(self.notes) if note) or "0"
        pluck = "min(1,40*ld(2))*exp(-2.5*ld(2))"
        return (
            f"st(0,floor(t*{self.a_second}));st(2,mod(t*{self.a_second},1));"
            f"st(1,2*PI*t*{self.base}*pow(2,({steps})/12));0.22*{pluck}*(sin(ld(1))+0.6*sin(ld(1)/2))"
        )


@dataclass(frozen=True)
class DemoFilm:
    """One film to generate. `graph` is a filter graph that turns the pictures, which are inputs [0:v], [1:v]…, into
    [film]."""

    file: str
    title: str
    seconds: float
    size: tuple[int, int]
    rate: str
    pictures: tuple[Callable[[], Image.Image], ...]
    graph: str
    tune: Tune | None
    codecs: tuple[str, ...]


def _loop(index: int, pixels: str, rate: str) -> str:
    return f"[{index}:v]format={pixels},loop=loop=-1:size=1,setpts=N/({rate})/TB"


def _scroll(index: int, size: tuple[int, int], rate: str, speed: float) -> str:
    return f"{_loop(index, 'yuva420p', rate)},crop={size[0]}:{size[1]}:'mod(t*{speed},{size[0]})':0"


def _leaf(index: int, size: tuple[int, int], rate: str, cells: int, a_second: float) -> str:
    row = f"{size[1]}*mod(floor(t*{a_second}+0.001),{cells})"
    return f"{_loop(index, 'yuv420p', rate)},crop={size[0]}:{size[1]}:0:'{row}'"


def _bounce(axis: str, own: str, speed: float) -> str:
    room = f"({axis}-{own})"
    return f"'abs(mod(t*{speed},2*{room})-{room})'"


# ── programmes ───────────────────────────────────────────────────────────────────────────────────


def _night_drive() -> DemoFilm:
    size, rate = (512, 288), NTSC  # small, because it is needed first
    ground = (512, 84)
    return DemoFilm(
        "programmes/night-drive.mp4", "Night Drive", 60, size, rate,
        (
            partial(art.sunset, size),
            partial(art.skyline, size, 5, (66, 24, 96), (255, 150, 120), 0.22),
            partial(art.skyline, size, 2, (30, 12, 56), (255, 214, 110), 0.36),
            partial(art.road, ground, 15),
            partial(art.title_plate, size, "Night Drive", "H.264 and AAC, mp4, 29.97", (255, 96, 180)),
        ),
        f"{_loop(0, 'yuv420p', rate)}[sky];{_scroll(1, size, rate, 12)}[far];{_scroll(2, size, rate, 40)}[near];"
        f"{_leaf(3, ground, rate, 15, 15)}[road];{_loop(4, 'yuva420p', rate)}[plate];"
        "[sky][far]overlay[a];[a][near]overlay[b];[b][road]overlay=0:H-h[c];[c][plate]overlay[film]",
        Tune(220, (0, 7, 12, 7, 3, 7, 15, 12, -4, 3, 8, 3, -2, 5, 10, 14), 5),
        (*H264, *AAC),
    )  # fmt: skip


def _test_card_theatre() -> DemoFilm:
    size, rate = (480, 360), PAL
    ball = partial(art.ball, 76)
    return DemoFilm(
        "programmes/test-card-theatre.mpg", "Test Card Theatre", 64, size, rate,
        (partial(art.test_cards, size, "Test Card Theatre"),
         partial(ball, (255, 70, 50)), partial(ball, (60, 130, 255)),
         partial(art.title_plate, size, "Test Card Theatre", "MPEG-2 and MP2, mpg, 25, 4:3", (255, 230, 80))),
        f"{_leaf(0, size, rate, 4, 0.125)}[card];{_loop(1, 'yuva420p', rate)}[red];{_loop(2, 'yuva420p', rate)}[blue];"
        f"{_loop(3, 'yuva420p', rate)}[plate];"
        f"[card][red]overlay={_bounce('W', 'w', 110)}:{_bounce('H', 'h', 83)}[a];"
        f"[a][blue]overlay={_bounce('W', 'w', 67)}:{_bounce('H', 'h', 131)}[b];[b][plate]overlay[film]",
        Tune(262, (0, 4, 7, 12, 9, 7, 4, 2), 3),
        MPEG2,
    )  # fmt: skip


def _deep_field() -> DemoFilm:
    size, rate = (640, 360), FILM
    return DemoFilm(
        "programmes/deep-field.mkv", "Deep Field", 90, size, rate,
        (
            partial(gradient, size, (4, 4, 18), (30, 10, 52)),
            partial(art.stars, size, 1, 150, 1), partial(art.stars, size, 2, 60, 2), partial(art.stars, size, 3, 24, 4),
            partial(art.planet, 220),
            partial(art.title_plate, size, "Deep Field", "HEVC and AC-3, mkv, 23.976", (140, 200, 255)),
        ),
        f"{_loop(0, 'yuv420p', rate)}[sky];{_scroll(1, size, rate, 10)}[s1];{_scroll(2, size, rate, 26)}[s2];"
        f"{_scroll(3, size, rate, 64)}[s3];{_loop(4, 'yuva420p', rate)}[planet];{_loop(5, 'yuva420p', rate)}[plate];"
        "[sky][s1]overlay[a];[a][s2]overlay[b];"
        "[b][planet]overlay='W*0.9-mod(t*16,W+w)':'H*0.3-h/2+40*sin(t/5)'[c];[c][s3]overlay[d];[d][plate]overlay[film]",
        Tune(147, (0, 12, 7, 19, 3, 15, 10, 22), 1.5),
        HEVC,
    )  # fmt: skip


def _game_of_life() -> DemoFilm:
    size, rate = (640, 360), PAL
    return DemoFilm(
        "programmes/game-of-life.webm", "Game of Life", 75, size, rate,
        (partial(art.title_plate, size, "Game of Life", "VP9 and Opus, webm, 25", (90, 255, 160)),),
        f"life=s=80x45:mold=12:r=6.25:ratio=0.28:seed=1970:stitch=1:death_color=0x1B2A66:mold_color=0x0B1024"
        f":life_color=0x5AFFA0,scale=640:360:flags=neighbor,fps={rate},format=yuv420p[cells];"
        f"{_loop(0, 'yuva420p', rate)}[plate];[cells][plate]overlay[film]",
        Tune(196, (0, 3, 5, 7, 10, 7, 5, 3), 6),
        VP9,
    )  # fmt: skip


# ── spots ────────────────────────────────────────────────────────────────────────────────────────


def _advert(
    file: str, name: str, claim: str, seconds: float, look: tuple[tuple[art.Colour, art.Colour, art.Colour], str],
    sound: Tune, codecs: tuple[str, ...], rate: str = NTSC, size: tuple[int, int] = (640, 360),
) -> DemoFilm:  # fmt: skip
    colours, shape = look
    picture = partial(art.advert, size, name, claim, colours, shape)
    graph = f"{_leaf(0, size, rate, 24, 12)}[film]"
    return DemoFilm(f"ads/{file}", name, seconds, size, rate, (picture,), graph, sound, codecs)


def _leader() -> DemoFilm:
    size = (640, 360)
    graph = f"{_leaf(0, size, NTSC, 96, 12)}[film]"
    picture = partial(art.leader, size, 8, 12)
    return DemoFilm("ads/leader.mp4", "Countdown", 8, size, NTSC, (picture,), graph, Tune(880, (0,), 1), (*H264, *AAC))


def _silent_clock() -> DemoFilm:
    size = (640, 360)
    graph = f"{_leaf(0, size, PAL, 10, 1)}[film]"
    picture = partial(art.clock, size, 10)
    return DemoFilm("ads/silent-clock.mp4", "Station clock", 10, size, PAL, (picture,), graph, None, H264)


def _bars() -> DemoFilm:
    bars = f"smptehdbars=s=640x360:r={PAL},format=yuv420p[bars]"
    graph = f"{bars};{_loop(0, 'yuva420p', PAL)}[plate];[bars][plate]overlay[film]"
    plate = partial(art.title_plate, (640, 360), "Colour bars", "and a clear tone", (255, 255, 255))
    return DemoFilm(
        "ads/colour-bars.mpg", "Colour bars", 6, (640, 360), PAL, (plate,), graph, Tune(1000, (0, 0), 1), MPEG2
    )


def demo_films() -> tuple[DemoFilm, ...]:
    """Return all films of the demo, in the order in which they are needed."""
    gold = ((255, 220, 90), (250, 150, 40), (200, 20, 40))
    mint = ((170, 240, 220), (90, 200, 190), (200, 80, 220))
    rose = ((255, 200, 220), (240, 130, 170), (80, 60, 200))
    sea = ((150, 210, 255), (60, 130, 220), (255, 170, 60))
    sky = ((200, 236, 255), (120, 196, 246), (230, 60, 60))
    march, waltz = (0, 4, 7, 4, 12, 7, 4, 7), (0, 7, 7, 5, 9, 9)
    mp4 = (*H264, *AAC)
    return (
        _night_drive(),
        _test_card_theatre(),
        _leader(),
        _bars(),
        _advert("zapp-cola.mp4", "Zapp Cola", "It has bubbles in it", 10, (gold, "bottle"), Tune(330, march, 6), mp4),
        _advert("bright-o.webm", "Bright-O", "The soap that floats off", 8, (rose, "soap"), Tune(294, waltz, 5),
                VP9, PAL),
        _silent_clock(),
        _advert("moon-tuna.mkv", "Moon Tuna", "Tastes of far away", 12, (sea, "fish"), Tune(208, waltz, 4), HEVC, FILM),
        _advert("tall-phone.mp4", "Tall Phone", "Held upright, always", 7, (mint, "phone"), Tune(440, march, 8),
                mp4, NTSC, (360, 640)),
        _advert("retro-airways.mp4", "Retro Airways", "Yesterday, non-stop", 9, (sky, "plane"), Tune(262, waltz, 6),
                mp4, "50"),
        _deep_field(),
        _game_of_life(),
    )  # fmt: skip
