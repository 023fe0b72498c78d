"""The operations of the whole station: its state, events, log, clients, alerts and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from retrovue_tui.entry_kind import EntryKind
from retrovue_tui.protocol.answers.alerts import AlertsSnapshot
from retrovue_tui.protocol.answers.asrun import DEFAULT_LIMIT, MOST, AsRunEntry
from retrovue_tui.protocol.answers.clients import (
    LONGEST_BLOCK_S,
    AddressesSnapshot,
    ClientsSnapshot,
    DisconnectReceipt,
)
from retrovue_tui.protocol.answers.snapshots import StationSnapshot
from retrovue_tui.protocol.events import Event
from retrovue_tui.server.limits import EVENT_CLIENTS
from retrovue_tui.server.openapi.operation import (
    COMMANDS,
    READS,
    TIME,
    Answer,
    Operation,
    Parameter,
    choice,
    json,
    whole,
)

if TYPE_CHECKING:
    from retrovue_tui.protocol.json_schema import SchemaSet

_CLIENT: Final = Parameter("client", "The id of a client.", {"type": "string"}, "path", True)


def station_operations(schemas: SchemaSet) -> list[Operation]:
    """Return the operations. `schemas` collects the schemas of their answers."""
    log = {
        "type": "object", "required": ["entries"],
        "properties": {"entries": {"type": "array", "items": schemas.add(AsRunEntry)}},
    }  # fmt: skip
    schemas.add(Event)
    block = {
        "type": "object",
        "properties": {"block_s": {"type": "number", "minimum": 0, "maximum": LONGEST_BLOCK_S, "default": 0}},
    }
    return [
        Operation("GET", "/healthz", "health", "Whether the station answers", json(
            {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}, "It does."
        ), access="open"),
        Operation("GET", "/api/station", "station", "The state of the station and all channels",
                  json(StationSnapshot, "The present state.")),
        Operation("POST", "/api/station/stop", "stop_station", "Takes the station off air", {
            202: Answer("It stops.", {"type": "object", "properties": {"stopping": {"const": True}},
                                      "required": ["stopping"]}),
        }),
        Operation("GET", "/api/station/addresses", "addresses", "The addresses to enter into each kind of client",
                  json(AddressesSnapshot, "The addresses."), limit=READS,
                  parameters=(Parameter("channel", "The channel whose stream is listed; by default, the first."),)),
        Operation("GET", "/api/clients", "clients", "Who is connected", json(ClientsSnapshot, "All clients."),
                  limit=READS),
        Operation("POST", "/api/clients/{client}/disconnect", "disconnect_client", "Disconnects a client",
                  json(DisconnectReceipt, "It is disconnected."), (_CLIENT,), block, False, limit=COMMANDS,
                  description="With `block_s`, that program at that address is also refused for so long (s)."),
        Operation("GET", "/api/alerts", "alerts", "The alerts and their receivers",
                  json(AlertsSnapshot, "All alerts."), limit=READS),
        Operation("GET", "/api/asrun", "asrun", "What has aired", json(log, "The entries, the oldest first."), (
            Parameter("channel", "Only entries of this channel."),
            Parameter("since", f"Only entries that began then or later: {TIME}."),
            Parameter("until", f"Only entries that began earlier: {TIME}."),
            choice("kind", "Only entries of this kind.", *get_args(EntryKind)),
            whole("limit", "Only the newest entries, at most so many.", 1, MOST, DEFAULT_LIMIT),
        ), limit=READS),
        Operation("GET", "/api/events", "events", "The events, as they happen", {
            200: Answer(f"Server-sent events: the `data` of each is an `Event` as JSON. At most {EVENT_CLIENTS} clients"
                        " follow them at once.", {"type": "string"}, "text/event-stream"),
        }, (
            Parameter("after", "All events after this number; by default, only new ones.",
                      {"type": "string", "pattern": "^[0-9]{1,15}$"}),
            Parameter("Last-Event-ID", "As `after`; players of events send it when they connect again.",
                      {"type": "string", "pattern": "^[0-9]{1,15}$"}, "header"),
        ), head=False),
        Operation("GET", "/metrics", "metrics", "Figures for Prometheus", {
            200: Answer("Prometheus's text format, or OpenMetrics if the Accept header asks for it.",
                        {"type": "string"}, "text/plain"),
        }, limit=READS),
        Operation("GET", "/api/openapi.json", "openapi", "This description",
                  json({"type": "object", "required": ["openapi", "info", "paths"]}, "An OpenAPI 3.1 document."),
                  limit=READS),
    ]  # fmt: skip
