"""A player outside of the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.tui.terminal import external_player
from retrovue_tui.tui.terminal.external_player import PlayerError, command_line, play
from tests.playout.homes import runs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "-a film; with 'quotes'.mkv"
    path.write_bytes(b"x")
    return path


def installed(folder: Path, name: str) -> None:
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)


def said(path: Path) -> str:
    return path.read_text()


def test_the_operators_own_player_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    installed(tmp_path, "mpv")
    installed(tmp_path, "mine")
    assert command_line("/f", {"RETROVUE_PLAYER": "mine --loud 'two words'"}) == ["mine", "--loud", "two words", "/f"]
    assert command_line("/f", {"RETROVUE_PLAYER": " "}) == ["mpv", "--force-window=yes", "--", "/f"]


def test_mpv_before_vlc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    installed(tmp_path, "vlc")
    assert command_line("/f", {}) == ["vlc", "--", "/f"]
    installed(tmp_path, "mpv")
    assert command_line("/f", {})[0] == "mpv"


@pytest.mark.parametrize(
    ("own", "said"),
    [("", "neither mpv nor VLC is installed"), ("'open", "is not a command"), ("nope --x", "names 'nope', which")],
)
def test_without_one_it_says_what_to_do(own: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PlayerError, match=said):
        command_line("/f", {"RETROVUE_PLAYER": own})


async def test_it_plays_until_the_player_is_closed(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(repr(sys.argv[1:]))"
    monkeypatch.setenv("RETROVUE_PLAYER", f'{sys.executable} -c "{script}"')
    await play(str(film))
    assert said(film) == repr([str(film)])


async def test_a_player_that_fails_is_reported(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETROVUE_PLAYER", f'{sys.executable} -c "raise SystemExit(3)"')
    with pytest.raises(PlayerError, match="ended with code 3; a player needs a graphical screen"):
        await play(str(film))


async def test_a_file_that_is_elsewhere_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="on the station's machine"):
        await play(str(tmp_path / "gone.mkv"))


async def test_a_player_that_cannot_start_is_refused_with_the_reason(
    film: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("no program at all")
    broken.chmod(0o755)
    monkeypatch.setenv("RETROVUE_PLAYER", str(broken))
    with pytest.raises(PlayerError, match="broken cannot be started"):
        await play(str(film))


@pytest.mark.parametrize("stubborn", [False, True], ids=["heeds", "heeds not"])
async def test_it_ends_with_the_control_room(
    stubborn: bool, film: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(external_player, "GRACE_S", 0.1)
    ready = tmp_path / "ready"
    script = tmp_path / "player.py"
    script.write_text(
        "import os, pathlib, signal, time\n"
        + ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else "")
        + f"fresh = pathlib.Path({str(ready)!r} + '.fresh')\n"
        + f"fresh.write_text(str(os.getpid()))\nfresh.rename({str(ready)!r})\n"
        + "time.sleep(60)\n"
    )
    monkeypatch.setenv("RETROVUE_PLAYER", f"{sys.executable} {script}")
    task = asyncio.create_task(play(str(film)))
    async with asyncio.timeout(90):
        while not ready.exists():
            await asyncio.sleep(0.01)
    player = psutil.Process(int(said(ready)))
    assert player.pid != os.getpid()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(30):
        while runs(player):
            await asyncio.sleep(0.01)
