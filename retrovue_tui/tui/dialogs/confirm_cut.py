"""Dialogs before a command that cuts what is on air: they show what is lost."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Label, Static

from retrovue_tui.protocol.commands import LONGEST_BREAK_S, Command, CommandError
from retrovue_tui.tui import keys
from retrovue_tui.tui.command_dispatch import NAMES, PendingCommand, obstacle
from retrovue_tui.tui.dialogs.text_entry import EntryLine, TextEntry
from retrovue_tui.tui.guarded_app import GuardedApp
from retrovue_tui.tui.rooms.control_room.on_air_card import has_end
from retrovue_tui.tui.text import formats, tally

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.snapshots import ChannelSnapshot, OnAir
    from retrovue_tui.tui.station_view import StationView

HEIGHTS = [(0, "-tiny"), (16, "-roomy")]


def _title(entry: OnAir | None, otherwise: str) -> str:
    if entry is None:
        return otherwise
    title = formats.clean(entry.title) or otherwise
    return f"{tally.SPOT_GLYPH} {title}" if entry.kind == "spot" else title


def cuts(channel: ChannelSnapshot) -> str:
    """Return a text like `Cuts Night Drive with 00:01:42 left`."""
    entry = channel.on_air
    left = f" with {formats.countdown(entry.remaining_s)} left" if entry and has_end(entry) else ""
    return f"Cuts {_title(entry, 'what is on air')}{left}"


def break_consequence(channel: ChannelSnapshot) -> str:
    """Return what a break at this moment cuts, and what follows."""
    return f"{cuts(channel)};\nthe programme resumes at this frame."


def skip_consequence(channel: ChannelSnapshot) -> str:
    """Return what a skip cuts, and what follows."""
    return f"{cuts(channel)};\n{_title(channel.next, 'what follows')} airs at once. There is no undo."


def stop_consequence(channel: ChannelSnapshot) -> str:
    """Return what stopping the channel cuts, and what follows."""
    return f"{cuts(channel)};\nthe channel is off air until it is started again."


def audience(channel: ChannelSnapshot) -> str:
    """Return how many viewers are connected."""
    return f"{formats.plural(channel.viewers, 'viewer')} connected." if channel.viewers else "Nobody is watching."


class CutScreen(ModalScreen[PendingCommand | None]):
    """Shows the consequence of a command, and updates it as the air goes on. The result is the command to send, or
    None.

    The dialog closes by itself, with a note, when its question does not apply any more.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.CUT.bindings)
    VERTICAL_BREAKPOINTS = HEIGHTS
    COMMAND: ClassVar[str] = ""
    hint: ClassVar[str] = "←→ chooses   enter answers   esc cancels"

    def __init__(self, channel: ChannelSnapshot) -> None:
        super().__init__(classes="cut")
        self._channel = channel

    @property
    def heading(self) -> str:
        """`Skip · Retro One`."""
        return f"{NAMES[self.COMMAND]} · {formats.clean(self._channel.name)}"

    def compose(self) -> ComposeResult:
        """Yield the consequence, the audience and the answers."""
        with Vertical(id="cut") as box:
            # A title is markup to Textual; a channel's name is not.
            box.border_title = self.heading.replace("[", r"\[")
            yield Static(self.consequence(self._channel), id="consequence", markup=False)
            yield Static(audience(self._channel), id="audience", markup=False)
            yield from self.compose_fields()
            with Horizontal(id="answers"):
                yield Button(NAMES[self.COMMAND], id="fire", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
            yield Static(self.hint, id="hint", markup=False)

    def compose_fields(self) -> ComposeResult:
        """Yield the fields to fill in; usually none."""
        yield from ()

    @abstractmethod
    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return the consequence as a sentence."""

    def command(self) -> Command:
        """Return the command with the values of the fields. Raises `CommandError`."""
        return Command(self.COMMAND)

    @property
    def aimed_at(self) -> str | None:
        """The entry that the command is for, if it must not hit another one."""
        return None

    def outdated(self, view: StationView, channel: ChannelSnapshot | None) -> str:
        """Return why the question does not apply any more; empty while it does."""
        return obstacle(view, channel, self.COMMAND)

    def show(self, view: StationView) -> None:
        """Update the consequence; the air goes on while the operator thinks."""
        now = view.channel(self._channel.id)
        reason = self.outdated(view, now)
        if reason or now is None:
            self.app.notify(
                f"{reason[:1].upper()}{reason[1:]}; nothing was sent.",
                title=self.heading, severity="warning", markup=False,
            )  # fmt: skip
            self.dismiss(None)
            if isinstance(self.app, GuardedApp):
                self.app.keep_from_room(answers=True)  # the dialog may be closing already
            return
        before, self._channel = self._channel, now
        if self.consequence(before) != self.consequence(now):
            self.query_one("#consequence", Static).update(self.consequence(now))
        if audience(before) != audience(now):
            self.query_one("#audience", Static).update(audience(now))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Handle a button, pressed by mouse or enter."""
        if event.button.id == "fire":
            self.fire()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Close the dialog; nothing is sent."""
        self.dismiss(None)

    def fire(self) -> None:
        """Close the dialog with the command."""
        self.dismiss(PendingCommand(self._channel.id, self._channel.name, self.command(), self.aimed_at))


class BreakScreen(TextEntry, CutScreen):
    """A break at the next frame. Enter airs it at once, because a break is usually urgent."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.BREAK.bindings)
    COMMAND = "break_now"
    AUTO_FOCUS = "#seconds"
    hint = "enter airs it   esc cancels"

    def __init__(self, channel: ChannelSnapshot) -> None:
        super().__init__(channel)
        self.line = EntryLine(id="seconds", restrict=r"[0-9]*\.?[0-9]*", max_length=8, compact=True)

    def compose_fields(self) -> ComposeResult:
        """Yield the field for the length."""
        with Horizontal(id="fields"):
            yield Label("Seconds of spots")
            yield self.line
            yield Label("empty: the usual length", id="remark")

    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return the consequence: the programme resumes after the break."""
        return break_consequence(channel)

    def command(self) -> Command:
        """Return the command, with the seconds if any were typed."""
        text = self.line.value.strip()
        return Command.from_words(self.COMMAND, [f"seconds={text}"] if text else [])

    def action_fire(self) -> None:
        """Air the break: enter in the field confirms."""
        self.fire()

    def fire(self) -> None:
        """Close the dialog with the command, or show what is wrong with the seconds."""
        try:
            super().fire()
        except CommandError as error:
            remark = self.query_one("#remark", Label)
            remark.update(f"{tally.LEVELS['error'].glyph} above 0, up to {LONGEST_BREAK_S:.0f}")
            remark.tooltip = error.message
            remark.add_class("-wrong")
            self.line.focus()


class SkipScreen(CutScreen):
    """Skips to the next entry. Cancel has the focus, because the rest of the entry is lost."""

    COMMAND = "skip"
    AUTO_FOCUS = "#cancel"

    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return the consequence: the rest of the entry does not air."""
        return skip_consequence(channel)

    @property
    def aimed_at(self) -> str | None:
        """The entry that the dialog names."""
        return self._channel.on_air.entry if self._channel.on_air else None

    def outdated(self, view: StationView, channel: ChannelSnapshot | None) -> str:
        """Return why the question does not apply any more: the entry on air is another one, and a skip must not hit
        that."""
        asked, now = self._channel.on_air, channel.on_air if channel else None
        if asked is not None and (now is None or now.entry != asked.entry) and not view.stale:
            return f"{_title(asked, 'what was on air')} has ended by itself"
        return super().outdated(view, channel)


class StopScreen(CutScreen):
    """Takes the channel off air. Cancel has the focus."""

    COMMAND = "stop"
    AUTO_FOCUS = "#cancel"

    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return the consequence: nothing airs until the channel is started again."""
        return stop_consequence(channel)
