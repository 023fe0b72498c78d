"""[hdhomerun], `trusted_proxies` and `logo`: what they may hold, how a wrong value is reported, what `check` says."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from PIL import Image

from retrovue_tui.cli import main
from retrovue_tui.cli.checks.logos import MOST_PIXELS, logo_problems
from retrovue_tui.cli.checks.tuner_settings import tuner_advice
from retrovue_tui.config.config_file import load_config, read_config
from retrovue_tui.config.hdhomerun import HdHomeRunConfig
from retrovue_tui.config.station_config import ChannelConfig, Config, ServerConfig
from retrovue_tui.playout.config_reload import revise

CHANNELS = """\
[[channel]]
id = "1"
number = 1
[[channel]]
id = "news"
number = 24
logo = "logos/news.png"
"""
NAMES = "use up to 32 letters, digits, - and _, and not 't' alone, because it is part of URLs"


def write(home: Path, text: str) -> Path:
    (home / "retrovue.toml").write_text(text + CHANNELS, encoding="utf-8")
    return home


def problems(home: Path, text: str) -> list[str]:
    _, found = read_config(write(home, text))
    return [str(problem).removeprefix(f"{home}/retrovue.toml:") for problem in found]


def test_all_keys_are_read(tmp_path: Path) -> None:
    config = load_config(
        write(
            tmp_path,
            """
