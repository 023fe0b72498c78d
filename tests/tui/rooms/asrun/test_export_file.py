"""Files of the as-run log: named, kept from being overwritten, written whole; and all rows of a station."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.asrun import COLUMNS, flat
from retrovue_tui.protocol.asrun_export import FORMATS
from retrovue_tui.text.printable import csv_cell
from retrovue_tui.tui.dialogs.export import NAMES
from retrovue_tui.tui.dialogs.export_file import Export, ExportError, is_taken, resolved
from retrovue_tui.tui.rooms.asrun.export_file import whole_log, write
from retrovue_tui.tui.rooms.asrun.log_pages import Query
from tests.tui.media_rows import aired
from tests.tui.station import FakeStation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.protocol.answers.asrun import AsRunEntry

ROWS = (
    aired(1, title='A "film", cut'),
    aired(2, title="東京\nzwei", seam_out=None, break_id=None),
    aired(3, ended=None),
)


def test_a_csv_file_holds_every_fact(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(Export(path, "csv"), ROWS)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == list(COLUMNS)
    for cells, row in zip(read, ROWS, strict=True):
        for name, value in flat(row).items():
            if name.endswith("_at") and value is not None:
                assert datetime.fromisoformat(cells[name]).timestamp() == pytest.approx(value, abs=0.001)
                assert datetime.fromisoformat(cells[name]).utcoffset() is not None
            else:
                assert cells[name] == ("" if value is None else csv_cell(str(value)))


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    titles = ("=HYPERLINK(A1)", "+1", "-Minus", "@x", "a\x1b[2J", "plain")
    write(Export(path, "csv"), tuple(aired(number, title=title) for number, title in enumerate(titles)))
    with path.open(encoding="utf-8", newline="") as file:
        read = [row["title"] for row in csv.DictReader(file)]
    assert read == ["'=HYPERLINK(A1)", "'+1", "'-Minus", "'@x", "a\ufffd[2J", "plain"]


def test_a_json_file_is_one_array_a_line_to_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write(Export(path, "json"), ROWS)
    text = path.read_text(encoding="utf-8")
    assert [row["title"] for row in json.loads(text)] == [row.title for row in ROWS]
    assert json.loads(text)[1]["break"] is None
    assert len(text.splitlines()) == len(ROWS) + 2


def test_a_file_that_is_there_is_kept_unless_it_is_to_go(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(ExportError, match="exists already, and was not changed"):
        write(Export(path, "csv"), ROWS)
    assert path.read_text() == "mine"
    write(Export(path, "csv", replace=True), ROWS)
    assert path.read_text().startswith("id,channel")
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_a_failed_write_leaves_no_incomplete_file(tmp_path: Path) -> None:
    def torn() -> Iterator[AsRunEntry]:
        yield ROWS[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(ExportError, match=r"a.csv cannot be written: No space left on device"):
        write(Export(tmp_path / "a.csv", "csv"), torn())
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rename_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path, __: Path) -> Path:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", refused)
    path = tmp_path / "a.csv"
    with pytest.raises(ExportError, match=r"a.csv cannot be written: Input/output error"):
        write(Export(path, "csv"), ROWS)
    assert list(tmp_path.iterdir()) == []
    path.write_text("mine")
    for replace in (False, True):
        with pytest.raises(ExportError):
            write(Export(path, "csv", replace=replace), ROWS)
        assert [each.read_text() for each in tmp_path.iterdir()] == ["mine"]


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/somewhere")
    assert resolved(" a b.csv ") == tmp_path / "a b.csv"
    assert resolved("~/a.csv") == Path("/somewhere/a.csv")
    for text, said in (
        ("  ", "type a file name"),
        ("a\0b", "NUL character"),
        ("~nobody-of-that-name/x", "no such home"),
    ):
        with pytest.raises(ExportError, match=said):
            resolved(text)


def test_a_folder_or_file_in_the_way_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert not is_taken(path)
    path.touch()
    assert is_taken(path)
    for odd, said in (
        (tmp_path, "is a folder: name a file in it"), (tmp_path / "no" / "a.csv", "there is no folder"),
        (tmp_path / ("x" * 300), "name too long"),
    ):  # fmt: skip
        with pytest.raises(ExportError, match=f"(?i){said}"):
            is_taken(odd)


@pytest.mark.parametrize("page", [1, 2, 7, 10, 11])
async def test_all_rows_of_a_station_in_pages(page: int) -> None:
    station = FakeStation()
    station.aired = [aired(number) for number in range(10)] + [aired(99, channel="2")]
    rows = await whole_log(station, Query("1"), max(2, page))
    assert [row.id for row in rows] == [f"r-{number}" for number in range(10)]
    assert await whole_log(FakeStation(), Query("1"), 10) == []


def test_every_format_has_a_name() -> None:
    assert set(FORMATS) <= set(NAMES)
