"""[[channel.output]] in the configuration."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.cli.checks.output_problems import output_problems
from retrovue_tui.config.advice import advice_on
from retrovue_tui.config.config_file import read_config
from retrovue_tui.config.output import OutputConfig, secrets_in, shown_url
from retrovue_tui.media.ffmpeg.locate import FFmpeg
from retrovue_tui.text.redaction import SECRETS

CHANNEL = '[[channel]]\nid = "1"\nnumber = 1\nname = "One"\n'


def outputs(home: Path, text: str) -> tuple[OutputConfig, ...]:
    (home / "retrovue.toml").write_text(CHANNEL + text)
    config, problems = read_config(home)
    assert not problems
    assert config is not None
    return config.channels[0].outputs


def problems(home: Path, text: str) -> list[str]:
    (home / "retrovue.toml").write_text(CHANNEL + text)
    return [f"{each.line} {each.message}" for each in read_config(home)[1]]


def output(url: str, *lines: str) -> str:
    return "\n".join(("[[channel.output]]", f'url = "{url}"', *lines, ""))


def test_outputs_are_read_and_named_by_their_hosts(tmp_path: Path) -> None:
    text = output("srt://a.example:9000?passphrase=0123456789") + output("udp://a.example:9000", 'bitrate = "4M"')
    text += output("rtmp://live.example/app/stream-key-2", 'name = "Live"', "enabled = false")
    one, two, three = outputs(tmp_path, text + '[[channel]]\nid = "2"\nnumber = 2\n' + output("rtp://b:1"))
    assert (one.name, two.name, three.name) == ("a.example", "a.example 2", "Live")
    assert (one.bitrate_kbps, two.bitrate_kbps) == (None, 4_000)
    assert (one.enabled, three.enabled) == (True, False)
    assert three.shown == "rtmp://live.example/app/…"
    assert SECRETS.redact("publish stream-key-2 at 0123456789") == "publish … at …"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (output("http://a:1/x"), "6 .*scheme 'http'; an output sends to one of srt, rtmp, rtmps, udp, rtp"),
        (output("srtt://a:1"), "6 .*scheme 'srtt'.*did you mean 'srt'"),
        (output("a.example:1"), "6 .*url is an address"),
        (output("srt://a"), "6 .*url needs a port"),
        (output("srt://:99"), "6 .*url has no host"),
        (output("udp://a:99999"), "6 .*wrong host or port"),
        (output("srt://:99?mode=listener"), "6 .*mode=listener.*calls its receiver"),
        (output("rtmp://a/app"), "6 .*needs an application and a stream key"),
        (output("rtmp://a/app/secret-key-9", "bitrate = 4000"), "7 .*RTMP sends none"),
        (output("udp://a:1", "bitrate = 50"), "7 .*bitrate 50 is not between 100 and 200000"),
        (output("udp://a:1", "enabled = 1"), "7 .*enabled is true or false"),
        (output("udp://a:1") + output("udp://b:1", 'name = "a"') + output("udp://c:1", 'name = "a"'), "12 .*taken"),
        (output("udp://a:1") + output("udp://a:1"), "8 .*same url"),
        (output("udp://a:1", 'port = 3'), "7 .*unknown key 'port'"),
        ("[[channel.output]]\n", "5 .*needs a url"),
        ("output = 3\n", "5 .*written as"),
        ("".join(output(f"udp://a:{port}") for port in range(1, 18)), "37 .*17 outputs; the limit is 16"),
    ],
)  # fmt: skip
def test_a_problem_is_reported_with_its_line_and_without_secrets(tmp_path: Path, text: str, expected: str) -> None:
    found = "\n".join(problems(tmp_path, text))
    assert re.search(f"^{expected}", found, re.MULTILINE), found
    assert "secret" not in found


letters = st.text("abcXYZ0189-_.~", min_size=4, max_size=20)


@given(
    user=letters,
    word=letters,
    key=letters,
    phrase=st.text(min_size=4, max_size=30),
    host=st.sampled_from(("h.example", "[::1]")),
)
def test_no_secret_is_shown(user: str, word: str, key: str, phrase: str, host: str) -> None:
    marked = [f"USER{user}", f"WORD{word}", f"KEY{key}", f"P=/&?{phrase}"]
    url = f"rtmps://{marked[0]}:{marked[1]}@{host}/app/{marked[2]}?auth={quote(marked[3], safe='')}"
    parameters = f"latency=5&streamid={marked[2]}&passphrase={quote(marked[3], safe='')}"
    for each in (url, f"srt://{marked[0]}:{marked[1]}@{host}:99?{parameters}"):
        shown = shown_url(each)
        assert host in shown
        assert not [secret for secret in marked if secret in shown]
        assert quote(marked[3], safe="") not in shown
        assert marked[1] in secrets_in(each)
        assert marked[0] not in repr(OutputConfig(each, "x"))
    assert "latency=5" in shown


def test_a_key_is_not_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (one,) = outputs(tmp_path, output("rtmp://live.example/app/another-stream-key"))
    with caplog.at_level(logging.INFO):
        logging.getLogger("retrovue_tui").info("%s", one)
    assert "another-stream-key" not in caplog.text


def test_check_names_outputs_that_cannot_work_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ffmpeg = FFmpeg(Path("/bin/ffmpeg"), "5.1", frozenset())
    monkeypatch.setattr("retrovue_tui.media.ffmpeg.locate.find_ffmpeg", lambda configured: ffmpeg)
    monkeypatch.setattr("retrovue_tui.media.ffmpeg.protocols.output_protocols", lambda path: frozenset(("udp", "rtp")))
    text = output("srt://a:1?passphrase=0123456789") + output("udp://a:2", 'bitrate = "3M"') + output("rtp://b:2")
    assert len(outputs(tmp_path, text)) == 3
    config, _ = read_config(tmp_path)
    assert config is not None
    assert [(each.line, each.message) for each in output_problems(config)] == [
        (6, "/bin/ffmpeg (FFmpeg 5.1) cannot send to srt: name another one with the setting ffmpeg,"
            " or remove the setting to use the bundled one"),
        (9, "bitrate 3000 kbit/s is too low for the channel: it needs 3438 kbit/s"),
    ]  # fmt: skip


def test_a_config_with_a_stream_key_is_for_its_owner_only(tmp_path: Path) -> None:
    outputs(tmp_path, output("rtmp://live.example/app/one-more-key"))
    tmp_path.chmod(0o755)
    config, _ = read_config(tmp_path)
    assert config is not None
    config.path.chmod(0o644)
    (advice,) = advice_on(config)
    assert "it holds the key of an output, and others on this machine can read it" in advice
    config.path.chmod(0o600)
    assert advice_on(config) == ()
