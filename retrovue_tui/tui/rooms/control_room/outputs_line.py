"""The line with a channel's outputs: the state, the name and the bitrate of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content

    from retrovue_tui.protocol.answers.snapshots import PushedOutput

LABEL: Final = 9
_ORDER: Final = ("failed", "waiting", "connecting", "sending")
_MORE: Final = 14
"""The cells for the number of outputs that do not fit."""


def outputs_line(outputs: Sequence[PushedOutput], width: int) -> Content:
    """Return one line of `width` cells. Outputs that do not send come first; those that do not fit are counted."""
    parts = [(formats.fit(" OUTPUTS", LABEL), "bold $secondary")]
    room = width - LABEL
    ordered = sorted(outputs, key=lambda each: _ORDER.index(each.state) if each.state in _ORDER else 0)
    for at, each in enumerate(ordered):
        left = len(ordered) - at - 1
        state, rest = _words(each)
        between = f" {glyphs.DOT} " if at else ""
        size, limit = cell_len(between + state + rest), room - (_MORE if left else 0)
        if at and size > limit:
            parts.append((f"{between}and {left + 1} more", tally.QUIET))
            break
        parts += [
            (between, tally.QUIET),
            (state if cell_len(state) <= limit else formats.fit_end(state, limit), _style(each)),
            (rest if size <= limit else "", tally.QUIET),
        ]
        room -= min(size, limit)
    return line(*parts)


def _words(output: PushedOutput) -> tuple[str, str]:
    look = tally.OUTPUT_STATES.get(output.state)
    word = output.state if look is None else look.text
    rate = f" {formats.bitrate(output.kbps)}" if output.state == "sending" else ""
    return f"{word} {formats.clean(output.name)}", rate


def _style(output: PushedOutput) -> str:
    look = tally.OUTPUT_STATES.get(output.state)
    return "$foreground" if look is None else look.style
