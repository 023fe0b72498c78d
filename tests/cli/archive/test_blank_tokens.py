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


def test_without_tokens_nothing_changes() -> None:
    text = '# a comment\nname   = "x"\r\n[server]\nport=1'
    assert with_blank_tokens(text.replace("\r\n", "\n")) == text.replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["token = ", 'server = 1\n[[channel]]\nname = "x"\n',
                                  'name = "geheim"\n[server]\ntoken = "geheim"\n'])  # fmt: skip
def test_what_cannot_be_done_safely_is_refused(text: str) -> None:
    with pytest.raises(StationError):
        with_blank_tokens(text)
