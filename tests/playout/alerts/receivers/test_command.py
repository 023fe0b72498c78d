"""The program as a receiver: real scripts, one that fails, one that hangs with a child of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from retrovue_tui.playout.alerts.delivery import DeliveryError
from retrovue_tui.playout.alerts.receivers.command import CommandReceiver
from tests.playout.alerts.alerted import MESSAGE

if TYPE_CHECKING:
    from pathlib import Path


def script(folder: Path, text: str) -> str:
    path = folder / "page me"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


async def test_it_gets_the_message_and_its_arguments(tmp_path: Path) -> None:
    command = CommandReceiver(
        (script(tmp_path, f'cat > "{tmp_path}/got"; echo "$1|$2" >> "{tmp_path}/got"'), "a b", "c")
    )
    await command.send(MESSAGE)
    line, words = (tmp_path / "got").read_text().splitlines()
    assert json.loads(line) == MESSAGE.to_json()
    assert (words, command.name) == ("a b|c", "page me")


async def test_it_may_leave_its_input_unread(tmp_path: Path) -> None:
    await CommandReceiver((script(tmp_path, "exec <&-; exit 0"),)).send(MESSAGE)


async def test_it_fails_with_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"^page me ended with code 3: no modem$"):
        await CommandReceiver((script(tmp_path, "echo one >&2; echo no modem >&2; exit 3"),)).send(MESSAGE)
    with pytest.raises(DeliveryError, match="there is none is not there, or may not be run") as missing:
        await CommandReceiver((str(tmp_path / "there is none"),)).send(MESSAGE)
    assert not missing.value.again


async def test_endless_output_costs_no_memory(tmp_path: Path) -> None:
    before = psutil.Process().memory_info().rss
    with pytest.raises(DeliveryError, match="did not end within 1 s, and was killed"):
        await CommandReceiver((script(tmp_path, "exec yes >&2"),), limit_s=0.7).send(MESSAGE)
    assert psutil.Process().memory_info().rss - before < 50_000_000


async def test_a_command_that_hangs_is_killed_with_its_children_and_the_loop_goes_on(tmp_path: Path) -> None:
    text = f'sleep 600 & echo $! > "{tmp_path}/pids"; echo $$ >> "{tmp_path}/pids"; trap "" TERM; wait; wait'
    task = asyncio.create_task(CommandReceiver((script(tmp_path, text),), limit_s=1.0).send(MESSAGE))
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0.005)
    assert turns > 50
    with pytest.raises(DeliveryError, match="did not end within 1 s"):
        await task
    for pid in map(int, (tmp_path / "pids").read_text().split()):
        async with asyncio.timeout(30):
            while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                await asyncio.sleep(0.01)


async def test_cancelled_it_leaves_no_process(tmp_path: Path) -> None:
    text = f'echo $$ > "{tmp_path}/pid.new"; mv "{tmp_path}/pid.new" "{tmp_path}/pid"; sleep 600'
    task = asyncio.create_task(CommandReceiver((script(tmp_path, text),)).send(MESSAGE))
    async with asyncio.timeout(30):
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.wait([task])
    pid = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert [each for each in psutil.Process(os.getpid()).children() if each.pid == pid] == []


async def test_python_is_a_program_as_any_other() -> None:
    await CommandReceiver(
        (sys.executable, "-c", "import json,sys; assert json.load(sys.stdin)['station'] == 'Test'")
    ).send(MESSAGE)
