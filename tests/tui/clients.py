"""Clients and addresses, for the tests of the page that shows them."""

from __future__ import annotations

from retrovue_tui.protocol.answers.clients import (
    AddressesSnapshot,
    BlockedClient,
    ClientAddress,
    ClientsSnapshot,
    ConnectedClient,
    ConnectedControlRoom,
)
from tests.tui.station import NOW

ROOT = "http://192.168.1.10:8480"


def connected() -> ClientsSnapshot:
    """Four clients, one of them slow and one in the past, and a control room."""
    return ClientsSnapshot(
        NOW,
        (
            ConnectedClient("a1b2c3", "1", "192.168.1.20", "Kodi", NOW - 4_000, "live", 0.0, 1_580_000_000, 3_120.4,
                            quality="720p"),
            ConnectedClient("b1b2c3", "2", "192.168.1.21", "VLC", NOW - 75, "live", 4.25, 28_000_000, 940.0, 2,
                            1_200_000, "720p"),
            ConnectedClient("c1b2c3", "2", "fd00::1234:5678:9abc:def0", "OTT Navigator", NOW - 5, "live", 0.4,
                            2_500_000, 4_210.0, quality="720p"),
            ConnectedClient("d1b2c3", "1", "192.168.1.22", "TiviMate", NOW - 610, "catchup", 7_380.0, 230_000_000,
                            3_050.0, quality="720p"),
        ),
        (ConnectedControlRoom("e1b2c3", "127.0.0.1", "retrovue-tui", NOW - 11_000),),
        (BlockedClient("192.168.1.99", "curl", 540.0),),
    )  # fmt: skip


def reach(warning: str = "") -> AddressesSnapshot:
    """The addresses of a station with a token; `CHANNEL` stands for the channel."""
    token = "token=abcdefghijklmnopqrstuvwxyz234567"
    guide = f"{ROOT}/iptv/xmltv.xml?{token}"
    rows = (
        ("VLC, mpv, others", "playlist", f"{ROOT}/iptv/channels.m3u?{token}", "All channels. VLC: ctrl+n."),
        ("VLC, mpv, others", "stream", f"{ROOT}/iptv/channel/CHANNEL.ts?{token}", "The chosen channel alone."),
        ("Kodi", "playlist", f"{ROOT}/iptv/channels.m3u?client=kodi&{token}",
         "Add-on PVR IPTV Simple Client, Configure, General: M3U playlist URL."),
        ("Kodi", "guide", guide, "The same add-on, Configure, EPG: XMLTV URL."),
        ("Plex", "tuner", f"{ROOT}/hdhr/t/abcdefghijklmnopqrstuvwxyz234567", "Settings, Live TV & DVR, Set Up."),
        ("Plex", "guide", guide, "The next step of the same set-up: use an XMLTV guide."),
        ("TiviMate", "playlist", f"{ROOT}/iptv/channels.m3u?client=tivimate&{token}", "Settings, Playlists."),
    )  # fmt: skip
    return AddressesSnapshot(
        ROOT, ("http://172.17.0.1:8480",), warning, tuple(ClientAddress(*row) for row in rows)
    )  # fmt: skip
