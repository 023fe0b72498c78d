"""Confirmation dialogs for commands that cut what is on air: they show what would be lost."""

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

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, OnAir
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
    """Return what a break at this moment cuts, and what airs afterwards."""
    return f"{cuts(channel)};\nthe programme resumes at this frame."


def skip_consequence(channel: ChannelSnapshot) -> str:
    """Return what a skip cuts, and what airs next."""
    return f"{cuts(channel)};\n{_title(channel.next, 'what follows')} airs at once. There is no undo."


def stop_consequence(channel: ChannelSnapshot) -> str:
    """Return what stopping the channel cuts, and what viewers see then."""
    return f"{cuts(channel)};\nthe channel is off air until it is started again."


def audience(channel: ChannelSnapshot) -> str:
    """Return the number of connected viewers, in words."""
    return f"{formats.plural(channel.viewers, 'viewer')} connected." if channel.viewers else "Nobody is watching."


class CutScreen(ModalScreen[PendingCommand | None]):
    """Base of the dialogs: shows the consequence of a command, and updates it with every snapshot. The result is the
    command to send, or None.

    The dialog closes by itself, with a note, when its question no longer applies.
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
        """The command's name and the channel's, like `Skip · Retro One`."""
        return f"{NAMES[self.COMMAND]} · {formats.clean(self._channel.name)}"

    def compose(self) -> ComposeResult:
        """Yield the consequence, the audience, the fields and the buttons."""
        with Vertical(id="cut") as box:
            # Textual reads a title as markup; a channel's name must stay as it is.
            box.border_title = self.heading.replace("[", r"\[")
            yield Static(self.consequence(self._channel), id="consequence", markup=False)
            yield Static(audience(self._channel), id="audience", markup=False)
            yield from self.compose_fields()
            with Horizontal(id="answers"):
                yield Button(NAMES[self.COMMAND], id="fire", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
            yield Static(self.hint, id="hint", markup=False)

    def compose_fields(self) -> ComposeResult:
        """Yield the input fields; none by default."""
        yield from ()

    @abstractmethod
    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return a sentence about the consequence of the command."""

    def command(self) -> Command:
        """Return the command, with the values of the input fields. Raises `CommandError` if a value is wrong."""
        return Command(self.COMMAND)

    @property
    def aimed_at(self) -> str | None:
        """The id of the entry to which the command applies; None if it applies to any entry on air."""
        return None

    def outdated(self, view: StationView, channel: ChannelSnapshot | None) -> str:
        """Return why the question no longer applies; empty if it still does."""
        return obstacle(view, channel, self.COMMAND)

    def show(self, view: StationView) -> None:
        """Update the consequence for the newest state: time passes while the operator decides."""
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
        """Run the action of a button, pressed by mouse or `enter`."""
        if event.button.id == "fire":
            self.fire()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Close the dialog; send nothing."""
        self.dismiss(None)

    def fire(self) -> None:
        """Close the dialog; its result is the command."""
        self.dismiss(PendingCommand(self._channel.id, self._channel.name, self.command(), self.aimed_at))


class BreakScreen(TextEntry, CutScreen):
    """Asks for the length of a break at the next frame. `enter` airs the break at once, because a break is usually
    urgent."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.BREAK.bindings)
    COMMAND = "break_now"
    AUTO_FOCUS = "#seconds"
    hint = "enter airs it   esc cancels"

    def __init__(self, channel: ChannelSnapshot) -> None:
        super().__init__(channel)
        self.line = EntryLine(id="seconds", restrict=r"[0-9]*\.?[0-9]*", max_length=8, compact=True)

    def compose_fields(self) -> ComposeResult:
        """Yield the input field for the length in seconds."""
        with Horizontal(id="fields"):
            yield Label("Seconds of spots")
            yield self.line
            yield Label("empty: the usual length", id="remark")

    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return the consequence of the break: the programme resumes after it."""
        return break_consequence(channel)

    def command(self) -> Command:
        """Return the command, with the number of seconds if the operator typed one."""
        text = self.line.value.strip()
        return Command.from_words(self.COMMAND, [f"seconds={text}"] if text else [])

    def action_fire(self) -> None:
        """Air the break; `enter` in the field does the same."""
        self.fire()

    def fire(self) -> None:
        """Close the dialog with the command as its result; if the seconds are wrong, show why."""
        try:
            super().fire()
        except CommandError as error:
            remark = self.query_one("#remark", Label)
            remark.update(f"{tally.LEVELS['error'].glyph} above 0, up to {LONGEST_BREAK_S:.0f}")
            remark.tooltip = error.message
            remark.add_class("-wrong")
            self.line.focus()


class SkipScreen(CutScreen):
    """Asks whether to skip to the next entry. Cancel has the focus, because the rest of the entry would be lost."""

    COMMAND = "skip"
    AUTO_FOCUS = "#cancel"

    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return the consequence of the skip: the rest of the entry does not air."""
        return skip_consequence(channel)

    @property
    def aimed_at(self) -> str | None:
        """The id of the entry that the dialog names."""
        return self._channel.on_air.entry if self._channel.on_air else None

    def outdated(self, view: StationView, channel: ChannelSnapshot | None) -> str:
        """Return why the question no longer applies: the named entry has ended, and the skip must not hit the next
        one."""
        asked, now = self._channel.on_air, channel.on_air if channel else None
        if asked is not None and (now is None or now.entry != asked.entry) and not view.stale:
            return f"{_title(asked, 'what was on air')} has ended by itself"
        return super().outdated(view, channel)


class StopScreen(CutScreen):
    """Asks whether to take the channel off air. Cancel has the focus."""

    COMMAND = "stop"
    AUTO_FOCUS = "#cancel"

    def consequence(self, channel: ChannelSnapshot) -> str:
        """Return the consequence of the stop: nothing airs until somebody starts the channel again."""
        return stop_consequence(channel)
