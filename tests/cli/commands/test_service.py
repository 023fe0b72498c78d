"""`service`, with a systemctl that writes down what it is asked for."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.cli import main
from retrovue_tui.cli.commands import service as service_command
from retrovue_tui.cli.systemd.unit_name import unit_name
from retrovue_tui.cli.systemd.writable_paths import in_shared_tmp
from retrovue_tui.instance_lock import InstanceLock
from tests.test_cli import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

RUNS = "ActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID={pid}\nNRestarts=2\nWatchdogUSec=30s\n"
DOWN = "ActiveState=failed\nSubState=failed\nUnitFileState=enabled\nMainPID=0\nNRestarts=20\nResult=watchdog\n"


class Systemd:
    """The fake programs, what they answer, and what they were asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, str] = {}
        self.answer("loginctl", 0, "no\n")
        self.answer("systemctl --user show ", 0, RUNS.format(pid=0))

    def answer(self, call: str, code: int, out: str = "", err: str = "") -> None:
        """From now on, answer calls that begin with these words."""
        self._answers[call] = f"printf %s {shlex.quote(out)}; printf %s {shlex.quote(err)} >&2; exit {code};;"
        cases = "\n".join(f"  {shlex.quote(each)}*) {does}" for each, does in self._answers.items())
        for name in ("systemctl", "loginctl", "journalctl"):
            path = self._folder / name
            path.write_text(
                f'#!/bin/sh\necho "{name} $*" >> {self._folder}/calls\ncase "{name} $*" in\n{cases}\nesac\n'
            )
            path.chmod(0o755)

    def changes(self) -> list[str]:
        """The calls that change something, without those that only look; each once."""
        path = self._folder / "calls"
        calls = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [each.removeprefix("systemctl --user ") for each in calls if each.startswith("systemctl --user")
                and "show" not in each]  # fmt: skip


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(service_command, "require_installed", lambda python: None)
    return Systemd(folder)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "data" / "retrovue-tui"
    home.mkdir(parents=True)
    (home / "retrovue.toml").write_text(CONFIG)
    return home


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    return tmp_path / "config" / "systemd" / "user" / "retrovue-tui.service"


def run(*words: str, home: Path) -> int:
    return main(["service", *words, "--home", str(home)])


