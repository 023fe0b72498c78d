"""The export dialog: asks what to export, in which format, to which file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from retrovue_tui.tui.dialogs import export_file
from retrovue_tui.tui.keys.shell import EXPORT
from retrovue_tui.tui.text import formats, glyphs
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

NAMES: Final = {"csv": "CSV", "json": "JSON", "html": "HTML"}
"""The formats: file suffix → name."""


class ExportScreen(ModalScreen[export_file.Export | None]):
    """The result is the export to write; None if the operator cancels. An existing file needs a second confirmation."""

    BINDINGS: ClassVar[list[BindingType]] = list(EXPORT.bindings)
    AUTO_FOCUS = "#file"

    def __init__(
        self,
        title: str,
        name: str,
        shown: str,
        whole: str,
        formats: Sequence[str] = ("csv", "json"),
        of_the_whole: Sequence[str] = (),
    ) -> None:
        """`name`: the proposed file name without its suffix. `shown`, `whole`: descriptions of what is on screen, and
        of everything that the station has. `of_the_whole`: the formats in which only the latter can be written."""
        super().__init__()
        self._name_proposed = name
        self._title = title
        self._formats, self._of_the_whole = formats, of_the_whole
        self._rows = {"shown": shown, "whole": whole}
        self._format = "csv"
        self._whole = False
        self._taken: Path | None = None

    def compose(self) -> ComposeResult:
        """Yield the options for format and rows, the field for the file name, and the buttons."""
        with Vertical(id="export") as box:
            # Textual reads a title as markup; a channel's name must stay as it is.
            box.border_title = f"Export {formats.clean(self._title)}".replace("[", r"\[")
            with Horizontal(classes="field"):
                yield Label("FORMAT")
                for name in self._formats:
                    yield Button(NAMES[name], id=f"as-{name}", compact=True)
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
            self._choose_rows(whole=what == "whole")
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
        if ending in self._formats:
            self._take_format(ending)
        self._mark_choices()

    def _take_format(self, name: str) -> None:
        self._format = name
        self._whole = self._whole or name in self._of_the_whole

    def _choose_rows(self, *, whole: bool) -> None:
        self._whole = whole
        if not whole and self._format in self._of_the_whole:
            self._choose_format(next(name for name in self._formats if name not in self._of_the_whole))
        self._mark_choices()

    def _choose_format(self, name: str) -> None:
        written = Path(self._file.value.strip() or self._name_proposed)
        self._take_format(name)
        if written.suffix.removeprefix(".").lower() in self._formats or not written.suffix:
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
        for name in self._formats:
            self._mark(f"#as-{name}", NAMES[name], chosen=name == self._format)
        for name, words in self._rows.items():
            self._mark(f"#rows-{name}", words, chosen=(name == "whole") == self._whole)
        self.query_one("#write", Button).label = "Export" if self._taken is None else "Replace"

    def _mark(self, button_id: str, words: str, *, chosen: bool) -> None:
        button = self.query_one(button_id, Button)
        # Textual reads a label as markup; a channel's name must stay as it is.
        text = formats.clean(words).replace("[", r"\[")
        button.label = f"{glyphs.MARKED if chosen else glyphs.UNMARKED} {text}"
        button.set_class(chosen, "-on")
