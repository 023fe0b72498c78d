"""Follows, picture by picture, which entry of the rundown is on air."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrovue_tui.rundown.plan_diff import renamed

if TYPE_CHECKING:
    from retrovue_tui.rundown.airlist import AirList, ListPlace
    from retrovue_tui.rundown.plan_diff import Names
    from retrovue_tui.rundown.positions import Position, Stretch


class EntryOnAir:
    """The entry on air. `stretch` is the run of its frames that began last; None while only the slate is on air."""

    def __init__(self) -> None:
        self.stretch: Stretch | None = None
        self._airlist: AirList | None = None
        self._until = 0
        self._frame = 0  # the asset frame of the last picture

    def next_begins(self, airlist: AirList, number: int) -> ListPlace | None:
        """Return the place of picture `number` in the air list if another entry begins with this picture, or if frames
        of the same entry were left out before it. None if the same entry goes on with its next frame."""
        self._frame += 1
        if airlist is self._airlist and number < self._until:
            return None
        place = airlist.at(number)
        self._airlist, self._until = airlist, airlist.item_end(place.item)
        goes_on, self._frame = place.frame == self._frame, place.frame
        now, before = place.stretch, self.stretch
        if goes_on and before is not None and (before.loop, before.entry.id) == (now.loop, now.entry.id):
            return None
        return place

    @property
    def position(self) -> Position | None:
        """The position at which the entry began; None while only the slate is on air."""
        return None if self.stretch is None else self.stretch.position

    def rename(self, names: Names) -> None:
        """Replace the entry with its counterpart in an edited rundown, if `names` has one."""
        self.stretch = None if self.stretch is None else renamed(self.stretch, names)

    def clear(self) -> None:
        """Forget the entry, because only the slate is on air."""
        self.stretch = self._airlist = None
