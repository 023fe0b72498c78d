"""`ctl` and `asrun`, as they are typed."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli import main
from retrovue_tui.instance_lock import InstanceLock
from retrovue_tui.playout.asrun.database import AsRunDatabase
from retrovue_tui.playout.asrun.recorder import EntryStart
from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.commands import COMMAND_SPECS, Command
from retrovue_tui.server.app import StationServer
from retrovue_tui.timecode import FrameRate
from tests.server.fakes import FakeChannel, FakeController, FakeStation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOKEN = "s3cret"


@pytest.fixture
async def controller(tmp_path: Path) -> AsyncIterator[FakeController]:
    """The controller of channel 1 of a fake station that runs in `tmp_path`."""
    channel = FakeChannel("1", 1, "Retro One")
    server = StationServer(FakeStation([channel]), "127.0.0.1", 0, TOKEN)
    url = await server.start()
    with InstanceLock(tmp_path) as presence:
        presence.announce(url, TOKEN)
        assert isinstance(channel.controller, FakeController)
        yield channel.controller
    await server.stop()


async def ctl(home: Path, *words: str) -> int:
    return await asyncio.to_thread(main, ["ctl", "--home", str(home), *words])


async def test_a_receipt_to_read(
    controller: FakeController, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await ctl(tmp_path, "break_now", "1", "--spots", "cola.mp4", "soap.mp4") == 0
    assert controller.commands == [Command("break_now", {"spots": ("cola.mp4", "soap.mp4")})]
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "accepted"
    assert lines[1].startswith("  on air      in 0.25 s, at ")
    assert lines[2:4] == ["  changes     break b2 begins", "              e1 is cut"]
    assert lines[5:] == ["  generation  4, revision 8", "  ! late"]
    assert err == ""


async def test_arguments_anywhere_and_a_dry_run(
    controller: FakeController, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await ctl(tmp_path, "insert-break", "1", "--dry-run", "entry=e1", "at_s=3", "--revision", "7") == 0
    assert controller.commands == [Command("insert_break", {"entry": "e1", "at_s": 3.0}, True, 7)]
    out = capsys.readouterr().out
    assert out.startswith("would be accepted; nothing was changed\n")
    assert "Second half (e2)\n" in out


async def test_a_file_that_is_here_is_named_in_full(
    controller: FakeController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here.mp4").touch()
    monkeypatch.chdir(tmp_path)
    assert await ctl(tmp_path, "replace_spot", "1", "entry=s1", "file=here.mp4") == 0
    assert await ctl(tmp_path, "break_now", "1", "--spots", "here.mp4", "--spots", "there.mp4") == 0
    assert controller.commands[0].arguments["file"] == str(tmp_path / "here.mp4")
    assert controller.commands[1].arguments["spots"] == (str(tmp_path / "here.mp4"), "there.mp4")


async def test_edits_from_a_file_and_piped_in(
    controller: FakeController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here.mp4").touch()
    monkeypatch.chdir(tmp_path)
    edits = [{"command": "remove", "entry": "e2"}, {"command": "insert", "file": "here.mp4", "after": "e1"}]
    (tmp_path / "edits.json").write_text(json.dumps(edits, indent=2))
    assert await ctl(tmp_path, "apply", "1", "--file", "edits.json", "--dry-run") == 0
    pipe = io.TextIOWrapper(io.BytesIO(json.dumps(edits).encode()))
    monkeypatch.setattr("sys.stdin", pipe)
    assert await ctl(tmp_path, "apply", "1", "--file", "-", "--revision", "7") == 0
    made = (
        Command("remove", {"entry": "e2"}),
        Command("insert", {"file": str(tmp_path / "here.mp4"), "after": "e1"}),
    )
    assert controller.commands == [
        Command("apply", {"edits": made}, dry_run=True), Command("apply", {"edits": made}, revision=7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'[\n{"command": "remove", "entry": "e1"}\n{}]', "edits.json, line 3, column 1: expecting ',' delimiter"),
        (b"", "edits.json, line 1, column 1: expecting value; expected a list of edits, like ["),
        (b'{"command": "remove"}', "edits.json, line 1: expected a list of edits, like ["),
        (b"[]", "edits.json has no edits: expected a list"),
        (b'[\n"skip"]', "edits.json, line 2: a command is an object like"),
        (b'[{"command": "remove", "entry": "e1"},\n\n {"command": "remvoe"}]', "line 3: there is no command 'remvoe'"),
        (b'[{"command": "skip"}]', "line 1: skip acts on the entry on air"),
        (b'[\n{"command": "trim", "entry": "e1", "out_frame": 1.5}]', "line 2: out_frame is a whole number"),
        (b'[\n"\xff"]', "edits.json, line 2: this is not UTF-8 text"),
        (b"[" * 100_000, "edits.json is nested too deeply"),
    ],
)
def test_a_bad_list_of_edits_is_refused_with_its_line(
    text: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "edits.json"
    file.write_bytes(text)
    assert main(["ctl", "apply", "1", "--file", str(file), "--home", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_edits_are_of_an_apply_and_in_a_file_that_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path)]
    for words, said in (
        (["skip", "1", "--file", "x.json"], "skip takes no --file"),
        (["apply", "1", "--file", str(tmp_path / "no.json")], "no.json cannot be read: No such file"),
        (["apply", "1", "--file", str(tmp_path)], "cannot be read: Is a directory"),
        (["apply", "1"], "with ctl: apply --file FILE"),
        (["apply", "1", "edits=x.json"], "edits are read from a file: --file FILE"),
    ):
        assert main(["ctl", *words, *home]) == 2
        assert said in capsys.readouterr().err


def test_help_says_every_command_what_it_takes_and_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["ctl", "--help"])
    told = capsys.readouterr().out.partition("commands:\n")[2]
    assert "  trim entry=… in_frame=…|out_frame=…\n      change an entry's first frame or its end\n" in told
    for name, form in COMMAND_SPECS.items():
        assert f"\n  {name}" in f"\n{told}"
        assert form.does in told
    assert max(map(len, told.splitlines())) < 80


async def test_json_and_refused(controller: FakeController, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await ctl(tmp_path, "skip", "1", "--json") == 0
    assert Receipt.from_json(json.loads(capsys.readouterr().out)).on_air_in_s == 0.25
    assert await ctl(tmp_path, "undo", "1") == 1
    assert capsys.readouterr() == ("", "retrovue-tui: refused: there is nothing to undo\n")
    assert await ctl(tmp_path, "undo", "1", "--json") == 1
    assert json.loads(capsys.readouterr().out)["accepted"] is False
    assert await ctl(tmp_path, "skip", "9") == 1
    assert "no channel '9'" in capsys.readouterr().err


def test_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path)]
    assert main(["ctl", "skpi", "1", *home]) == 2
    assert capsys.readouterr().err == (
        "retrovue-tui: there is no command 'skpi': did you mean 'skip'?; see retrovue-tui ctl --help\n"
    )
    assert main(["ctl", "break_now", "1", "seconds=x", *home]) == 2
    assert main(["ctl", "skip", "1", *home]) == 1
    assert "no station runs in" in capsys.readouterr().err
    for words in (["ctl", "skip"], ["ctl", "skip", "1", "--bogus"], ["asrun", "--since", "soon"], ["asrun", "x"]):
        with pytest.raises(SystemExit) as ended:
            main([*words, *home])
        assert ended.value.code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


async def test_asrun_prints_the_airings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(tmp_path)]
    assert main(["asrun", *home, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert "nothing has aired yet" in err

    log = AsRunDatabase(tmp_path / "state" / "asrun.db")
    await log.start()
    frame = [0]
    for channel in ("1", "2"):
        keeper = log.recorder(channel, FrameRate(25, 1), lambda: frame[0])
        keeper.entry_started(EntryStart("film", "programme", 'A "film", cut', "/m/film.mp4", frames_planned=100))
        frame[0] += 60
        keeper.entry_ended("cut", note="break now")
        keeper.entry_started(EntryStart("cola", "spot", "Cola", "/m/cola.mp4", "b1", frames_planned=50))
    await log.flush()

    assert main(["asrun", *home, "--csv", "--channel", "1"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["title"], row["frames_aired"], row["ended"], row["break"]) for row in rows] == [
        ('A "film", cut', "60", "cut", ""), ("Cola", "0", "", "b1"),
    ]  # fmt: skip
    assert main(["asrun", *home, "--json", "--kind", "spot", "--since", "1h"]) == 0
    assert [row["entry"] for row in json.loads(capsys.readouterr().out)] == ["cola", "cola"]
    assert main(["asrun", *home, "--until", "1h"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert main(["asrun", *home]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith('60 of 100  cut             0  A "film", cut (break now)')
    assert lines[2].endswith("0 of 50  on air          0  Cola [b1]")
    await log.close()

    log.path.write_bytes(b"no database" * 500)
    assert main(["asrun", *home]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["skip"], "CHANNEL is missing; write it like: retrovue-tui ctl skip 1"),
        ([], "COMMAND and CHANNEL are missing; write it like: retrovue-tui ctl skip 1"),
        (["remove", "entry=x"], "CHANNEL is missing before entry=x; write it like: retrovue-tui ctl remove 1 entry=x"),
        (
            ["break_now", "1", "seconds=-5"],
            "seconds is a number of seconds from 0 on, not -5; write it like seconds=60",
        ),
        (["break_now", "1", "seconds=0"], "above 0 and up to 21600 seconds, not 0; write it like seconds=60"),
        (["break_now", "1", "seconds=long"], "seconds is a number of seconds, not 'long'; write it like seconds=60"),
    ],
)
def test_a_wrong_command_is_answered_with_an_example(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["ctl", "--home", str(tmp_path), *words])
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
