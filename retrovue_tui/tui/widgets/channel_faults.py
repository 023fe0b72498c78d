"""Shows the faults of the chosen channel above the room, until they are repaired."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from textual.content import Content

from retrovue_tui.tui.text import formats, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot

MOST_LINES: Final = 4
INDENT: Final = 3


def faults_of(channel: ChannelSnapshot | None) -> tuple[str, ...]:
    """Return the faults of a channel; a refused rundown file comes first."""
    if channel is None:
        return ()
    return (*((channel.rundown_fault,) if channel.rundown_fault else ()), *channel.warnings)


def upcoming_of(channel: ChannelSnapshot | None) -> tuple[str, ...]:
    """Return the problems of a channel that are still to come, the earliest first."""
    if channel is None:
        return ()
    more = (f"and {channel.more_upcoming} more problems to come",) if channel.more_upcoming else ()
    return (*(each.text for each in channel.upcoming), *more)


def without_upcoming(faults: Sequence[str], channel: ChannelSnapshot | None) -> tuple[str, ...]:
    """Return the faults without those about files that `upcoming_of` names with their times."""
    gone = [PurePath(each.subject).name for each in channel.upcoming if each.kind == "file_gone"] if channel else []
    said = tuple(f"{name}{end}" for name in gone for end in (":", " ("))
    return tuple(each for each in faults if not each.startswith(said))


def fault_lines(faults: Sequence[str], width: int, most: int) -> list[Content]:
    """Return the faults in at most `most` lines of `width` cells; each fault is wrapped and indented after a mark. If
    some do not fit, the last line gives their number."""
    style = f"bold {tally.level('warning').style}"
    lines: list[Content] = []
    for at, fault in enumerate(faults):
        texts = Content(formats.clean(fault)).wrap(max(10, width - INDENT - 1))
        left = len(faults) - at - 1
        room = most - len(lines) - (1 if left else 0)
        if len(texts) > room and lines:
            lines.append(line((formats.fit(f" ! and {left + 1} more; the events list them", width), style)))
            break
        shown = [text.plain.rstrip() for text in texts[: max(1, room)]]
        if len(shown) < len(texts):
            rest = " ".join(text.plain.rstrip() for text in texts[len(shown) - 1 :])
            shown[-1] = formats.fit(rest, width - INDENT - 1)
        lines += [line((f"{' ! ' if not row else ' ' * INDENT}{text}", style)) for row, text in enumerate(shown)]
    return lines


class ChannelFaults(Sheet):
    """One line or more for each fault, at most `MOST_LINES`. Hidden if there is no fault."""

    DEFAULT_CSS = "ChannelFaults { height: auto; background: $band; }"

    def __init__(self) -> None:
        super().__init__(id="faults")
        self._faults: tuple[str, ...] = ()
        self.display = False

    def show(self, channel: ChannelSnapshot | None) -> None:
        """Draw the faults of a channel."""
        faults = faults_of(channel)
        if faults != self._faults:
            self._faults = faults
            self.display = bool(faults)
            self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the lines of the faults, the most important fault first."""
        return fault_lines(self._faults, width, MOST_LINES)
