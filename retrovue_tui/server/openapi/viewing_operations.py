"""The operations for viewers: streams, playlists, segments, the guide as XMLTV, pictures, and the HDHomeRun tuner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.protocol.answers.guide import DEFAULT_DAYS, MOST_DAYS
from retrovue_tui.server.m3u import PRESETS
from retrovue_tui.server.openapi.operation import CHANNEL, READS, Answer, Operation, Parameter, choice, json, whole
from retrovue_tui.server.routes.viewing.tuner_routes import FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrovue_tui.server.openapi.operation import Schema

_TEXT: Final = {"type": "string"}
_KEY: Final = {"type": "string", "pattern": "^[0-9a-f]{20}$"}
_BYTES: Final[Schema] = {}
_NAME: Final = Parameter("name", "As in the playlist.", _TEXT, "path", True)
_SHARED: Final = (
    ("/iptv/channel/{channel}.m3u8", "hls", (CHANNEL,)), ("/hls/{channel}/index.m3u8", "hls_media", (CHANNEL,)),
    ("/hls/{channel}/{name}.ts", "hls_segment", (CHANNEL, _NAME)),
)  # fmt: skip
_STREAM: Final = {200: Answer("Continuous MPEG-TS, which begins with a complete picture.", _BYTES, "video/mp2t")}
_HEAD: Final = {200: Answer("The stream is there.")}
_MAY: Final = {204: Answer("Pages of other web sites may ask, with these methods and headers.")}
_KEPT: Final = {304: Answer("The client has it already.")}
_SECONDS: Final = {"type": "number", "minimum": 0}
_PAST: Final = (
    Parameter("quality", "A quality of the channel, like `480p`, or `auto`; by default, the channel's own."),
    choice("burst", "0: without the first seconds at once.", "0", "1"),
    Parameter("utc", "The past from this Unix time on (s).", _SECONDS),
    Parameter("start", "As `utc`; or `programme`, for the start of the programme on air."),
    Parameter("utcend", "Where the stream of the past ends (Unix time, s).", _SECONDS),
    Parameter("end", "As `utcend`.", _SECONDS),
    Parameter("duration", "After how many seconds the stream of the past ends.", _SECONDS),
    Parameter("lutc", "The time on the client's clock (Unix time, s).", _SECONDS),
    Parameter("now", "As `lutc`.", _SECONDS),
    Parameter("timestamp", "As `lutc`.", _SECONDS),
    choice("pace", "0: the past as fast as the client takes it.", "0", "1"),
)


def viewing_operations() -> list[Operation]:
    """Return the operations."""
    days = whole("days", "So many days.", 1, MOST_DAYS, DEFAULT_DAYS)
    guide = (days, Parameter("channels", "The ids of channels, with commas; by default, all."))
    return [
        Operation("GET", "/iptv/channel/{channel}.ts", "stream", "A channel, or its past, as MPEG-TS", _STREAM,
                  (CHANNEL, *_PAST), access="viewer", head=False),
        Operation("HEAD", "/iptv/channel/{channel}.ts", "stream_head", "Whether a channel can be watched", _HEAD,
                  (CHANNEL, *_PAST), access="viewer"),
        Operation("GET", "/iptv/channel/{channel}.m3u8", "hls", "A channel as HLS: the multivariant playlist",
                  {200: Answer("The playlist.", _TEXT, "application/vnd.apple.mpegurl"), **_KEPT}, (CHANNEL,),
                  access="viewer"),
        Operation("GET", "/hls/{channel}/index.m3u8", "hls_media", "The media playlist of a channel",
                  {200: Answer("The playlist.", _TEXT, "application/vnd.apple.mpegurl"), **_KEPT}, (CHANNEL,),
                  access="viewer"),
        Operation("GET", "/hls/{channel}/{name}.ts", "hls_segment", "A segment that a media playlist names",
                  {200: Answer("The segment.", _BYTES, "video/mp2t"), **_KEPT,
                   206: Answer("A part of it.", _BYTES, "video/mp2t"),
                   416: Answer("There is no such part.")},
                  (CHANNEL, _NAME), access="viewer"),
        *(Operation("OPTIONS", path, f"{id}_preflight", "What other web sites may ask", _MAY, named, access="open")
          for path, id, named in _SHARED),
        Operation("GET", "/iptv/channels.m3u", "playlist", "All channels, for players and media servers",
                  {200: Answer("The playlist.", _TEXT, "audio/x-mpegurl")},
                  (choice("client", "For a certain client.", *PRESETS),), access="viewer"),
        Operation("GET", "/iptv/xmltv.xml", "xmltv", "The programme guide as XMLTV",
                  {200: Answer("The guide.", _TEXT, "application/xml"), **_KEPT}, guide, access="viewer", limit=READS),
        Operation("GET", "/iptv/xmltv.xml.gz", "xmltv_gz", "The programme guide as XMLTV, in gzip",
                  {200: Answer("The guide.", _BYTES, "application/gzip"), **_KEPT}, guide, access="viewer",
                  limit=READS),
        Operation("GET", "/iptv/art/{key}.{kind}", "art", "The picture of a programme, as the guide names it",
                  {200: Answer("The picture, as JPEG or PNG.", _BYTES, "image/jpeg")}, (
                      Parameter("key", "The key of the picture, as in the guide.", _KEY, "path", True),
                      Parameter("kind", "The file type, as in the guide.", {"enum": ["jpg", "png"]}, "path", True),
                  ), access="viewer"),
        Operation("GET", "/iptv/logo/{channel}.png", "logo", "The logo of a channel",
                  {200: Answer("The logo, as PNG or JPEG.", _BYTES, "image/png"), **_KEPT}, (CHANNEL,),
                  access="viewer"),
    ]  # fmt: skip


def tuner_operations() -> list[Operation]:
    """Return the operations of the tuner: the same for each folder in which its documents are."""
    return [each for folder in FOLDERS for each in _tuner(folder)]


def _tuner(folder: str) -> Iterator[Operation]:
    where = tuple(
        Parameter(name, text, _TEXT, "path", True)
        for name, text in (("token", "The viewer token."), ("device", "The name of a further device."))
        if f"{{{name}}}" in folder
    )
    suffix = "".join(f"_{each.name}" for each in where)
    facts = {
        "type": "object", "required": ["DeviceID", "BaseURL", "LineupURL", "TunerCount"],
        "properties": {"DeviceID": {"type": "string", "pattern": "^[0-9A-F]{8}$"}, "BaseURL": _TEXT,
                       "LineupURL": _TEXT, "TunerCount": {"type": "integer", "minimum": 1}},
    }  # fmt: skip
    row = {
        "type": "object", "required": ["GuideNumber", "GuideName", "URL"],
        "properties": {"GuideNumber": _TEXT, "GuideName": _TEXT, "URL": _TEXT, "HD": {"const": 1}},
    }  # fmt: skip
    state = {"type": "object", "required": ["ScanInProgress", "ScanPossible", "Source", "SourceList"]}
    for name, summary, answers in (
        ("discover.json", "The tuner", json(facts, "Its facts.")),
        ("lineup.json", "Its channels", json({"type": "array", "items": row}, "The channels.")),
        ("lineup.xml", "Its channels as XML", {200: Answer("The channels.", _TEXT, "application/xml")}),
        ("lineup.m3u", "Its channels as a playlist", {200: Answer("The channels.", _TEXT, "audio/x-mpegurl")}),
        ("lineup_status.json", "Whether it scans", json(state, "It does not.")),
        ("lineup.post", "Asks for a scan; there is nothing to scan", json({"type": "object"}, "Nothing.")),
        ("device.xml", "The tuner as a UPnP device", {200: Answer("The device.", _TEXT, "application/xml")}),
    ):
        id = f"tuner_{name.replace('.', '_')}{suffix}"
        yield Operation("GET", f"{folder}/{name}", id, summary, answers, where, access="viewer")
    scan = json({"type": "object"}, "Nothing.")
    yield Operation("POST", f"{folder}/lineup.post", f"tuner_scan{suffix}", "Asks for a scan; there is nothing to scan",
                    scan, where, access="viewer")  # fmt: skip
    number = Parameter("number", "The number of a channel on this tuner.", _TEXT, "path", True)
    yield Operation("GET", f"{folder}/auto/v{{number}}", f"tuner_stream{suffix}", "A channel of the tuner", _STREAM,
                    (*where, number), access="viewer", head=False)  # fmt: skip
    summary = "Whether a channel of the tuner can be watched"
    yield Operation("HEAD", f"{folder}/auto/v{{number}}", f"tuner_stream_head{suffix}", summary, _HEAD,
                    (*where, number), access="viewer")  # fmt: skip
