"""The rows of the page of clients as text: one line for each connected client or address, and facts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content

from retrovue_tui.protocol.answers.clients import ConnectedClient, ConnectedControlRoom
from retrovue_tui.tui.text import formats, glyphs, tally
from retrovue_tui.tui.widgets.text_sheet import line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retrovue_tui.protocol.answers.clients import ClientAddress, ClientsSnapshot
    from retrovue_tui.tui.text.tally import Tally

ClientRow = ConnectedClient | ConnectedControlRoom

BEHIND_S: Final = 3.0
"""A live client whose stream is at least this far behind (s) is marked."""
STATE, TIME, RATE, BEHIND, JUMPS, SENT = 10, 8, 9, 6, 5, 8
CHANNEL, NUMBER = 18, 3
ADDRESS, NAME = 15, 12
WIDE: Final = 110
"""From this width on, the table also shows the names of the channels and the bytes sent."""
KIND, WHAT = 16, 8


def client_rows(found: ClientsSnapshot, wanted: str, named: Callable[[str], str]) -> tuple[ClientRow, ...]:
    """Return the clients that contain every word of `wanted`, then the control rooms that do. `named` returns the
    number and the name of a channel."""
    words = wanted.casefold().split()
    every: Iterable[ClientRow] = (*found.clients, *found.control_rooms)
    return tuple(row for row in every if all(word in _text(row, named) for word in words))


def _text(row: ClientRow, named: Callable[[str], str]) -> str:
    channel = named(row.channel) if isinstance(row, ConnectedClient) else ""
    return f"{state_of(row).word}\n{channel}\n{row.client}\n{row.address}\n{row.id}".casefold()


def state_of(row: ClientRow) -> Tally:
    """Return the state of a client as it is drawn."""
    if not isinstance(row, ConnectedClient):
        return tally.CLIENT_STATES["control"]
    if row.mode != "live":
        return tally.CLIENT_STATES["catchup"]
    return tally.CLIENT_STATES["behind" if row.behind_s >= BEHIND_S else "live"]


@dataclass(frozen=True)
class ClientColumns:
    """The layout of the table: widths in cells of the columns that depend on the width, and of the gap between two
    columns. `sent`: the width of the column of bytes sent; 0: hidden."""

    channel: int
    client: int
    address: int
    gap: int
    sent: int = 0

    @classmethod
    def of(cls, width: int) -> ClientColumns:
        """Return the columns that fill a line of `width` cells."""
        wide = width >= WIDE
        channel, sent, gap = (CHANNEL, SENT, 2) if wide else (NUMBER, 0, 1)
        fixed = 2 + STATE + channel + TIME + RATE + BEHIND + JUMPS + sent + (8 if wide else 7) * gap
        room = max(NAME + ADDRESS, width - fixed)
        address = min(39, max(ADDRESS, room // 2))
        return cls(channel, room - address, address, gap, sent)


def head_line(columns: ClientColumns) -> Content:
    """Return the header line with the names of the columns."""
    cells = [
        "  " + formats.fit("STATE", STATE),
        formats.fit("CH" if columns.channel == NUMBER else "CHANNEL", columns.channel),
        formats.fit("CLIENT", columns.client),
        formats.fit("ADDRESS", columns.address),
        formats.fit_right("FOR", TIME),
        formats.fit_right("RATE", RATE),
        *([formats.fit_right("SENT", columns.sent)] if columns.sent else []),
        formats.fit_right("BEHIND", BEHIND),
        formats.fit_right("JUMPS", JUMPS),
    ]
    return line(((" " * columns.gap).join(cells), tally.QUIET))


@dataclass(frozen=True)
class ClientRowState:
    """The values that a client's line depends on, besides the client. `channel`: the text of the channel's column.
    `for_s`: for how long it has been connected (s)."""

    cursor: bool = False
    channel: str = ""
    for_s: float = 0.0
    stale: bool = False


def row_line(row: ClientRow, columns: ClientColumns, shown: ClientRowState) -> Content:
    """Return the line of a client."""
    gap = " " * columns.gap
    state = state_of(row)
    parts: list[tuple[str, str]] = [
        (f"{tally.CURSOR if shown.cursor else ' '} ", "bold $primary"),
        (formats.fit(state.text, STATE) + gap, state.style),
        (formats.fit(shown.channel, columns.channel) + gap, tally.QUIET),
        (formats.fit(row.client, columns.client) + gap, "bold $foreground" if shown.cursor else "$foreground"),
        (formats.fit(row.address, columns.address) + gap, "$foreground"),
        (formats.fit_right(formats.short(shown.for_s), TIME), tally.QUIET),
        *(_figures(row, columns, gap) if isinstance(row, ConnectedClient) else ()),
    ]
    if shown.stale:
        return line(parts[0], ("".join(text for text, _ in parts[1:]), tally.QUIET))
    return line(*parts)


def _figures(row: ConnectedClient, columns: ClientColumns, gap: str) -> list[tuple[str, str]]:
    slow = row.mode == "live" and row.behind_s >= BEHIND_S
    sent = [(gap + formats.fit_right(formats.size(row.sent_bytes), columns.sent), tally.QUIET)] if columns.sent else []
    return [
        (gap + formats.fit_right(formats.bitrate(row.bitrate_kbps), RATE), "$foreground"),
        *sent,
        (gap + formats.fit_right(behind(row.behind_s), BEHIND), "bold $tally-hold" if slow else tally.QUIET),
        (
            gap + formats.fit_right(formats.number(row.jumps) if row.jumps else formats.NOTHING, JUMPS),
            "$tally-hold" if row.jumps else tally.QUIET,
        ),
    ]


def behind(seconds: float) -> str:
    """Return how far behind a stream is: seconds below a minute with one decimal, then a length; a dash for nearly
    nothing."""
    if seconds < 0.05:
        return formats.NOTHING
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, rest = divmod(int(seconds), 3_600)
    days, left = divmod(hours, 24)
    return f"{days}d{left:02}h" if days else f"{hours}h{rest // 60:02}" if hours else f"{rest // 60}m{rest % 60:02}"


def facts(row: ClientRow, channel: str, for_s: float) -> str:
    """Return all facts about a client in words. `channel`: its number and name."""
    which = f"{row.client} at {row.address}"
    since = f"connected at {formats.wall_time(row.since)}, for {formats.short(for_s)}"
    if not isinstance(row, ConnectedClient):
        return f"{which}: a control room, {since}."
    words = [
        f"{row.quality} of {channel}" if row.quality else channel,
        f"{formats.size(row.sent_bytes)} sent at {formats.bitrate(row.bitrate_kbps)}",
        f"{behind(row.behind_s)} behind" if row.behind_s >= 0.05 else "",
        f"moved forward {formats.plural(row.jumps, 'time')}, missing {formats.size(row.skipped_bytes)}"
        if row.jumps
        else "",
        f"id {row.id}",
    ]
    return f"{which}: {since}; {'; '.join(filter(None, words))}."


# --- addresses ------------------------------------------------------------------------------------------------------


def address_head(width: int) -> Content:
    """Return the header line of the addresses."""
    return line((formats.fit(f"  {formats.fit('FOR', KIND)} {formats.fit('WHAT', WHAT)} ADDRESS", width), tally.QUIET))


def address_line(row: ClientAddress, width: int, *, cursor: bool, first: bool) -> Content:
    """Return the line of an address. `first`: it is the first one of its kind of client, whose name is shown."""
    return line(
        (f"{tally.CURSOR if cursor else ' '} ", "bold $primary"),
        (formats.fit(row.client if first or cursor else "", KIND) + " ", "bold $secondary"),
        (formats.fit(row.what, WHAT) + " ", "$foreground"),
        (formats.fit(row.url, width - KIND - WHAT - 4), "bold $foreground" if cursor else "$foreground"),
    )


def address_facts(row: ClientAddress, others: Iterable[str], width: int, height: int) -> list[Content]:
    """Return lines about an address: where to enter it, the whole address, and the station's other addresses, in at
    most `height` lines of `width` cells."""
    done = line((f"{row.client}, {row.what}: ", "bold $foreground"), formats.clean(row.to_do))
    lines = [Content(" ") + part.rstrip() for part in done.wrap(max(10, width - 2))]
    url, room = formats.clean(row.url), max(10, width - 2)
    lines += [line((f" {url[at : at + room]}", "bold $primary")) for at in range(0, len(url), room)]
    also = ", ".join(others)
    if also:
        lines.append(line((formats.fit(f" The station also answers at {also}", width), tally.QUIET)))
    return lines[:height]


def count_text(found: ClientsSnapshot) -> str:
    """Return how many clients and control rooms are connected, in words."""
    rooms = formats.plural(len(found.control_rooms), "control room")
    return f"{formats.plural(len(found.clients), 'client')} {glyphs.DOT} {rooms}"
