"""The connection of a client to a station's API: requests with the station's token, answers, and what goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
from yarl import URL

from retrovue_tui.errors import StationError
from retrovue_tui.protocol.answers.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType

USER_AGENT: Final = "retrovue-tui"
"""The name under which the station lists this client."""
CONNECT_S: Final = 2.0
"""How long a connection attempt may take (s)."""
ANSWER_S: Final = 5.0
"""How long a request may take in all (s). The station answers from memory."""
PLAN_S: Final = 90.0
"""How long a plan may take (s). The station tries plans for one client after another."""


class Unreachable(StationError):
    """No station answers at this address, or the connection to it broke."""


class Refused(StationError):
    """The station answered with an error. The message is the station's own, except for a missing or wrong token."""

    def __init__(self, message: str, status: int, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class StationConnection:
    """Requests to one station over HTTP, used as an async context manager. Every request may raise `Unreachable` or
    `Refused`."""

    def __init__(
        self, url: str, token: str | None = None, *, fresh_token: Callable[[], str | None] | None = None
    ) -> None:
        """`url` is the station's address: `http://host:port` or `host:port`. It may contain `?token=`, which is used if
        `token` is None. If the station refuses the token, the client calls `fresh_token` in a thread to get the current
        one. Raises `StationError` if `url` is not an address."""
        self.root, self._token = _address(url, token)
        self._fresh_token = fresh_token
        self._session: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        """The station's address, without the token and without a slash at the end."""
        return str(self.root).rstrip("/")

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers={"User-Agent": USER_AGENT})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def text(self, path: str, query: Mapping[str, str]) -> str:
        """Return the text at a path, which may take the station a while."""
        timeout = aiohttp.ClientTimeout(total=PLAN_S, sock_connect=CONNECT_S)
        try:
            async with self.answer("GET", self.root / path, params=query, timeout=timeout) as answer:
                if answer.status >= 400:
                    raise await refusal(answer)
                return await answer.text("utf-8")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self.unreachable(error) from error

    async def get_picture(self, *path: str, query: Mapping[str, str]) -> Picture:
        """Return the picture at a path."""
        url = self.root
        for part in path:
            url = url / part
        timeout = aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S)
        try:
            async with self.answer("GET", url, params=query, timeout=timeout) as answer:
                if answer.status >= 400:
                    raise await refusal(answer)
                frame = answer.headers.get("X-Frame", "")
                return Picture.from_ppm(await answer.read(), int(frame) if frame.isdecimal() else None)
        except ValueError as error:
            raise not_a_station(self.url) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self.unreachable(error) from error

    @contextlib.asynccontextmanager
    async def answer(
        self, method: str, url: URL, headers: Mapping[str, str] | None = None, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request with the station's token, and yield the answer. If the station refuses the token, read the
        current token; if it is another one, send the request once more."""
        for again in (True, False):
            sent = dict(headers or {})
            if self._token:
                sent["Authorization"] = f"Bearer {self._token}"
            async with self._open.request(method, url, headers=sent, **options) as answer:
                if answer.status != 401 or not again or not await self._refreshed():
                    yield answer
                    return

    async def _refreshed(self) -> bool:
        """Read the station's current token, and use it from now on. Return whether it differs from the previous
        token."""
        if self._fresh_token is None:
            return False
        before, self._token = self._token, await asyncio.to_thread(self._fresh_token)
        return self._token != before

    @property
    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("a StationClient is used inside of its `async with`")
        return self._session

    async def ask(
        self,
        method: str,
        *path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        also: int | None = None,
        seconds: float = ANSWER_S,
    ) -> Any:
        """Send a request and return the JSON of the answer. `also`: an error status whose JSON is returned like that of
        a success; no `Refused` is raised."""
        url = self.root
        for part in path:
            url = url / part
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_S)
        try:
            async with self.answer(method, url, json=body, params=query, timeout=timeout) as answer:
                if answer.status >= 400 and answer.status != also:
                    raise await refusal(answer)
                return await answer.json()
        except ValueError as error:
            raise not_a_station(self.url) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self.unreachable(error) from error

    def unreachable(self, error: BaseException) -> Unreachable:
        """Return the message about a request that failed with this error."""
        if isinstance(error, aiohttp.ContentTypeError):
            return not_a_station(self.url)
        if isinstance(error, TimeoutError):
            reason = "it does not answer in time"
        elif isinstance(error, aiohttp.ClientConnectorError):
            reason = error.os_error.strerror or "cannot connect"
        else:
            reason = str(error) or type(error).__name__
        return Unreachable(
            f"No station answers at {self.url} ({reason}): check the address, or start one with `retrovue-tui serve`."
        )


def _address(url: str, token: str | None) -> tuple[URL, str | None]:
    text = url.strip() if "://" in url else f"http://{url.strip()}"
    try:
        parsed = URL(text)
        host, port = parsed.host, parsed.port
    except ValueError:
        host = port = None
    if not host or not port or parsed.scheme not in ("http", "https"):
        raise StationError(f"{url!r} is not a station's address: it looks like http://127.0.0.1:8480")
    return parsed.with_query(None).with_fragment(None), token or parsed.query.get("token")


def not_a_station(url: str) -> Unreachable:
    """Return the message about a server that does not answer like a station."""
    return Unreachable(
        f"The server at {url} does not answer like a station: check the address and the versions of both sides."
    )


async def refusal(answer: aiohttp.ClientResponse) -> StationError:
    """Return the error that the station has answered with."""
    try:
        error = json.loads(await answer.text())["error"]
        if answer.status == 401:  # the station's own message is for clients that are not this program
            return Refused(
                f"The station at {answer.url.origin()} needs its token: give it with --token, or in"
                " $RETROVUE_TOKEN; it is in the station's retrovue.toml.", 401, str(error["code"]),
            )  # fmt: skip
        return Refused(str(error["message"]), answer.status, str(error["code"]))
    except (ValueError, KeyError, TypeError):
        return not_a_station(f"{answer.url.origin()}")
