"""The rooms and the main dialogs as they look, compared character by character with `snapshots/*.txt`.

Where a screen was changed on purpose, renew them all, and look at what `git diff` says:

    RENEW_SNAPSHOTS=1 python -m pytest tests/tui/test_snapshots.py
"""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from textual.color import Color
from textual.screen import ModalScreen

from retrovue_tui.protocol.answers.pictures import AssetCue, AssetFacts
from tests.tui.audience_rows import with_audience
from tests.tui.clients import connected, reach
from tests.tui.conftest import Room, open_room
from tests.tui.media_rows import aired, with_bin
from tests.tui.plans import a_plan, hand_written
from tests.tui.station import NOW, FakeStation, channel, station

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.style import Style
    from textual.geometry import Region


FOLDER: Final = Path(__file__).parent / "snapshots"
RENEW: Final = bool(os.environ.get("RENEW_SNAPSHOTS"))
STILL_S: Final = 1.0
"""A screen that has not changed for so long is taken as it is, when snapshots are renewed."""
PATIENCE_S: Final = 20.0


@dataclass(frozen=True)
class Scene:
    """A snapshot by its name, the keys that lead to it from the control room, and a word that is then on screen."""

    name: str
    keys: tuple[str, ...]
    shows: str


ROOMS: Final = (
    Scene("control-room", (), "The Late Picture Show"),
    Scene("timeline", ("2",), "revision 7"),
    Scene("bin", ("3",), "Matinee"),
    Scene("as-run", ("4",), "Spot 11"),
    Scene("schedule", ("5",), "turn of Night Court"),
    Scene("audience", ("6",), "audience  324 viewers"),
    Scene("clients", ("c",), "OTT Navigator"),
)
SCENES: Final = (
    *ROOMS,
    Scene("multiviewer", ("m",), "Retro Three"),
    Scene("help", ("question_mark",), "Help"),
    Scene("palette", ("colon",), "Break now"),
    Scene("quit", ("q",), "viewers connected"),
    Scene("break-now", ("B",), "Break"),
    Scene("skip", ("S",), "Skip"),
    Scene("stop", ("X",), "Stop"),
    Scene("bin-insert", ("3", "b"), "enter inserts"),
    Scene("as-run-export", ("4", "e"), "enter exports"),
    Scene("audience-spot", ("6", "down"), "No difference between"),
    Scene("schedule-edit", ("5", "G", "e"), "Nothing is changed yet"),
    Scene("disconnect", ("c", "tab", "x"), "cuts off its picture"),
    Scene("address-code", ("c", "enter"), "y copies the address"),
)
CUES: Final = (
    AssetCue(10, "fade", "", 0.96, "fade to black for 12 frames, in silence"),
    AssetCue(900, "silence and scene", "", 0.56, "silence of 1.0 s, and a new scene"),
    AssetCue(1_200, "scene", "", 0.2, "a new scene; the sound drops by 9 dB"),
    AssetCue(1_500, "silence", "", 0.4, "rejected by the operator; silence of 2.1 s", "rejected"),
    AssetCue(2_000, "operator", "", 1.0, "set by the operator", "accepted"),
    AssetCue(2_500, "chapter", "Two", 1.0, "moved by the operator from 00:01:22;20", "moved", 2_480),
)
SIZES: Final = ((80, 24), (120, 36))


def named(*names: str) -> list[Scene]:
    return [scene for scene in SCENES if scene.name in names]


