"""The routes of the station as an HDHomeRun tuner: at the root of the server, and for each further device below /hdhr/.

Plex and Jellyfin cannot send a token, so the addresses of a station with tokens have one in their path:
/hdhr/t/TOKEN/…, and /hdhr/t/TOKEN/DEVICE/… for a further device.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web

from retrovue_tui.media.house_format import PROFILES
from retrovue_tui.server.hdhomerun.device import device_of, guide_numbers
from retrovue_tui.server.hdhomerun.discovery import Discovery
from retrovue_tui.server.hdhomerun.documents import (
    STATUS,
    LineupEntry,
    device_xml,
    discover,
    lineup,
    lineup_xml,
)
from retrovue_tui.server.hdhomerun.ssdp import Ssdp
from retrovue_tui.server.http import TOKEN_PATH, HttpError, answer, dumped, json_answer
from retrovue_tui.server.m3u import extinf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.config.hdhomerun import HdHomeRunConfig
    from retrovue_tui.server.access import Access
    from retrovue_tui.server.hdhomerun.device import Device
    from retrovue_tui.server.interfaces import Channel, Station
    from retrovue_tui.server.routes.viewing.streams import Streams

FOLDERS: Final = ("", "/hdhr/{device}", f"{TOKEN_PATH}{{token}}", f"{TOKEN_PATH}{{token}}/{{device}}")
"""The paths at which the documents of a device are."""
_HD_LINES: Final = 720
"""A picture has high definition from this height on."""


class TunerRoutes:
    """The documents of the tuner devices, their streams, and their discovery by other programs."""

    def __init__(self, station: Station, access: Access, streams: Streams, config: HdHomeRunConfig) -> None:
        self._station, self._access, self._streams, self._config = station, access, streams, config
        instance = station.identity.instance
        self._devices = {"": device_of(instance)} | {
            name: device_of(instance, name, channels) for name, channels in config.devices.items()
        }
        self._in_use: Counter[str] = Counter()
        devices = tuple(self._devices.values())
        self._discovery = (
            Discovery(devices, self._tuners, self._url_on) if config.enabled and config.discovery else None
        )
        self._ssdp = Ssdp(devices, self._url_on) if config.enabled and config.ssdp else None

    def routes(self) -> list[web.RouteDef]:
        if not self._config.enabled:
            return []
        return [
            route
            for folder in FOLDERS
            for route in (
                web.get(f"{folder}/discover.json", self._discover),
                web.get(f"{folder}/lineup.json", self._lineup),
                web.get(f"{folder}/lineup.xml", self._lineup_xml),
                web.get(f"{folder}/lineup.m3u", self._lineup_m3u),
                web.get(f"{folder}/lineup_status.json", self._status),
                web.get(f"{folder}/lineup.post", self._scan),
                web.post(f"{folder}/lineup.post", self._scan),
                web.get(f"{folder}/device.xml", self._device_xml),
                web.get(f"{folder}/auto/v{{number}}", self._tune_in, allow_head=False),
                web.head(f"{folder}/auto/v{{number}}", self._head),
            )
        ]

    def figures(self) -> dict[str, tuple[int, int]]:
        """Return each device's tuners in use, and all of its tuners."""
        if not self._config.enabled:
            return {}
        return {name: (self._in_use[name], self._tuners(device)) for name, device in self._devices.items()}

    async def start(self, host: str, http_port: int) -> None:
        """Begin to answer discovery requests, if the config says so. `host`, `http_port`: where the server listens."""
        for finder in (self._discovery, self._ssdp):
            if finder is None:
                continue
            try:
                await finder.start(host, http_port)
            except OSError as error:
                reason = f"{finder.NAME} needs it ({error.strerror or error}); is another tuner on this machine?"
                message = f"programs cannot discover the tuner: UDP port {finder.PORT} is not free, and {reason}"
                self._station.warnings.warn(f"tuner {finder.NAME}", message)

    async def close(self) -> None:
        """Answer no more discovery requests."""
        for finder in (self._discovery, self._ssdp):
            if finder is not None:
                await finder.close()

    # ── documents ────────────────────────────────────────────────────────────────────────────────

    async def _discover(self, request: web.Request) -> web.Response:
        device = self._device(request)
        return answer(discover(device, self._name(device), self._tuners(device), self._url(request, device)))

    async def _lineup(self, request: web.Request) -> web.Response:
        return json_answer(dumped(lineup(self._entries(request), hd=self._is_hd)))

    async def _lineup_xml(self, request: web.Request) -> web.Response:
        return _document(lineup_xml(self._entries(request), hd=self._is_hd), "application/xml")

    async def _lineup_m3u(self, request: web.Request) -> web.Response:
        lines = ["#EXTM3U"]
        for each in self._entries(request):
            facts = {"channel-id": each.number, "channel-number": each.number, "tvg-name": each.name}
            lines += [extinf(facts, each.name), each.url]
        return _document("\n".join(lines) + "\n", "audio/x-mpegurl")

    async def _status(self, request: web.Request) -> web.Response:
        self._device(request)
        return answer(STATUS)

    async def _scan(self, request: web.Request) -> web.Response:
        """Accept the scan that Plex requests before it reads the lineup. There is nothing to scan."""
        self._device(request)
        return answer({})

    async def _device_xml(self, request: web.Request) -> web.Response:
        device = self._device(request)
        return _document(device_xml(device, self._name(device), self._url(request, device)), "application/xml")

    def _device(self, request: web.Request) -> Device:
        name = request.match_info.get("device", "")
        device = self._devices.get(name)
        if device is None:
            known = ", ".join(each for each in self._devices if each) or "none"
            message = f"There is no tuner device {name[:64]!r}; below [hdhomerun] in retrovue.toml there are: {known}."
            raise HttpError(404, "no_such_device", message)
        return device

    def _channels(self, device: Device) -> dict[str, Channel]:
        """Return a device's channels by their numbers."""
        numbers = guide_numbers(self._station.channels.values())
        return {
            number: channel for number, channel in numbers.items()
            if device.channels is None or channel.id in device.channels
        }  # fmt: skip

    def _entries(self, request: web.Request) -> list[LineupEntry]:
        device = self._device(request)
        url = self._url(request, device)
        return [
            LineupEntry(number, channel.name, f"{url}/auto/v{number}")
            for number, channel in self._channels(device).items()
        ]

    def _name(self, device: Device) -> str:
        name = self._config.name or self._station.snapshot(()).name
        return f"{name} {device.name}" if device.name else name

    def _tuners(self, device: Device) -> int:
        return device.tuners(self._config.tuners, len(self._channels(device)))

    def _url(self, request: web.Request, device: Device) -> str:
        return self._access.tuner_url(str(self._access.base_url(request)), device.name)

    def _url_on(self, device: Device, station_url: str) -> str:
        return self._access.tuner_url(self._access.configured_url or station_url, device.name)

    @property
    def _is_hd(self) -> bool:
        return PROFILES[self._station.snapshot(()).house][1] >= _HD_LINES

    # ── streams ──────────────────────────────────────────────────────────────────────────────────

    async def _head(self, request: web.Request) -> web.StreamResponse:
        return self._streams.head(self._channel(request))

    async def _tune_in(self, request: web.Request) -> web.StreamResponse:
        channel = self._channel(request)
        self._streams.check(channel)
        with self._tuner(self._device(request)):
            return await self._streams.send(request, channel)

    def _channel(self, request: web.Request) -> Channel:
        number = request.match_info["number"]
        channels = self._channels(self._device(request))
        channel = channels.get(number)
        if channel is None:
            known = ", ".join(channels) or "none yet"
            message = f"There is no channel {number[:32]!r} on this tuner; the numbers are: {known}."
            raise HttpError(404, "no_such_channel", message, {"X-HDHomeRun-Error": "801 Unknown Channel"})
        return channel

    @contextmanager
    def _tuner(self, device: Device) -> Iterator[None]:
        """Occupy one of the device's tuners during the `with` block. Raises an `HttpError` (503) if all are in use."""
        tuners = self._tuners(device)
        if self._in_use[device.name] >= tuners:
            raise HttpError(
                503, "all_tuners_in_use", f"All {tuners} tuners of this device are in use; close a stream, or set a"
                " higher number with `tuners` below [hdhomerun] in retrovue.toml.",
                {"Retry-After": "10", "X-HDHomeRun-Error": "805 All Tuners In Use"},
            )  # fmt: skip
        self._in_use[device.name] += 1
        try:
            yield
        finally:
            self._in_use[device.name] -= 1


def _document(text: str, content_type: str) -> web.Response:
    return web.Response(
        body=text.encode(), content_type=content_type, charset="utf-8",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )  # fmt: skip