def test_install_and_uninstall(systemd: Systemd, home: Path, unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    systemd.answer("systemctl --user show ", 0, DOWN)
    assert run("install", home=home) == 0
    assert f"ExecStart={sys.executable} -P -m retrovue_tui serve --home {home}\n" in unit.read_text()
    assert systemd.changes() == ["daemon-reload", "enable retrovue-tui.service", "reset-failed retrovue-tui.service",
                                 "start retrovue-tui.service"]  # fmt: skip
    out = capsys.readouterr().out
    assert f"wrote {unit}" in out
    assert "loginctl enable-linger" in out
    systemd.answer("loginctl", 0, "yes\n")
    assert run("install", "--no-start", home=home) == 0
    assert systemd.changes() == ["daemon-reload", "enable retrovue-tui.service"]
    out = capsys.readouterr().out
    assert f"{unit} is up to date" in out
    assert "it starts when the machine boots, without a login" in out
    assert run("uninstall", home=home) == 0
    assert systemd.changes() == ["disable --now retrovue-tui.service", "daemon-reload"]
    assert not unit.exists()
    assert run("uninstall", home=home) == 1
    assert (home / "retrovue.toml").exists()


def test_a_unit_of_somebody_else_is_never_touched(
    systemd: Systemd, home: Path, unit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("install", "--no-start", home=home) == 0
    own = unit.read_text()
    for text, reason in (
        ("[Service]\nExecStart=/bin/true\n", "was not written by retrovue-tui"),
        (own.replace("WatchdogSec=30", "WatchdogSec=300"), "has been changed by hand"),
        (own.replace(f" of {home}", " of /other"), "belongs to another home, /other"),
    ):
        unit.write_text(text)
        systemd.changes()
        for action in ("install", "uninstall"):
            assert run(action, home=home) == 1
            assert systemd.changes() == []
            assert unit.read_text() == text
            out, err = capsys.readouterr()
            assert reason in err
            assert ("+++" in out) is (action == "install")
    assert run("install", "--no-start", "--force", home=home) == 0
    assert unit.read_text() == own
    assert "of /other" in unit.with_name("retrovue-tui.service.before").read_text()


def test_an_older_unit_of_ours_is_replaced_and_nothing_goes_off_air(
    systemd: Systemd, home: Path, unit: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", "/old/python")
    assert run("install", "--no-start", home=home) == 0
    monkeypatch.setattr(sys, "executable", "/new/python")
    systemd.changes()
    assert run("install", home=home) == 0
    assert "ExecStart=/new/python" in unit.read_text()
    assert systemd.changes() == ["daemon-reload", "enable retrovue-tui.service"]
    out = capsys.readouterr().out
    assert "-ExecStart=/old/python" in out
    assert "`retrovue-tui service restart` applies the new one" in out


def test_print_works_without_systemd(
    systemd: Systemd, home: Path, unit: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("RETROVUE_FFMPEG", "/opt/ffmpeg")
    assert run("install", "--print", home=home) == 0
    out = capsys.readouterr().out
    assert "Type=notify" in out
    assert "Environment=RETROVUE_FFMPEG=/opt/ffmpeg" in out
    assert run("install", home=home) == 1
    assert "no systemctl" in (err := capsys.readouterr().err)
    assert "service install --print" in err
    assert not unit.exists()


def test_no_user_manager(systemd: Systemd, home: Path, unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    systemd.answer("systemctl --user show-environment", 1, err="Failed to connect to bus: No medium found\n")
    assert run("install", home=home) == 1
    assert "Failed to connect to bus: No medium found" in capsys.readouterr().err
    assert not unit.exists()


def test_a_home_that_cannot_start_gets_no_unit(
    systemd: Systemd, home: Path, unit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "retrovue.toml").write_text(CONFIG.replace("port = 0", 'port = 0\nhost = "0.0.0.0"'))
    assert run("install", home=home) == 1
    assert "a token is needed" in capsys.readouterr().err
    assert not unit.exists()
    assert systemd.changes() == []


def test_a_station_started_by_hand(
    systemd: Systemd, home: Path, unit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with InstanceLock(home):
        assert run("install", home=home) == 1
        assert f"started by hand (process {os.getpid()}); end it with `retrovue-tui stop" in capsys.readouterr().err
        assert not unit.exists()
        assert run("install", "--no-start", home=home) == 0
        assert run("restart", home=home) == 1
        systemd.answer("systemctl --user show ", 0, RUNS.format(pid=os.getpid()))
        systemd.changes()
        assert run("restart", home=home) == 0, "it is the service's own"
        assert "restart retrovue-tui.service" in systemd.changes()


def test_a_restart_with_a_broken_config_leaves_the_station_on_air(
    systemd: Systemd, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("restart", home=home) == 1
    assert "no service is installed" in capsys.readouterr().err
    assert run("install", "--no-start", home=home) == 0
    systemd.changes()
    (home / "retrovue.toml").write_text("[server")
    assert run("restart", home=home) == 1
    assert systemd.changes() == []


def test_a_start_that_fails_shows_the_log(systemd: Systemd, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    systemd.answer("systemctl --user show ", 0, DOWN)
    systemd.answer("systemctl --user start", 1, err="Job for retrovue-tui.service failed.\n")
    systemd.answer("journalctl", 0, "one\nport 8480 is taken\x1b[2J\n")
    assert run("install", home=home) == 1
    err = capsys.readouterr().err
    assert "  port 8480 is taken\ufffd[2J\n" in err
    assert err.splitlines()[-1].endswith("Job for retrovue-tui.service failed.")


def status(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = run("status", *words, home=home)
    return code, capsys.readouterr().out


def test_status(systemd: Systemd, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("install", "--no-start", home=home) == 0
    capsys.readouterr()
    systemd.answer("systemctl --user show ", 0, RUNS.format(pid=77) + "StatusText=2 channels: 2 on air; 1 viewers\n")
    systemd.answer("journalctl", 0, "line one\nline two\n")
    code, out = status(home, capsys)
    assert code == 0
    for part in ("active (running); enabled", "process 77", "restarts by systemd: 2; watchdog: 30s", "  line two",
                 "it reports: 2 channels: 2 on air; 1 viewers"):  # fmt: skip
        assert part in out
    values: dict[str, Any] = json.loads(status(home, capsys, "--json")[1])
    assert (values["unit"], values["active"], values["pid"], values["linger"]) == (
        "retrovue-tui.service",
        True,
        77,
        False,
    )
    systemd.answer("systemctl --user show ", 0, DOWN)
    systemd.answer("journalctl", 1)
    (home / "logs").mkdir()
    (home / "logs" / "station.log").write_text("the station's own log\n")
    code, out = status(home, capsys)
    assert code == 1
    assert "failed (failed), last result: watchdog; enabled" in out
    assert "  the station's own log" in out


def test_options_that_do_not_fit(systemd: Systemd, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--force", home=home) == 2
    assert capsys.readouterr().err == "retrovue-tui: --force goes with install and uninstall only\n"
    with pytest.raises(SystemExit) as ended:
        run("reload", home=home)
    assert ended.value.code == 2


def test_another_home_has_a_unit_of_its_own(systemd: Systemd, home: Path, unit: Path, tmp_path: Path) -> None:
    other = tmp_path / "my tv"
    other.mkdir()
    (other / "retrovue.toml").write_text(CONFIG)
    (other / "cache").symlink_to(tmp_path / "big disk")
    (tmp_path / "big disk").mkdir()
    assert run("install", "--no-start", home=other / ".." / "my tv") == 0
    assert not unit.exists()
    (text,) = [path.read_text() for path in unit.parent.glob("*.service")]
    assert unit_name(other, home) in text
    assert f'ReadWritePaths="{other}" "{tmp_path}/big disk"\n' in text
    assert ("PrivateTmp" in text) is not in_shared_tmp(other)


def test_an_installation_that_systemd_cannot_start(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named retrovue_tui' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    assert run("install", home=home) == 1
    assert "a checkout that is not installed" in capsys.readouterr().err