@pytest.fixture(autouse=True)
def in_utc_at_the_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same times of day and the same folder on every machine."""
    with monkeypatch.context() as patch:
        patch.chdir("/")
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def a_station() -> FakeStation:
    """Three channels, a bin, a rundown and a log."""
    fake = with_audience(with_bin())
    fake.plans = {"1": a_plan(), "2": a_plan("2", "Europe/Berlin"), "3": hand_written("3")}
    fake.aired = [aired(number) for number in range(10)]
    fake.aired.append(aired(10, ended="skipped", frames_aired=412))
    fake.aired.append(aired(11))
    fake.connected, fake.reach = connected(), reach()
    fake.insides["/media/e1.mkv"] = AssetFacts("/media/e1.mkv", 2_997, CUES)
    grid = (NOW + 60.0, NOW + 240.0)
    fake.rundowns["1"] = dataclasses.replace(fake.rundowns["1"], grid=grid)
    return fake


async def arrive(room: Room, scene: Scene) -> None:
    """Each room is waited for until its rows are there: its keys have nothing to work on before."""
    rooms = {each.keys: each.shows for each in ROOMS}
    for number, key in enumerate(scene.keys, 1):
        await room.pilot.press(key)
        await room.pilot.pause()
        await room.shows(rooms.get(scene.keys[:number], ""))
    await room.shows(scene.shows)


async def agree(room: Room, name: str, drawn: Callable[[], str]) -> None:
    """The screen comes to look as the snapshot says; or the snapshot is renewed."""
    path = FOLDER / f"{name}.txt"
    if RENEW:
        await asyncio.to_thread(path.write_text, await still(drawn), "utf-8")
        return
    expected = await asyncio.to_thread(path.read_text, "utf-8")
    try:
        await room.until(lambda: drawn() == expected, timeout=PATIENCE_S / 2)
    except TimeoutError:
        differences = difflib.unified_diff(expected.splitlines(), drawn().splitlines(), path.name, "screen", "", "", 1)
        pytest.fail("\n".join(differences))


async def still(drawn: Callable[[], str]) -> str:
    """The drawn screen, once it has not changed for a while."""
    async with asyncio.timeout(PATIENCE_S):
        seen, since = drawn(), time.monotonic()
        while time.monotonic() - since < STILL_S:
            await asyncio.sleep(0.05)
            if (now := drawn()) != seen:
                seen, since = now, time.monotonic()
    return seen


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_it_looks_as_it_did(scene: Scene, size: tuple[int, int]) -> None:
    async with open_room(a_station(), size) as room:
        await arrive(room, scene)
        await agree(room, f"{scene.name}-{size[0]}x{size[1]}", lambda: room.text + "\n")


async def test_two_stations_look_as_they_did() -> None:
    """One is on air; the other is lost."""
    second = FakeStation(station(channel(1, name="Retro North"), name="North Station"))
    second.url = "http://north:8480"
    async with open_room(a_station(), others=[second]) as room:
        await room.shows("Retro North", "North Station")
        second.leave("No station answers at http://north:8480 (connection refused).")
        await room.shows("North Station  ✗ unreachable")
        await agree(room, "two-stations-120x36", lambda: re.sub(r"try \d+", "try N", room.text) + "\n")


# --- with colours ---------------------------------------------------------------------------------------------------


def runs(room: Room, area: Region | None = None) -> list[list[tuple[str, Style | None]]]:
    """The screen, or an area of it, line by line, as the terminal gets it, filters and all."""
    app = room.app
    found = []
    area = area or app.screen.region
    for strip in app.screen._compositor.render_strips(app.size)[area.y : area.bottom]:
        segments = list(strip.crop(area.x, area.right))
        for each in app.get_line_filters():
            segments = each.apply(segments, Color(0, 0, 0))
        found.append([(segment.text, segment.style) for segment in segments])
    return found


def dressed(style: Style | None) -> str:
    """A style as a word."""
    if style is None:
        return "plain"
    marks = " ".join(mark for mark in ("bold", "dim", "reverse", "underline") if getattr(style, mark))
    colours = [colour.get_truecolor().hex if colour else "default" for colour in (style.color, style.bgcolor)]
    return f"{marks + ' ' if marks else ''}{colours[0]} on {colours[1]}"


def with_colours(room: Room) -> str:
    """The screen's text; below, a letter for the style of each cell; below, what the letters are."""
    letters: dict[str, str] = {}
    lines = []
    for line in runs(room):
        cells = ""
        for text, style in line:
            word = dressed(style)
            letters.setdefault(word, chr(ord("A") + len(letters)) if len(letters) < 26 else chr(71 + len(letters)))
            cells += letters[word] * len(text)
        lines.append(cells)
    legend = [f"{letter}  {word}" for word, letter in letters.items()]
    return "\n".join((room.text, "", *lines, "", *legend, ""))


