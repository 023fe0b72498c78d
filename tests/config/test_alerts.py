"""[alerts]: what it may hold, how a wrong value is reported, and that no secret is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.cli.archive.blank_tokens import with_blank_tokens
from retrovue_tui.cli.checks.alert_problems import alert_advice, alert_problems
from retrovue_tui.config.advice import advice_on
from retrovue_tui.config.alerts import AlertsConfig, secrets_of, shown
from retrovue_tui.config.config_file import load_config, read_config
from retrovue_tui.playout.config_reload import revise
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    from pathlib import Path

CHANNEL = '[[channel]]\nid = "1"\nnumber = 1\n'


def write(home: Path, text: str) -> Path:
    (home / "retrovue.toml").write_text(f"[alerts]\n{text}\n{CHANNEL}", encoding="utf-8")
    return home


def test_all_keys_are_read(tmp_path: Path) -> None:
    text = (
        'webhook = ["https://hooks.example/T0/B0", "http://127.0.0.1:9000"]\ncommand = ["/bin/page", "-v", "-v"]\n'
        'notify = "ntfys://topic"\nchannels = ["1"]\nslate = "20s"\nsilence = false\nblack = "1m"\nrestarts = 2\n'
        'disk_free_gb = 0.5\nplan_ends = "1h"\npool_short = false\nevery = "5m"\n'
    )
    assert load_config(write(tmp_path, text)).alerts == AlertsConfig(
        ("https://hooks.example/T0/B0", "http://127.0.0.1:9000"), ("/bin/page", "-v", "-v"), ("ntfys://topic",), ("1",),
        timedelta(seconds=20), None, timedelta(minutes=1), 2, 0.5, timedelta(hours=1), False, timedelta(minutes=5),
    )  # fmt: skip


def test_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "retrovue.toml").write_text(CHANNEL)
    config = load_config(tmp_path).alerts
    assert config == AlertsConfig()
    assert not config.has_receivers
    assert (config.slate, config.plan_ends, config.restarts) == (timedelta(seconds=10), timedelta(hours=2), 5)


def test_every_rule_can_be_off(tmp_path: Path) -> None:
    names = ("slate", "silence", "black", "restarts", "disk_free_gb", "plan_ends")
    config = load_config(write(tmp_path, "\n".join(f"{name} = false" for name in names))).alerts
    assert [getattr(config, name) for name in names] == [None] * len(names)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('slate = "1s"', ":2: slate '1s' is not between 2s and 1h"),
        ("silence = true", ":2: silence true is not a length of time"),
        ('channels = ["9"]', ":2: channels names '9', and there is no such channel"),
        ('webhook = "hooks.example"', ':2: webhook is an address like "https://hooks.example/alerts"'),
        ('webhook = "https://host:99999/x"', ':2: webhook is an address like "https://hooks.example/alerts"'),
        ('notify = "no address"', ':2: notify is a list of addresses of apprise, like "ntfys://topic"'),
        ("restarts = 0", ":2: restarts 0 is not between 1 and 1000"),
        ("disk_free_gb = -1", ":2: disk_free_gb is a number from 0.1 to 1e+06, not -1"),
        ('every = "1s"', ":2: every '1s' is not between 10s and 1d"),
        ('webhooks = "x"', ":2: unknown key 'webhooks' in [alerts]; did you mean 'webhook'?"),
    ],
)
def test_problems_are_reported(tmp_path: Path, text: str, problem: str) -> None:
    _, problems = read_config(write(tmp_path, text))
    (found,) = (str(each).removeprefix(f"{tmp_path}/retrovue.toml") for each in problems)
    assert found.startswith(problem)


def test_too_many_and_too_long_addresses(tmp_path: Path) -> None:
    many = ", ".join(f'"https://hooks.example/{number}"' for number in range(9))
    _, problems = read_config(write(tmp_path, f"webhook = [{many}]"))
    assert "webhook has 9 addresses; the limit is 8" in str(problems[0])
    _, problems = read_config(write(tmp_path, f'webhook = "https://hooks.example/{"a" * 2_100}"'))
    assert "webhook has an address of more than 2048 characters" in str(problems[0])


@pytest.mark.parametrize(
    ("url", "visible"),
    [
        ("https://hooks.slack.example/services/T0123/SECRETPART", "https://hooks.slack.example/…"),
        ("https://user:SECRETPART@host:8443/a?key=SECRETTWO", "https://host:8443/…"),
        ("http://host?token=SECRETPART", "http://host/…"),
        ("mailtos://me:SECRETPART@mail.example?to=a@b.example", "mailtos://…"),
        ("tgram://SECRETPART/12345678", "tgram://…"),
    ],
)
def test_secrets_are_not_shown(tmp_path: Path, url: str, visible: str) -> None:
    assert shown(url) == visible
    assert any("SECRETPART" in each for each in secrets_of(url))
    key = "webhook" if url.startswith("http") else "notify"
    config = load_config(write(tmp_path, f'{key} = "{url}"'))
    assert "SECRET" not in repr(config)
    assert "SECRET" not in SECRETS.redact(f"failed: {url}")
    assert "SECRET" not in with_blank_tokens((tmp_path / "retrovue.toml").read_text())


def test_hosts_stay_visible(tmp_path: Path) -> None:
    write(tmp_path, 'notify = ["mailtos://me:SECRETPART@mail.example.org", "json://127.0.0.1:8080/SECRETPART"]')
    assert load_config(tmp_path).alerts.notify
    text = "from mail.example.org and 127.0.0.1:8080"
    assert SECRETS.redact(text) == text


def test_a_change_takes_effect_at_once(tmp_path: Path) -> None:
    old = load_config(write(tmp_path, ""))
    new = replace(old, alerts=replace(old.alerts, restarts=9))
    change = revise(old, new)
    assert (change.config.alerts.restarts, change.applied, change.later) == (9, ("[alerts]",), ())


def test_a_secret_address_in_a_file_that_others_can_read(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, 'webhook = "https://hooks.example/T0123/SECRETPART"'))
    tmp_path.chmod(0o755)
    config.path.chmod(0o644)
    assert "it holds the secret address of an alert, and others on this machine can read it" in advice_on(config)[0]
    config.path.chmod(0o600)
    assert advice_on(config) == ()


@pytest.mark.filterwarnings("ignore:'imghdr'")  # apprise imports it
def test_check(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, f'command = ["{tmp_path}/none"]\nnotify = ["json://host", "nosuch://x"]'))
    problems = [str(each).removeprefix(f"{tmp_path}/retrovue.toml") for each in alert_problems(config)]
    assert problems[0] == f":2: command: {tmp_path}/none is not there, or may not be run"
    pytest.importorskip("apprise", reason="the package apprise is not installed")
    assert problems[1:] == [":3: notify: apprise does not understand the address nosuch://…"]
    spaced = load_config(write(tmp_path, 'command = "/no/page --urgent"'))
    assert str(alert_problems(spaced)[0]).endswith('; write its arguments apart: command = ["/no/page", …]')
    assert alert_advice(config) == ()
    assert "[alerts] has no receiver" in alert_advice(load_config(write(tmp_path, 'slate = "1m"')))[0]
