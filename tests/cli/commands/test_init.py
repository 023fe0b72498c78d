"""`init FOLDER …`: from folders of media to a station on air, and everything that it refuses."""

from __future__ import annotations

import json
import os
import shutil
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.cli import main
from retrovue_tui.cli.setup import new_home
from retrovue_tui.config.config_file import load_config
from retrovue_tui.rundown.file_format.ffconcat import load
from tests.media_factory import Clip, make
from tests.test_cli import serving

if TYPE_CHECKING:
    from retrovue_tui.rundown.entries import Rundown

SHOW = 'It\'s "Ünï" Show'


@pytest.fixture(autouse=True)
def _not_the_default_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETROVUE_HOME", str(tmp_path / "home"))


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A small library with two series, two films, spots, a bumper, and some files that cannot be used."""
    top = tmp_path / "my media"
    film, spot = make(Clip(frames=900, size=(64, 36))), make(Clip(frames=30, size=(160, 90), first=900))
    for name in (
        "TV/Night Court/Season 1/Night Court S01E02.mp4", "TV/Night Court/Season 1/Night.Court.S01E01.Pilot.mp4",
        f"TV/{SHOW}/2 second part.mp4", f"TV/{SHOW}/1 first part.mp4", "Movies/Some Film (1984).mp4", "Movies/漢字.mp4",
        "Movies/Some Film-trailer.mp4",
    ):  # fmt: skip
        put(film, top / name)
    for name in ("Commercials/cola 30.mp4", "Commercials/soap.mp4", "Idents/one.mp4"):
        put(spot, top / name)
    (top / "Commercials" / "pool.toml").write_text('separation = "10m"\n')
    (top / "Movies" / "empty.mkv").touch()
    (top / "Movies" / "broken.mkv").write_bytes(b"no film " * 999)
    return top


def put(file: Path, there: Path) -> None:
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, there)


def rundown_of(home: Path, channel: str = "1") -> Rundown:
    config = load_config(home)
    return load(config.rundown_path(channel), config.house.rate, config.spot_folders)


def test_from_a_folder_to_a_station_on_air(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    assert main(["init", str(media)]) == 0
    out, err = capsys.readouterr()
    assert err == f"looking at {media}\n"
    assert out.splitlines() == [
        "2 series with 4 episodes:", f"  {SHOW}: 2 episodes", "  Night Court: 2 episodes", "2 films",
        f"2 spots in {media}/Commercials", f"1 bumper in {media}/Idents",
        "1 file left out: sound, samples, extras of films", "2 files cannot be used:",
        f"  {media}/Movies/broken.mkv: not a usable media file: no media was found in it",
        f"  {media}/Movies/empty.mkv: the file is empty",
        f"Channel One: 6 programmes in {home}/channels/1.ffconcat", f"wrote {home}/retrovue.toml",
        "To go on air: retrovue-tui run",
    ]  # fmt: skip
    config = load_config(home)
    assert config.library.programmes == (media,)
    assert config.pools == {"ads": (media / "Commercials",), "bumpers": (media / "Idents",)}
    assert [(each.id, each.name, each.pool) for each in config.channels] == [("1", "Channel One", "ads")]
    plan = config.channels[0].plan
    assert plan is not None
    assert plan.rules.break_s == 3, "two spots and a bumper of a second each fill no two minutes"
    rundown = rundown_of(home)
    programmes = [each.title for each in rundown.entries if each.kind == "programme"]
    assert programmes == [
        f"{SHOW} E01 first part", "Night Court S01E01 Pilot", "Some Film (1984)", f"{SHOW} E02 second part",
        "Night Court S01E02", "漢字",
    ]  # fmt: skip
    assert [each.title for each in rundown.entries if each.break_id == "b1"] == ["one", "cola 30", "soap"]
    (media / "Movies" / "broken.mkv").unlink()
    (media / "Movies" / "empty.mkv").unlink()
    written = home / "retrovue.toml"
    written.write_text(written.read_text().replace('profile = "720p"', 'profile = "240p"'))
    assert main(["check"]) == 0
    with serving(home, "--port", "0") as (_, url):
        assert title_on_air(url) == f"{SHOW} E01 first part"
        assert planned_folders(url) == {"Season 1", SHOW, "Movies"}, "spots and bumpers are no programmes"


def title_on_air(url: str) -> str:
    """The title of the first programme on air."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{url}/api/channels/1", timeout=30) as answer:
            state: dict[str, Any] = json.load(answer)
        if state["state"] == "on_air":
            return str(state["on_air"]["title"])
        time.sleep(0.1)
    pytest.fail("no programme went on air")


