"""The operations of the pages for the browser, and those of the audience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from retrovue_tui.protocol.answers.audience import DEFAULT_ROWS, MOST_ROWS, AudienceReport, Dimension, ProofOfPlay
from retrovue_tui.protocol.answers.channel_list import ChannelList
from retrovue_tui.protocol.answers.guide import ChannelGuide
from retrovue_tui.server.openapi.operation import (
    CHANNEL,
    READS,
    TIME,
    Answer,
    Operation,
    Parameter,
    choice,
    json,
    whole,
)
from retrovue_tui.server.routes.viewing.page_files import TYPES

if TYPE_CHECKING:
    from retrovue_tui.protocol.json_schema import SchemaSet
    from retrovue_tui.server.openapi.operation import Schema

_TEXT: Final = {"type": "string"}
_BYTES: Final[Schema] = {}
_KEPT: Final = {304: Answer("The client has it already.")}
_PAGE: Final = {200: Answer("The page.", _TEXT, "text/html"), **_KEPT}
_FILTERS: Final = (
    Parameter("channel", "Only this channel."),
    Parameter("since", f"Only what began then or later: {TIME}."),
    Parameter("until", f"Only what began before: {TIME}."),
    Parameter("spot", "Only this spot."),
    Parameter("advertiser", "Only this advertiser's spots."),
)


def page_operations(schemas: SchemaSet) -> list[Operation]:
    """Return the operations of the pages. `schemas` collects the schemas of their answers."""
    day = {
        "type": "object", "required": ["at", "channels"],
        "properties": {"at": {"type": "number"}, "channels": {"type": "array", "items": schemas.add(ChannelGuide)}},
    }  # fmt: skip
    file = Parameter("name", "The name of the file.", {"enum": list(TYPES)}, "path", True)
    return [
        Operation("GET", "/", "page", "The page of all channels", _PAGE, access="viewer"),
        Operation("GET", "/watch/{channel}", "watch_page", "The page with the player of a channel", _PAGE, (CHANNEL,),
                  access="viewer"),
        Operation("GET", "/page/{name}", "page_file", "A script, a style or a picture of the pages",
                  {200: Answer("The file.", _BYTES, "text/*"), **_KEPT}, (file,), access="open"),
        Operation("GET", "/iptv/channels.json", "channel_list", "All channels, with what is on now and next",
                  json(ChannelList, "The channels, by number."), access="viewer"),
        Operation("GET", "/iptv/guide.json", "day_guide", "The guides of all channels for the coming day",
                  json(day, "The guides."), access="viewer"),
        Operation("GET", "/iptv/picture/{channel}.jpg", "viewers_picture", "A picture of the last ten seconds",
                  {200: Answer("The picture.", _BYTES, "image/jpeg")}, (CHANNEL,), access="viewer"),
    ]  # fmt: skip


def audience_operations() -> list[Operation]:
    """Return the operations of the audience."""
    return [
        Operation("GET", "/api/audience", "audience", "Figures of the audience, by one dimension",
                  json(AudienceReport, "The figures."),
                  (*_FILTERS, choice("by", "The dimension; `spot` by default.", *get_args(Dimension)),
                   choice("dimension", "With `key`: only one group of this dimension.", *get_args(Dimension)),
                   Parameter("key", "The key of that group. For a variant, the name of its file is enough."),
                   choice("hours", "1: also the viewer-seconds of each row in each hour of the day.", "0", "1"),
                   choice("format", "JSON (the default), or CSV.", "json", "csv"),
                   whole("limit", "At most so many rows.", 1, MOST_ROWS, DEFAULT_ROWS)), limit=READS),
        Operation("GET", "/api/audience/proof", "proof_of_play", "Every selected airing of spots, to the frame",
                  json(ProofOfPlay, "The airings."),
                  (*_FILTERS, choice("format", "JSON (the default), CSV, or a page to print.", "json", "csv", "html")),
                  limit=READS),
    ]  # fmt: skip
