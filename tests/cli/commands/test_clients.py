"""`clients`, as it is typed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli import main
from retrovue_tui.instance_lock import InstanceLock
from tests.server.conftest import serving
from tests.server.fakes import FakeChannel, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.server.conftest import Served

KODI = "GET /iptv/channel/1.ts HTTP/1.1\nHost: localhost\nUser-Agent: Kodi/20.2\nAuthorization: Bearer s3cret\n\n"


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Served]:
    """A fake station that runs in `tmp_path`, with one viewer."""
    async with serving(FakeStation([FakeChannel("1", 1, "Retro One")]), "s3cret") as served:
        with InstanceLock(tmp_path) as presence:
            presence.announce(served.url, "s3cret")
            reader, _ = await served.connect(KODI)
            await reader.readuntil(b"\r\n\r\n")
            yield served


async def clients(home: Path, *words: str) -> int:
    return await asyncio.to_thread(main, ["clients", "--home", str(home), *words])


@pytest.mark.usefixtures("watched")
async def test_the_clients_to_read_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert await clients(tmp_path, "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)["clients"]
    assert (row["client"], row["address"], row["channel"], row["mode"]) == ("Kodi", "127.0.0.1", "1", "live")
    assert await clients(tmp_path) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "Kodi" in line)
    assert line.split()[:5] == [row["id"], "1", "Kodi", "127.0.0.1", "live"]


async def test_addresses_stay_whole_on_a_terminal_of_80_columns(
    watched: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    reader, _ = await watched.connect(KODI.replace("Kodi/20.2", "LongNamedViewerOfMine/1"))
    await reader.readuntil(b"\r\n\r\n")
    assert await clients(tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(" 127.0.0.1 " in line for line in lines) == 2
    assert lines[0].split() == ["id", "ch", "client", "address", "mode", "since", "Mb/s", "behind", "jumps"]


async def test_a_client_is_disconnected_and_blocked(
    watched: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await clients(tmp_path, "--json") == 0
    id = json.loads(capsys.readouterr().out)["clients"][0]["id"]
    assert await clients(tmp_path, "--disconnect", id, "--block", "10m") == 0
    assert capsys.readouterr().out == (
        "Kodi at 127.0.0.1 was disconnected from channel 1; its streams are refused for 600 s.\n"
    )
    assert await clients(tmp_path) == 0
    out = capsys.readouterr().out
    assert "Nobody is watching." in out
    assert "! Kodi at 127.0.0.1 is blocked for " in out
    assert await clients(tmp_path, "--disconnect", id) == 1
    assert "is connected; it may have left" in capsys.readouterr().err
    assert watched.station.events.after(0)[-1].kind == "client_disconnected"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--block", "10m"), "--block needs --disconnect ID"),
        (("--disconnect", "a", "--block", "2h"), "not a length of time up to 1h"),
        (("--disconnect", "a", "--block", "soon"), 'write it like "90s", "2m" or "1h30m"'),
    ],
)
def test_wrong_usage_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    try:
        code = main(["clients", "--home", str(tmp_path), *words])
    except SystemExit as error:
        code = int(str(error.code))
    assert code == 2
    assert said in capsys.readouterr().err


def test_without_a_station_it_says_how_to_start_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clients", "--home", str(tmp_path)]) == 1
    assert "no station runs" in capsys.readouterr().err
