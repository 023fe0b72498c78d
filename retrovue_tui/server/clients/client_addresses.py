"""The addresses that a person enters into each kind of client: playlist, guide, tuner, stream, page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yarl import URL

from retrovue_tui.loopback import is_loopback
from retrovue_tui.own_addresses import own_addresses
from retrovue_tui.protocol.answers.clients import ClientAddress
from retrovue_tui.server.addresses import EVERY, lan_addresses, url_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from retrovue_tui.server.access import Access

GUIDE: Final = "/iptv/xmltv.xml"
TUNER: Final = "/discover.json"
PAGE: Final = "/"
HLS: Final = "/hls/"
OPTIONAL: Final = (GUIDE, TUNER, PAGE)
"""Paths whose addresses are left out if the station does not serve them."""

_ANY: Final = "VLC, mpv, others"
_KINDS: Final[tuple[tuple[str, str, str, str], ...]] = (
    (_ANY, "playlist", "", "All channels. VLC: Media, Open Network Stream (ctrl+n). mpv: mpv ADDRESS."),
    (_ANY, "stream", "", "The chosen channel alone, entered in the same way."),
    ("Kodi", "playlist", "kodi", "Add-on PVR IPTV Simple Client, Configure, General: M3U playlist URL."),
    ("Kodi", "guide", "", "The same add-on, Configure, EPG: XMLTV URL."),
    ("Jellyfin, Emby", "playlist", "jellyfin", "Dashboard, Live TV, Tuner Devices, +, M3U Tuner: File or URL."),
    ("Jellyfin, Emby", "guide", "", "Dashboard, Live TV, TV Guide Data Providers, +, XMLTV: File or URL."),
    ("Jellyfin, Emby", "tuner", "", "Instead of the playlist: Tuner Devices, +, HDHomeRun: Tuner IP Address."),
    ("Plex", "tuner", "", "Settings, Live TV & DVR, Set Up: enter the network address of the device manually."),
    ("Plex", "guide", "", "The next step of the same set-up: use an XMLTV guide."),
    ("TiviMate", "playlist", "tivimate", "Settings, Playlists, Add playlist, M3U playlist: Enter URL."),
    ("TiviMate", "guide", "", "Settings, EPG, EPG sources, Add source."),
    ("Channels DVR", "playlist", "channels", "Settings, Sources, Add Source, Custom Channels; format MPEG-TS: URL."),
    ("Channels DVR", "guide", "", "The same source: XMLTV Guide Data."),
    ("TVHeadend", "playlist", "tvheadend", "Configuration, DVB Inputs, Networks, Add, IPTV Automatic Network: URL."),
    ("TVHeadend", "guide", "", "Configuration, Channel / EPG, EPG Grabber Modules, XMLTV URL grabber."),
    (
        "Apple devices, hls.js",
        "hls",
        "",
        "The chosen channel as HLS. Safari, iPhone, Apple TV: open it.",
    ),
    ("Browser", "page", "", "Open it: the channels, with a player."),
)
"""Kind of client, what the address is, the name of the playlist's form for this client, and where to enter it."""


def client_addresses(access: Access, root: str, channel_id: str, served: Collection[str]) -> tuple[ClientAddress, ...]:
    """Return the addresses for each kind of client, with the viewer token where one is needed.

    `root`: the station's address for the clients. `channel_id`: the channel whose stream is listed; empty: none.
    `served`: the paths of `OPTIONAL` that the station serves, and `HLS` if that is on.
    """
    rows = []
    for client, what, form, to_do in _KINDS:
        if url := _url(access, root, channel_id, served, what, form):
            rows.append(ClientAddress(client, what, url, to_do))
    return tuple(rows)


def _url(access: Access, root: str, channel_id: str, served: Collection[str], what: str, form: str) -> str:
    """Return one address; empty if the station does not have it."""
    iptv = URL(root) / "iptv"
    if what == "playlist":
        url = iptv / "channels.m3u"
        return access.with_watch_token(url.with_query(client=form) if form else url)
    if what == "stream":
        return access.with_watch_token(iptv / "channel" / f"{channel_id}.ts") if channel_id else ""
    if what == "hls":
        return access.with_watch_token(iptv / "channel" / f"{channel_id}.m3u8") if channel_id and HLS in served else ""
    if what == "guide":
        return access.with_watch_token(URL(root).with_path(GUIDE)) if GUIDE in served else ""
    if what == "tuner":
        return access.tuner_url(root) if TUNER in served else ""
    return f"{root}{PAGE}" if PAGE in served else ""


def roots(asked: URL, host: str, port: int) -> list[str]:
    """Return the station's addresses at which other machines can reach it, the best first; empty if there are none.
    Blocking.

    `asked`: the address that a client used. `host`, `port`: where the station listens.
    """
    own = own_addresses()
    lan = sorted(lan_addresses(host), key=lambda each: each not in own)  # the network with the default route first
    found = [] if is_loopback(asked.host or "") else [str(asked).rstrip("/")]
    if not found and host not in EVERY and not is_loopback(host):
        found = [url_of(host, port)]
    return [*found, *(url for each in lan if (url := url_of(each, port)) not in found)]


def only_here(host: str, *, is_open: bool) -> str:
    """Return the warning that no other machine can reach the station, and what to change. `host`: where it listens.
    `is_open`: it has no token yet."""
    if not is_loopback(host):
        return "This machine has no network address: only clients on this machine can use these addresses."
    token = 'token = "…" (a long random word) and ' if is_open else ""
    return (
        f"Only this machine can use these addresses: the station listens on {host} alone. To open it to others, write"
        f' {token}host = "0.0.0.0" below [server] in retrovue.toml, and restart the station.'
    )
