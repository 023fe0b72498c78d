"""Writes the description of the HTTP interface as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from retrovue_tui import __version__
from retrovue_tui.protocol.command_schema import command_schemas
from retrovue_tui.protocol.json_schema import SchemaSet
from retrovue_tui.server.limits import BODY, BODY_S, DEPTH, HEADER, HEADERS, VALUES
from retrovue_tui.server.openapi.channel_operations import channel_operations
from retrovue_tui.server.openapi.operation import JSON
from retrovue_tui.server.openapi.page_operations import audience_operations, page_operations
from retrovue_tui.server.openapi.station_operations import station_operations
from retrovue_tui.server.openapi.viewing_operations import tuner_operations, viewing_operations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retrovue_tui.protocol.json_schema import Schema
    from retrovue_tui.server.openapi.operation import Answer, Operation, Parameter

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SCHEMAS: Final = "#/components/schemas/"
_ERROR: Final = {
    "type": "object",
    "description": "Why a request was refused: a code for programs, and a line for people.",
    "properties": {
        "error": {
            "type": "object", "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
    "required": ["error"],
}  # fmt: skip
_SECURITY: Final[dict[str, list[dict[str, list[str]]]]] = {
    "operator": [{"operator": []}],
    "viewer": [{"operator": []}, {"viewer": []}, {"viewerInAddress": []}],
    "open": [],
}
_ABOUT: Final = f"""The HTTP interface of a retrovue-tui station.

A station that listens on this machine only may have no token; then no request needs one. Otherwise each needs the
operator's token, or the viewer's for what viewers may fetch.

Refusals are JSON: `{{"error": {{"code", "message"}}}}`. 401: the token is missing or wrong. 403: it may not do this,
or the Host or Origin header is foreign, or an operator has blocked the client. 429: over a limit, or too many wrong
tokens. 503: the station is starting, or busy; `Retry-After` says when to try again. 500: a fault in the station.

Limits of each request: {HEADERS} header lines of {HEADER} bytes; a body of {BODY} bytes with {VALUES} values, {DEPTH}
levels deep, that arrives within {BODY_S:.0f} s. New fields may be added to answers."""
_SCHEMES: Final = {
    "operator": {"type": "http", "scheme": "bearer", "description": "`token` of [server]: full control."},
    "viewer": {"type": "http", "scheme": "bearer", "description": "`viewer_token` of [server]: may watch."},
    "viewerInAddress": {
        "type": "apiKey", "in": "query", "name": "token",
        "description": "Either token, below /iptv/ and /hls/ only. Tokens in addresses are never logged.",
    },
}  # fmt: skip


def openapi_document(url: str, *, has_tuner: bool = True, has_tokens: bool = True) -> dict[str, Any]:
    """Return the document. `url`: the station's address as the client sees it. `has_tuner`: whether the station is a
    tuner, too. `has_tokens`: whether requests need a token. Blocking: takes some milliseconds."""
    schemas = SchemaSet(_SCHEMAS)
    operations = [*station_operations(schemas), *channel_operations(schemas), *viewing_operations()]
    operations += [*page_operations(schemas), *audience_operations()]
    operations += tuner_operations() if has_tuner else []
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        described = paths.setdefault(each.path, {})
        described[each.method.lower()] = _operation(each, schemas)
        if each.method == "GET" and each.head:
            described["head"] = _head(each, schemas)
    if not has_tokens:
        for operation in (operation for methods in paths.values() for operation in methods.values()):
            operation.pop("security", None)
    return {
        "openapi": "3.1.0",
        "info": {"title": "retrovue-tui", "version": __version__, "summary": "Playout for always-on TV channels.",
                 "description": _ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        "jsonSchemaDialect": DIALECT,
        "servers": [{"url": url}],
        "security": _SECURITY["operator" if has_tokens else "open"],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas.schemas, **command_schemas(), "Error": _ERROR}.items())),
            "securitySchemes": _SCHEMES,
        },
    }  # fmt: skip


_TAGS: Final = {
    "station": "The whole station.",
    "channels": "One channel: its state, commands, rundown, guide and plan.",
    "library": "The media files.",
    "viewing": "Streams, playlists, the guide and pictures, for viewers.",
    "tuner": "The station as an HDHomeRun tuner.",
}


def _tag(path: str) -> str:
    if path.startswith("/api/channels/"):
        return "channels"
    if path.startswith("/api/library"):
        return "library"
    if path.startswith(("/iptv/", "/hls/")):
        return "viewing"
    return "station" if path.startswith(("/api/", "/healthz", "/metrics")) else "tuner"


def _operation(each: Operation, schemas: SchemaSet) -> dict[str, Any]:
    limit = f"Limit: {each.limit}." if each.limit else ""
    described: dict[str, Any] = {
        "operationId": each.id, "summary": each.summary, "tags": [_tag(each.path)],
        "responses": {
            **{str(status): _answer(answer, schemas) for status, answer in each.answers.items()},
            "default": {"description": "A refusal, or a fault.",
                        "content": {JSON: {"schema": {"$ref": f"{_SCHEMAS}Error"}}}},
        },
    }  # fmt: skip
    if description := " ".join(part for part in (each.description, limit) if part):
        described["description"] = description
    if each.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in each.parameters]
    if each.body is not None:
        schema = _schema(each.body, schemas, sent=True)
        described["requestBody"] = {"required": each.body_needed, "content": {JSON: {"schema": schema}}}
    if each.access != "operator":
        described["security"] = _SECURITY[each.access]
    return described


def _head(each: Operation, schemas: SchemaSet) -> dict[str, Any]:
    """Return the description of HEAD: the same without bodies."""
    described = _operation(each, schemas)
    bodiless = {status: {"description": answer["description"]} for status, answer in described["responses"].items()}
    return described | {"operationId": f"{each.id}_head", "responses": bodiless}


def _answer(answer: Answer, schemas: SchemaSet) -> dict[str, Any]:
    if answer.kind is None:
        return {"description": answer.text}
    return {"description": answer.text, "content": {answer.media: {"schema": _schema(answer.kind, schemas)}}}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name, "in": parameter.place, "description": parameter.text,
        "required": parameter.needed or parameter.place == "path", "schema": parameter.schema,
    }  # fmt: skip


def _schema(kind: type | Mapping[str, Any], schemas: SchemaSet, *, sent: bool = False) -> Schema:
    return schemas.add(kind, sent=sent) if isinstance(kind, type) else dict(kind)
