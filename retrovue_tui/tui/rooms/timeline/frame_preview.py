"""Pictures of the frame under the timeline's cursor and, if there is room, of the frames before and after it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui import keys
from retrovue_tui.tui.text import formats
from retrovue_tui.tui.widgets.picture_view import PictureView
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from retrovue_tui.protocol.answers.pictures import Picture
    from retrovue_tui.tui.station_link import StationLine

KEPT: Final = 48
"""How many pictures are cached."""


@dataclass(frozen=True)
class Still:
    """A frame to show (0-based, in the file). Without a file there is no picture, and the caption gives the reason."""

    file: str
    frame: int
    caption: str


NOTHING: Final = Still("", 0, "")
Asked = tuple[str, int, tuple[int, int]]


class FramePreviews(Horizontal, can_focus=True):
    """Shows one to three pictures. It has one request at a time: first the middle picture, then its neighbours, always
    the newest wanted."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.TIMELINE.bindings)

    def __init__(self, line: StationLine) -> None:
        super().__init__(id="pictures")
        self._line = line
        self._views = (PictureView(id="under"), PictureView(id="before"), PictureView(id="after"))
        self._wanted: tuple[Still, ...] = (NOTHING,) * 3
        self._had: OrderedDict[Asked, Picture | str] = OrderedDict()
        self._busy = False

    def compose(self) -> ComposeResult:
        """Yield the three pictures in the order of time."""
        under, before, after = self._views
        yield before
        yield under
        yield after

    def show(self, under: Still, before: Still, after: Still) -> None:
        """Set the frame under the cursor and its neighbours, and show their pictures."""
        wanted = (under, before, after)
        if wanted != self._wanted:
            self._wanted = wanted
            self.look()

    def look(self) -> None:
        """Show the wanted pictures that are cached, and fetch the others."""
        for view, still in zip(self._views, self._wanted, strict=True):
            if not view.size.height:
                continue
            if not still.file:
                view.show(None, still.caption)
                continue
            had = self._had.get((still.file, still.frame, view.pixels))
            if isinstance(had, str):
                view.show(None, had)
            elif had is not None:
                view.show(had, still.caption)
        if not self._busy and self._missing() is not None:
            self._busy = True
            start_worker(self, self._fetch, group="stills")

    def on_resize(self) -> None:
        """Fetch the pictures again in the new size."""
        self.call_after_refresh(self.look)

    def _missing(self) -> Asked | None:
        if not self.display or not self.is_attached:
            return None
        for view, still in zip(self._views, self._wanted, strict=True):
            if still.file and view.size.height and (still.file, still.frame, view.pixels) not in self._had:
                return still.file, still.frame, view.pixels
        return None

    async def _fetch(self) -> None:
        try:
            while (asked := self._missing()) is not None:
                file, frame, (width, height) = asked
                try:
                    self._had[asked] = await self._line.preview(file, frame, width, height)
                except (RetrovueError, OSError, ValueError) as error:
                    self._had[asked] = formats.clean(str(error) or type(error).__name__)
                while len(self._had) > KEPT:
                    self._had.popitem(last=False)
                self.look()
        finally:
            self._busy = False

    def forget_failures(self) -> None:
        """Allow new requests for pictures that failed."""
        self._had = OrderedDict((key, had) for key, had in self._had.items() if not isinstance(had, str))
        self.look()