[server]
trusted_proxies = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"]
[hdhomerun]
enabled = false
discovery = true
ssdp = true
tuners = 3
name = "Attic"
devices = {kids = ["news"], all = ["1", "news", "1"]}
""",
        )
    )
    assert config.server.trusted_proxies == tuple(map(ip_network, ("127.0.0.1/32", "10.0.0.0/8", "fd00::/8")))
    assert config.hdhomerun == HdHomeRunConfig(
        enabled=False,
        discovery=True,
        ssdp=True,
        tuners=3,
        name="Attic",
        devices={"kids": ("news",), "all": ("1", "news")},
    )
    assert [each.logo for each in config.channels] == [None, tmp_path / "logos/news.png"]


def test_the_defaults_are_a_tuner_without_discovery(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))
    assert config.hdhomerun == HdHomeRunConfig(True, False, False, None, None, {})
    assert config.server.trusted_proxies == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("discovery = 1", "2: discovery is true or false, not 1"),
        ("tuners = 0", "2: tuners 0 is not between 1 and 255"),
        ('name = ""', "2: name is empty"),
        ("upnp = true", "2: unknown key 'upnp' in [hdhomerun]; the known keys are enabled, discovery, ssdp, tuners,"
                        " name, devices"),
        ('devices = ["1"]', '2: devices is a table of channel ids by name, such as devices = {kids = ["3", "4"]}'),
        ('devices = {kids = "1"}',
         "2: device 'kids': its value is a list of channel ids, such as devices = {kids = [\"3\", \"4\"]}"),
        ('devices = {kids = ["2"]}', "2: device 'kids': there is no channel '2'; there are 1, news"),
        ('devices = {kids = ["mews"]}', "2: device 'kids': there is no channel 'mews'; did you mean 'news'?"),
        ('devices = {t = ["1"]}', f"2: device 't': {NAMES}"),
        ('devices = {"a/b" = ["1"]}', f"2: device 'a/b': {NAMES}"),
        ('[hdhomerun.devices]\nkids = ["2"]', "2: device 'kids': there is no channel '2'; there are 1, news"),
    ],
    ids=range(11),
)  # fmt: skip
def test_problems_of_the_tuner(tmp_path: Path, line: str, said: str) -> None:
    assert problems(tmp_path, f"[hdhomerun]\n{line}\n") == [said]


def test_every_device_with_a_problem_is_named(tmp_path: Path) -> None:
    line = 'devices = {t = ["1"], kids = ["1"], late = ["2"]}'
    assert problems(tmp_path, f"[hdhomerun]\n{line}\n") == [
        f"2: device 't': {NAMES}", "2: device 'late': there is no channel '2'; there are 1, news",
    ]  # fmt: skip


def test_too_many_devices(tmp_path: Path) -> None:
    many = ", ".join(f'd{number} = ["1"]' for number in range(17))
    assert problems(tmp_path, f"[hdhomerun]\ndevices = {{{many}}}\n") == ["2: there are 17 devices; the limit is 16"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('["10.0.0.1/8"]', '2: trusted_proxies: \'10.0.0.1/8\' is neither an address nor a network, such as "127.0.0.1"'
                           ' or "10.0.0.0/8"'),
        ('"nginx"', "2: trusted_proxies: 'nginx' is neither an address nor a network, such as \"127.0.0.1\" or"
                    ' "10.0.0.0/8"'),
        ('["0.0.0.0/0"]', "2: trusted_proxies: 0.0.0.0/0 contains every address, so each client could state any"
                          " address; name the proxies"),
        ("[1]", '2: trusted_proxies is a list of texts, such as trusted_proxies = ["127.0.0.1"]'),
    ],
    ids=range(4),
)  # fmt: skip
def test_problems_of_proxies(tmp_path: Path, value: str, said: str) -> None:
    assert problems(tmp_path, f"[server]\ntrusted_proxies = {value}\n") == [said]


def test_a_change_of_the_tuner_waits_and_a_logo_counts_at_once() -> None:
    old = Config(Path("/home"), channels=(ChannelConfig("1", 1, "One"),))
    new = replace(
        old, hdhomerun=HdHomeRunConfig(tuners=3), channels=(ChannelConfig("1", 1, "One", logo=Path("/l.png")),)
    )
    found = revise(old, new)
    assert found.later == ("[hdhomerun] tuners",)
    assert found.applied == ("channel '1': logo = '/l.png'",)


# ── check ────────────────────────────────────────────────────────────────────────────────────────


def test_check_names_a_logo_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = load_config(write(tmp_path, ""))
    path = tmp_path / "logos/news.png"
    path.parent.mkdir()
    assert main(["check", "--home", str(tmp_path), "--json"]) == 1
    (found,) = [each for each in json.loads(capsys.readouterr().out)["problems"] if "logo" in each["message"]]
    message = f"{path}: the logo cannot be read: No such file or directory; a drawn logo is shown"
    assert found == {"path": str(config.path), "line": 7, "message": message}
    Image.new("RGB", (64, 64), "red").save(path)
    assert logo_problems(config) == []
    data = path.read_bytes()
    for content, said in (
        (b"GIF89a", "neither a PNG nor a JPEG"),
        (data[:20] + bytes(99), "the logo is broken ("),
        (data[:45], "the logo is broken ("),
    ):
        path.write_bytes(content)
        (problem,) = logo_problems(config)
        assert said in problem.message
    Image.new("1", (MOST_PIXELS + 1, 1)).save(path)
    (problem,) = logo_problems(config)
    assert "4097x1 pixels; the limit is 4096x4096" in problem.message


def test_check_names_settings_of_the_tuner_without_an_effect(tmp_path: Path) -> None:
    config = Config(
        tmp_path, channels=(ChannelConfig("0", 0, "Zero"),), hdhomerun=HdHomeRunConfig(discovery=True, ssdp=True)
    )
    zero, nobody, by_upnp = (line.removeprefix(f"{config.path}: ") for line in tuner_advice(config))
    assert zero.startswith("channel 'Zero' has number 0, which tuners do not have")
    assert nobody == "discovery has no effect: other machines cannot reach host 127.0.0.1"
    assert by_upnp == nobody.replace("discovery", "ssdp")
    reached = replace(config, server=ServerConfig(host="0.0.0.0", token="x"), channels=(ChannelConfig("1", 1, "One"),))
    assert tuner_advice(reached) == ()
    off = replace(reached, hdhomerun=HdHomeRunConfig(enabled=False, discovery=True))
    assert tuner_advice(off) == (f"{config.path}: discovery has no effect: the tuner is not enabled",)
