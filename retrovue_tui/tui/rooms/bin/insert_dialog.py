"""The insert dialog: lists the places where files of the bin can go, and the effect of each insertion as the station
reports it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from retrovue_tui.errors import RetrovueError
from retrovue_tui.tui.command_dispatch import PendingCommand, time_to_air
from retrovue_tui.tui.keys.bin import INSERT
from retrovue_tui.tui.rooms.bin.placement import places
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import Sheet, line
from retrovue_tui.tui.workers import start_worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content

    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
    from retrovue_tui.tui.rooms.bin.placement import BinClip, EntryFrame, Place
    from retrovue_tui.tui.station_link import StationLine

AGAIN_S: Final = 2.0
"""How often the dialog fetches the rundown and the effect again (s), because both change with time."""
HEIGHTS: Final = [(0, "-tiny"), (30, "-roomy")]
LATER: Final = 3
"""How many changes, and how many later entries with their new times, are listed."""


class PlaceList(Sheet):
    """Lists the places, with one of them chosen, and below them the effect of an insertion at the chosen place."""

    def __init__(self) -> None:
        super().__init__(id="places")
        self._places: Sequence[Place] = ()
        self._chosen = 0
        self._effects: dict[Place, Receipt | str] = {}
        self._said = "Asking the station for the rundown …"

    def show(self, places: Sequence[Place], chosen: int, effects: dict[Place, Receipt | str], said: str) -> None:
        """Draw the places. `chosen`: the index of the chosen place. `effects`: the dry-run receipt for each place, or
        the reason why there is none. `said`: a text to show in place of the list; empty: show the list."""
        self._places, self._chosen, self._effects, self._said = places, chosen, dict(effects), said
        self.redraw()

    def lines(self, width: int) -> Sequence[Content]:
        """Return the dialog's lines; while the rundown loads, one line that says so."""
        if self._said:
            return [line((each.plain, "")) for each in line(self._said).wrap(max(10, width))]
        rows: list[Content] = []
        for number, place in enumerate(self._places):
            here = number == self._chosen
            mark = glyphs.MARKED if here else glyphs.UNMARKED
            rows.append(line((formats.fit(f"{mark} {place.name}", width), "bold reverse" if here else "")))
        effect = self._effects.get(self._places[self._chosen]) if self._places else None
        rows.append(line(""))
        for text, style in _effect(effect):
            rows += [line((each.plain, style)) for each in line(formats.clean(text)).wrap(max(10, width))]
        return rows


def _effect(effect: Receipt | str | None) -> list[tuple[str, str]]:
    """Return (text, style) pairs for the receipt of a dry run; `effect` is an error message if the dry run failed."""
    if effect is None:
        return [("Asking the station for the effect …", tally.QUIET)]
    if isinstance(effect, str):
        return [(f"{glyphs.MISSING} {effect}", "bold $tally-missing")]
    if not effect.accepted:
        return [(f"{glyphs.MISSING} Refused: {effect.reason}", "bold $tally-missing")]
    lines = [(each, "") for each in effect.changes[:LATER]]
    if (more := len(effect.changes) - LATER) > 0:
        lines.append((f"and {more} more", tally.QUIET))
    if effect.on_air_in_s is not None:
        when = f", at {formats.wall_time(effect.on_air_at)}" if effect.on_air_at is not None else ""
        lines.append((f"On air in {time_to_air(effect.on_air_in_s)}{when}.", "bold $tally-next"))
    lines += [(f"{formats.wall_time(each.starts_at)}  {each.title}", tally.QUIET) for each in effect.downstream[:LATER]]
    return lines + [(f"! {each}", "bold $tally-hold") for each in effect.warnings]