@pytest.mark.parametrize("scene", ROOMS, ids=lambda scene: scene.name)
async def test_it_looks_as_it_did_on_paper(scene: Scene) -> None:
    async with open_room(a_station(), (80, 24)) as room:
        room.app.theme = "paper"
        await arrive(room, scene)
        await agree(room, f"{scene.name}-paper", lambda: with_colours(room))


@pytest.mark.parametrize("scene", ROOMS, ids=lambda scene: scene.name)
async def test_it_looks_as_it_did_without_colours(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with open_room(a_station(), (80, 24)) as room:
        await arrive(room, scene)
        await agree(room, f"{scene.name}-no-colour", lambda: with_colours(room))


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (each / 255 for each in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def unreadable(room: Room, least: float) -> set[tuple[str, str, float]]:
    """Words of what is on top with less contrast; but for keys that are dimmed because they do nothing now."""
    found = set()
    screen = room.app.screen
    area = screen.children[1].region if isinstance(screen, ModalScreen) else screen.region
    for text, style in (run for line in runs(room, area)[:-1] for run in line):
        if style and style.color and style.bgcolor and any(char.isalnum() for char in text):
            both = luminance(style.color.get_truecolor()), luminance(style.bgcolor.get_truecolor())
            ratio = (max(both) + 0.05) / (min(both) + 0.05)
            if ratio < least:
                found.add((text.strip(), dressed(style), round(ratio, 2)))
    return found


@pytest.mark.parametrize(
    "scene", [*ROOMS, *named("multiviewer", "help", "quit", "break-now")], ids=lambda scene: scene.name
)
async def test_every_word_can_be_read_in_every_theme(scene: Scene) -> None:
    async with open_room(a_station(), (120, 36)) as room:
        await arrive(room, scene)
        bad = {}
        for name in room.app.theme_names:
            room.app.theme = name
            await room.pilot.pause()
            await room.pilot.pause()
            if found := unreadable(room, 7.0 if name == "contrast" else 4.5):
                bad[name] = found
        assert not bad


# --- sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scene", [*ROOMS, *named("help", "palette", "quit")], ids=lambda scene: scene.name)
async def test_a_terminal_may_change_its_size_at_any_time(scene: Scene) -> None:
    async with open_room(a_station(), (200, 60)) as room:
        await arrive(room, scene)
        before = room.app.screen
        for width, height in ((120, 36), (80, 24), (60, 16), (40, 12), (20, 5), (40, 12), (80, 24), (120, 36)):
            await room.pilot.resize_terminal(width, height)
            await room.pilot.pause()
            assert len(room.lines) == height
        assert room.app.screen is before
        await room.shows(scene.shows)


@pytest.mark.parametrize(
    "scene",
    named("break-now", "skip", "stop", "bin-insert", "as-run-export", "schedule-edit", "disconnect"),
    ids=lambda scene: scene.name,
)
async def test_a_dialog_may_be_squeezed_and_still_answers(scene: Scene) -> None:
    async with open_room(a_station(), (120, 36)) as room:
        await arrive(room, scene)
        for width, height in ((40, 12), (30, 8), (20, 5), (40, 12)):
            await room.pilot.resize_terminal(width, height)
            await room.pilot.pause()
            assert len(room.lines) == height
        await room.pilot.press("escape")
        await room.until(lambda: not isinstance(room.app.screen, ModalScreen))
        await room.pilot.resize_terminal(120, 36)
        await room.shows("CONNECTED")


@pytest.mark.parametrize("scene", ROOMS, ids=lambda scene: scene.name)
async def test_a_terminal_that_is_too_small_says_so_kindly(scene: Scene) -> None:
    async with open_room(a_station(), (80, 24)) as room:
        await arrive(room, scene)
        await room.pilot.resize_terminal(30, 8)
        await room.shows("Too small: 30×8", "Channels stay on air")
        await room.pilot.resize_terminal(80, 24)
        await room.shows(scene.shows)
        assert "Too small" not in room.text
