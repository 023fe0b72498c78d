"""Who may ask for what: two tokens, the names that the station answers to, and wrong tokens slowed down.

`token` operates. `viewer_token` may fetch what lies below /iptv/ (streams, playlists, the guide) and nothing else. In
an address (`?token=`) a token counts for those alone: addresses end up in logs, histories and playlists.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import re
from base64 import b32encode
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal

from yarl import URL

from retrovue_tui.redaction import SECRETS
from retrovue_tui.server.http import HttpError, is_loopback
from retrovue_tui.text_safety import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from aiohttp import web

Role = Literal["operator", "viewer"]

WATCHED: Final = "/iptv/"
"""What lies below may be fetched by viewers."""
FAILURES: Final = 10
"""Wrong tokens that an address may send one after another;"""
FORGIVEN_EVERY_S: Final = 10.0
"""of which one is forgiven in so many seconds."""
TRUSTED_S: Final = 3_600.0
"""How long an address whose token was right is believed, whatever others send from there: one player with an old token
must not lock out the control room beside it."""
ADDRESSES: Final = 2_048
"""How many addresses are remembered."""
LOG_EVERY_S: Final = 60.0

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:/\[\]@\s]+)(:\d{1,5})?")
_log = logging.getLogger(__name__)


@lru_cache(maxsize=16)
def derived_viewer_token(token: str) -> str:
    """The viewer's token of a station where none is set: made of the operator's, so that it is the same after a
    restart, and playlists work at once. Slow on purpose: a viewer must not find a short operator's token by trying."""
    digest = hashlib.pbkdf2_hmac("sha256", token.encode(), b"retrovue-tui viewer token", 200_000, 20)
    return b32encode(digest).decode().lower()


class Access:
    """Lets requests in, or raises `HttpError` with the reason. Without a token this machine may do everything."""

    def __init__(
        self,
        host: str,
        token: str | None = None,
        viewer_token: str | None = None,
        base_url: str | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._host = host.lower()
        self._base = URL(base_url) if base_url else None
        self._tokens: dict[Role, str] = {}
        self._failed = FailedTokens(clock)
        self.set_tokens(token, viewer_token)

    def set_tokens(self, token: str | None, viewer_token: str | None) -> None:
        """Take other tokens from now on. Takes 0.1 s where the viewer's is to be derived."""
        self._tokens = {"operator": token, "viewer": viewer_token or derived_viewer_token(token)} if token else {}
        for each in self._tokens.values():
            SECRETS.hide(each)

    @property
    def watch_token(self) -> str:
        """What goes into the addresses of streams; "" where none is needed."""
        return self._tokens.get("viewer", "")

    @property
    def is_open(self) -> bool:
        """Whether no token is needed."""
        return not self._tokens

    # ── addresses ────────────────────────────────────────────────────────────────────────────────

    def base_url(self, request: web.Request) -> URL:
        """The station's address as clients know it: `base_url` from the config, or the name that this one used."""
        if self._base is not None:
            return self._base
        host = request.headers.get("Host")
        if not host:  # only an HTTP/1.0 client may leave it out
            name = request.transport.get_extra_info("sockname") if request.transport else ("127.0.0.1", 80)
            host = f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
        return URL(f"{request.scheme}://{host}")

    def stream_url(self, request: web.Request, channel_id: str) -> str:
        """Where this client can watch a channel, with the viewer's token where one is needed."""
        url = self.base_url(request) / "iptv" / "channel" / f"{channel_id}.ts"
        return str(url.with_query(token=self.watch_token) if self.watch_token else url)

    def playlist_url(self, station_url: str) -> str:
        """Where the playlist is below the station's address, with the viewer's token where one is needed."""
        url = URL(station_url) / "iptv" / "channels.m3u"
        return str(url.with_query(token=self.watch_token) if self.watch_token else url)

    # ── requests ─────────────────────────────────────────────────────────────────────────────────

    def check(self, request: web.Request) -> None:
        """Raise a `HttpError` where this request may not be answered."""
        self._check_host(request)
        self._check_origin(request)
        if self._tokens and request.path != "/healthz":
            self._check_token(request)

    def _check_host(self, request: web.Request) -> None:
        """A web page whose name was made to point here (DNS rebinding) still sends its own name."""
        header = request.headers.get("Host")
        if header is None:
            return  # HTTP/1.0; no browser does that
        match = _HOST.fullmatch(header)
        if match is None:
            raise HttpError(400, "bad_host", "The Host header is not a host name.")
        name = match["name"]
        if not self._tokens and not is_loopback(name) and name.lower() != self._host:
            raise HttpError(
                403, "host_refused", f"This station answers to this machine's own names only, not to {name[:64]!r}; "
                "to open it to others, set a token below [server] in retrovue.toml.",
            )  # fmt: skip

    def _check_origin(self, request: web.Request) -> None:
        """A web page elsewhere may make a browser send a POST here; it cannot hide where it is from."""
        origin = request.headers.get("Origin")
        if request.method in _SAFE or origin is None:
            return
        own = self._base is not None and origin == str(self._base.origin())
        if not own and origin.partition("://")[2] != request.headers.get("Host"):
            raise HttpError(403, "origin_refused", "This station takes no commands from other web sites.")

    def _check_token(self, request: web.Request) -> None:
        watching = request.method in ("GET", "HEAD") and request.path.startswith(WATCHED)
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        in_address = request.query.get("token", "")
        given = value.strip() if scheme.lower() == "bearer" else in_address if watching else ""
        if not given:
            raise _needed(ignored=bool(in_address) and not watching)
        address = request.remote or "?"
        allowed = self._failed.roles(address)
        role = self._role_of(given, allowed)
        if role is None and len(allowed) < len(self._tokens):
            wait = self._failed.wait_s(address)
            raise HttpError(
                429, "too_many_wrong_tokens", f"Too many wrong tokens came from {address}; try again in {wait} s.",
                {"Retry-After": str(wait)},
            )  # fmt: skip
        if role is None:
            if self._failed.note(address):
                _log.warning("wrong token from %s (%s %s)", address, request.method, printable(request.path, 100))
            raise _needed()
        self._failed.trust(address, role)
        if role == "viewer" and not watching:
            raise HttpError(403, "viewer_only", "This token may watch and read the guide; it operates nothing.")

    def _role_of(self, given: str, allowed: Collection[Role]) -> Role | None:
        """Whose token it is; compared with every token, in a time that tells nothing of where they differ."""
        found: Role | None = None
        for role, token in self._tokens.items():
            same = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())
            if same and role in allowed and found is None:
                found = role
        return found


