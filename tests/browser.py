"""A real Chromium without a window, driven through its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
    "--window-size=1280,800",
)  # fmt: skip
_LISTENS: Final = re.compile(rb"DevTools listening on ws://(\S+?)/")


def chromium() -> str | None:
    """The program; None if this machine has none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


needs_chromium = pytest.mark.skipif(chromium() is None, reason="needs Chromium: apt-get install chromium")


@dataclass
class Tab:
    """One page. `errors`: what it reported on the console, and exceptions that nothing caught."""

    socket: aiohttp.ClientWebSocketResponse
    errors: list[str] = field(default_factory=list)
    _last: int = 0
    _answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)

    async def say(self, method: str, **parameters: Any) -> Any:
        """Send a command, and return its result."""
        self._last += 1
        answer = self._answers[self._last] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": self._last, "method": method, "params": parameters})
        return await answer

    async def listen(self) -> None:
        """Receive answers and events until the tab is closed."""
        async for message in self.socket:
            data = message.json()
            if "id" in data:
                answer = self._answers.pop(data["id"])
                if not answer.done():
                    answer.set_result(data.get("result", data.get("error")))
            elif data["method"] == "Runtime.exceptionThrown":
                self.errors.append(str(data["params"]["exceptionDetails"]))
            elif data["method"] == "Runtime.consoleAPICalled" and data["params"]["type"] == "error":
                self.errors.append(str(data["params"]["args"]))
            elif data["method"] == "Log.entryAdded" and data["params"]["entry"]["level"] == "error":
                entry = data["params"]["entry"]
                self.errors.append(f"{entry['text']} {entry.get('url', '')}")

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.say("Page.navigate", url=url)

    async def value(self, script: str) -> Any:
        """Return the value of a JavaScript expression, or of what it promises."""
        found = await self.say("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return found.get("result", {}).get("value")

    async def until(self, script: str, timeout: float = 120.0) -> Any:
        """Wait until a JavaScript expression is true, and return its value."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    if value := await self.value(script):
                        return value
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"never true: {script}; on the page: {await self.value('document.body.innerText')}; "
                                 f"errors: {self.errors}") from None  # fmt: skip

    async def press(self, key: str) -> None:
        """Press a key, such as `m` or `ArrowUp`."""
        text = {"text": key} if len(key) == 1 else {}
        await self.say("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        await self.say("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def screen(self, width: int, height: int, scheme: str = "dark", *, phone: bool = False) -> None:
        """Show the page on a screen of this size (pixels), with a dark or light colour scheme."""
        await self.say(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )
        await self.say("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def picture(self) -> bytes:
        """Return a screenshot as PNG."""
        found = await self.say("Page.captureScreenshot", format="png")
        return base64.b64decode(found["data"])


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Tab]:
    """Start Chromium with an empty profile in a folder, and yield its one tab."""
    program = chromium()
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program, *_ARGUMENTS, f"--user-data-dir={folder / 'chromium'}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    drain: asyncio.Task[bytes] | None = None
    try:
        assert process.stderr is not None
        async with asyncio.timeout(60):
            while not (found := _LISTENS.search(await process.stderr.readline())):
                assert process.returncode is None, "Chromium ended"
        drain = asyncio.create_task(process.stderr.read())
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://{found[1].decode()}/json/list") as answer:
                pages = await answer.json(content_type=None)
            page = next(each for each in pages if each["type"] == "page")
            async with http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                listening = asyncio.create_task(tab.listen())
                for domain in ("Page", "Runtime", "Log"):
                    await tab.say(f"{domain}.enable")
                try:
                    yield tab
                finally:
                    listening.cancel()
                    with suppress(asyncio.CancelledError):
                        await listening
    finally:
        if process.returncode is None:
            process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await process.wait()
        if process.returncode is None:
            process.kill()
        await process.wait()
        if drain is not None:
            await drain
