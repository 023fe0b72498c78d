"""The HTTP client of a station's API, for control rooms and commands."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiohttp

from retrovue_tui.protocol.answers.alerts import AlertsSnapshot
from retrovue_tui.protocol.answers.asrun import AsRunEntry
from retrovue_tui.protocol.answers.audience import AudienceReport, ProofOfPlay
from retrovue_tui.protocol.answers.clients import AddressesSnapshot, ClientsSnapshot, DisconnectReceipt
from retrovue_tui.protocol.answers.guide import DEFAULT_DAYS, ChannelGuide
from retrovue_tui.protocol.answers.library import LibrarySnapshot
from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetFacts, Picture
from retrovue_tui.protocol.answers.plan import BlockEdit, BlockReceipt, PlanSnapshot
from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.rundown import HistorySnapshot, RundownSnapshot
from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot, StationSnapshot
from retrovue_tui.protocol.connection import (
    CONNECT_S,
    PLAN_S,
    Refused,
    StationConnection,
    Unreachable,
    not_a_station,
    refusal,
)
from retrovue_tui.protocol.events import Event
from retrovue_tui.protocol.json_codec import from_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from retrovue_tui.break_candidate import ReviewDecision
    from retrovue_tui.protocol.answers.audience import AudienceFilter, Dimension

__all__ = ["Refused", "StationClient", "Unreachable"]

Kind = TypeVar("Kind")

COMMAND_S: Final = 20.0
"""How long a command may take (s). It waits for earlier commands, and for the deck that it needs."""
REPORT_S: Final = 20.0
"""How long a report on the audience may take (s). The station reads it from the disk."""
SILENCE_S: Final = 25.0
"""After this much silence (s), the event stream counts as broken. The station sends a heartbeat every 10 s."""


class StationClient(StationConnection):
    """The requests to a station, as methods. Each may raise `Unreachable` or `Refused`."""

    async def station(self) -> StationSnapshot:
        """Return a snapshot of the whole station."""
        return _snapshot(StationSnapshot, await self.ask("GET", "api/station"), self.url)

    async def channel(self, channel_id: str) -> ChannelSnapshot:
        """Return a snapshot of one channel."""
        return _snapshot(ChannelSnapshot, await self.ask("GET", "api", "channels", channel_id), self.url)

    async def command(
        self,
        channel_id: str,
        name: str,
        *,
        dry_run: bool = False,
        revision: int | None = None,
        **arguments: Any,
    ) -> Receipt:
        """Send a command and return its receipt, which says whether it was accepted. The argument `break` is passed as
        `break_id`, because `break` is a keyword of Python. Raises `Refused` for a malformed command."""
        given = {"break" if key == "break_id" else key: value for key, value in arguments.items()}
        body = given | {"command": name, "dry_run": dry_run, "revision": revision}
        path = ("api", "channels", channel_id, "commands")
        return _snapshot(Receipt, await self.ask("POST", *path, body=body, also=409, seconds=COMMAND_S), self.url)

    async def rundown(self, channel_id: str) -> RundownSnapshot:
        """Return a snapshot of a channel's rundown."""
        data = await self.ask("GET", "api", "channels", channel_id, "rundown")
        return await asyncio.to_thread(_snapshot, RundownSnapshot, data, self.url)  # a rundown may be long

    async def plan(self, channel_id: str, days: int) -> PlanSnapshot:
        """Return what a channel airs today and in the following days, `days` in all."""
        path = ("api", "channels", channel_id, "plan")
        data = await self.ask("GET", *path, query={"days": str(days)}, seconds=PLAN_S)
        return await asyncio.to_thread(_snapshot, PlanSnapshot, data, self.url)  # two weeks have a thousand slots

    async def guide(self, channel_id: str, days: int = DEFAULT_DAYS) -> ChannelGuide:
        """Return the guide of a channel for the coming days."""
        path = ("api", "channels", channel_id, "guide")
        data = await self.ask("GET", *path, query={"days": str(days)}, seconds=PLAN_S)
        return await asyncio.to_thread(_snapshot, ChannelGuide, data, self.url)  # two weeks have a thousand programmes

    async def xmltv(self, days: int = DEFAULT_DAYS) -> str:
        """Return the guide of all channels for the coming days as XMLTV."""
        return await self.text("iptv/xmltv.xml", {"days": str(days)})

    async def metrics(self) -> str:
        """Return the station's metrics in Prometheus's text format."""
        return await self.text("metrics", {})

    async def change_block(self, channel_id: str, edit: BlockEdit) -> BlockReceipt:
        """Change a channel's blocks in the station's configuration file, or with `dry_run` ask for the effect."""
        path = ("api", "channels", channel_id, "plan", "block")
        data = await self.ask("POST", *path, body=edit.to_json(), also=409, seconds=PLAN_S)
        return _snapshot(BlockReceipt, data, self.url)

    async def undo_blocks(self, channel_id: str, revision: str) -> BlockReceipt:
        """Bring back the configuration file before the last change of blocks. `revision`: that of the file now."""
        path = ("api", "channels", channel_id, "plan", "undo")
        data = await self.ask("POST", *path, body={"revision": revision}, also=409, seconds=PLAN_S)
        return _snapshot(BlockReceipt, data, self.url)

    async def asrun(
        self,
        channel: str | None = None,
        *,
        since: float | str | None = None,
        until: float | str | None = None,
        kind: str | None = None,
        limit: int | None = None,
    ) -> tuple[AsRunEntry, ...]:
        """Return entries that began at `since` or later and before `until`, oldest first: the newest `limit` entries
        (default 1000). Both times are Unix time (s), or text that `protocol.time_input.moment` reads."""
        wanted = {"channel": channel, "since": since, "until": until, "kind": kind, "limit": limit}
        query = {name: str(value) for name, value in wanted.items() if value is not None}
        data = await self.ask("GET", "api/asrun", query=query)
        return await asyncio.to_thread(_entries, data, self.url)

    async def audience(
        self,
        wanted: AudienceFilter | None = None,
        by: Dimension = "spot",
        limit: int | None = None,
        *,
        hours: bool = False,
    ) -> AudienceReport:
        """Return the figures of the audience by one dimension, at most `limit` rows (default 200); with `hours`, also
        the hours of each row."""
        query = {"by": by, **_filters(wanted), **({"hours": "1"} if hours else {})}
        query |= {} if limit is None else {"limit": f"{limit}"}
        data = await self.ask("GET", "api/audience", query=query, seconds=REPORT_S)
        return await asyncio.to_thread(_snapshot, AudienceReport, data, self.url)

    async def proof_of_play(self, wanted: AudienceFilter | None = None) -> ProofOfPlay:
        """Return every airing that the filter selects, oldest first."""
        data = await self.ask("GET", "api/audience/proof", query=_filters(wanted), seconds=REPORT_S)
        return await asyncio.to_thread(_snapshot, ProofOfPlay, data, self.url)

    async def proof_file(self, wanted: AudienceFilter, form: str) -> str:
        """Return every airing that the filter selects as the text of a file. `form`: `csv`, `json` or `html`."""
        return await self.text("api/audience/proof", {**_filters(wanted), "format": form})

    async def history(self, channel_id: str) -> HistorySnapshot:
        """Return the edits of a channel's rundown that can be undone and redone."""
        return _snapshot(HistorySnapshot, await self.ask("GET", "api", "channels", channel_id, "history"), self.url)

    async def library(self) -> LibrarySnapshot:
        """Return every media file of the station."""
        data = await self.ask("GET", "api", "library")
        return await asyncio.to_thread(_snapshot, LibrarySnapshot, data, self.url)

    async def prepare(self, file: str) -> None:
        """Ask the station to prepare a file now, before media that airs later. Raises `Refused` if it cannot be
        prepared."""
        await self.ask("POST", "api", "library", "prepare", body={"file": file})

    async def facts(self, file: str) -> AssetFacts:
        """Return a media file's break candidates and audio envelope. Raises `Refused` if the file is not in the
        station's library, or cannot be used."""
        return _snapshot(AssetFacts, await self.ask("GET", "api", "library", "facts", query={"file": file}), self.url)

    async def review_break(self, file: str, frame: int, decision: ReviewDecision, to: int | None = None) -> AssetBreaks:
        """Decide about the break candidate at a frame of a media file: `accept` (also where there is none), `reject`,
        `move` (to the frame `to`) or `forget`. Return the file's candidates. Raises `Refused` if that is not
        possible."""
        body = {"file": file, "frame": frame, "decision": decision} | ({} if to is None else {"to": to})
        return _snapshot(AssetBreaks, await self.ask("POST", "api", "library", "breaks", body=body), self.url)

    async def clients(self) -> ClientsSnapshot:
        """Return all clients that are connected to the station."""
        data = await self.ask("GET", "api", "clients")
        return await asyncio.to_thread(_snapshot, ClientsSnapshot, data, self.url)  # there may be thousands

    async def alerts(self) -> AlertsSnapshot:
        """Return all alerts and their receivers."""
        return _snapshot(AlertsSnapshot, await self.ask("GET", "api", "alerts"), self.url)

    async def disconnect(self, client_id: str, block_s: float = 0.0) -> DisconnectReceipt:
        """Disconnect a client, and refuse its streams for `block_s` seconds. Raises `Refused` if it has left."""
        path = ("api", "clients", client_id, "disconnect")
        return _snapshot(DisconnectReceipt, await self.ask("POST", *path, body={"block_s": block_s}), self.url)

    async def addresses(self, channel_id: str | None = None) -> AddressesSnapshot:
        """Return the addresses for each kind of client, with the stream of this channel (None: the first)."""
        query = {} if channel_id is None else {"channel": channel_id}
        return _snapshot(AddressesSnapshot, await self.ask("GET", "api/station/addresses", query=query), self.url)

    async def picture(self, channel_id: str, width: int, height: int) -> Picture:
        """Return the newest picture on air, scaled to fit `width` x `height` pixels. Raises `Refused` if there is none
        yet."""
        query = {"format": "ppm", "width": str(width), "height": str(height)}
        return await self.get_picture("api", "channels", channel_id, "picture", query=query)

    async def preview(self, file: str, frame: int, width: int, height: int) -> Picture:
        """Return frame `frame` (0-based) of a media file, scaled to fit `width` x `height` pixels. Raises `Refused` if
        it cannot be shown."""
        size = {"width": str(width), "height": str(height)}
        query = {"format": "ppm", "file": file, "frame": str(frame), **size}
        return await self.get_picture("api", "library", "preview", query=query)

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Yield every event with an id above `after` (None: every event from now on), over one connection.

        The generator never ends normally: it raises `Unreachable` when the connection breaks. A caller that starts it
        again with the id of its last event misses no event that the station still keeps.
        """
        headers = {"Accept": "text/event-stream"} | ({} if after is None else {"Last-Event-ID": str(after)})
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
        try:
            async with self.answer("GET", self.root / "api/events", headers, timeout=timeout) as answer:
                if answer.status != 200:
                    raise await refusal(answer)
                data: list[str] = []
                async for raw in answer.content:
                    line = raw.decode("utf-8", "replace").rstrip("\r\n")
                    if line.startswith("data:"):
                        data.append(line[5:].removeprefix(" "))
                    elif not line and data:
                        yield _event("\n".join(data), self.url)
                        data.clear()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self.unreachable(error) from error
        raise Unreachable(f"The station at {self.url} ended the connection.")


def _snapshot(kind: type[Kind], data: Any, url: str) -> Kind:
    try:
        return from_json(kind, data)
    except ValueError as error:
        raise not_a_station(url) from error


def _filters(wanted: AudienceFilter | None) -> dict[str, str]:
    return {} if wanted is None else {name: f"{value}" for name, value in asdict(wanted).items() if value is not None}


def _entries(data: Any, url: str) -> tuple[AsRunEntry, ...]:
    if not isinstance(data, dict) or not isinstance(data.get("entries"), list):
        raise not_a_station(url)
    return tuple(_snapshot(AsRunEntry, each, url) for each in data["entries"])


def _event(text: str, url: str) -> Event:
    try:
        return from_json(Event, json.loads(text))
    except ValueError as error:
        raise not_a_station(url) from error
