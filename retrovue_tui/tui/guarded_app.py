"""An app that ignores input while it closes, reports a fault without a traceback, and drops text typed for a refused
dialog."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import time
from typing import TYPE_CHECKING, Final, TypeVar

from rich.console import Console
from textual import events
from textual.app import App
from textual.css.query import NoMatches
from textual.worker import WorkerFailed

from retrovue_tui.tui.terminal.presence import terminal_is_there
from retrovue_tui.tui.terminal.tmux_clipboard import copy_by_tmux, inside_tmux
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType
    from textual.actions import ActionParseResult
    from textual.dom import DOMNode

    from retrovue_tui.tui.terminal.pixel_terminal import PixelTerminal

UNOPENED_S: Final = 3.0
"""After a dialog was refused: this long after the last key (s), typed text reaches the room again."""
_WRITTEN: Final = frozenset("0123456789.:;")
_EDITED: Final = frozenset({"backspace", "delete"})
_ANSWERED: Final = frozenset({"left", "right", "up", "down", "tab", "shift+tab", "enter"})
Result = TypeVar("Result")


class ScreenFault(Exception):
    """The screen failed, and Textual did not pass its exception on. The notes of this exception contain Textual's
    description."""


class GuardedApp(App[Result]):
    """Adds safety for the operator to Textual's app; independent of the station."""

    _unopened_until = 0.0
    _unopened_answers = False
    _unopened_typed = False
    _screen_fault: Exception | None = None
    pixel_terminal: PixelTerminal | None = None
    """The terminal, if it draws pixels and the operator wants that."""

    @property
    def is_closing(self) -> bool:
        """Whether the app is closing or has failed. No screen accepts keys or new widgets then."""
        return self._exit or self._exception is not None or self._closing or self._closed or not self.is_running

    @property
    def fault(self) -> Exception | None:
        """The unexpected exception that ended the app; None after a normal end."""
        fault = self._exception or self._screen_fault
        return fault.error if isinstance(fault, WorkerFailed) and isinstance(fault.error, Exception) else fault

    def write_over(self, sequence: str) -> None:
        """Write a sequence to the terminal after all that is drawn, unless the app closes."""
        if self._driver is not None and sequence and not self.is_closing:
            self._driver.write(sequence)

    @property
    def output_waits(self) -> bool:
        """Whether the terminal has not taken all that was written. It is slow, or far away."""
        writer = getattr(self._driver, "_writer_thread", None)
        return writer is not None and not writer._queue.empty()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy a text by the terminal's OSC 52 sequence; inside tmux, by tmux's own command."""
        super().copy_to_clipboard(text)
        if inside_tmux() and not self.is_headless:
            start_worker(self, copy_by_tmux, text, group="clipboard")

    # --- closing --------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Handle an event of Textual; drop keys, mouse and pastes while the app closes."""
        if not (isinstance(event, (events.InputEvent, events.Paste)) and self.is_closing):
            await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """Handle a key that no widget has used: drop it if the app is closing, or if it was typed for a refused
        dialog."""
        if self.is_closing or self._is_for_unopened(event):
            event.prevent_default()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, unless the app is closing: keys queued for a screen may arrive here after the screen has
        closed."""
        return True if self.is_closing else await super().run_action(action, default_namespace, namespaces)

    def end_on_signals(self, result: Result) -> None:
        """Make SIGHUP and SIGTERM close the screen with this result, never the station. Textual handles neither
        signal."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGHUP):
            # Without a handler the signal has its usual effect: asyncio allows handlers only in the main thread
            # (ValueError, RuntimeError), and not on every platform (NotImplementedError).
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(each, self._end, each, result)

    def _end(self, sign: signal.Signals, result: Result) -> None:
        if not self.is_headless and not terminal_is_there():
            # Otherwise Textual would wait for ever to write its last output to a terminal that is gone.
            os._exit(128 + sign)
        self.exit(result)

    # --- a dialog that did not open ---------------------------------------------------------------------------------

    def keep_from_room(self, *, answers: bool) -> None:
        """Ignore the next keys, because the operator types them for a dialog that did not open: digits up to `enter`;
        with `answers`, also the keys that choose a button. Any other key, or a pause of `UNOPENED_S`, ends this."""
        self._unopened_until = time.monotonic() + UNOPENED_S
        self._unopened_answers, self._unopened_typed = answers, False

    def _is_for_unopened(self, event: events.Key) -> bool:
        now = time.monotonic()
        if now >= self._unopened_until:
            return False
        written = event.character in _WRITTEN or (event.key in _EDITED and self._unopened_typed)
        answer = event.key in _ANSWERED and self._unopened_answers
        if event.key == "enter" and (self._unopened_typed or self._unopened_answers):
            self._unopened_until = 0.0
            return True
        if not written and not answer:
            self._unopened_until = 0.0
            return False
        self._unopened_typed = self._unopened_typed or written
        self._unopened_until = now + UNOPENED_S
        return True

    # --- ctrl+z -----------------------------------------------------------------------------------------------------

    def action_suspend_process(self) -> None:
        """Suspend this process and its job (for example `uv run`) until the shell resumes them. The station is in
        another session and keeps running. If no shell started the job, show a note instead."""
        driver = self._driver
        if driver is None or not driver.can_suspend or os.getpgrp() == os.getsid(0):
            self.notify("No shell started this control room, so no shell could resume it.", title="Not suspended")
            return
        os.killpg(os.getpgrp(), signal.SIGTSTP)

    # --- faults -----------------------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """Take a fault of the screen. A dialog that opens while the app closes gets no widgets any more, so it is no
        fault that it does not find them."""
        if not (self.is_closing and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Close the app without the traceback that Textual would print: it shows all local variables, tokens among
        them."""
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Close the app after a fault, and keep Textual's description of it for the fault log."""
        output = io.StringIO()
        Console(file=output, width=160, no_color=True).print(*renderables)
        self._screen_fault = ScreenFault("the screen failed")
        self._screen_fault.add_note(output.getvalue())
        self._close_messages_no_wait()
