"""Who is connected to a station, and the addresses that its clients need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

StreamMode = Literal["live", "catchup"]

LONGEST_BLOCK_S: Final = 3_600
"""The longest time for which a client can be refused after it was disconnected (s)."""


@dataclass(frozen=True)
class ConnectedClient:
    """A client that receives a channel's stream.

    `id`: names the connection in commands. `channel`: the channel's id. `address`: where the client connects from.
    `client`: its program, from its User-Agent. `since`: when it connected (Unix time, s). `mode`: `live`, or `catchup`
    for a stream of the past. `behind_s`: how far its stream is behind the live stream (s); while it is live, the data
    that waits for it. `sent_bytes`: the bytes that it has taken. `bitrate_kbps`: the average of the last 5 to 10 s, in
    kbit/s. `jumps`, `skipped_bytes`: how often it was moved forward because it was too slow, and what it missed.
    `quality`: that of its stream, with `auto` after it if it follows the connection.
    """

    id: str
    channel: str
    address: str
    client: str
    since: float
    mode: StreamMode = "live"
    behind_s: float = 0.0
    sent_bytes: int = 0
    bitrate_kbps: float = 0.0
    jumps: int = 0
    skipped_bytes: int = 0
    quality: str = ""


@dataclass(frozen=True)
class ConnectedControlRoom:
    """A control room or another program that follows the station's events. The fields are those of
    `ConnectedClient`."""

    id: str
    address: str
    client: str
    since: float


@dataclass(frozen=True)
class BlockedClient:
    """A program at an address whose streams are refused for the next `for_s` seconds."""

    address: str
    client: str
    for_s: float


@dataclass(frozen=True)
class ClientsSnapshot:
    """All clients at one moment (`at`: Unix time, s), in the order in which they connected."""

    at: float
    clients: tuple[ConnectedClient, ...] = ()
    control_rooms: tuple[ConnectedControlRoom, ...] = ()
    blocked: tuple[BlockedClient, ...] = ()


@dataclass(frozen=True)
class DisconnectReceipt:
    """The result of disconnecting a client. `blocked_s`: for how long it is refused (s); 0: it may come back at once.
    `message`: the same in words."""

    id: str
    channel: str
    address: str
    client: str
    blocked_s: float
    message: str


@dataclass(frozen=True)
class ClientAddress:
    """An address to enter into a client. `client`: the kind of client, like `Kodi`. `what`: what the address is, like
    `guide`. `to_do`: where to enter it."""

    client: str
    what: str
    url: str
    to_do: str


@dataclass(frozen=True)
class AddressesSnapshot:
    """The addresses for each kind of client.

    `root`: the station's address in them. `others`: its other addresses in the network. `warning`: why other machines
    cannot reach it, and what to change; empty if they can.
    """

    root: str
    others: tuple[str, ...] = ()
    warning: str = ""
    addresses: tuple[ClientAddress, ...] = ()
