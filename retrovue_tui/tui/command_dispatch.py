"""Sends the operator's commands to the station in order, decides which commands are possible now, and turns receipts
into text."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.message import Message

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.protocol.commands import Command
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

NAMES: Final[Mapping[str, str]] = {
    "break_now": "Break now",
    "return": "Return",
    "skip": "Skip",
    "hold": "Hold",
    "release": "Release",
    "undo": "Undo",
    "redo": "Redo",
    "stop": "Stop channel",
    "start": "Start channel",
}
"""Command → name on screen, for the commands that have a key."""
COUNTDOWN_S: Final = 60.0
"""Times to air below this (s) are shown with hundredths of a second."""
CHANGES_SHOWN: Final = 3
"""How many changes a toast lists; the event list has all of them."""
IN_PROGRAMME: Final = ("break_now", "hold", "release")
ON_RUNDOWN: Final = ("undo", "redo")
SWITCHES: Final = ("stop", "start")


def obstacle(view: StationView, channel: ChannelSnapshot | None, command: str) -> str:
    """Return why a command is impossible on a channel now; empty if it looks possible. This uses the last snapshot; the
    station makes the final decision."""
    if view.stale:
        return "the station is lost" if view.link == "lost" else "the station has not answered yet"
    if channel is None:
        return "there is no such channel"
    if command in ON_RUNDOWN:
        return ""
    if command in SWITCHES:
        stopped = channel.state == "stopped"
        possible = stopped == (command == "start")
        return "" if possible else f"{channel.name} is {'stopped' if stopped else 'on air'} already"
    return _obstacle_on_air(channel, command)


def _obstacle_on_air(channel: ChannelSnapshot, command: str) -> str:
    """Return why a command that acts on the entry on air is impossible; empty if it looks possible."""
    kind = channel.on_air.kind if channel.on_air else "slate"
    if channel.state != "on_air" or kind == "slate":
        return f"no entry of {channel.name}'s rundown is on air"
    if command in IN_PROGRAMME and kind != "programme":
        return "a break is on air already"
    if command == "release" and channel.held is None:
        return "no break is held"
    if command == "hold" and channel.held is not None:
        return f"break {channel.held} is held already"
    if command == "return" and kind != "spot":
        return "no break is on air"
    return ""


@dataclass(frozen=True)
class PendingCommand:
    """A command that waits to be sent. `entry`: the id of the entry on air that the operator meant; the command must
    not hit a later entry. `called`: the name shown to the operator, if it differs from the command's name."""

    channel_id: str
    channel_name: str
    command: Command
    entry: str | None = None
    called: str = ""

    @property
    def title(self) -> str:
        """The command's name and the channel's, like `Skip · Retro One`."""
        return f"{self.called or NAMES.get(self.command.name, self.command.name)} · {formats.clean(self.channel_name)}"


def missed(view: StationView, pending: PendingCommand) -> str:
    """Return why a queued command must not be sent any more; empty if it may be sent. This checks only the connection
    and the entry on air; the station makes all other checks."""
    channel = view.channel(pending.channel_id)
    if reason := obstacle(view, channel, "undo"):
        return reason
    on_air = channel.on_air if channel else None
    if pending.entry is not None and (on_air is None or on_air.entry != pending.entry):
        return "the entry it was meant for has ended"
    return ""


class SendCommand(Message):
    """Sent by a room: the app must send this command to the station of `line`, and report its result."""

    def __init__(self, pending: PendingCommand, line: StationLine) -> None:
        super().__init__()
        self.pending = pending
        self.line = line


class Answered(Message):
    """The station answered with a receipt."""

    def __init__(self, pending: PendingCommand, receipt: Receipt) -> None:
        super().__init__()
        self.pending = pending
        self.receipt = receipt


class Unanswered(Message):
    """The station sent no receipt. `sent`: the command went out, so the station may have carried it out."""

    def __init__(self, pending: PendingCommand, reason: str, *, sent: bool) -> None:
        super().__init__()
        self.pending = pending
        self.reason = reason
        self.sent = sent


class ChannelLocks:
    """One lock per channel: commands for a channel go out in the order in which the operator pressed the keys."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def of(self, channel_id: str) -> asyncio.Lock:
        """Return the lock of a channel. The caller holds it until the station answers; waiting callers get it in
        order."""
        return self._locks[channel_id]


class Dispatch:
    """Sends commands. Commands for the same channel go out one at a time, so that none overtakes another."""

    def __init__(
        self,
        line: StationLine,
        why_not: Callable[[PendingCommand], str],
        post: Callable[[Message], object],
        locks: ChannelLocks | None = None,
    ) -> None:
        """`why_not` returns why a queued command must not be sent any more; empty if it may be sent."""
        self._line = line
        self._why_not = why_not
        self._post = post
        self._locks = locks or ChannelLocks()

    async def send(self, pending: PendingCommand) -> None:
        """Wait for the channel's lock, send the command, and post `Answered` or `Unanswered`."""
        command = pending.command
        async with self._locks.of(pending.channel_id):
            if reason := self._why_not(pending):
                self._post(Unanswered(pending, reason, sent=False))
                return
            try:
                given = {**command.arguments, "dry_run": True} if command.dry_run else command.arguments
                receipt = await self._line.command(pending.channel_id, command.name, **given)
            except Refused as error:
                self._post(Unanswered(pending, error.message, sent=False))
            except (RetrovueError, OSError, ValueError) as error:
                self._post(Unanswered(pending, str(error) or type(error).__name__, sent=True))
            else:
                self._post(Answered(pending, receipt))


def receipt_text(receipt: Receipt) -> str:
    """Return a receipt as a few lines of text: the changes, the time to air and the warnings; or the reason of a
    refusal."""
    if not receipt.accepted:
        return formats.clean(receipt.reason) or "The station gives no reason."
    more = len(receipt.changes) - CHANGES_SHOWN
    lines = [*receipt.changes[:CHANGES_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    if receipt.on_air_in_s is not None:
        lines.append(f"on air in {time_to_air(receipt.on_air_in_s)}" if receipt.on_air_in_s > 0 else "on air now")
    lines += [f"! {warning}" for warning in receipt.warnings]
    return "\n".join(map(formats.clean, lines)) or "Nothing changes on air."


def time_to_air(seconds: float) -> str:
    """Return a time as `0.03 s`; from a minute on, as `00:01:05`."""
    return f"{max(0.0, seconds):.2f} s" if seconds < COUNTDOWN_S else formats.countdown(seconds)
