"""The examples of the README are tried as printed: Python is run, commands are parsed, files are read."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import retrovue_tui
from retrovue_tui.cli.parser import COMMANDS, read_arguments
from retrovue_tui.config.config_file import KEYS, load_config
from retrovue_tui.media.ffmpeg.locate import find_ffmpeg
from retrovue_tui.playout.mpegts.analyser import analyse
from retrovue_tui.protocol.commands import COMMAND_SPECS, Command
from retrovue_tui.rundown.file_format.ffconcat import parse
from retrovue_tui.schedule.spots.pool_file import read_pool_file
from retrovue_tui.timecode import FrameRate
from retrovue_tui.tui.keys.keymap_file import read_keymap
from tests import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
NTSC = FrameRate(30_000, 1_001)


def blocks(language: str) -> list[str]:
    """The fenced examples of a language, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


# ── Python ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the media that the examples name; small, but as long as their break points need."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "here"
    folder.mkdir()
    for name, length_s in (("film.mkv", 8), ("episode.mkv", 65), ("cola.mp4", 2), ("soap.mp4", 3)):
        subprocess.run(
            [find_ffmpeg().path, "-v", "error", "-f", "lavfi", "-i", f"color=s=32x18:r=5:d={length_s}", "-f", "lavfi",
             "-i", f"sine=d={length_s}", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", folder / name],
            check=True,
        )  # fmt: skip
    monkeypatch.chdir(folder)
    return folder


def run_until(code: str, name: str, output: Path, pictures: int) -> dict[str, Any]:
    """Run an example that streams for ever until its output has this number of pictures, and stop it as the README
    says."""
    space: dict[str, Any] = {"__name__": "example"}
    faults: list[BaseException] = []

    def run() -> None:
        try:
            exec(compile(code, "README.md", "exec"), space)
        except BaseException as error:
            faults.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while thread.is_alive() and time.monotonic() < deadline:
            if output.exists() and output.read_bytes().count(b"\0\0\1\xe0") >= pictures:
                break
            time.sleep(0.05)
    finally:
        if name in space:
            space[name].stop_stream()
        thread.join(20)
    assert not faults, faults
    assert not thread.is_alive()
    return space


def test_the_first_example_streams_a_film(folder: Path) -> None:
    run_until(blocks("python")[0], "streamer", folder / "one.ts", 45)
    report = analyse((folder / "one.ts").read_bytes(), NTSC)
    assert report.clean
    assert report.pictures >= 45


def test_the_second_example_streams_an_episode(folder: Path) -> None:
    run_until(blocks("python")[1], "show", folder / "two.ts", 45)
    assert analyse((folder / "two.ts").read_bytes(), NTSC).clean


def test_the_third_example_cuts_and_streams_all_of_it(folder: Path) -> None:
    space: dict[str, Any] = {"__name__": "example"}
    exec(compile(blocks("python")[2], "README.md", "exec"), space)
    assert [Path(each).parent for each in space["segments"]] == [folder / "segments"] * 3
    report = analyse((folder / "three.ts").read_bytes(), NTSC)
    assert report.clean
    frames = [NTSC.nearest(length_s) for length_s in (65, 2, 3)]
    assert abs(report.pictures - sum(frames)) <= 1
    plain = subprocess.run(
        [find_ffmpeg().path, "-v", "error", "-f", "concat", "-safe", "0", "-i", space["script"], "-c", "copy", "-f",
         "mpegts", "plain.ts"],
        check=False, capture_output=True,
    )  # fmt: skip
    assert (plain.returncode, plain.stderr) == (0, b"")


def test_the_fourth_example_encodes_live(folder: Path) -> None:
    run_until(blocks("python")[3], "streamer", folder / "four.ts", 12)
    assert analyse((folder / "four.ts").read_bytes(), NTSC).pictures >= 12
    assert not (folder.parent / "cache").exists()


def test_the_public_names_are_listed_and_pydoc_has_the_examples() -> None:
    code = "import retrovue_tui; print(*dir(retrovue_tui))"
    names = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"CommercialStreamer", "MPEGTSStreamer", "__version__"} <= set(names)
    assert all(hasattr(retrovue_tui, name) for name in retrovue_tui.__all__)
    assert re.search("python -m pydoc retrovue_tui.streaming", README)
    words = [sys.executable, "-m", "pydoc", "retrovue_tui.streaming"]
    shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert "FastAPI()" in shown
    assert "web.Application()" in shown


