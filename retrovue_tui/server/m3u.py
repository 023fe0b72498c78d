"""Writes extended M3U playlists for IPTV clients, and knows what each client wants in them. Pure.

The format has no escapes. Jellyfin takes the text after the last comma as the name, other clients that after the first,
and a quote ends an attribute: so names have neither.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DIRECT: Final = "inputstream.ffmpegdirect"
"""Kodi's add-on that plays streams with FFmpeg. Not every Kodi has it."""


@dataclass(frozen=True)
class ClientPreset:
    """The attributes that a client wants in a playlist. `catchup`: attributes for past programmes. `channels_dvr`: the
    codecs, for Channels DVR. `tvheadend`: attributes of TVHeadend. `kodi`: the type of the stream, and names, for Kodi.
    `kodi_pause`: properties of the add-on `DIRECT` as well."""

    catchup: bool = False
    channels_dvr: bool = False
    tvheadend: bool = False
    kodi: bool = False
    kodi_pause: bool = False


ANY_CLIENT: Final = ClientPreset(catchup=True, channels_dvr=True)
"""The playlist for a client that is not known: attributes that each client reads or passes over."""
ANY_KODI: Final = ClientPreset(catchup=True, kodi=True)
"""The playlist for a Kodi whose add-ons are not known. Without `DIRECT`, the properties of it would cause an error
message at each start of a channel."""
PRESETS: Final[Mapping[str, ClientPreset]] = {
    "plex": ClientPreset(),
    "jellyfin": ClientPreset(),
    "emby": ClientPreset(),
    "kodi": ClientPreset(catchup=True, kodi=True, kodi_pause=True),
    "tivimate": ClientPreset(catchup=True),
    "channels": ClientPreset(channels_dvr=True),
    "tvheadend": ClientPreset(tvheadend=True),
}


@dataclass(frozen=True)
class PlaylistEntry:
    """A channel in a playlist. `guide_id`: its id in the guide. `catchup_days`: how many past days viewers can watch.
    `logo_url`, `url`: the addresses of its logo and its stream."""

    id: str
    guide_id: str
    number: int
    name: str
    group: str | None
    catchup_days: int
    logo_url: str
    url: str


def playlist(entries: Iterable[PlaylistEntry], guide_url: str, preset: ClientPreset) -> str:
    """Return a playlist. `guide_url`: the address of the guide (XMLTV)."""
    guide = _address(guide_url)
    lines = [f'#EXTM3U url-tvg="{guide}" x-tvg-url="{guide}"']
    for entry in entries:
        if preset.kodi:
            entry = replace(entry, name=for_kodi(entry.name), group=for_kodi(entry.group or ""))
        name = label(entry.name) or str(entry.number)
        lines += [extinf(_attributes(entry, preset), name), *_properties(entry, preset), entry.url]
    return "\n".join(lines) + "\n"


def extinf(attributes: Mapping[str, str], name: str) -> str:
    """Return the `#EXTINF` line of a channel. Attributes without a value are left out, because no client reads them."""
    known = [f'{key}="{text}"' for key, value in attributes.items() if (text := label(value))]
    return f"#EXTINF:-1 {' '.join(known)},{label(name)}"


def label(text: str) -> str:
    """Return a text as a playlist can contain it: on one line, without commas, and with typographic quotes."""
    return " ".join(printable(text).replace('"', "”").replace(",", " ").split())


def for_kodi(text: str) -> str:
    """Return a text without the characters that Kodi (20) takes for broken UTF-8: it would read the whole text as
    Windows-1252. Of the characters with four bytes it reads only those of plane 1 whose third byte is from 90 on."""
    return "".join(each for each in text if each < "\U00010000" or (each < "\U00020000" and ord(each) & 0xFFF >= 0x400))


def _attributes(entry: PlaylistEntry, preset: ClientPreset) -> dict[str, str]:
    number = str(entry.number)
    attributes = {
        "tvg-id": entry.guide_id,
        "channel-id": f"ch{entry.id}",
        "channel-number": number,
        "tvg-chno": number,
        "tvg-name": entry.name,
        "tvg-logo": _address(entry.logo_url),
        "group-title": entry.group or "",
    }
    if preset.channels_dvr:
        attributes |= {"tvc-stream-vcodec": "h264", "tvc-stream-acodec": "aac"}
    if preset.tvheadend:
        attributes |= {"tvh-chnum": number, "tvh-tags": entry.group or ""}
    return attributes | (_catchup(entry) if preset.catchup else {})


def _catchup(entry: PlaylistEntry) -> dict[str, str]:
    """Return the attributes with which a client asks for a past programme as `?utc=START&lutc=NOW`."""
    return {"catchup": "shift", "catchup-days": str(entry.catchup_days)} if entry.catchup_days else {}


def _properties(entry: PlaylistEntry, preset: ClientPreset) -> list[str]:
    """Return the lines for Kodi. If it knows the type of a stream, it needs no request to find it out. `timeshift` lets
    viewers pause; for a channel with catch-up, Kodi chooses the stream mode by itself."""
    properties = {"mimetype": "video/mp2t"} if preset.kodi else {}
    if preset.kodi_pause and not entry.catchup_days:
        properties |= {
            "inputstream": DIRECT,
            f"{DIRECT}.open_mode": "ffmpeg",
            f"{DIRECT}.is_realtime_stream": "true",
            f"{DIRECT}.stream_mode": "timeshift",
        }
    return [f"#KODIPROP:{key}={value}" for key, value in properties.items()]


def _address(url: str) -> str:
    """Return an address that a client can find in a line of attributes."""
    return url.replace('"', "%22").replace(",", "%2C")
