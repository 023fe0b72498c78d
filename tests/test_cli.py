"""The commands, as they are typed: what they print, where, and with which exit code."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.cli import main, serve
from retrovue_tui.errors import StationError
from retrovue_tui.instance_lock import InstanceLock, find_running
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from tests.playout.homes import alive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDS_S = 20.0  # a stop takes a second; one that hangs never ends
CONFIG = """\
name = "Haus"
[server]
port = 0
[house]
profile = "480p"
loudness = false
[library]
programmes = ["media"]
[[channel]]
id = "1"
name = "Eins"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return home_in(tmp_path)


def home_in(tmp_path: Path) -> Path:
    """A station of one channel with one short film."""
    (tmp_path / "media").mkdir()
    (tmp_path / "channels").mkdir()
    (tmp_path / "retrovue.toml").write_text(CONFIG)
    (tmp_path / "channels" / "1.ffconcat").write_text("ffconcat version 1.0\n\nfile ../media/film.mp4\n")
    subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x36:r=30000/1001:d=2", "-c:v", "libx264",
         "-preset", "ultrafast", tmp_path / "media" / "film.mp4"],
        check=True,
    )  # fmt: skip
    return tmp_path


@contextlib.contextmanager
def serving(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a station in a process of its own, and yield it with its address once it is on air."""
    process = subprocess.Popen(
        [sys.executable, "-m", "retrovue_tui", "serve", "--home", home, *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        ready, _, _ = select.select([process.stdout], [], [], 30)
        line = process.stdout.readline() if ready else ""
        if not line.startswith("on air: http://127.0.0.1:"):
            process.kill()
            pytest.fail(f"{line!r} {process.stderr.read()!r}")
        yield process, line.removeprefix("on air: ").strip()
    finally:
        process.kill()
        process.communicate()


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str]]:
    out, err = capsys.readouterr()
    return out, err.splitlines()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["stauts"], "retrovue-tui: unknown command 'stauts': did you mean 'status'?; see retrovue-tui --help"),
        (["serve", "--port", "x"], "retrovue-tui: argument --port: 'x' is not a port (0 to 65535); "
                                   "see retrovue-tui serve --help"),
        (["attach"], "retrovue-tui: the following arguments are required: URL; see retrovue-tui attach --help"),
        (["stop", "--hoem", "x"], "retrovue-tui: unrecognized arguments: --hoem x; see retrovue-tui --help"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line_and_2(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert said(capsys) == ("", [message])


def test_every_command_has_home_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("run", "attach", "serve", "stop", "demo", "init", "check", "prepare", "status", "clients", "ctl", "asrun",
             "locate", "service", "export", "import")  # fmt: skip
    for name in names:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert "--home DIR" in said(capsys)[0]
    with pytest.raises(SystemExit):
        main(["--help"])


def test_the_control_room_needs_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path)]) == 2
    assert "needs a terminal" in said(capsys)[1][0]
    assert main(["attach", "http://127.0.0.1:1"]) == 2


def test_locate(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home), "locate", "--json"]) == 0
    places = json.loads(said(capsys)[0])
    assert places["config"] == str(home / "retrovue.toml")
    assert places["ffmpeg"] == str(find_ffmpeg().path)
    assert places["station"] is None
    assert main(["locate", f"--home={home}"]) == 0
    assert f"logs      {home}/logs" in said(capsys)[0]


def test_check_lists_every_problem_with_its_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--home", str(home)]) == 0
    assert said(capsys)[0] == "all is well\n"
    rundown = home / "channels" / "1.ffconcat"
    rundown.write_text(
        "ffconcat version 1.0\n# one\nfile ../media/film.mp4\noutpoint 9\n"
        "file ../media/gone.mp4\nfile ../media/film.mp4\ninpoint 7\n"
    )
    (home / "retrovue.toml").write_text(CONFIG.replace('"media"', '"media", "nowhere"'))
    assert main(["check", "--home", str(home), "--json"]) == 1
    told = json.loads(said(capsys)[0])
    assert told["ok"] is False
    assert [(p["path"], p["line"]) for p in told["problems"]] == [
        (str(home / "retrovue.toml"), None), (str(rundown), 3), (str(rundown), 5), (str(rundown), 6),
    ]  # fmt: skip
    rundown.write_text("ffconcat version 1.0\nfiel x\n")
    assert main(["check", "--home", str(home)]) == 1
    assert f"{rundown}:2: " in said(capsys)[0]
    (home / "retrovue.toml").write_text("port = 1\nname = 2\n")
    assert main(["check", "--home", str(home)]) == 1
    out = said(capsys)[0]
    assert f"{home}/retrovue.toml:1: " in out
    assert f"{home}/retrovue.toml:2: " in out


def test_check_goes_on_after_a_syntax_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the config, of a rundown, and in files that nothing names yet, all at once."""
    (home / "ads").mkdir()
    (home / "retrovue.toml").write_text(
        CONFIG.replace('"Haus"', "Haus").replace('"480p"', '"481p"') + 'pool = "ads"\n[pools]\nads = "ads"\n'
        '[[channel]]\nid = "2"\nnumber = 2\n'
    )
    (home / "media" / "broken.mp4").touch()
    os.utime(home / "media" / "broken.mp4", (1e9, 1e9))  # what was written just now may be a copy under way
    one, two = home / "channels" / "1.ffconcat", home / "channels" / "2.ffconcat"
    one.write_text("ffconcat version 1.0\n../media/film.mp4\ninpoint x\nfile ../media/film.mp4\noutpoint 9\n")
    two.write_text("ffconcat version 1.0\nfile ../media/gone.mp4\n")
    assert main(["check", "--home", str(home), "--json"]) == 1
    told = json.loads(said(capsys)[0])["problems"]
    config = home / "retrovue.toml"
    assert [(problem["path"], problem["line"], problem["message"].split("; ")[0]) for problem in told] == [
        (str(config), 1, "text needs quotes"),
        (str(config), 5, "profile '481p' is not one of 240p, 360p, 480p, 720p, 1080p"),
        (str(one), 2, "a path needs the word file before it"),
        (str(one), 3, "'x' is not a time"),
        (str(one), 4, "outpoint 00:00:09;00 is after the end of film.mp4 (00:00:02;00)"),
        (str(two), 2, f"{home}/media/gone.mp4: no such file"),
        (str(home / "media" / "broken.mp4"), None, "the file is empty"),
        (str(config), None, "pool 'ads' has no spots, so no break can be filled"),
    ]


def test_errors_are_one_line_and_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["serve"], ["prepare"], ["stop"], ["status"]):
        assert main([*words, "--home", str(tmp_path)]) == 1
        out, err = said(capsys)
        assert out == ""
        assert len(err) == 1
        assert err[0].startswith("retrovue-tui: ")


