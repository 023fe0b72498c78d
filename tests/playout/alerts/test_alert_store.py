"""The file of alerts: it reads back, and what is damaged in it is left out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.playout.alerts.alert_book import MOST_ACTIVE, LastingAlert
from retrovue_tui.playout.alerts.alert_store import (
    FILE_NAME,
    AlertMemory,
    AlertStore,
    ToldReceiver,
    memory_bytes,
    read_memory,
)
from retrovue_tui.protocol.answers.alerts import Alert

if TYPE_CHECKING:
    from pathlib import Path

SLATE = Alert("slate 1", "slate", "Öne: slate for 10s", 1_795_000_000.0, "1", times=3)
OVER = Alert("disk home", "disk", "full", 1_795_000_000.5, None, 1_795_000_400.25)
MEMORY = AlertMemory(
    (LastingAlert(SLATE, "Öne: slate for {age}"),), (OVER,),
    (ToldReceiver("webhook http://h/… 1", (SLATE, OVER)), ToldReceiver("command page 1")), 1_795_000_001.5,
)  # fmt: skip


def read(tmp_path: Path, text: bytes) -> AlertMemory:
    path = tmp_path / FILE_NAME
    path.write_bytes(text)
    return read_memory(path)


def test_a_state_reads_back(tmp_path: Path) -> None:
    assert read(tmp_path, memory_bytes(MEMORY)) == MEMORY
    assert read(tmp_path, memory_bytes(AlertMemory())) == AlertMemory()
    assert read_memory(tmp_path / "none") == AlertMemory()


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", b"[", b"[" * 200_000, b"[]", b"null", b"{}", b'{"version": 2}', b" " * 4_000_001]
)
def test_a_file_that_is_none(tmp_path: Path, text: bytes) -> None:
    assert read(tmp_path, text) == AlertMemory()


@pytest.mark.parametrize(
    "damage",
    [
        {"id": ""}, {"id": 3}, {"rule": "none"}, {"rule": []}, {"text": None}, {"text": "x" * 5_000}, {"since": "now"},
        {"since": float("nan")}, {"since": float("inf")}, {"since": 10**400}, {"since": True}, {"since": -1},
        {"channel": 1}, {"ended": 1.0}, {"times": "many"}, {"template": 3}, {"template": None},
    ],
)  # fmt: skip
def test_an_alert_that_is_damaged_is_left_out(tmp_path: Path, damage: dict[str, Any]) -> None:
    data = json.loads(memory_bytes(replace(MEMORY, pending=())))
    second = {**data["lasting"][0], "id": "slate 2"}
    data["lasting"] = [{**data["lasting"][0], **damage}, 3, None, [], second]
    found = read(tmp_path, json.dumps(data).encode())
    assert found == replace(
        MEMORY, lasting=(LastingAlert(replace(SLATE, id="slate 2"), "Öne: slate for {age}"),), pending=()
    )


@pytest.mark.parametrize("key", ["pending", "receivers", "sent_at"])
@pytest.mark.parametrize("value", [None, True, "x", {"a": 1}, [3], [[]], [{}]])
def test_another_part_that_is_damaged_is_left_out(tmp_path: Path, key: str, value: Any) -> None:
    data = {**json.loads(memory_bytes(MEMORY)), key: value}
    found = read(tmp_path, json.dumps(data).encode())
    empty = AlertMemory()
    assert getattr(found, key) == getattr(empty, key)
    others = {"lasting", "pending", "receivers", "sent_at"} - {key}
    assert {name: getattr(found, name) for name in others} == {name: getattr(MEMORY, name) for name in others}


def test_the_number_of_alerts_is_limited(tmp_path: Path) -> None:
    many = tuple(LastingAlert(replace(SLATE, id=f"slate {number}"), "x") for number in range(3 * MOST_ACTIVE))
    assert len(read(tmp_path, memory_bytes(replace(MEMORY, lasting=many))).lasting) == 2 * MOST_ACTIVE


async def test_a_state_is_written_once(tmp_path: Path) -> None:
    faults: list[str | None] = []
    store = AlertStore(tmp_path / FILE_NAME, faults.append)
    assert await store.load() == AlertMemory()
    store.save(AlertMemory())
    assert not (tmp_path / FILE_NAME).exists()
    store.save(MEMORY)
    await store.close(MEMORY)
    assert read_memory(tmp_path / FILE_NAME) == MEMORY
    written = (tmp_path / FILE_NAME).stat().st_mtime_ns
    store.save(MEMORY)
    await store.close(MEMORY)
    assert ((tmp_path / FILE_NAME).stat().st_mtime_ns, faults) == (written, [None])
