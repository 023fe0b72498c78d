"""The operations of one channel: its state, commands, rundown, guide and plan; and those of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from retrovue_tui.break_candidate import DECISIONS
from retrovue_tui.protocol.answers.guide import DEFAULT_DAYS, ChannelGuide
from retrovue_tui.protocol.answers.guide import MOST_DAYS as GUIDE_DAYS
from retrovue_tui.protocol.answers.library import LibrarySnapshot
from retrovue_tui.protocol.answers.pictures import AssetBreaks, AssetFacts
from retrovue_tui.protocol.answers.plan import MOST_DAYS, BlockEdit, BlockReceipt, PlanSnapshot
from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.rundown import HistorySnapshot, RundownSnapshot
from retrovue_tui.protocol.answers.snapshots import ChannelSnapshot
from retrovue_tui.server.limits import COMMANDS_WAITING, PIXELS_A_SECOND
from retrovue_tui.server.openapi.operation import (
    CHANNEL,
    COMMANDS,
    FILE,
    READS,
    Answer,
    Operation,
    Parameter,
    choice,
    json,
    whole,
)
from retrovue_tui.server.routes.picture_routes import LARGEST, SIZE
from retrovue_tui.server.routes.plan_routes import DAYS

if TYPE_CHECKING:
    from retrovue_tui.protocol.json_schema import Schema, SchemaSet

_PICTURE: Final = (
    whole("width", "The picture fits into so many pixels.", 1, LARGEST[0], SIZE[0]),
    whole("height", "The picture fits into so many pixels.", 1, LARGEST[1], SIZE[1]),
    choice("format", "JPEG (the default), or binary PPM.", "jpeg", "ppm"),
)
_PIXELS: Final = f"{PIXELS_A_SECOND / 1e6:.0f} million pixels a second"
_SHOWN: Final = {200: Answer("The picture, as JPEG or as binary PPM (`image/x-portable-pixmap`).", {}, "image/jpeg")}
_FRAME: Final = {"type": "integer", "minimum": 0, "maximum": 10**9 - 1}
_ONE_FILE: Final = {"type": "string", "minLength": 1, "maxLength": 4_096}
_REVISION: Final = {"type": "object", "properties": {"revision": {"type": "string"}}, "required": ["revision"]}


def channel_operations(schemas: SchemaSet) -> list[Operation]:
    """Return the operations. `schemas` collects the schemas of their bodies and answers."""
    schemas.add(BlockEdit, sent=True)
    refusable = {
        200: Answer("It is done.", BlockReceipt),
        409: Answer("It is refused, and has changed nothing.", _refused(schemas, BlockReceipt)),
    }
    path = "/api/channels/{channel}"
    return [
        Operation("GET", path, "channel", "The state of a channel", json(ChannelSnapshot, "The state."), (CHANNEL,)),
        Operation("POST", f"{path}/commands", "command", "Sends a command to a channel", {
            200: Answer("The command is accepted.", Receipt),
            409: Answer("The command is refused, and has changed nothing.", _refused(schemas, Receipt)),
        }, (CHANNEL,), {"$ref": "#/components/schemas/Command"},
            limit=f"{COMMANDS}; {COMMANDS_WAITING} at once"),
        Operation("GET", f"{path}/rundown", "rundown", "The entries of a channel's rundown, and when each airs",
                  json(RundownSnapshot, "The rundown."), (CHANNEL,), limit=READS),
        Operation("GET", f"{path}/history", "history", "The edits that can be undone and redone",
                  json(HistorySnapshot, "The edits."), (CHANNEL,)),
        Operation("GET", f"{path}/guide", "guide", "The programme guide of a channel", json(ChannelGuide, "The guide."),
                  (CHANNEL, whole("days", "So many days.", 1, GUIDE_DAYS, DEFAULT_DAYS)), limit=READS),
        Operation("GET", f"{path}/plan", "plan", "What airs in the coming days, and why",
                  json(PlanSnapshot, "The plan."),
                  (CHANNEL, whole("days", "Today and the following days, so many in all.", 1, MOST_DAYS, DAYS)),
                  limit=READS),
        Operation("POST", f"{path}/plan/block", "change_block", "Changes, adds or removes a block of the plan",
                  refusable, (CHANNEL,), BlockEdit, limit=READS),
        Operation("POST", f"{path}/plan/undo", "undo_block", "Takes the last change of a block back", refusable,
                  (CHANNEL,), _REVISION, limit=READS),
        Operation("GET", f"{path}/picture", "picture", "The newest picture on air", _SHOWN, (CHANNEL, *_PICTURE),
                  limit=_PIXELS),
        *_library(),
    ]  # fmt: skip


def _library() -> list[Operation]:
    begun = {
        "type": "object", "required": ["file", "prepared"],
        "properties": {"file": {"type": "string"}, "prepared": {"type": "boolean"}},
    }  # fmt: skip
    wanted = {"type": "object", "properties": {"file": _ONE_FILE}, "required": ["file"]}
    review = {
        "type": "object", "required": ["file", "frame", "decision"],
        "properties": {"file": _ONE_FILE, "frame": _FRAME, "to": {"anyOf": [_FRAME, {"type": "null"}]},
                       "decision": {"enum": list(DECISIONS)}},
        "if": {"properties": {"decision": {"const": "move"}}, "required": ["decision"]},
        "then": {"properties": {"to": _FRAME}, "required": ["to"]},
        "else": {"properties": {"to": {"type": "null"}}},
    }  # fmt: skip
    return [
        Operation("GET", "/api/library", "library", "All media files", json(LibrarySnapshot, "The files."),
                  limit=READS),
        Operation("POST", "/api/library/prepare", "prepare", "Renders a file soon", {
            200: Answer("It is prepared already.", begun), 202: Answer("It will be prepared.", begun),
        }, (), wanted, limit=COMMANDS),
        Operation("GET", "/api/library/facts", "facts", "The break candidates and the sound of a file",
                  json(AssetFacts, "The facts."), (FILE,)),
        Operation("GET", "/api/library/preview", "preview", "One frame of a file", _SHOWN, (
            FILE, Parameter("frame", "A house frame of the file, from 0.",
                            {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0}), *_PICTURE,
        ), limit=_PIXELS),
        Operation("POST", "/api/library/breaks", "review_break", "Reviews a break candidate of a file",
                  json(AssetBreaks, "The file's candidates."), (), review, limit=COMMANDS,
                  description="`to` is the frame to which `move` moves the break; no other decision has it."),
    ]  # fmt: skip


def _refused(schemas: SchemaSet, kind: type) -> Schema:
    """Return the schema of a receipt of a refused command: with the error."""
    return {"allOf": [schemas.add(kind), {"$ref": "#/components/schemas/Error"}]}
