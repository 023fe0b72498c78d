"""`retrovue.toml`: what it may hold, and how a wrong one is reported."""

from __future__ import annotations

import typing
from datetime import timedelta
from pathlib import Path

import pytest

from retrovue_tui.config import station_config as module
from retrovue_tui.config.config_file import load_config, read_config, serving
from retrovue_tui.config.station_config import Config, default_home
from retrovue_tui.errors import ConfigError
from retrovue_tui.media import house_format
from retrovue_tui.timecode import FrameRate

SMALLEST = """\
[server]
port = 8480

[house]
profile = "720p"
rate = "30000/1001"

[library]
programmes = ["media/programmes"]

[pools]
ads = "media/ads"

[[channel]]
id = "1"
number = 1
name = "Retro One"
pool = "ads"
"""


def write(home: Path, text: str) -> Path:
    (home / "retrovue.toml").write_text(text, encoding="utf-8")
    return home


def problems(home: Path, text: str) -> list[str]:
    config, found = read_config(write(home, text))
    assert (config is None) == bool(found)
    return [str(problem).removeprefix(f"{home}/retrovue.toml:") for problem in found]


def test_the_smallest_config_of_the_handbook(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, SMALLEST))
    assert config.library.programmes == (tmp_path / "media/programmes",)
    assert config.pools == {"ads": (tmp_path / "media/ads",)}
    assert config.spot_folders == (tmp_path / "media/ads",)
    (channel,) = config.channels
    assert (channel.id, channel.number, channel.name, channel.pool) == ("1", 1, "Retro One", "ads")
    assert (channel.at_end, channel.on_start) == ("loop", "clock")
    assert config.house.rate == FrameRate(30_000, 1_001)
    assert config.house.loudness == -23.0
    assert config.rundown_path("1") == tmp_path / "channels/1.ffconcat"
    assert config.prepare.cache_bytes == 20_000_000_000
    assert config.server.token is None


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    config = load_config(
        write(
            tmp_path,
            """
name = "Haus"
ffmpeg = "bin/ffmpeg"
[server]
host = "::1"
port = 0
token = "s3cret"
viewer_token = "watch"
base_url = "https://tv.example/"
max_viewers = 50
max_viewers_per_address = 5
max_catchup = 7
[house]
profile = "1080p"
rate = 25
video_bitrate = "4.5M"
audio_bitrate = 192
loudness = false
[library]
programmes = "/films"
[pools]
ads = ["a", "b"]
promos = "p"
[prepare]
jobs = 3
cache_gb = 2.5
[[channel]]
id = "news-24"
number = 24
name = "Nachrichten"
at_end = "slate"
on_start = "resume"
group = "Info"
catchup = "7d"
scte35 = true
""",
        )
    )
    assert config.name == "Haus"
    assert config.ffmpeg == tmp_path / "bin/ffmpeg"
    assert (config.server.host, config.server.port, config.server.token) == ("::1", 0, "s3cret")
    assert (config.server.viewer_token, config.server.base_url) == ("watch", "https://tv.example")
    assert (config.server.max_viewers, config.server.max_viewers_per_address) == (50, 5)
    assert (config.server.max_catchup, config.channels[0].catchup) == (7, timedelta(days=7))
    assert config.channels[0].scte35
    assert (config.house.rate, config.house.video_kbps, config.house.audio_kbps) == (FrameRate(25), 4500, 192)
    assert config.house.loudness is None
    assert config.library.programmes == (Path("/films"),)
    assert config.pools["ads"] == (tmp_path / "a", tmp_path / "b")
    assert (config.prepare.jobs, config.prepare.cache_gb) == (3, 2.5)
    assert (config.channels[0].at_end, config.channels[0].group) == ("slate", "Info")


def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path) -> None:
    assert problems(tmp_path, SMALLEST.replace("profile", "profil")) == [
        "5: unknown key 'profil' in [house]; did you mean 'profile'?"
    ]
    assert problems(tmp_path, SMALLEST + 'atend = "loop"\n') == [
        "19: unknown key 'atend' in [[channel]]; did you mean 'at_end'?"
    ]
    assert problems(tmp_path, SMALLEST + "[serv]\n") == ["19: unknown key 'serv'; did you mean 'server'?"]


