"""Commands and rundowns over real sockets."""

from __future__ import annotations

import asyncio
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from retrovue_tui.protocol.answers.receipts import Receipt
from retrovue_tui.protocol.answers.rundown import RundownRow, RundownSnapshot
from retrovue_tui.protocol.client import Refused, StationClient
from retrovue_tui.protocol.commands import Command
from tests.server.conftest import until
from tests.server.fakes import FakeController

if TYPE_CHECKING:
    from tests.server.conftest import Served


def controller_of(served: Served, channel: str = "1") -> FakeController:
    controller = served.station.channels[channel].controller
    assert isinstance(controller, FakeController)
    return controller


async def post(served: Served, body: str | bytes | io.BytesIO, channel: str = "1") -> tuple[int, dict[str, Any]]:
    async with served.http.post(f"{served.url}/api/channels/{channel}/commands", data=body) as answer:
        assert answer.content_type == "application/json"
        return answer.status, await answer.json()


async def test_a_command_and_its_receipt(served: Served) -> None:
    status, data = await post(served, '{"command": "break_now", "spots": ["cola.mp4"], "revision": 7}')
    assert status == 200
    assert controller_of(served).commands == [Command("break_now", {"spots": ("cola.mp4",)}, revision=7)]
    assert set(data) == {
        "accepted", "generation", "revision", "on_air_at", "on_air_in_s", "changes", "locked_until", "warnings",
        "reason", "downstream", "rundown", "edits",
    }  # fmt: skip
    assert (data["accepted"], data["on_air_in_s"], data["changes"]) == (True, 0.25, ["break b2 begins", "e1 is cut"])


async def test_a_refused_one_is_409_with_the_receipt_and_the_reason(served: Served) -> None:
    status, data = await post(served, '{"command": "undo"}')
    assert status == 409
    assert data["error"] == {"code": "refused", "message": "there is nothing to undo"}
    assert Receipt.from_json(data) == Receipt(False, 3, 7, reason="there is nothing to undo")


@pytest.mark.parametrize(
    ("body", "code", "part"),
    [
        ("", "bad_json", "not JSON"),
        ("[" * 100_000, "too_deep", "deep"),
        (b"\xff", "bad_json", "not JSON"),
        ("[]", "bad_command", "not a list"),
        ('{"command": "skpi"}', "bad_command", "did you mean 'skip'?"),
        ('{"command": "break_now", "seconds": NaN}', "bad_command", "number of seconds"),
    ],
)
async def test_a_malformed_command_is_400_and_never_reaches_the_controller(
    served: Served, body: str | bytes, code: str, part: str
) -> None:
    status, data = await post(served, body)
    assert (status, data["error"]["code"]) == (400, code)
    assert part in data["error"]["message"]
    assert not controller_of(served).commands


async def test_no_such_channel_too_long_and_not_ready(served: Served) -> None:
    assert (await post(served, '{"command": "skip"}', "9"))[1]["error"]["code"] == "no_such_channel"
    assert (await post(served, io.BytesIO(b" " * 2_000_000)))[0] == 413
    served.station.channels["1"].controller = None
    status, data = await post(served, '{"command": "skip"}')
    assert (status, data["error"]["code"]) == (503, "not_ready")


async def test_a_client_that_hangs_up_does_not_stop_its_command(served: Served) -> None:
    controller = controller_of(served)
    controller.go.clear()
    body = json.dumps({"command": "skip"})
    _, writer = await served.connect(
        f"POST /api/channels/1/commands HTTP/1.1\nHost: 127.0.0.1:{served.port}\nContent-Length: {len(body)}\n\n{body}"
    )
    await until(lambda: bool(controller.commands))
    writer.close()
    await writer.wait_closed()
    runner = served.server._runner
    assert runner is not None
    assert runner.server is not None
    web_server = runner.server
    await until(lambda: not web_server.connections)  # the server knows that it hung up
    controller.go.set()
    await until(lambda: bool(controller.done))


async def test_the_rundown(served: Served) -> None:
    async with served.http.get(f"{served.url}/api/channels/1/rundown") as answer:
        assert answer.status == 200
        data = await answer.json()
    assert data == controller_of(served).snapshot.to_json()
    assert set(data["entries"][1]) == {
        "id", "kind", "title", "file", "in_frame", "out_frame", "duration_s", "start_at", "status", "break",
        "split", "version",
    }  # fmt: skip
    assert data["entries"][1]["break"] == "b2"
    assert RundownSnapshot.from_json(data) == controller_of(served).snapshot


async def test_a_long_rundown_leaves_the_loop_free(served: Served) -> None:
    rows = tuple(RundownRow(f"e{n}", "programme", "Film", "/m/f.mp4", 0, 9, 0.3, 1.0, "planned") for n in range(10_000))
    controller_of(served).snapshot = RundownSnapshot(1, rows)
    held = [0.0]  # by the CPU time of the loop's own thread: the machine may be busy

    async def watch() -> None:
        while True:
            used = time.thread_time()
            await asyncio.sleep(0)
            held.append(time.thread_time() - used)

    watching = asyncio.create_task(watch())
    async with served.http.get(f"{served.url}/api/channels/1/rundown") as answer:
        text = await answer.read()
    watching.cancel()
    assert len(json.loads(text)["entries"]) == 10_000
    assert max(held) < 0.05  # one call for it all would hold the loop far longer


async def test_the_clients_command_and_rundown(served: Served) -> None:
    controller = controller_of(served)
    async with StationClient(served.url) as client:
        receipt = await client.command("1", "break_now", spots=("a.mp4", "b.mp4"), dry_run=True)
        assert receipt == await FakeController().execute(Command("break_now", {}, dry_run=True))
        assert receipt.downstream[0].starts_in_s == 40.5
        assert controller.commands[0] == Command("break_now", {"spots": ("a.mp4", "b.mp4")}, dry_run=True)
        assert (await client.command("1", "undo")).reason == "there is nothing to undo"
        await client.command("1", "move_break", break_id="b2", at_frame=30, entry=None)
        assert controller.commands[-1].arguments == {"break": "b2", "at_frame": 30}
        assert await client.rundown("1") == controller.snapshot
        with pytest.raises(Refused, match="did you mean 'hold'") as refused:
            await client.command("1", "holt")
        assert (refused.value.status, refused.value.code) == (400, "bad_command")


async def test_the_history_of_a_rundown(served: Served) -> None:
    async with StationClient(served.url) as client:
        history = await client.history("1")
        assert history == controller_of(served).history()
        assert [(step.label, step.at, step.undone) for step in history.steps] == [
            ("break at 00:00:15;00", 1_795_000_000.5, False), ("Ö", None, True),
        ]  # fmt: skip
    async with served.http.get(f"{served.url}/api/channels/9/history") as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]["code"] == "no_such_channel"
    served.station.channels["1"].controller = None
    async with served.http.get(f"{served.url}/api/channels/1/history") as answer:
        assert answer.status == 503
