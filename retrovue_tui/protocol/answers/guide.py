"""The programme guide, as clients receive it: what each channel airs, programme by programme."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from retrovue_tui.protocol.json_codec import from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["episode", "film", "filler"]

DEFAULT_DAYS: Final = 3
"""How many days a guide covers if the request does not say it."""
MOST_DAYS: Final = 14
"""The most days that a guide covers."""


@dataclass(frozen=True, slots=True)  # guides have thousands
class GuideProgramme:
    """One programme of a guide, with the breaks that interrupt it and the break after it.

    `start_at`, `stop_at`: Unix time, whole seconds. `kind`: `filler` is a long time without a programme; its title is
    the channel's name. `title`: of an episode, the name of the series; `sub_title` is then the episode's own title.
    `season`, `episode`: as people count them, from 1; season 0 contains specials. `date`: `YYYY` or `YYYYMMDD`, empty
    if unknown. `length_s`: the length without breaks. `id`: the same at each airing of the same file. `new`: it has
    never aired on this channel. `previous_at`: its last airing before this one on this channel (Unix time, s); None if
    none is known. `rating`: for whom it is suitable, like `TV-PG`. `stars`: how good it is, from 0 to 10. `art`: the
    picture's address below `/iptv/`.
    """

    start_at: int
    stop_at: int
    kind: Kind
    title: str
    sub_title: str = ""
    description: str = ""
    categories: tuple[str, ...] = ()
    season: int | None = None
    episode: int | None = None
    date: str = ""
    length_s: int = 0
    id: str = ""
    new: bool = False
    previous_at: int | None = None
    rating: str = ""
    stars: str = ""
    art: str = ""

    @property
    def number(self) -> str:
        """The season and the episode like `S02E05`, `S02` or `E05`; empty if neither is known."""
        season = "" if self.season is None else f"S{self.season:02}"
        return season + ("" if self.episode is None else f"E{self.episode:02}")


FIELDS: Final = tuple(field.name for field in fields(GuideProgramme))
"""The names of a programme's fields."""


@dataclass(frozen=True)
class Showing:
    """A programme in a channel's snapshot. The fields are those of `GuideProgramme`."""

    title: str
    sub_title: str
    start_at: int
    stop_at: int
    season: int | None = None
    episode: int | None = None


@dataclass(frozen=True)
class ChannelGuide:
    """The guide of one channel.

    `channel`, `number`, `name`: as configured. `guide_id`: the channel's id in XMLTV and in playlists. `timezone`: that
    of the channel; empty: the station's own. `at`: when the guide was made; `until_at`: the end of what is known (Unix
    time, s). `programmes`: in order, without holes or overlaps; the first ones may be over.
    """

    channel: str
    number: int
    name: str
    guide_id: str
    timezone: str = ""
    at: float = 0.0
    until_at: int = 0
    programmes: tuple[GuideProgramme, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the guide as plain JSON types. This is quick, because two weeks may have thousands of programmes."""
        return {**vars(self), "programmes": list(self.rows())}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the programmes as plain JSON types, one by one."""
        return ({name: getattr(each, name) for name in FIELDS} for each in self.programmes)

    @classmethod
    def from_json(cls, data: Any) -> ChannelGuide:
        """Return the guide that `to_json` turned into `data`. Raises `ValueError`."""
        return from_json(cls, data)