def test_a_key_in_the_wrong_table_is_reported_with_the_right_table(tmp_path: Path) -> None:
    assert problems(tmp_path, SMALLEST + 'ffmpeg = "x"\n') == [
        "19: unknown key 'ffmpeg' in [[channel]]; it belongs at the top of the file, above all tables"
    ]
    assert problems(tmp_path, SMALLEST + "cache_gb = 3\n") == [
        "19: unknown key 'cache_gb' in [[channel]]; it belongs below [prepare]"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("port = 8480", "port = 99999", "2: port 99999 is not between 0 and 65535"),
        ("port = 8480", "port = true", "2: port is a whole number, not true"),
        ('"720p"', '"720"', "5: profile '720' is not one of 240p, 360p, 480p, 720p, 1080p; did you mean '720p'?"),
        ('"30000/1001"', "29.97",
         "6: rate 29.97 is not one of 24000/1001, 25, 30000/1001, 50, 60000/1001; write rate = \"30000/1001\""),
        ('["media/programmes"]', "[1]", "9: programmes is a folder in quotes, or a list of folders"),
        ('"media/ads"', '"a\\nb"', "12: ads names a folder with a line break; rename the folder"),
        ('id = "1"', "id = 1", '15: id is a text in quotes, not 1; write id = "1"'),
        ('id = "1"', 'id = "a/b"',
         "15: id 'a/b': use only letters, digits, - and _, because it is part of file names and URLs"),
        ('id = "1"\n', "", '14: [[channel]] needs an id, for example id = "1"'),
        ('pool = "ads"', 'pool = "ad"', "18: there is no pool 'ad' in [pools]; did you mean 'ads'?"),
        ('name = "Retro One"', 'name = " "', "17: name is empty"),
        ("number = 1", "number = -1", "16: number -1 is not between 0 and 99999"),
        ('profile = "720p"', "loudness = 3", "5: loudness is a number from -70 to -5, not 3"),
        ("profile", "video_bitrate", '5: video_bitrate is a number of kbit/s like 3000, or a text like "3M"'),
        ('profile = "720p"', "video_bitrate = 3", "5: video_bitrate 3 is not between 100 and 50000 kbit/s"),
        ("[server]\nport = 8480", "server = 1", "1: server is a table, not 1"),
        ("port = 8480", "port = ", "2: port has no value; write it like: port = \"…\", or remove the line"),
    ],
)  # fmt: skip
def test_each_problem_has_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SMALLEST
    found = problems(tmp_path, SMALLEST.replace(old, new))
    assert found[0] == said
    assert len(found) == 1 or "no pool" in found[1]


def test_all_problems_are_found_in_one_go(tmp_path: Path) -> None:
    text = SMALLEST.replace("8480", "-1").replace("720p", "540p") + '[[channel]]\nid = "1"\nnumber = 1\n'
    assert problems(tmp_path, text) == [
        "2: port -1 is not between 0 and 65535",
        "5: profile '540p' is not one of 240p, 360p, 480p, 720p, 1080p; did you mean '480p'?",
        "20: id '1' is taken by channel 'Retro One'; choose another id",
        "21: number 1 is taken by channel 'Retro One'; choose another number",
    ]
    with pytest.raises(ConfigError, match="port -1") as caught:
        load_config(tmp_path)
    assert caught.value.line == 2


def test_no_file_no_text_no_channel(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no configuration.*retrovue-tui demo"):
        load_config(tmp_path / "nowhere")
    (tmp_path / "retrovue.toml").write_bytes(b"name = 'a'\nname2 = '\xff'\n")
    with pytest.raises(ConfigError, match="toml:2: is not UTF-8"):
        load_config(tmp_path)
    with pytest.raises(ConfigError, match="there is no channel; add"):
        load_config(write(tmp_path, ""))
    with pytest.raises(ConfigError, match="one table for each"):
        load_config(write(tmp_path, "channel = 1"))


def test_an_open_door_needs_a_token(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, SMALLEST))
    assert serving(config, port=1234).server.port == 1234
    assert serving(config, host="localhost", port=0).server.port == 0
    with pytest.raises(ConfigError, match='a token is needed: add token = "…" to'):
        serving(config, host="0.0.0.0")
    guarded = load_config(write(tmp_path, SMALLEST.replace("[server]", '[server]\ntoken = "x"')))
    assert serving(guarded, host="0.0.0.0").server.host == "0.0.0.0"


