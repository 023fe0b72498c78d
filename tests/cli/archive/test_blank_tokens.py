"""The config without its tokens; everything else stays."""

from __future__ import annotations

import tomllib

import pytest

from retrovue_tui.cli.archive.blank_tokens import with_blank_tokens
from retrovue_tui.errors import StationError
from tests.cli.archive.homes import CONFIG


def test_tokens_are_gone_even_from_comments_and_all_else_stays() -> None:
    made = with_blank_tokens(CONFIG)
    assert "secret" not in made
    assert made.splitlines()[2:5] == ['host = "0.0.0.0"', 'token = ""   # was: …', 'viewer_token = ""']
    before, after = tomllib.loads(CONFIG), tomllib.loads(made)
    assert after["server"] == {**before["server"], "token": "", "viewer_token": ""}
    assert {**after, "server": None} == {**before, "server": None}


@pytest.mark.parametrize(
    "text",
    [
        'server = { port = 1, token = "geheim" }\n', 'server.token = "geheim"\r\nserver.port = 1\r\n',
        '[server]\n"token" = \'\'\'geheim\'\'\'\n', "[server]\ntoken = 'geheim'",
    ],
)  # fmt: skip
def test_every_way_to_write_a_token(text: str) -> None:
    made = with_blank_tokens(text)
    assert "geheim" not in made
    assert tomllib.loads(made)["server"]["token"] == ""
    assert made.count("\r\n") == text.count("\r\n")


def test_secrets_of_outputs_are_removed_and_the_addresses_stay() -> None:
    text = """[[channel]]
id = "1"
[[channel.output]]
url = "rtmp://live.example/app/live-key-77"  # live-key-77 is from the service
[[channel.output]]
url = "srt://me:pass-word@a:9?passphrase=abcdefghij&latency=5"
[[channel.output]]
url = "udp://239.0.0.1:5000"
[[channel.output]]
url = 3
"""
    blank = with_blank_tokens(text)
    assert 'url = "rtmp://live.example/app/REMOVED"  # … is from the service' in blank
    assert 'url = "srt://me:REMOVED@a:9?passphrase=REMOVED&latency=5"' in blank
    assert 'url = "udp://239.0.0.1:5000"' in blank


def test_without_tokens_nothing_changes() -> None:
    text = '# a comment\nname   = "x"\r\n[server]\nport=1'
    assert with_blank_tokens(text.replace("\r\n", "\n")) == text.replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["token = ", 'server = 1\n[[channel]]\nname = "x"\n',
                                  'name = "geheim"\n[server]\ntoken = "geheim"\n'])  # fmt: skip
def test_a_config_that_cannot_be_changed_safely_is_refused(text: str) -> None:
    with pytest.raises(StationError):
        with_blank_tokens(text)
