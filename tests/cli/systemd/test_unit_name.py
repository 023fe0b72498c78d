"""The names of units: those that systemd-escape makes, and never one for two homes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrovue_tui.cli.systemd.unit_name import path_escaped, require_nameable, unit_name
from retrovue_tui.errors import StationError

USUAL = Path("/home/anna/.local/share/retrovue-tui")
PARTS = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60)
PATHS = st.lists(PARTS.filter(lambda part: part not in (".", "..")), min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("home", "name"),
    [
        (USUAL, "retrovue-tui.service"),
        (Path(f"{USUAL}/../retrovue-tui/"), "retrovue-tui.service"),
        (Path("/srv/tv"), "retrovue-tui-srv-tv.service"),
        (Path("/srv/my tv-1"), r"retrovue-tui-srv-my\x20tv\x2d1.service"),
        (Path("/.tv"), r"retrovue-tui-\x2etv.service"),
        (Path("/srv/été"), r"retrovue-tui-srv-\xc3\xa9t\xc3\xa9.service"),
        (Path("/"), "retrovue-tui--.service"),
    ],
)
def test_names(home: Path, name: str) -> None:
    assert unit_name(home, USUAL) == name


@given(PATHS, PATHS)
@example("a" * 200, "a" * 201)
@example("a-b", "a/b")
def test_a_name_is_valid_and_belongs_to_one_home(one: str, other: str) -> None:
    names = [unit_name(Path(f"/{each}"), USUAL) for each in (one, other)]
    for name in names:
        assert re.fullmatch(r"retrovue-tui[A-Za-z0-9:_.\\-]*\.service", name)
        assert len(name) <= 200
    assert (names[0] == names[1]) == (os.path.normpath(f"/{one}") == os.path.normpath(f"/{other}"))


def test_systemd_escapes_the_same_way() -> None:
    if shutil.which("systemd-escape") is None:
        pytest.skip("this machine has no systemd-escape")
    for path in ("/srv/my tv-1", "/.x/y%\\z:_", "/été", "/a.b/.c"):
        told = subprocess.run(["systemd-escape", "--path", path], capture_output=True, text=True, check=True)
        assert path_escaped(path) == told.stdout.strip()


@pytest.mark.parametrize(("path", "why"), [("/a\nb", "control character"), (os.fsdecode(b"/a\xff"), "not UTF-8")])
def test_a_path_that_no_unit_can_name(path: str, why: str) -> None:
    with pytest.raises(StationError, match=why):
        require_nameable(Path(path))