class InsertScreen(ModalScreen[PendingCommand | None]):
    """The dialog. Its result is the command to send; None if the operator cancels. It needs no second confirmation,
    because the edit can be undone."""

    BINDINGS: ClassVar[list[BindingType]] = list(INSERT.bindings)
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self, channel: ChannelSnapshot, clips: Sequence[BinClip], station: StationLine, cursor: EntryFrame | None = None
    ) -> None:
        super().__init__(classes="insert")
        self._channel = channel
        self._cursor = cursor
        self._moved = asyncio.Event()
        self._clips = tuple(clips)
        self._station = station
        self._places: tuple[Place, ...] = ()
        self._effects: dict[Place, Receipt | str] = {}
        self._chosen = 0
        self._said = "Asking the station for the rundown …"
        self._list = PlaceList()

    def compose(self) -> ComposeResult:
        """Yield the names of the files, and the list of places with the effect."""
        with Vertical(id="insert") as box:
            # Textual reads a title as markup; a channel's name must stay as it is.
            box.border_title = f"Insert · {formats.clean(self._channel.name)}".replace("[", r"\[")
            yield Static(self._what(), id="what", markup=False)
            yield self._list
            yield Static("↑↓ choose   enter inserts, u undoes it   esc cancels", id="hint", markup=False)

    def on_mount(self) -> None:
        """Start to fetch the rundown."""
        start_worker(self, self._keep_asking, group="insert")

    def action_choose(self, by: int) -> None:
        """Choose the place `by` rows further down; stop at both ends."""
        self._chosen = min(max(0, self._chosen + by), max(0, len(self._places) - 1))
        self._moved.set()
        self._show()

    def action_insert(self) -> None:
        """Close with the command as the result, if the station accepted its dry run; otherwise ring the bell."""
        if not self._places:
            return
        place = self._places[self._chosen]
        effect = self._effects.get(place)
        if effect is not None and not isinstance(effect, str) and effect.accepted:
            command = place.command(self._clips)
            self.dismiss(PendingCommand(self._channel.id, self._channel.name, command, called="Insert"))
        else:
            self.app.bell()

    def action_cancel(self) -> None:
        """Close the dialog; send nothing."""
        self.dismiss(None)

    def _what(self) -> str:
        clips = self._clips
        total = formats.short(sum(clip.duration_s for clip in clips))
        if len(clips) > 1:
            spots = sum(clip.row.kind == "spot" for clip in clips)
            word = "spot" if spots == len(clips) else "programme" if not spots else "file"
            return f"{formats.plural(len(clips), word)}, {total}"
        return f"{formats.clean(clips[0].row.title)}, {total}"

    async def _keep_asking(self) -> None:
        """Fetch the rundown and the effect at the chosen place, for ever: at once when the operator chooses another
        place, otherwise every `AGAIN_S`."""
        while True:
            await self._ask_for_places()
            while self._places:
                await self._try(self._places[self._chosen])
                try:
                    async with asyncio.timeout(AGAIN_S):
                        await self._moved.wait()
                except TimeoutError:
                    break
                self._moved.clear()
            else:
                await asyncio.sleep(AGAIN_S)

    async def _ask_for_places(self) -> None:
        try:
            rundown = await self._station.rundown(self._channel.id)
        except (RetrovueError, OSError, ValueError) as error:
            self._places, self._said = (), f"{glyphs.MISSING} {str(error) or type(error).__name__}"
        else:
            before = self._places[self._chosen] if self._places else None
            self._places, self._said = places(rundown, self._clips, self._cursor), ""
            self._chosen = self._places.index(before) if before in self._places else 0
        self._show()

    async def _try(self, place: Place) -> None:
        """Fetch the effect of an insertion at a place by a dry run."""
        command = place.command(self._clips)
        try:
            effect: Receipt | str = await self._station.command(
                self._channel.id, command.name, dry_run=True, **command.arguments
            )
        except (RetrovueError, OSError, ValueError) as error:
            effect = str(error) or type(error).__name__
        self._effects[place] = effect
        self._show()

    def _show(self) -> None:
        self._list.show(self._places, self._chosen, self._effects, self._said)