# ── commands ─────────────────────────────────────────────────────────────────────────────────────


def test_the_commands_of_the_shell_examples_are_commands() -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("retrovue-tui ")]
    assert lines
    for line in lines:
        arguments = read_arguments(shlex.split(line, comments=True)[1:])
        if hasattr(arguments, "words"):
            Command.from_words(arguments.name, arguments.words, spots=arguments.spots, dry_run=arguments.dry_run)


def test_every_command_is_in_the_table() -> None:
    table = README.split("## The commands", 1)[1].split("\n\n")[1]
    shown = [re.findall(r"`retrovue-tui ([a-z]+)", line)[-1] for line in table.splitlines()[2:]]
    assert sorted(shown) == sorted(name for name, _ in COMMANDS)


def test_every_command_on_a_channel_is_shown_as_it_is_typed() -> None:
    section = README.split("### Commands on a channel", 1)[1].split("### ", 1)[0]
    table = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    shown = [example for cell in table for example in re.findall(r"`([^`]+)`", cell)]
    assert {each.split()[0] for each in shown} == set(COMMAND_SPECS)
    for each in shown:
        name, *words = [word for word in shlex.split(each) if not word.startswith("--")]
        if name != "apply":
            words = [word.replace("=N", "=7") if "in_" in word else word.replace("=N", "=70") for word in words]
            Command.from_words(name, words)


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_the_config_and_its_table(tmp_path: Path) -> None:
    (config,) = (block for block in blocks("toml") if "[[channel]]" in block)
    (tmp_path / "retrovue.toml").write_text(config, encoding="utf-8")
    (channel,) = load_config(tmp_path).channels
    assert (channel.id, channel.pool) == ("1", "ads")
    (plan,) = (block for block in blocks("toml") if "[channel.plan]" in block)
    (tmp_path / "retrovue.toml").write_text(config + plan, encoding="utf-8")
    (planned,) = load_config(tmp_path).channels
    assert planned.plan is not None
    assert [block.name for block in planned.plan.blocks] == ["evening", "again"]
    (pushed,) = (block for block in blocks("toml") if "[[channel.output]]" in block)
    (tmp_path / "retrovue.toml").write_text(config + pushed, encoding="utf-8")
    (channel,) = load_config(tmp_path).channels
    assert [each.name for each in channel.outputs] == ["live.example.com", "head end", "239.1.1.1"]
    table = README.split("All other settings:", 1)[1].split("\n\n")[1]
    text = config + table + README.split("### A channel that plans itself", 1)[1].split("### ", 1)[0]
    for where, keys in KEYS.items():
        for key in keys:
            assert re.search(rf"\b{key}\b", text), f"{key} of [{where}] is not in the README"


def test_the_pool_file(tmp_path: Path) -> None:
    (text,) = (block for block in blocks("toml") if "max_per_day" in block)
    rules, problems = read_pool_file(text, tmp_path / "pool.toml")
    assert problems == []
    cola = rules.spot(tmp_path / "cola 30.mp4", "", 1)
    assert (cola.title, cola.advertiser, cola.weight, cola.position) == ("Cola 30", "Cola", 2.0, "first")


def test_the_keymap(tmp_path: Path) -> None:
    (keymap,) = (block for block in blocks("toml") if "[keys]" in block)
    (tmp_path / "keymap.toml").write_text(keymap, encoding="utf-8")
    keys, complaints = read_keymap([tmp_path / "keymap.toml"])
    assert complaints == []
    assert keys


def test_the_rundown() -> None:
    (script,) = (block for block in blocks("") if block.startswith("ffconcat"))
    rundown = parse(script, Path("/home/channels/1.ffconcat"), NTSC)
    assert [entry.kind for entry in rundown.entries] == ["programme", "spot", "programme"]
    assert rundown.entries[0].out_frame == rundown.entries[2].in_frame