def test_the_path_of_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RETROVUE_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_home() == tmp_path / "retrovue-tui"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert default_home() == Path.home() / ".local/share/retrovue-tui"
    monkeypatch.setenv("RETROVUE_HOME", str(tmp_path / "h"))
    assert default_home() == tmp_path / "h"


def test_the_profiles_are_those_of_the_house() -> None:
    assert tuple(house_format.PROFILES) == module.PROFILES
    defaults = Config(Path("/h")).house
    made = house_format.HouseFormat.of(
        defaults.profile, defaults.rate, defaults.video_kbps, defaults.audio_kbps, defaults.loudness
    )
    assert made == house_format.HouseFormat()
    assert typing.get_args(module.AtEnd) == ("loop", "slate")


def test_languages_of_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.toml"
    for line, expected in (('["en", "deu", "en"]', ("en", "deu")), ('"fr"', ("fr",)), ("[]", ())):
        path.write_text(f'[library]\naudio = {line}\n[[channel]]\nid = "1"\nnumber = 1\nname = "One"\n')
        assert load_config(tmp_path).library.audio == expected
    for line, reason in (
        ('["english"]', "'english' is not a language; write its ISO 639 code"),
        ("7", "list of languages"),
    ):
        path.write_text(f'[library]\naudio = {line}\n[[channel]]\nid = "1"\nnumber = 1\nname = "One"\n')
        with pytest.raises(ConfigError, match=reason) as caught:
            load_config(tmp_path)
        assert f"{path}:2:" in caught.value.message


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('viewer_token = "x"', "viewer_token needs a token for operators"),
        ('token = "x"\nviewer_token = "x"', "viewer_token is the same as token"),
        ('base_url = "tv.example"', "base_url 'tv.example' is not the address of a server"),
        ('base_url = "ftp://tv.example"', "is not the address of a server"),
        ('base_url = "https://tv.example/tv"', "is not the address of a server"),
        ('base_url = "https://me:secret@tv.example"', "is not the address of a server"),
        ('base_url = "https://tv.example:99999"', "is not the address of a server"),
        ("max_viewers = 0", "max_viewers 0 is not between 1 and 100000"),
        ('max_viewers_per_address = "many"', "max_viewers_per_address is a whole number"),
    ],
)
def test_problems_of_tokens_and_limits(tmp_path: Path, lines: str, said: str) -> None:
    found = problems(tmp_path, SMALLEST.replace("[server]", f"[server]\n{lines}"))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("value", "wanted"), [('"0"', timedelta()), ('"90m"', timedelta(minutes=90)), ('"366d"', timedelta(days=366))]
)
def test_how_far_back_catch_up_goes(tmp_path: Path, value: str, wanted: timedelta) -> None:
    config = load_config(write(tmp_path, SMALLEST + f"catchup = {value}\n"))
    assert config.channels[0].catchup == wanted
    assert load_config(write(tmp_path, SMALLEST)).channels[0].catchup == timedelta()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("7", 'catchup 7 is not a length of time; write it like "90s", "2m" or "1h30m"'),
        ('"a week"', "catchup 'a week' is not a length of time"),
        ('"367d"', "catchup '367d' is not between 0s and 366d"),
    ],
)
def test_problems_of_catchup(tmp_path: Path, value: str, said: str) -> None:
    found = problems(tmp_path, SMALLEST + f"catchup = {value}\n")
    assert len(found) == 1
    assert said in found[0]


def test_an_address_for_others_needs_a_token(tmp_path: Path) -> None:
    named = load_config(write(tmp_path, SMALLEST.replace("[server]", '[server]\nbase_url = "https://tv.example"')))
    with pytest.raises(ConfigError, match=r"base_url https://tv\.example is for other machines, so a token is needed"):
        serving(named)
    here = load_config(write(tmp_path, SMALLEST.replace("[server]", '[server]\nbase_url = "http://localhost:9"')))
    assert serving(here).server.base_url == "http://localhost:9"


def test_scte35_is_off_unless_the_file_says_so(tmp_path: Path) -> None:
    assert not load_config(write(tmp_path, SMALLEST)).channels[0].scte35
    with pytest.raises(ConfigError, match="scte35"):
        load_config(write(tmp_path, SMALLEST + 'scte35 = "yes"\n'))
