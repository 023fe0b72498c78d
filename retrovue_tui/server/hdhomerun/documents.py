"""The documents that a tuner sends to its clients, with the names and the order of fields of an HDHR5-4US. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from retrovue_tui.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrovue_tui.server.hdhomerun.device import Device

MODEL: Final = "HDHR5-4US"
"""The model. Its name must not contain HDTC: such models transcode, and Jellyfin would ask for it."""
FIRMWARE: Final = ("hdhomerun5_atsc", "20250815")
MAKER: Final = "Silicondust"
STATUS: Final = {"ScanInProgress": 0, "ScanPossible": 1, "Source": "Cable", "SourceList": ["Cable"]}
"""`lineup_status.json`: no scan is needed, but clients may ask for one."""
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class LineupEntry:
    """A channel in a lineup: its number, its name, and the address of its stream."""

    number: str
    name: str
    url: str


def discover(device: Device, name: str, tuners: int, base_url: str) -> dict[str, Any]:
    """Return `discover.json`. `name`: the device's name for people. `base_url`: its address, without a slash at the
    end."""
    return {
        "FriendlyName": printable(name),
        "ModelNumber": MODEL,
        "FirmwareName": FIRMWARE[0],
        "FirmwareVersion": FIRMWARE[1],
        "DeviceID": device.id_text,
        "DeviceAuth": hashlib.sha256(device.id_text.encode()).hexdigest()[:24],  # clients need a text, no secret
        "BaseURL": base_url,
        "LineupURL": f"{base_url}/lineup.json",
        "TunerCount": tuners,
    }


def lineup(entries: Iterable[LineupEntry], *, hd: bool) -> list[dict[str, Any]]:
    """Return `lineup.json`. `hd`: the channels have at least 720 lines."""
    return [_fields(each, hd) for each in entries]


def lineup_xml(entries: Iterable[LineupEntry], *, hd: bool) -> str:
    """Return `lineup.xml`, with the fields of `lineup.json`."""
    programs = "".join(
        "<Program>" + "".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in _fields(each, hd).items())
        + "</Program>\n"
        for each in entries
    )  # fmt: skip
    return f"{_XML}<Lineup>\n{programs}</Lineup>\n"


def _fields(entry: LineupEntry, hd: bool) -> dict[str, Any]:
    return {
        "GuideNumber": entry.number,
        "GuideName": printable(entry.name),
        "VideoCodec": "H264",
        "AudioCodec": "AAC",
        **({"HD": 1} if hd else {}),
        "URL": entry.url,
    }


def device_xml(device: Device, name: str, base_url: str) -> str:
    """Return `device.xml`, the UPnP description of the device (UPnP Device Architecture 1.0, 2.1)."""
    return (
        f'{_XML}<root xmlns="urn:schemas-upnp-org:device-1-0">\n'
        "<specVersion><major>1</major><minor>0</minor></specVersion>\n"
        f"<URLBase>{escape(base_url)}</URLBase>\n"
        "<device>\n<deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>\n"
        f"<friendlyName>{escape(printable(name))}</friendlyName>\n"
        f"<manufacturer>{MAKER}</manufacturer>\n<modelName>{MODEL}</modelName>\n<modelNumber>{MODEL}</modelNumber>\n"
        f"<serialNumber>{device.id_text}</serialNumber>\n<UDN>uuid:{device.udn}</UDN>\n</device>\n</root>\n"
    )
