"""The identity of a home stays the same, whatever happens to its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.station_identity import FILE_NAME, StationIdentity, load_identity

if TYPE_CHECKING:
    from pathlib import Path


def test_a_home_keeps_its_identity_and_another_has_another(tmp_path: Path) -> None:
    first = load_identity(tmp_path / "a" / "state")
    assert load_identity(tmp_path / "a" / "state") == first
    assert load_identity(tmp_path / "b" / "state") != first


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"instance": 7}', '{"instance": "ABCDEF01"}', '{"instance": "../.."}']
)
def test_a_damaged_file_is_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    made = load_identity(tmp_path)
    assert load_identity(tmp_path) == made


def test_a_station_starts_where_the_identity_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in place of the folder")
    assert len(load_identity(tmp_path / "state").instance) == 8


def test_the_id_in_guides_names_the_channel_and_the_station() -> None:
    assert StationIdentity("0123abcd").guide_id("7") == "ch7.0123abcd.retrovue"
