"""The reports of a farm to the station, as checked values. Each message is one JSON object.

The station believes nothing in it without a check: types and ranges are checked here, and the pieces themselves when
they arrive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from retrovue_tui.media.ffmpeg.progress import Progress
from retrovue_tui.media.rendering.piece_index import Piece
from retrovue_tui.text.printable import printable

MOST_WORKERS: Final = 1_000
MOST_LINE: Final = 1 << 20
"""The maximum length of a message in bytes."""
_MOST_FRAME: Final = 1 << 40
_MOST_CHARS: Final = 500
_MOST_WORDS: Final = 40


@dataclass(frozen=True)
class FarmWorker:
    """A worker that can take orders: its address, its machine's name, and the version of its program."""

    address: str
    machine: str
    version: str


@dataclass(frozen=True)
class Alive:
    """The link runs, whether the scheduler answers or not."""


@dataclass(frozen=True)
class Connected:
    """The scheduler answers, and these workers are there."""

    workers: tuple[FarmWorker, ...]


@dataclass(frozen=True)
class Away:
    """The scheduler cannot be reached, and all orders are lost. `needs_install`: this machine lacks Dask."""

    reason: str
    needs_install: bool = False


@dataclass(frozen=True)
class Started:
    """A machine has begun with an order."""

    order: str
    machine: str


@dataclass(frozen=True)
class Advanced:
    """A machine is alive, and FFmpeg is this far with an order."""

    order: str
    progress: Progress


@dataclass(frozen=True)
class Delivered:
    """A file is in the order's folder: a whole piece, or with `edge` an edge piece. `end` is the asset's exact length,
    if this is its last piece."""

    order: str
    piece: Piece
    edge: bool
    end: int | None


@dataclass(frozen=True)
class OrderRefused:
    """A machine cannot carry out an order, for a reason that lies in the machine, such as a file that is not there."""

    order: str
    reason: str


@dataclass(frozen=True)
class Ended:
    """FFmpeg has ended. The fields are those of `RenderOutcome`."""

    order: str
    code: int | None
    short: bool
    stalled: str | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class Closed:
    """Nothing more comes about an order. `lost`: its worker died, or it was never placed."""

    order: str
    lost: bool


Message = Alive | Connected | Away | Started | Advanced | Delivered | OrderRefused | Ended | Closed


def read_message(data: object) -> Message:
    """Return a message. Raises `ValueError` for anything else."""
    try:
        if not isinstance(data, dict):
            raise TypeError("not an object")
        return _read(data)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"an invalid message of the farm: {error!r}") from error


def _read(data: dict[str, Any]) -> Message:
    kind = data["kind"]
    if kind == "connected":
        workers = [FarmWorker(_text(w["address"]), _text(w["machine"]), _text(w["version"])) for w in data["workers"]]
        return Connected(tuple(workers[:MOST_WORKERS]))
    if kind == "alive":
        return Alive()
    if kind == "away":
        return Away(_text(data["reason"]), data.get("needs_install") is True)
    order = _text(data["order"])
    match kind:
        case "started":
            return Started(order, _text(data["machine"]))
        case "advanced":
            numbers = (_number(data["out_time_s"]), _number(data["fps"]), _number(data["speed"]))
            return Advanced(order, Progress(out_time_s=numbers[0], frame=_frame(data["frame"]), fps=numbers[1],
                                            speed=numbers[2]))  # fmt: skip
        case "delivered":
            piece = Piece(_frame(data["first"]), _frame(data["frames"]), _frame(data["bytes"]))
            end = None if data["end"] is None else _frame(data["end"])
            return Delivered(order, piece, data["edge"] is True, end)
        case "refused":
            return OrderRefused(order, _text(data["reason"]))
        case "ended":
            words = tuple(_text(word) for word in data["words"][-_MOST_WORDS:])
            code, stalled = data["code"], data["stalled"]
            return Ended(order, None if code is None else int(code), data["short"] is True,
                         None if stalled is None else _text(stalled), words)  # fmt: skip
        case "closed":
            return Closed(order, data["lost"] is True)
    raise ValueError(f"of an unknown kind: {str(kind)[:40]!r}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is not a text")
    return printable(value[:_MOST_CHARS])


def _frame(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST_FRAME:
        raise ValueError(f"{str(value)[:40]!r} is not a number of frames")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is not a number")
    return float(value)
