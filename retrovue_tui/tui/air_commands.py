"""The operator's commands for the channel on air: key actions, confirmation dialogs, and the display of the station's
receipts."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final, TypeVar

from textual import on

from retrovue_tui.protocol.commands import Command
from retrovue_tui.tui import command_dispatch
from retrovue_tui.tui.dialogs.confirm_cut import BreakScreen, SkipScreen, StopScreen
from retrovue_tui.tui.guarded_app import GuardedApp
from retrovue_tui.tui.rooms.base import Room
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.screen import ModalScreen

    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.protocol.events import Level
    from retrovue_tui.tui.station_link import StationLine
    from retrovue_tui.tui.station_view import StationView

_ASKED: Final = {"ask_break": "break_now", "ask_skip": "skip"}
"""Actions that open a dialog before they send their command: action → station command."""
REFUSAL_S: Final = 10.0
"""How long a refusal stays on screen (s): longer than a success, which the operator also sees on air."""
Result = TypeVar("Result")
Answer = TypeVar("Answer")


class AirCommands(GuardedApp[Result]):
    """Base of the app: sends the operator's commands for the chosen channel and shows the results. Subclasses provide
    the chosen channel, the state of its station, the dispatchers that send commands, and the event list."""

    @property
    @abstractmethod
    def view(self) -> StationView:
        """The state of the chosen channel's station."""

    @property
    @abstractmethod
    def dispatch(self) -> command_dispatch.Dispatch:
        """Sends commands to the chosen channel's station."""

    @abstractmethod
    def dispatch_by(self, line: StationLine) -> command_dispatch.Dispatch:
        """Return the dispatch that sends commands by this connection."""

    @property
    @abstractmethod
    def chosen(self) -> ChannelSnapshot | None:
        """The channel that the operator works on."""

    @abstractmethod
    def say(self, message: str, level: Level) -> None:
        """Add a message from the control room itself about the chosen channel's station to the event list."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible now. None: it is not, and its key is dimmed. A dimmed key still works:
        `run_action` then shows the reason."""
        name = self._command_of(action, parameters)
        return None if name and command_dispatch.obstacle(self.view, self.chosen, name) else True

    def _command_of(self, action: str, parameters: tuple[object, ...]) -> str:
        """Return the station command that an action sends; empty if it sends none."""
        if action == "hold_or_release":
            return self._hold_or_release()
        if action == "stop_or_start":
            return self._stop_or_start()
        if action == "send" and parameters:
            return str(parameters[0])
        return _ASKED.get(action, "")

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action. If a channel command is impossible now, send it anyway: the station's refusal gives the exact
        reason."""
        target, name, parameters = self._parse_action(action, default_namespace or self, namespaces)
        if isinstance(target, Room) and (reason := target.obstacle(name)) and not self.is_closing:
            self.keep_from_room(answers=False)
            self.notify(f"{reason}.", severity="warning", markup=False)
            return True
        command = self._command_of(name, parameters) if target is self else ""
        reason = command_dispatch.obstacle(self.view, self.chosen, command) if command else ""
        if not reason or self.is_closing:
            return await super().run_action(action, default_namespace, namespaces)
        asks = name in _ASKED or command == "stop"
        if asks:
            self.keep_from_room(answers=True)
        self._explain(command, reason, asks=asks)
        return True

    def _explain(self, command: str, reason: str, *, asks: bool) -> None:
        """Send a command that looks impossible: the station knows the frame on air and gives the exact reason for its
        refusal. Without a connection, show `reason` instead. `asks`: the command has a dialog, so send it as a dry run
        only."""
        channel = self.chosen
        if channel is None or self.view.stale:
            name = f"{command_dispatch.NAMES[command]}{f' · {formats.clean(channel.name)}' if channel else ''}"
            self._refuse(name, f"{reason[:1].upper()}{reason[1:]}.")
            self.say(f"{name}: {reason}.", "warning")
        else:
            self._send(command_dispatch.PendingCommand(channel.id, channel.name, Command(command, dry_run=asks)))

    def ask(self, question: ModalScreen[Answer], answered: Callable[[Answer | None], None]) -> None:
        """Open a dialog. Clear earlier toasts first; they remain in the event list."""
        self.clear_notifications()
        self.push_screen(question, answered)

    def action_send(self, name: str) -> None:
        """Send the chosen channel a command that needs no confirmation."""
        if channel := self.chosen:
            self._send(command_dispatch.PendingCommand(channel.id, channel.name, Command(name)))

    def action_hold_or_release(self) -> None:
        """Hold the next break; if a break is held, release it to air."""
        self.action_send(self._hold_or_release())

    def _hold_or_release(self) -> str:
        channel = self.chosen
        return "release" if channel and channel.held is not None else "hold"

    def action_stop_or_start(self) -> None:
        """Ask before taking the channel off air; start a stopped channel at once."""
        channel = self.chosen
        if channel and self._stop_or_start() == "stop":
            self.ask(StopScreen(channel), self._sender)
        else:
            self.action_send("start")

    def _stop_or_start(self) -> str:
        channel = self.chosen
        return "start" if channel and channel.state == "stopped" else "stop"

    def action_ask_break(self) -> None:
        """Open the dialog for the length of a break. The break airs when the operator confirms the dialog."""
        if channel := self.chosen:
            self.ask(BreakScreen(channel), self._sender)

    def action_ask_skip(self) -> None:
        """Open the dialog that shows what a skip cuts. The command is sent when the operator confirms the dialog."""
        if channel := self.chosen:
            self.ask(SkipScreen(channel), self._sender)

    @on(command_dispatch.SendCommand)
    def _send_for_room(self, message: command_dispatch.SendCommand) -> None:
        start_worker(self, self.dispatch_by(message.line).send, message.pending, group="commands")

    def _send(self, pending: command_dispatch.PendingCommand) -> None:
        start_worker(self, self.dispatch.send, pending, group="commands")

    @property
    def _sender(self) -> Callable[[command_dispatch.PendingCommand | None], None]:
        """Sends the answer of a dialog to the station that was chosen when the dialog opened."""
        dispatch = self.dispatch

        def send(pending: command_dispatch.PendingCommand | None) -> None:
            if pending is not None:
                start_worker(self, dispatch.send, pending, group="commands")

        return send

    @on(command_dispatch.Answered)
    def _show_receipt(self, message: command_dispatch.Answered) -> None:
        receipt, title = message.receipt, message.pending.title
        text = command_dispatch.receipt_text(receipt)
        if receipt.accepted and message.pending.command.dry_run:
            self.notify("The station can do this now. Press the key again.", title=title, markup=False)
        elif receipt.accepted:
            self.notify(text, title=title, severity="warning" if receipt.warnings else "information", markup=False)
        else:
            self._refuse(title, text)

    @on(command_dispatch.Unanswered)
    def _report_no_answer(self, message: command_dispatch.Unanswered) -> None:
        """Report a command without a receipt in the control room's own event list, because the station's log does not
        show it."""
        pending, reason = message.pending, formats.clean(message.reason).rstrip(".")
        if message.sent:
            reason = f"{reason}. Whether it was carried out is not known: look at what is on air"
            self.notify(
                f"{reason}.", title=f"No answer: {pending.title}", severity="error", timeout=REFUSAL_S, markup=False
            )
        else:
            self._refuse(pending.title, f"{reason}.")
        self.say(f"{pending.title}: {reason}.", "error")

    def _refuse(self, title: str, reason: str) -> None:
        self.notify(reason, title=f"Refused: {title}", severity="error", timeout=REFUSAL_S, markup=False)
