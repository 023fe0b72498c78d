"""The files that belong into an archive: for the writer and, above all, for the reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.cli.archive.contents import belongs, files_of
from retrovue_tui.config.config_file import read_draft
from tests.cli.archive.homes import EXPECTED, make_home


@pytest.mark.parametrize("name", [*EXPECTED, "operator/keymap.toml", "operator/themes/mine.toml", "pools/1/pool.toml"])
def test_the_files_that_belong_into_an_archive(name: str) -> None:
    assert belongs(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "/", "home", "home/", "/etc/passwd", "/home/retrovue.toml", "../x", "home/..", "home/../retrovue.toml",
        "home/channels/../../x", "home/./retrovue.toml", "home//retrovue.toml", "home/.bashrc", "home/x.txt",
        "home/channels/.hidden", "home/state/station.lock", "home/state/airlists/1.txt", "home/state/asrun.db-wal",
        "home/cache/pool.toml", "home/logs/pool.toml", "home/state/station.lock/x", "home/media/film.mp4",
        "home/channels/a\nb", "home/channels/a\\b", "home/channels/a\0b", "home/" + "a/" * 40 + "pool.toml",
        "home/channels/" + "x" * 300, "operator/x", "operator/themes/a/b.toml", "operator/themes/../keymap.toml",
        "operator/themes/evil.py", "pools/../pool.toml", "pools/1/x", "state/asrun.db", "manifest.json",
        "home/cache/a.png", "home/a.svg",
    ],
)  # fmt: skip
def test_the_files_that_do_not_belong_into_an_archive(name: str) -> None:
    assert not belongs(name)


@given(st.lists(st.sampled_from(["home", "channels", "state", "..", ".", "", "x", "pool.toml", "operator"])))
def test_no_name_leads_out(parts: list[str]) -> None:
    name = "/".join(parts)
    if belongs(name):
        assert (Path("/a") / name).resolve().is_relative_to(Path("/a") / parts[0])


def test_the_files_of_a_home(tmp_path: Path) -> None:
    home, operator, pool = tmp_path / "home", tmp_path / "config", tmp_path / "spots"
    make_home(home)
    for path in (operator / "keymap.toml", operator / "themes" / "a.toml", operator / "notes.txt", pool / "pool.toml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (home / "retrovue.toml").rename(tmp_path / "real.toml")
    (home / "retrovue.toml").symlink_to(tmp_path / "real.toml")
    (home / "channels" / "gone.ffconcat").symlink_to("/nowhere")
    (home / "cards" / "out").symlink_to("/etc")
    config, _ = read_draft(home)
    found = dict(files_of(replace(config, pools={**config.pools, "more": (pool,)}), operator))
    own = ["operator/keymap.toml", "operator/themes/a.toml", "pools/1/pool.toml"]
    assert sorted(found) == sorted([*EXPECTED, *own])
    assert found["pools/1/pool.toml"] == pool / "pool.toml"