def planned_folders(url: str) -> set[str]:
    """The names of the folders whose files the channel's plan airs as programmes."""
    with urllib.request.urlopen(f"{url}/api/channels/1/plan?days=1", timeout=60) as answer:
        plan: dict[str, Any] = json.load(answer)
    return {Path(slot["file"]).parent.name for slot in plan["slots"] if slot["file"]}


def test_nothing_is_overwritten(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    assert main(["init", str(media)]) == 0
    before = {path: path.read_bytes() for path in home.rglob("*.*")}
    capsys.readouterr()
    assert main(["init", str(media)]) == 1
    assert f"{home}/retrovue.toml: it exists already, and `init` never overwrites" in capsys.readouterr().err
    (home / "retrovue.toml").unlink()
    assert main(["init", str(media)]) == 1
    assert f"{home}/channels/1.ffconcat: it exists already" in capsys.readouterr().err
    assert not (home / "retrovue.toml").exists()
    assert (home / "channels" / "1.ffconcat").read_bytes() == before[home / "channels" / "1.ffconcat"]


def test_named_spots_and_channels(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spots = tmp_path / "other spots"
    put(make(Clip(frames=30, size=(160, 90), first=900)), spots / "new.mp4")
    words = ["--spots", str(spots), "--channels", "3", "--home", str(tmp_path / "second home"), "--yes"]
    assert main(["init", str(media / "TV"), str(media / "Movies"), str(media), *words]) == 0
    assert f"To go on air: retrovue-tui run --home '{tmp_path}/second home'" in capsys.readouterr().out
    config = load_config(tmp_path / "second home")
    assert config.library.programmes == (media,), "the other folders are in it"
    assert config.pools["ads"] == (spots,)
    assert [each.name for each in config.channels] == ["Channel One", "Channel Two", "Channel Three"]
    for channel in config.channels:
        entries = rundown_of(tmp_path / "second home", channel.id).entries
        assert entries[0].kind == "programme"
        assert "new" in [each.title for each in entries]
    assert main(["init", str(media), "--home", str(tmp_path / "third"), "--channels", "9"]) == 1
    assert "--channels 9 is too many: each channel needs a series or a film of its own" in capsys.readouterr().err


def test_short_clips_are_spots_whatever_their_folder_is_called(media: Path, tmp_path: Path) -> None:
    shutil.rmtree(media / "Commercials")
    for name in ("cola", "soap", "tuna"):
        put(make(Clip(frames=30, size=(160, 90), first=900)), media / "Bits and pieces" / f"{name}.mp4")
    assert main(["init", str(media)]) == 0
    pools = load_config(tmp_path / "home").pools
    assert media / "Bits and pieces" in pools["ads"]
    assert not any(folder.is_relative_to(media / "TV" / "Night Court") for folder in pools["ads"])


@pytest.mark.parametrize(("name", "message"), [
    ("gone", "gone: there is no such folder"), ("file", "file: a file, not a folder"),
    ("empty", "no media files are in it"), ("sound", "none of its files is a usable programme"),
    ("ads", "there are only spots"),
    ("bad", "none of its files is a usable programme: not a usable media file"), (".", "it contains the home"),
])  # fmt: skip
def test_folders_that_cannot_be_used(
    name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    put(make(Clip(frames=30, size=(160, 90), first=900)), tmp_path / "ads" / "x.mp4")
    for file in ("sound/song.mp3", "bad/film.mkv"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_bytes(b"nothing " * 999)
    assert main(["init", str(tmp_path / name)]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("retrovue-tui: ")
    assert message in line
    assert not (tmp_path / "home").exists()


def test_names_that_are_not_text(media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = media / "Movies" / os.fsdecode(b"A caf\xe9.mp4")
    put(make(Clip(frames=90, size=(160, 90))), odd)
    put(make(Clip(frames=90, size=(160, 90))), media / "Movies" / "A new\nline.mp4")
    assert main(["init", str(media)]) == 0
    assert "a line break in its name; rename it" in capsys.readouterr().out
    assert odd in [each.file for each in rundown_of(tmp_path / "home").entries]
    assert main(["init", os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"), "--home", str(tmp_path / "b")]) == 1


def test_questions_on_a_terminal(media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = iter(["n", "", "2", "n", "", "", "2", "y"])

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr("builtins.input", answer)
    home = tmp_path / "home"
    assert not new_home.make_home(home, [media], ask=True)
    assert not home.exists()
    assert [prompt.partition(" ")[0] for prompt in asked] == ["Are", "Are", "How", "Write"]
    assert new_home.make_home(home, [media], ask=True)
    assert len(load_config(home).channels) == 2
    assert list(load_config(home).pools) == ["ads", "bumpers"]
