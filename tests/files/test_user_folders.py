"""The user's folders, by the XDG Base Directory Specification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import RetrovueError
from retrovue_tui.files.user_folders import cache_folder, config_folder, data_folder, state_folder

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDERS = pytest.mark.parametrize(
    ("folder", "variable", "usual"),
    [
        (cache_folder, "XDG_CACHE_HOME", ".cache"),
        (config_folder, "XDG_CONFIG_HOME", ".config"),
        (data_folder, "XDG_DATA_HOME", ".local/share"),
        (state_folder, "XDG_STATE_HOME", ".local/state"),
    ],
)


@FOLDERS
def test_each_follows_its_variable_if_that_is_absolute(
    monkeypatch: pytest.MonkeyPatch, folder: Callable[[], Path], variable: str, usual: str
) -> None:
    monkeypatch.setenv("HOME", "/home/op")
    monkeypatch.setenv(variable, "/elsewhere")
    assert folder() == Path("/elsewhere/retrovue-tui")
    monkeypatch.setenv(variable, "relative")
    assert folder() == Path("/home/op") / usual / "retrovue-tui"
    monkeypatch.delenv(variable)
    assert folder() == Path("/home/op") / usual / "retrovue-tui"


def test_for_a_user_without_a_home_the_error_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(RetrovueError, match="set HOME or XDG_CACHE_HOME to a folder"):
        cache_folder()