def test_a_fault_of_ours_leaves_its_traceback_in_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(home: Path) -> None:
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr("retrovue_tui.cli.serve.find_running", broken)
    assert main(["stop", "--home", str(tmp_path)]) == 1
    (line,) = said(capsys)[1]
    assert line == (
        "retrovue-tui: an unexpected fault (ZeroDivisionError: oh no); "
        f"the details are in {tmp_path / 'logs' / 'faults.log'}"
    )
    assert "Traceback" in (tmp_path / "logs" / "faults.log").read_text()


def test_the_demo_leaves_a_station_of_your_own_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--headless", "--home", str(home)]) == 1
    assert "a station of your own" in said(capsys)[1][0]
    assert not (home / "media" / "programmes").exists()


def test_prepare(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "--home", str(home), "--json"]) == 0
    assert json.loads(said(capsys)[0]) == {"prepared": [str(home / "media" / "film.mp4")], "failed": {}}
    assert list((home / "cache").rglob("*.ts"))
    assert main(["prepare", "--home", str(home), str(home / "gone.mp4")]) == 1
    assert said(capsys)[1][-1].endswith("gone.mp4: no such file")


def test_on_air_status_a_second_one_and_stop(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(home) as (process, url):
        with urllib.request.urlopen(f"{url}/healthz", timeout=60) as answer:
            assert answer.status == 200
        running = find_running(home)
        assert running is not None
        assert (running.pid, running.url) == (process.pid, url)
        assert main(["status", "--home", str(home), "--json"]) == 0
        snapshot = json.loads(said(capsys)[0])
        assert (snapshot["name"], snapshot["url"], snapshot["pid"]) == ("Haus", url, process.pid)
        assert main(["status", "--home", str(home)]) == 0
        assert "Eins" in said(capsys)[0]
        assert main(["serve", "--home", str(home)]) == 1
        assert f"already runs in {home} (process {process.pid} at {url})" in said(capsys)[1][0]
        children = psutil.Process(process.pid).children(recursive=True)
        assert main(["stop", "--home", str(home)]) == 0
        assert process.wait(ENDS_S) == 0
        assert not alive(children)
        assert find_running(home) is None


@pytest.mark.parametrize("each", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_clean_stop_on_a_signal_with_a_viewer(home: Path, each: signal.Signals) -> None:
    with serving(home) as (process, url), urllib.request.urlopen(f"{url}/iptv/channel/1.ts", timeout=60) as viewer:
        assert viewer.read(188)[0] == 0x47
        process.send_signal(each)
        assert process.wait(ENDS_S) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert "off air" in (home / "logs" / "station.log").read_text()


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")  # that is what it is for
def test_a_station_in_the_background_outlives_its_starter(home: Path) -> None:
    running = serve.start_in_background(home, ["serve"])
    try:
        assert running.url is not None
        assert os.getsid(running.pid) == running.pid != os.getsid(0)
    finally:
        serve.stop_home(home)
    assert find_running(home) is None


def test_why_a_station_did_not_start(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StationError, match=f"the station did not start: .*{port}"):
            serve.start_in_background(home, ["serve", f"--port={port}"])
    (home / "retrovue.toml").write_text("x = 1\n" + CONFIG)
    with pytest.raises(StationError, match=r"the station did not start: .*retrovue\.toml.*unknown key 'x'"):
        serve.start_in_background(home, ["serve"])
    assert find_running(home) is None


def test_status_of_one_that_is_just_starting(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with InstanceLock(home):
        assert main(["status", "--home", str(home)]) == 1
        assert "is still starting" in said(capsys)[1][0]
