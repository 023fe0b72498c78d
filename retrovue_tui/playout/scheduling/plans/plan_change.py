"""A change of a channel's blocks in the text of the configuration, checked as the station reads it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrovue_tui.config.block_edit import (
    ConfigEditError,
    values_of_blocks,
    with_block_added,
    with_block_changed,
    with_block_removed,
)
from retrovue_tui.config.config_file import read_draft
from retrovue_tui.config.form import lines_of_keys
from retrovue_tui.errors import ConfigError
from retrovue_tui.playout.scheduling.plans.plan_file import split_mark
from retrovue_tui.protocol.answers.plan import BASE, BlockProblem, BlockRules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from retrovue_tui.config.station_config import ChannelConfig
    from retrovue_tui.protocol.answers.plan import BlockEdit


@dataclass(frozen=True)
class CheckedText:
    """A text of the configuration as the station reads it. `channel`: the wanted channel, None if the text has none or
    has problems. `index`: its number among the channels."""

    text: str
    index: int = 0
    channel: ChannelConfig | None = None
    blocks: tuple[BlockRules, ...] = ()
    problems: tuple[ConfigError, ...] = ()


def check_text(text: str, home: Path, channel_id: str) -> CheckedText:
    """Read a text of `retrovue.toml` for one channel. Blocking."""
    plain = _plain(text)
    config, problems = read_draft(home, text=plain)
    index = next((number for number, each in enumerate(config.channels) if each.id == channel_id), None)
    if not problems and index is None:
        problems = [ConfigError(f"there is no channel {channel_id!r} in the file any more", config.path)]
    if problems or index is None:
        return CheckedText(text, index or 0, None, (), tuple(problems))
    channel = config.channels[index]
    return CheckedText(text, index, channel, _blocks(tomllib.loads(plain), index, channel), ())


def _blocks(data: dict[str, Any], index: int, channel: ChannelConfig) -> tuple[BlockRules, ...]:
    if channel.plan is None:
        return ()
    names = ("plan", *(block.name for block in channel.plan.blocks))
    values = values_of_blocks(data, index)
    return tuple(
        BlockRules(number, name, each) for number, (name, each) in enumerate(zip(names, values, strict=True), BASE)
    )


def changed_text(before: CheckedText, edit: BlockEdit) -> str:
    """Return the text after a change. Raises `ConfigError` if it cannot be made. Blocking for some milliseconds."""
    mark, text = split_mark(before.text)
    try:
        if edit.action == "add":
            return mark + with_block_added(text, before.index, edit.values)
        if edit.action == "remove":
            return mark + with_block_removed(text, before.index, edit.block)
        return mark + with_block_changed(text, before.index, edit.block, edit.values)
    except ConfigEditError as error:
        raise ConfigError(error.message) from error


def label_of(before: CheckedText, edit: BlockEdit) -> str:
    """Return the name of a change."""
    if edit.action == "add":
        return f"new block {edit.values.get('name') or ''}".rstrip()
    name = next((each.name for each in before.blocks if each.block == edit.block), str(edit.block))
    return f"{name} {'removed' if edit.action == 'remove' else 'changed'}"


def block_problems(problems: Sequence[ConfigError], text: str, index: int, edit: BlockEdit) -> tuple[BlockProblem, ...]:
    """Return the problems of a changed text, those of the changed block with their keys. `index`: the channel's
    number."""
    lines = lines_of_keys(_plain(text))
    blocks = [where for where, key in lines if not key and where.startswith(f"channel.{index}.block.")]
    number = len(blocks) - 1 if edit.action == "add" else edit.block
    own = f"channel.{index}.plan" if number == BASE else f"channel.{index}.block.{number}"
    keys = {line: key for (where, key), line in lines.items() if where == own and key}
    return tuple(BlockProblem(problem.reason, keys.get(problem.line or 0, ""), problem.line) for problem in problems)


def _plain(text: str) -> str:
    return split_mark(text)[1].replace("\r\n", "\n")
