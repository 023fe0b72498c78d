"""The paths of the operator's own files, and the remembered settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrovue_tui.tui.user_paths import UserPaths


def test_the_homes_themes_and_keymap_override_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x/config")
    monkeypatch.setenv("XDG_STATE_HOME", "/x/state")
    places = UserPaths.usual(Path("/srv/tv"))
    assert places.themes == (Path("/x/config/retrovue-tui/themes"), Path("/srv/tv/themes"))
    assert places.keymaps == (Path("/x/config/retrovue-tui/keymap.toml"), Path("/srv/tv/keymap.toml"))
    assert places.memory == Path("/x/state/retrovue-tui/screen.json")


@pytest.mark.parametrize("named", ["", "relative/path"])
def test_without_xdg_variables_the_usual_folders_are_used(
    named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", named)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    places = UserPaths.usual(None)
    assert places.keymaps == (tmp_path / ".config/retrovue-tui/keymap.toml",)
    assert places.memory == tmp_path / ".local/state/retrovue-tui/screen.json"


def test_the_listing_has_each_path_with_its_purpose() -> None:
    places = UserPaths(themes=(Path("/a/themes"),), keymaps=(Path("/a/keymap.toml"), Path("/b/keymap.toml")))
    assert places.listing() == [("keys", "/a/keymap.toml"), ("", "/b/keymap.toml"), ("themes", "/a/themes/*.toml")]
    assert UserPaths().listing() == []


def test_remembered_settings_are_read_again(tmp_path: Path) -> None:
    memory = tmp_path / "deep" / "screen.json"
    places = UserPaths(memory=memory)
    assert places.recall("theme") is None
    places.remember("theme", "amber")
    places.remember("other", "ünï")
    assert (UserPaths(memory=memory).recall("theme"), UserPaths(memory=memory).recall("other")) == ("amber", "ünï")
    assert [each.name for each in memory.parent.iterdir()] == ["screen.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 3}', "\x00"])
def test_a_memory_that_is_broken_is_as_none_and_is_mended(text: str, tmp_path: Path) -> None:
    memory = tmp_path / "screen.json"
    memory.write_text(text)
    places = UserPaths(memory=memory)
    assert places.recall("theme") is None
    places.remember("theme", "amber")
    assert json.loads(memory.read_text()) == {"theme": "amber"}


def test_settings_that_cannot_be_written_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places = UserPaths(memory=tmp_path / "file" / "screen.json")
    places.remember("theme", "amber")
    assert places.recall("theme") is None
    UserPaths().remember("theme", "amber")
    assert UserPaths().recall("theme") is None
