"""Pixels over the cells of the control room's pictures: when they are drawn, and when they must not be."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import pytest
from textual.drivers._writer_thread import WriterThread

from retrovue_tui.tui.picture_switcher import AUTOMATIC, BLOCKS, PictureSwitcher
from retrovue_tui.tui.rooms.control_room.monitor.monitor_pane import MonitorPane
from retrovue_tui.tui.terminal.pixel_terminal import PixelTerminal
from retrovue_tui.tui.user_paths import UserPaths
from tests.tui.conftest import open_room

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.protocol.answers.pictures import Picture


@pytest.fixture
def encoders(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the threads that encode; the data of a picture is its frame's number."""
    names: set[str] = set()

    def encoded(self: PixelTerminal, picture: Picture, columns: int, lines: int, number: int) -> str:
        names.add(threading.current_thread().name)
        return f"<{picture.width}x{picture.height} on {columns}x{lines}>"

    monkeypatch.setattr(PixelTerminal, "encoded", encoded)
    monkeypatch.setattr("retrovue_tui.tui.picture_switcher.cell_size", lambda: (10, 20))
    return names


async def test_pixels_are_drawn_over_the_monitor_but_not_over_a_dialog_or_a_message(
    encoders: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(size=(120, 36)) as room:
        written: list[str] = []
        monkeypatch.setattr(room.app, "write_over", written.append)
        monitor = room.app.room.query_one(MonitorPane)
        view = monitor._view
        blocks = view.pixels
        room.app._picture_switcher._detected = "kitty"
        room.app._picture_switcher.measure()
        assert view.pixels[0] > 5 * blocks[0], "a larger picture is fetched"
        await room.until(lambda: any(" on " in each for each in written))
        drawn = next(each for each in written if " on " in each)
        x, y = view.region.x + view._frame.x, view.region.y + view._frame.y // 2
        assert drawn.startswith(f"\x1b7\x1b[{y + 1};{x + 1}H<{view.pixels[0]}x")
        assert drawn.endswith(">\x1b8")
        assert threading.main_thread().name not in encoders

        await room.pilot.press("B")
        await room.shows("Break now · Retro One")
        await room.until(lambda: any("a=d" in each for each in written))
        written.clear()
        await room.until(lambda: view.picture is not None)
        room.app.room.show_stations(room.app._stations.view)
        await room.pilot.pause()
        assert not [each for each in written if " on " in each]

        await room.pilot.press("escape")
        await room.until(lambda: any(" on " in each for each in written))
        written.clear()
        await room.pilot.resize_terminal(150, 45)
        await room.until(lambda: any(" on " in each for each in written))

        written.clear()
        await room.app.draw_pictures(BLOCKS)
        await room.until(lambda: any("a=d" in each for each in written))
        assert view.pixels[0] == view.size.width
        assert not [each for each in written if " on " in each]


class SlowTerminal(io.StringIO):
    """A terminal that accepts no output until the test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = threading.Event()

    def write(self, text: str) -> int:
        self.takes.wait()
        return super().write(text)


async def test_pixels_wait_until_a_slow_terminal_has_taken_what_was_written(
    encoders: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = SlowTerminal()
    output = WriterThread(terminal)
    output.start()
    try:
        async with open_room(size=(120, 36)) as room:
            written: list[str] = []
            monkeypatch.setattr(room.app, "write_over", written.append)
            monkeypatch.setattr(room.app._driver, "_writer_thread", output, raising=False)
            output.write("text that is being written")
            output.write("text that waits")
            view = room.app.room.query_one(MonitorPane)._view
            room.app._picture_switcher._detected = "kitty"
            room.app._picture_switcher.measure()
            await room.until(lambda: view._overlay._ready is not None)
            await room.until(lambda: view._overlay._asked)
            assert not [each for each in written if " on " in each]
            assert not view._overlay.drawn, "half blocks go on meanwhile"
            terminal.takes.set()
            await room.until(lambda: any(" on " in each for each in written))
            assert view._overlay.drawn
    finally:
        terminal.takes.set()
        output.stop()


async def test_the_choice_is_remembered_and_can_force_or_switch_off(tmp_path: Path) -> None:
    pytest.importorskip("textual_image")
    places = UserPaths(memory=tmp_path / "screen.json")
    async with open_room() as room:
        switcher = PictureSwitcher(room.app, places, "sixel")
        await switcher.open()
        assert room.app.pixel_terminal is not None
        assert room.app.pixel_terminal.protocol == "sixel"
        await switcher.apply(BLOCKS)
        assert room.app.pixel_terminal is None
        again = PictureSwitcher(room.app, places, "sixel")
        await again.open()
        assert room.app.pixel_terminal is None
        await again.apply("kitty")
        assert room.app.pixel_terminal.protocol == "kitty"
        await again.apply(AUTOMATIC)
        assert room.app.pixel_terminal.protocol == "sixel"
        room.app.pixel_terminal = None


async def test_without_the_library_there_is_no_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("retrovue_tui.tui.picture_switcher.library_is_there", lambda: False)
    async with open_room() as room:
        places = UserPaths(memory=tmp_path / "screen.json")
        places.remember("pictures", "sixel")
        switcher = PictureSwitcher(room.app, places, None)
        assert switcher.choices == ()
        await switcher.open()
        assert room.app.pixel_terminal is None
