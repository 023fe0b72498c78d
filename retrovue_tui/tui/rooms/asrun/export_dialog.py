"""The export dialog of the as-run room: asks which rows to export, in which format, to which file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from retrovue_tui.protocol.asrun_export import FORMATS
from retrovue_tui.tui.keys.asrun import EXPORT
from retrovue_tui.tui.rooms.asrun import export_file
from retrovue_tui.tui.text import formats, glyphs
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

NAMES: Final = {"csv": "CSV", "json": "JSON"}


class ExportScreen(ModalScreen[export_file.Export | None]):
    """The result is the export to write; None if the operator cancels. An existing file needs a second confirmation."""

    BINDINGS: ClassVar[list[BindingType]] = list(EXPORT.bindings)
    AUTO_FOCUS = "#file"

    def __init__(self, name: str, whose: str, shown: str, whole: str) -> None:
        """`name`: the proposed file name without its suffix. `whose`: the channel's name. `shown`, `whole`:
        descriptions of the rows on screen, and of all rows of the log."""
        super().__init__()
        self._name_proposed = name
        self._whose = whose
        self._rows = {"shown": shown, "whole": whole}
        self._format = "csv"
        self._whole = False
        self._taken: Path | None = None

    def compose(self) -> ComposeResult:
        """Yield the options for format and rows, the field for the file name, and the buttons."""
        with Vertical(id="export") as box:
            # Textual reads a title as markup; a channel's name must stay as it is.
            box.border_title = f"Export as-run · {formats.clean(self._whose)}".replace("[", r"\[")
            with Horizontal(classes="field"):
                yield Label("FORMAT")
                for name in FORMATS:
                    yield Button(NAMES.get(name, name), id=f"as-{name}", compact=True)
            with Horizontal(classes="field"):
                yield Label("ROWS")
                for name in self._rows:
                    yield Button("", id=f"rows-{name}", compact=True)
            with Horizontal(classes="field"):
                yield Label("FILE")
                yield Input(f"{self._name_proposed}.csv", id="file", compact=True, select_on_focus=False)
            yield Static("", id="remark", markup=False)
            with Horizontal(id="answers"):
                yield Button("Export", id="write", compact=True)
                yield Button("Cancel", id="cancel", compact=True)
            yield Static("enter exports   ↑↓ tab choose   esc cancels", id="hint", markup=False)

    def on_mount(self) -> None:
        """Highlight the default options."""
        self._mark_choices()
        self._remark(f"in {Path.cwd()}")

    def action_cancel(self) -> None:
        """Close the dialog; write nothing."""
        self.dismiss(None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        kind, _, what = (event.button.id or "").partition("-")
        if kind == "as":
            self._choose_format(what)
        elif kind == "rows":
            self._whole = what == "whole"
            self._mark_choices()
        elif kind == "write":
            self._submit()
        else:
            self.action_cancel()

    @on(Input.Submitted)
    def _submit(self) -> None:
        start_worker(self, self._answer, self._file.value, group="export", exclusive=True)

    @on(Input.Changed)
    def _renamed(self) -> None:
        """Choose the format by the suffix of the file name."""
        self._taken = None
        ending = Path(self._file.value.strip()).suffix.removeprefix(".").lower()
        if ending in FORMATS:
            self._format = ending
        self._mark_choices()

    def _choose_format(self, name: str) -> None:
        written = Path(self._file.value.strip() or self._name_proposed)
        self._format = name
        if written.suffix.removeprefix(".").lower() in FORMATS or not written.suffix:
            self._file.value = str(written.with_suffix(f".{name}"))
        self._mark_choices()

    async def _answer(self, text: str) -> None:
        try:
            path = export_file.resolved(text)
            taken = await asyncio.to_thread(export_file.is_taken, path)
        except export_file.ExportError as error:
            self._remark(f"{glyphs.MISSING} {error.message}", wrong=True)
            return
        if taken and path != self._taken:
            self._taken = path
            self._mark_choices()
            self._remark(f"{glyphs.WARNING} {path} exists already; press enter again to replace it", wrong=True)
            return
        self.dismiss(export_file.Export(path, self._format, self._whole, replace=taken))

    @property
    def _file(self) -> Input:
        return self.query_one("#file", Input)

    def _remark(self, text: str, *, wrong: bool = False) -> None:
        remark = self.query_one("#remark", Static)
        remark.update(formats.clean(text))
        remark.set_class(wrong, "-wrong")

    def _mark_choices(self) -> None:
        """Mark the chosen options with a glyph as well as with colour."""
        for name in FORMATS:
            self._mark(f"#as-{name}", NAMES.get(name, name), chosen=name == self._format)
        for name, words in self._rows.items():
            self._mark(f"#rows-{name}", words, chosen=(name == "whole") == self._whole)
        self.query_one("#write", Button).label = "Export" if self._taken is None else "Replace"

    def _mark(self, button_id: str, words: str, *, chosen: bool) -> None:
        button = self.query_one(button_id, Button)
        # Textual reads a label as markup; a channel's name must stay as it is.
        text = formats.clean(words).replace("[", r"\[")
        button.label = f"{glyphs.MARKED if chosen else glyphs.UNMARKED} {text}"
        button.set_class(chosen, "-on")
