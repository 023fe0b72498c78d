"""Secrets stay out of logs, faults and the process list."""

from __future__ import annotations

import argparse
import json
import logging
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from retrovue_tui import cli
from retrovue_tui.cli.tokens import tokens_of, without_token
from retrovue_tui.config.advice import advice_on
from retrovue_tui.config.station_config import Config, ServerConfig
from retrovue_tui.errors import StationError
from retrovue_tui.text.redaction import SafeFormatter, Secrets

SECRET = "correct horse+battery/staple"


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    secrets = Secrets()
    secrets.hide(SECRET)
    secrets.hide(None)
    said = secrets.redact(f"a {SECRET} b correct%20horse%2Bbattery/staple c correct+horse%2Bbattery%2Fstaple d")
    assert said == "a … b … c … d"


@pytest.mark.parametrize(
    "text",
    [
        "GET /iptv/channel/1.ts?burst=0&token=abc123xyz&x=1",
        'token = "abc123xyz"',
        'viewer_token: "abc123xyz"',
        "Authorization: Bearer abc123xyz",
        "['retrovue-tui', 'attach', 'http://a', '--token', 'abc123xyz']",
        "retrovue-tui attach http://a --token abc123xyz",
        "retrovue-tui attach http://a --token=abc123xyz",
        "{'Authorization': 'Bearer abc123xyz'}",
    ],
)
def test_a_value_named_token_is_hidden_even_if_it_is_unknown(text: str) -> None:
    assert "abc123xyz" not in Secrets().redact(text)
    assert (
        Secrets().redact("three tokens were wrong; the bearer of this") == "three tokens were wrong; the bearer of this"
    )


def test_a_log_line_and_its_traceback() -> None:
    formatter = SafeFormatter(logging.Formatter("%(message)s"))
    try:
        raise ValueError("GET http://a/?token=abc123xyz \x1b[2J")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "at %s", ("Bearer abc123xyz",), sys.exc_info())
    text = formatter.format(record)
    assert "Traceback" in text
    assert text.count("\n") >= 3
    assert "abc123xyz" not in text
    assert "\x1b" not in text


def test_no_representation_of_the_config_holds_a_token() -> None:
    assert SECRET not in repr(Config(Path("/h"), server=ServerConfig(token=SECRET, viewer_token=SECRET)))


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (["p", "attach", "http://a", "--token", SECRET], ["p", "attach", "http://a"]),
        (["p", "attach", "--tok", SECRET, "http://a"], ["p", "attach", "http://a"]),
        (["p", "attach", f"--token={SECRET}", "http://a"], ["p", "attach", "http://a"]),
        (["p", "attach", f"http://a/?token={SECRET}"], ["p", "attach", "http://a/"]),
        (["p", "attach", f"http://a/?x=1&token={SECRET}"], ["p", "attach", "http://a/?x=1"]),
        (["pytest"], ["pytest"]),
    ],
)
def test_a_command_line_without_its_token(words: list[str], without: list[str]) -> None:
    assert without_token(words, SECRET) == without


def asked(count: int, *tokens: str, files: tuple[Path, ...] = ()) -> argparse.Namespace:
    return argparse.Namespace(url=["http://a:1"] * count, token=list(tokens), token_file=list(files))


def test_the_sources_of_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\nmore\n")
    monkeypatch.setenv("RETROVUE_TOKEN", "from the environment")
    assert tokens_of(asked(1, files=(file,))) == [SECRET]
    assert "RETROVUE_TOKEN" not in os.environ
    assert tokens_of(asked(1)) == [None]
    monkeypatch.setenv("RETROVUE_TOKEN", "from the environment")
    assert tokens_of(asked(1)) == ["from the environment"]
    file.write_text("\n")
    with pytest.raises(StationError, match="first line is empty"):
        tokens_of(asked(1, files=(file,)))
    with pytest.raises(StationError, match="cannot be read"):
        tokens_of(asked(1, files=(tmp_path / "none",)))


def test_every_station_gets_its_own_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text(SECRET)
    assert tokens_of(asked(2, "first", "-")) == ["first", None]
    assert tokens_of(asked(2, "first", "-", files=(Path("-"), file))) == ["first", SECRET]
    assert tokens_of(asked(3)) == [None, None, None]
    monkeypatch.setenv("RETROVUE_TOKEN", "first - third")
    assert tokens_of(asked(3)) == ["first", None, "third"]
    monkeypatch.setenv("RETROVUE_TOKEN", "of the first alone")
    with pytest.raises(StationError, match=r"there are 4 tokens for 2 addresses: give one --token or --token-file"):
        tokens_of(asked(2))
    with pytest.raises(StationError, match="there are 1 tokens for 2 addresses"):
        tokens_of(asked(2, "only one"))


