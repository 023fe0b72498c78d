"""The OpenAPI document as a judge of answers: is this status described, and is the body as its schema says?"""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from jsonschema import Draft202012Validator

from retrovue_tui.server.openapi.document import openapi_document


class Described:
    """The document; `strict`: an answer may have no field that it does not describe."""

    def __init__(self, document: dict[str, Any] | None = None, *, strict: bool = True) -> None:
        self.document = document or openapi_document("http://station.example")
        self._open, self.document = self.document, copy.deepcopy(self.document)
        if strict:
            for name, schema in self.document["components"]["schemas"].items():
                if name != "Error" and "properties" in schema:
                    schema["unevaluatedProperties"] = False

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """The description of an operation, by the path of the document."""
        found: dict[str, Any] = self.document["paths"][path][method.lower()]
        return found

    def problems(self, method: str, path: str, status: int, media: str, body: bytes) -> list[str]:
        """The parts of an answer that differ from its description."""
        responses = self.operation(method, path)["responses"]
        described = responses.get(str(status))
        if described is None and status < 400:
            return [f"{method} {path}: status {status} is not described"]
        content = (described or responses["default"]).get("content", {})
        if method == "HEAD" or not content:
            return [f"{method} {path}: a body of {len(body)} bytes"] if body and method == "HEAD" else []
        (known, schema), *_ = content.items()
        if known != "application/json":
            return [] if media.partition("/")[0] == known.partition("/")[0] else [f"{path}: {media} is not {known}"]
        if media != known:
            return [f"{method} {path}: {media} is not {known}"]
        return [f"{method} {path} {status}: {each}" for each in self.faults(schema["schema"], json.loads(body))]

    def faults(self, schema: dict[str, Any], value: Any) -> list[str]:
        """Why a value is not as a schema of the document says."""
        document = self._open if "allOf" in schema else self.document  # a part of it would refuse the other part
        whole = {**schema, "components": document["components"]}
        found = Draft202012Validator(whole).iter_errors(value)
        return [f"{each.json_path}: {each.message[:200]}" for each in found]


def filled(path: str, values: dict[str, str]) -> str:
    """A path of the document with the values of its parameters."""
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)
