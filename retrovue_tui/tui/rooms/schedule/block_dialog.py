"""The dialogs that change, add or delete a block: each shows the effect before the station writes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Button, Input, Label, Static

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.answers.plan import BASE, BlockReceipt
from retrovue_tui.tui import keys
from retrovue_tui.tui.rooms.schedule.block_fields import BlockField, changes, fields_of, text_of
from retrovue_tui.tui.rooms.schedule.effect_sheet import ASKING, EffectSheet
from retrovue_tui.tui.text import formats, glyphs
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.plan import BlockEdit, ClockChange
    from retrovue_tui.tui.station_link import StationLine

PAUSE_S: Final = 0.3
"""How long the dialog waits after a key before it asks the station for the effect (s)."""
UNCHANGED: Final = "Nothing is changed yet."
HEIGHTS: Final = [(0, "-tiny"), (22, "-short"), (32, "-roomy")]
VERBS: Final = {"change": "Save", "add": "Add block", "remove": "Delete block"}


class FieldList(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The fields of the dialog. It scrolls to the field with the focus; up and down go from field to field."""


class BlockScreen(ModalScreen[BlockReceipt | None]):
    """The dialog. Its result is the receipt of the write; None if the operator cancels."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.BLOCK_FORM.bindings)
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        title: str,
        channel_id: str,
        edit: BlockEdit,
        station: StationLine,
        clock: Sequence[ClockChange],
        before: Mapping[str, Any] | None = None,
        inherited: Mapping[str, Any] | None = None,
    ) -> None:
        """`edit`: the change without its values; for a new block, with those that are proposed. `before`: the values of
        the block. `inherited`: those of [channel.plan], which hold for keys that the block does not have. `clock`: the
        clocks of the channel's time zone."""
        super().__init__(classes="block")
        self._title = title
        self._channel_id = channel_id
        self._edit = edit
        self._station = station
        self._before = dict(before or {})
        self._inherited = dict(inherited or {}) if edit.block != BASE or edit.action == "add" else {}
        self._fields = () if edit.action == "remove" else fields_of(0 if edit.action == "add" else edit.block)
        self._effect = EffectSheet(clock)
        self._known: BlockEdit | None = None
        """The change whose effect is on screen, and which the station would accept."""
        self._asked: BlockEdit | None = None
        """The change whose effect the station works out now."""

    def compose(self) -> ComposeResult:
        """Yield a line for each field, the effect, and the buttons."""
        with Vertical(id="block") as box:
            # Textual reads a title as markup; a channel's name must stay as it is.
            box.border_title = formats.clean(self._title).replace("[", r"\[")
            if self._fields:
                with FieldList(id="fields"):
                    yield from self._lines()
                yield Static("", id="meaning", markup=False)
            yield self._effect
            with Horizontal(id="answers"):
                yield Button(VERBS[self._edit.action], id="save", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
            act = "enter saves" if self._fields else "the button deletes"
            yield Static(f"{act}   ↑↓ tab choose   esc cancels", id="hint", markup=False)

    def _lines(self) -> Iterator[Horizontal | Static]:
        proposed = self._edit.values
        for field in self._fields:
            value = text_of(proposed.get(field.key, self._before.get(field.key)))
            yield Horizontal(
                Label(field.key),
                Input(
                    formats.clean(value), id=f"field-{field.key}", compact=True,
                    select_on_focus=field.key in proposed,  # so that typing replaces a value that was only proposed
                    placeholder=self._placeholder(field),
                    suggester=SuggestFromList(field.choices) if field.choices else None,
                ),
                classes="field",
            )  # fmt: skip
            fault = Static("", id=f"fault-{field.key}", classes="fault", markup=False)
            fault.display = False
            yield fault

    def _placeholder(self, field: BlockField) -> str:
        inherited = text_of(self._inherited.get(field.key))
        return formats.clean(f"as the plan: {inherited}") if inherited else "default"

    def on_mount(self) -> None:
        """Focus the first field, and ask for the effect."""
        self.query_one(f"#field-{self._fields[0].key}" if self._fields else "#cancel").focus()
        self._ask()

    # --- input from the operator ----------------------------------------------------------------------------------

    def action_cancel(self) -> None:
        """Close the dialog; write nothing."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Write the change, if its effect is on screen; otherwise ask for the effect first."""
        edit = self._current()
        if edit is None:
            self.dismiss(None)
        elif edit == self._known:
            start_worker(self, self._write, edit, group="effect", exclusive=True)
        else:
            self.app.bell()
            self._ask()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_cancel()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_save()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._ask()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the field that has the focus."""
        name = (event.widget.id or "").removeprefix("field-")
        meaning = next((field.hint for field in self._fields if field.key == name), "")
        if self._fields:
            self.query_one("#meaning", Static).update(meaning)

    # --- the station ----------------------------------------------------------------------------------------------

    def _current(self) -> BlockEdit | None:
        """Return the change that the fields describe; None if they describe none."""
        if self._edit.action == "remove":
            return self._edit
        texts = {field.key: self.query_one(f"#field-{field.key}", Input).value for field in self._fields}
        values = changes(self._fields, self._before, texts)
        if self._edit.action == "add":
            values = {key: value for key, value in values.items() if value is not None}
        return replace(self._edit, values=values) if values else None

    def _ask(self) -> None:
        """Ask the station for the effect of what the fields describe now."""
        edit = self._current()
        if edit is not None and edit in (self._known, self._asked):
            return
        self._known, self._asked = None, edit
        self._effect.show(ASKING if edit else UNCHANGED)
        start_worker(self, self._try, edit, group="effect", exclusive=True)

    async def _try(self, edit: BlockEdit | None) -> None:
        if edit is None:
            self._show(UNCHANGED)
            return
        await asyncio.sleep(PAUSE_S)
        answer = await self._answer(replace(edit, dry_run=True))
        self._asked = None
        self._known = edit if isinstance(answer, BlockReceipt) and answer.accepted else None
        self._show(answer)

    async def _write(self, edit: BlockEdit) -> None:
        self._show("Writing retrovue.toml …")
        answer = await self._answer(edit)
        if isinstance(answer, BlockReceipt) and answer.accepted:
            self.dismiss(answer)
        else:
            self._known = None
            self._show(answer)

    async def _answer(self, edit: BlockEdit) -> BlockReceipt | str:
        """Return the station's receipt, or why there is none."""
        try:
            return await self._station.change_block(self._channel_id, edit)
        except (RetrovueError, OSError, ValueError) as error:
            return f"{glyphs.MISSING} {str(error) or type(error).__name__}"

    def _show(self, answer: BlockReceipt | str) -> None:
        """Draw an answer: problems of single fields below these, everything else in the panel of the effect."""
        problems = answer.problems if isinstance(answer, BlockReceipt) else ()
        messages = {problem.key: problem.message for problem in reversed(problems)}
        for field in self._fields:
            fault = self.query_one(f"#fault-{field.key}", Static)
            message = messages.get(field.key, "")
            fault.update(formats.clean(f"{glyphs.MISSING} {message}") if message else "")
            fault.display = bool(message)
        own = [problem for problem in problems if problem.key not in {field.key for field in self._fields}]
        if isinstance(answer, BlockReceipt) and problems and not own:
            count = formats.plural(len(messages), "field")
            answer = replace(answer, reason=f"Not valid yet: see {count} above.")
            first = next(field.key for field in self._fields if field.key in messages)
            self.query_one(f"#fault-{first}").scroll_visible(animate=False)
        elif isinstance(answer, BlockReceipt) and own:
            where = f"line {own[0].line}: " if own[0].line else ""
            answer = replace(answer, reason=f"{where}{own[0].message}")
        self._effect.show(answer)