def test_a_typed_token_leaves_the_process_list(tmp_path: Path) -> None:
    """`attach --token X` starts again without it in its arguments."""
    script = "import os, pty, sys; pty.spawn(sys.argv[1:])"
    words = [sys.executable, "-m", "retrovue_tui", "attach", "http://127.0.0.1:9", "--token", SECRET]
    environment = os.environ | {"TERM": "xterm-256color", "RETROVUE_HOME": str(tmp_path)}
    watched = subprocess.Popen(
        [sys.executable, "-c", script, *words], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        out = watched.communicate(timeout=60)[0].decode()
    finally:
        watched.kill()
    assert "stays in the shell's history" in out
    assert "No station answers at http://127.0.0.1:9" in out
    assert SECRET not in out


def test_a_fault_is_written_without_the_token_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: argparse.Namespace) -> int:
        raise RuntimeError("Bearer abc123xyz \x1b]0;x")

    monkeypatch.setattr(cli, "read_arguments", lambda _: argparse.Namespace(home=tmp_path, command=broken))
    monkeypatch.setattr(sys, "argv", ["retrovue-tui", "attach", "http://a", "--token", "abc123xyz"])
    assert cli.main([]) == 1
    log = tmp_path / "logs" / "faults.log"
    assert "RuntimeError" in log.read_text()
    said = capsys.readouterr().err
    for text in (log.read_text(), said):
        assert "abc123xyz" not in text
        assert "\x1b" not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_advice_on_weak_tokens_and_open_files(tmp_path: Path) -> None:
    config = Config(tmp_path, server=ServerConfig(token="short", viewer_token="also short"))
    config.path.write_text("")
    config.path.chmod(0o600)
    lines = advice_on(config)
    assert len(lines) == 2
    assert "token has fewer than 16 characters" in lines[0]
    assert "viewer_token has fewer" in lines[1]
    good = Config(tmp_path, server=ServerConfig(token="x" * 16))
    assert advice_on(good) == ()
    tmp_path.chmod(0o755)
    config.path.chmod(0o644)
    assert "mode 644" in advice_on(good)[0]
    assert advice_on(Config(tmp_path)) == ()
    tmp_path.chmod(0o700)
    assert advice_on(good) == ()  # nobody else can reach it there


CONFIG = """\
[server]
port = 0
token = "abc123"
[house]
profile = "480p"
[[channel]]
id = "1"
"""


def test_a_station_makes_its_files_for_their_owner_alone_and_logs_no_token(tmp_path: Path) -> None:
    home = tmp_path / "home 100%d"
    (home / "channels").mkdir(parents=True)
    (home / "retrovue.toml").write_text(CONFIG)
    (home / "retrovue.toml").chmod(0o644)
    rundown = home / "channels" / "1.ffconcat"
    rundown.write_text("ffconcat version 1.0\n")
    rundown.chmod(0o640)
    command = [sys.executable, "-m", "retrovue_tui", "serve", "--home", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        assert station.stderr is not None
        try:
            assert station.stdout.readline().startswith("on air: ")
            deadline = time.monotonic() + 20
            while not list((home / "cache" / "slates").glob("*.ts")):
                assert time.monotonic() < deadline, (home / "logs" / "station.log").read_text()
                time.sleep(0.02)
            commands = " ".join(
                word for each in psutil.process_iter(["cmdline"]) for word in each.info["cmdline"] or ()
            )
        finally:
            station.terminate()
        errors = station.stderr.read()
    log = (home / "logs" / "station.log").read_text()
    assert "token has fewer than 16 characters" in log
    assert "mode 644" in log
    assert "abc123" not in log + errors + commands
    for path in sorted((home / "state").rglob("*")) + sorted((home / "logs").rglob("*")) + [home / "state"]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE(rundown.stat().st_mode) == 0o640
    check = subprocess.run([*command[:3], "check", "--json", "--home", str(home)], capture_output=True, text=True)
    assert len(json.loads(check.stdout)["warnings"]) == 2


def test_a_secret_of_a_letter_or_two_leaves_words_whole() -> None:
    secrets = Secrets()
    for value in ("t", "abc", None, ""):
        secrets.hide(value)
    assert secrets.redact("a station that starts, abc") == "a station that starts, abc"
    secrets.hide("abcd")
    assert secrets.redact("abcde") == "…e"