def _needed(*, ignored: bool = False) -> HttpError:
    if ignored:
        message = f"?token= is accepted only to read addresses below {WATCHED}; send `Authorization: Bearer TOKEN`."
    else:
        message = (
            "This station needs its token: send `Authorization: Bearer TOKEN`; "
            f"addresses below {WATCHED} also take ?token=TOKEN."
        )
    return HttpError(401, "token_needed", message, {"WWW-Authenticate": "Bearer"})


@dataclass
class _Record:
    failures: float = 0.0
    at: float = 0.0
    trusted: dict[Role, float] = field(default_factory=dict)
    logged: float = float("-inf")


class FailedTokens:
    """Wrong tokens by address; of IPv6 a whole /64 counts as one. Remembers `ADDRESSES` of them at most."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def roles(self, address: str) -> Collection[Role]:
        """The roles whose tokens are looked at when one comes from there."""
        record = self._record(address)
        if record.failures <= FAILURES - 1:
            return ("operator", "viewer")
        return [role for role, at in record.trusted.items() if self._clock() - at < TRUSTED_S]

    def wait_s(self, address: str) -> int:
        """Seconds until a token from there is looked at again."""
        return max(1, round((self._record(address).failures - FAILURES + 1) * FORGIVEN_EVERY_S))

    def note(self, address: str) -> bool:
        """A wrong token came; whether that is to be logged, which it is once a minute."""
        record = self._record(address)
        record.failures = min(FAILURES, record.failures + 1)
        due = self._clock() - record.logged >= LOG_EVERY_S
        if due:
            record.logged = self._clock()
        return due

    def trust(self, address: str, role: Role) -> None:
        """A right one came."""
        self._record(address).trusted[role] = self._clock()

    def _record(self, address: str) -> _Record:
        key, now = _network(address), self._clock()
        record = self._records.setdefault(key, _Record(at=now))
        self._records.move_to_end(key)
        record.failures = max(0.0, record.failures - (now - record.at) / FORGIVEN_EVERY_S)
        record.at = now
        while len(self._records) > ADDRESSES:
            self._records.popitem(last=False)
        return record


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: that is what one customer has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
