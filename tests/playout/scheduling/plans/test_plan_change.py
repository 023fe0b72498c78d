"""A change of a block as the station's own reader of the configuration judges it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.errors import ConfigError
from retrovue_tui.playout.scheduling.plans.plan_change import block_problems, changed_text, check_text, label_of
from retrovue_tui.protocol.answers.plan import BASE, BlockEdit

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
[[channel]]
id = "0"
[[channel]]
id = "1"
[channel.plan]
programmes = ["*"]
[[channel.block]]
at = "20:00"
until = "22:00"
[[channel.block]]
name = "Late"
at = "23:00"
"""


def test_the_blocks_of_a_channel_are_listed_with_their_values(tmp_path: Path) -> None:
    checked = check_text("\ufeff" + TEXT.replace("\n", "\r\n"), tmp_path, "1")
    assert checked.channel is not None
    assert [(each.block, each.name, each.values.get("at")) for each in checked.blocks] == [
        (BASE, "plan", None), (0, "block 1", "20:00"), (1, "Late", "23:00"),
    ]  # fmt: skip
    assert check_text(TEXT, tmp_path, "0").blocks == ()
    assert "no channel '7'" in check_text(TEXT, tmp_path, "7").problems[0].message
    assert "colour" in check_text(TEXT + "colour = 1\n", tmp_path, "1").problems[0].message


def test_problems_name_the_key_and_its_line(tmp_path: Path) -> None:
    before = check_text(TEXT, tmp_path, "1")
    edit = BlockEdit("change", "", 0, {"at": "25:00", "order": "sorted", "colour": 1})
    text = changed_text(before, edit)
    problems = block_problems(check_text(text, tmp_path, "1").problems, text, before.index, edit)
    assert {problem.key: problem.line for problem in problems} == {"at": 8, "order": 10, "colour": 11}
    assert all("retrovue.toml" not in problem.message for problem in problems)


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        (BlockEdit("add", "", values={"name": "A", "days": "someday"}), "days"),
        (BlockEdit("change", "", BASE, {"horizon": "1y"}), "horizon"),
        (BlockEdit("change", "", 1, {"rerun_of": "nobody"}), "rerun_of"),
        (BlockEdit("change", "", BASE, {"programmes": None}), ""),
    ],
)
def test_problems_of_added_blocks_and_of_the_plan_are_found(tmp_path: Path, edit: BlockEdit, key: str) -> None:
    before = check_text(TEXT, tmp_path, "1")
    text = changed_text(before, edit)
    problems = block_problems(check_text(text, tmp_path, "1").problems, text, before.index, edit)
    assert [problem.key for problem in problems] == [key]


def test_a_change_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    before = check_text(TEXT, tmp_path, "1")
    for value in ([None], {"a": [None]}, "\ud800", float("nan")):
        with pytest.raises(ConfigError, match="text editor"):
            changed_text(before, BlockEdit("change", "", 0, {"name": value}))


def test_changes_have_names(tmp_path: Path) -> None:
    before = check_text(TEXT, tmp_path, "1")
    assert label_of(before, BlockEdit("change", "", 1)) == "Late changed"
    assert label_of(before, BlockEdit("remove", "", 0)) == "block 1 removed"
    assert label_of(before, BlockEdit("add", "", values={"name": "Noon"})) == "new block Noon"
