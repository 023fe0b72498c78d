"""Every command on a home that something is wrong with: one clear line, the right exit code, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from retrovue_tui.cli import main
from retrovue_tui.cli.commands.run import token_here
from retrovue_tui.instance_lock import InstanceLock, find_running
from tests.test_cli import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

NEED_A_STATION: Final = (["stop"], ["status"], ["ctl", "skip", "1"])
START_ONE: Final = (["serve"], ["demo", "--headless"])


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a command printed on stderr; stdout must be empty."""
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("retrovue-tui: ")
    assert "Errno" not in line
    assert "unexpected fault" not in line
    return line


@pytest.mark.parametrize("words", [*NEED_A_STATION, *START_ONE, ["run"], ["check"], ["prepare"], ["asrun"], ["locate"]])
def test_a_home_that_is_a_file(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    home.write_text("not a folder")
    with pytest.raises(SystemExit) as ended:
        main([*words, "--home", str(home)])
    assert ended.value.code == 2
    assert f"{home} is a file, and a station's home is a folder; name a folder with --home DIR" in one_line(capsys)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("words", [*NEED_A_STATION, ["serve"], ["prepare"]])
def test_no_home_and_an_empty_one(
    words: list[str], there: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    if there:
        home.mkdir()
    assert main([*words, "--home", str(home)]) == 1
    line = one_line(capsys)
    assert str(home) in line
    if words in (["serve"], ["prepare"]):
        assert "there is no configuration" in line
        assert "--home DIR" in line
    assert home.exists() is there, "looking makes nothing"


def test_commands_that_need_no_station_work_without_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "home")
    assert main(["locate", "--home", home]) == 0
    assert "station   none runs" in capsys.readouterr().out
    assert main(["asrun", "--home", home]) == 0
    assert "nothing has aired yet" in capsys.readouterr().err
    assert main(["check", "--home", home]) == 1
    assert "there is no configuration" in capsys.readouterr().out


@pytest.fixture(scope="module")
def namespaces() -> None:
    """Mount namespaces of our own, which some containers forbid."""
    if subprocess.run(["unshare", "--mount", "--map-root-user", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow mounts in a namespace of our own")


def mounted(kind: str, home: Path, words: str, *, terminal: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command in a mount namespace of its own, in which the home is on a file system that is full, or that can
    only be read (`ro`)."""
    home.mkdir()
    config = home.with_suffix(".toml")
    config.write_text(CONFIG)
    command = f"'{sys.executable}' -m retrovue_tui {words} --home '{home}'"
    then = {
        "ro": f"mount -o remount,ro '{home}'",
        "full": f"dd if=/dev/zero of='{home}/fill' bs=1k 2>/dev/null || true",
    }
    lines = [
        f"mount -t tmpfs -o size=256k tmpfs '{home}'", f"mkdir '{home}/channels' '{home}/media'",
        f"cp '{config}' '{home}/retrovue.toml'", f"echo 'ffconcat version 1.0' > '{home}/channels/1.ffconcat'",
        then[kind], f'exec script -qec "{command}" /dev/null' if terminal else f"exec {command}",
    ]  # fmt: skip
    return subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-ec", "\n".join(lines)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize(("kind", "reason"), [("ro", "it is on a read-only file system"), ("full", "the disk is full")])
@pytest.mark.parametrize("words", ["serve", "run"])
def test_a_home_that_cannot_be_written(words: str, kind: str, reason: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    ended = mounted(kind, home, words, terminal=words == "run")
    (line,) = (ended.stdout + ended.stderr).splitlines()
    assert line.startswith(f"retrovue-tui: {home}/state cannot be written: {reason}; ")
    assert ended.returncode == 1
    assert find_running(home) is None


@pytest.mark.usefixtures("namespaces")
@pytest.mark.parametrize(
    ("kind", "message"), [("ro", "make it writable"), ("full", "the disk is full; free some space")]
)
def test_check_says_that_a_home_cannot_be_written(kind: str, message: str, tmp_path: Path) -> None:
    ended = mounted(kind, tmp_path / "home", "check")
    assert ended.returncode == 1
    assert ended.stderr == ""
    assert f"{tmp_path}/home cannot be written" in ended.stdout
    assert message in ended.stdout


def test_a_control_room_of_the_same_home_reads_the_token_itself(tmp_path: Path) -> None:
    with InstanceLock(tmp_path) as presence:
        assert token_here(tmp_path, "http://127.0.0.1:8480") is None
        for token in ("the first token of all", "the second token of all"):
            presence.announce("http://127.0.0.1:8480", token)
            for url in ("http://127.0.0.1:8480", "127.0.0.1:8480/"):
                assert token_here(tmp_path, url) == token
            assert token_here(tmp_path, "http://tv.example:8480") is None, "a token goes to its own station alone"
    assert token_here(tmp_path, "http://127.0.0.1:8480") is None
