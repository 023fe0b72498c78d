"""The OpenAPI document: valid, complete, and true of a server."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate

from retrovue_tui.protocol.command_schema import ARGUMENTS
from retrovue_tui.protocol.command_specs import COMMAND_SPECS
from retrovue_tui.protocol.command_values import VALUES
from retrovue_tui.protocol.commands import Command, CommandError
from retrovue_tui.server.access import PAGE_FILES, PAGES, WATCHED
from retrovue_tui.server.app import StationServer
from retrovue_tui.server.openapi.document import openapi_document
from tests.server.fakes import FakeChannel, FakeStation
from tests.server.openapi.described import Described, filled

if TYPE_CHECKING:
    from tests.server.conftest import Served

DOCUMENT = openapi_document("http://station.example:8480")
DESCRIBED = Described(DOCUMENT)
ENDLESS = ("/iptv/channel/{channel}.ts", "/auto/v{number}", "/api/events", "/hdhr/")
"""The beginnings of paths whose GET is a stream, or repeats others."""


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"] == "3.1.0"
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


async def test_every_route_is_described_and_nothing_else() -> None:
    server = StationServer(FakeStation([FakeChannel("1", 1, "One")]), "127.0.0.1", 0)
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in server._application().router.routes() if route.resource is not None
    }  # fmt: skip
    described = {(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == routes


def test_names_of_operations_are_unique_and_all_have_words() -> None:
    operations = [each for methods in DOCUMENT["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(names) == len(set(names))
    for each in operations:
        assert each["summary"][0].isupper()
        assert "default" in each["responses"]
    for path, methods in DOCUMENT["paths"].items():
        for each in methods.values():
            named = {one["name"] for one in each.get("parameters", []) if one["in"] == "path"}
            assert named == {part.partition("}")[0] for part in path.split("{")[1:]}, path


def test_tokens_are_as_the_server_checks_them() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for method, each in methods.items():
            security = each.get("security", DOCUMENT["security"])
            preflight = method == "options"
            assert (security == []) == (path == "/healthz" or path.startswith(PAGE_FILES) or preflight)
            watched = path == PAGES[0] or path.startswith(WATCHED)
            assert (len(security) == 3) == (watched and not preflight), path


def test_without_a_tuner() -> None:
    without = openapi_document("http://station.example", has_tuner=False)
    assert DOCUMENT["paths"].keys() - without["paths"].keys() >= {"/discover.json", "/auto/v{number}"}


# ── commands ─────────────────────────────────────────────────────────────────────────────────────


def test_every_argument_has_a_schema() -> None:
    assert ARGUMENTS.keys() == VALUES.keys() | {"edits"}


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(["k3f9", "b2", "media/cola.mp4", "ü" * 30]),
    "integer": st.integers(0, 1_000),
    "number": st.sampled_from([0, 0.5, 30.0, 60, 21_600]),
    "array": st.lists(st.sampled_from(["cola.mp4", "soap.mp4"]), min_size=1, max_size=3),
}


@st.composite
def commands(draw: st.DrawFn) -> dict[str, Any]:
    """An object that looks like a command, and often is one."""
    name = draw(st.sampled_from(sorted(COMMAND_SPECS)))
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=2))
    keys += [each for each in COMMAND_SPECS[name].typed if each != "edits" and draw(st.booleans())]
    made: dict[str, Any] = {"command": name}
    for key in keys:
        schema = ARGUMENTS[key]
        made[key] = draw(st.sampled_from(schema["enum"]) if "enum" in schema else _VALUES[schema["type"]])
    if name == "apply" and draw(st.booleans()):
        made["edits"] = [{"command": "remove", "entry": "k3f9"}]
    return made


@given(commands())
def test_the_schema_and_the_station_agree_on_commands(command: dict[str, Any]) -> None:
    faults = DESCRIBED.faults({"$ref": "#/components/schemas/Command"}, command)
    reason = ""
    try:
        Command.parse(command)
    except CommandError as error:
        reason = error.message
    if "is not after in_frame" not in reason:  # JSON Schema cannot compare two values
        assert bool(faults) == bool(reason), (command, faults, reason)


# ── a server ─────────────────────────────────────────────────────────────────────────────────────


async def ask(served: Served, method: str, path: str, address: str, **options: Any) -> list[str]:
    """Send a request, and return the parts of the answer that differ from its description."""
    async with served.http.request(method, f"{served.url}{address}", allow_redirects=False, **options) as answer:
        body = await answer.read()
        assert answer.status != 500, f"{method} {address}: {body!r}"
        return DESCRIBED.problems(method, path, answer.status, answer.content_type, body)


GIVEN = {
    "channel": "1", "client": "none", "key": "0123456789abcdef0123", "kind": "jpg", "name": "1-0-0-1", "number": "1",
    "device": "kids", "token": "none", "file": "/media/film „1“.mp4",
}  # fmt: skip


@pytest.mark.parametrize("path", [path for path in DOCUMENT["paths"] if not path.startswith(ENDLESS)])
async def test_every_answer_is_as_described(served: Served, path: str) -> None:
    for method in ("GET", "HEAD"):
        if method.lower() in DOCUMENT["paths"][path]:
            address = filled(path, GIVEN)
            operation = DESCRIBED.operation(method, path)
            needed = {
                each["name"]: GIVEN[each["name"]]
                for each in operation.get("parameters", []) if each["required"] and each["in"] == "query"
            }  # fmt: skip
            assert await ask(served, method, path, address, params=needed) == []


async def test_a_station_with_tokens_asks_for_them(guarded: Served) -> None:
    headers = {"Authorization": "Bearer s3cret ü"}
    async with guarded.http.get(f"{guarded.url}/api/openapi.json", headers=headers) as answer:
        assert (await answer.json())["security"] == [{"operator": []}]


async def test_the_document_over_http(served: Served) -> None:
    async with served.http.get(f"{served.url}/api/openapi.json") as answer:
        document = await answer.json()
    assert document["servers"] == [{"url": served.url}]
    assert document["security"] == []  # this station has no token
    assert document["paths"].keys() == DOCUMENT["paths"].keys()


def value_for(schema: dict[str, Any], chance: random.Random) -> str:
    """A value for a parameter: mostly one that fits, sometimes one that does not."""
    if chance.random() < 0.3:
        return chance.choice(["", "-1", "x", "1e9", "99999999999", "ü", "%00", "null", "🎬" * 50, "../..", "1,2"])
    if "enum" in schema:
        return str(chance.choice(schema["enum"]))
    if schema.get("type") in ("integer", "number"):
        return str(chance.randint(schema.get("minimum", 0), min(schema.get("maximum", 10**6), 10**6)))
    return chance.choice(["1", "film noir", "2026-03-01", "2h", "/media/film.mp4"])


def body_for(schema: dict[str, Any], chance: random.Random) -> Any:
    """A body: mostly with the fields that the schema has, of any kind."""
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema:
        return body_for(chance.choice(schema["oneOf"]), chance)
    made: dict[str, Any] = {}
    for name, each in schema.get("properties", {}).items():
        if name in schema.get("required", ()) or chance.random() < 0.4:
            fits = each.get("const") or (chance.choice(each["enum"]) if "enum" in each else None)
            made[name] = fits or chance.choice(
                ["k3f9", 30, 0.5, True, [], ["cola.mp4"], {}, "/media/film.mp4", None, -1, 10**30]
            )
    return made


async def test_requests_at_random_are_answered_as_described(served: Served) -> None:
    """In the manner of schemathesis: statuses, types and bodies are those of the document, whatever is sent."""
    chance = random.Random(1_795)
    paths = [path for path in DOCUMENT["paths"] if not path.startswith((*ENDLESS, "/api/station/stop"))]
    problems: list[str] = []
    for _ in range(600):
        path = chance.choice(paths)
        method = chance.choice(sorted(DOCUMENT["paths"][path])).upper()
        operation = DESCRIBED.operation(method, path)
        query, values = {}, {}
        for each in operation.get("parameters", ()):
            if each["in"] == "path":
                values[each["name"]] = chance.choice([GIVEN[each["name"]], "x", "1", "zz%20z", "a" * 70])
            elif each["in"] == "query" and (each["required"] or chance.random() < 0.4):
                query[each["name"]] = value_for(each["schema"], chance)
        if path == "/iptv/art/{key}.{kind}":  # any other is no such route
            values = {"key": "0123456789abcdef0124", "kind": chance.choice(["jpg", "png"])}
        options: dict[str, Any] = {"params": query}
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            options["data"] = chance.choice([json.dumps(body_for(schema, chance))] * 4 + ["{", "[]", "", "\0"])
        problems += await ask(served, method, path, filled(path, values), **options)
    assert problems == []
