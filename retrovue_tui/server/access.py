"""Access control: two tokens, checks of the Host and Origin headers, and a limit on wrong tokens.

`token` allows everything. `viewer_token` may fetch only the pages for the browser, the paths below /iptv/ and /hls/
(streams, playlists, the guide) and those of the tuner. A token in an address is accepted only there, because addresses
end up in logs, histories and playlists: as `?token=`, and in the tuner's addresses as a part of the path.
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
from urllib.parse import quote

from yarl import URL

from retrovue_tui.loopback import is_loopback
from retrovue_tui.server.http import TOKEN_PATH, HttpError, path_of
from retrovue_tui.server.proxies import TrustedProxies
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from aiohttp import web

Role = Literal["operator", "viewer"]

IPTV: Final = "/iptv/"
HLS: Final = "/hls/"
PAGES: Final = ("/", "/watch/")
"""The pages for the browser: this path, and paths that begin so."""
PAGE_FILES: Final = "/page/"
"""The scripts and styles of the pages. They are the same at every station, so they need no token."""
WATCHED: Final = (
    IPTV, HLS, PAGES[1], "/hdhr/", "/auto/", "/discover.json", "/lineup.json", "/lineup.m3u", "/lineup.xml",
    "/lineup_status.json", "/lineup.post", "/device.xml",
)  # fmt: skip
"""A viewer token may fetch every path that begins with one of these."""
SCAN: Final = "/lineup.post"
"""The end of the paths that viewers may also send a POST to. It asks a tuner to scan, and changes nothing."""
FAILURES: Final = 10
"""After this many wrong tokens in a row, tokens from that address are no longer checked."""
FORGIVEN_EVERY_S: Final = 10.0
"""Each time this many seconds have passed, one wrong token of the address no longer counts."""
TRUSTED_S: Final = 3_600.0
"""After an address has sent a right token, tokens of the same role are accepted from it for this time (s), even if
wrong tokens also come from there. A player with an old token must not lock out the control room on the same machine."""
ADDRESSES: Final = 2_048
"""How many addresses `FailedTokens` remembers."""
LOG_EVERY_S: Final = 60.0

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:/\[\]@\s]+)(:\d{1,5})?")
_log = logging.getLogger(__name__)


@lru_cache(maxsize=16)
def derived_viewer_token(token: str) -> str:
    """Return the viewer token of a station that configures none. It is computed from the operator's token, so it is the
    same after a restart, and playlists keep working. The computation is slow on purpose: a viewer must not be able to
    find a short operator's token by trying many."""
    digest = hashlib.pbkdf2_hmac("sha256", token.encode(), b"retrovue-tui viewer token", 200_000, 20)
    return b32encode(digest).decode().lower()


class Access:
    """Admits requests, or refuses them with an `HttpError`. If no token is set, clients on this machine may do
    everything."""

    def __init__(
        self,
        host: str,
        token: str | None = None,
        viewer_token: str | None = None,
        base_url: str | None = None,
        proxies: TrustedProxies | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._host = host.lower()
        self._base = URL(base_url) if base_url else None
        self._proxies = proxies or TrustedProxies()
        self._tokens: dict[Role, str] = {}
        self._failed = FailedTokens(clock)
        self.set_tokens(token, viewer_token)

    def set_tokens(self, token: str | None, viewer_token: str | None) -> None:
        """Replace the tokens. Takes 0.1 s if the viewer token has to be computed."""
        self._tokens = {"operator": token, "viewer": viewer_token or derived_viewer_token(token)} if token else {}
        for each in self._tokens.values():
            SECRETS.hide(each)

    @property
    def watch_token(self) -> str:
        """The token that stream addresses contain; empty if none is needed."""
        return self._tokens.get("viewer", "")

    @property
    def watch_query(self) -> str:
        """The query with the token that addresses for viewers need, like `?token=…`; empty if none is needed."""
        return f"?token={quote(self.watch_token, safe='')}" if self.watch_token else ""

    @property
    def is_open(self) -> bool:
        """Whether every client may connect without a token."""
        return not self._tokens

    # ── addresses ────────────────────────────────────────────────────────────────────────────────

    def base_url(self, request: web.Request) -> URL:
        """Return the station's address as clients see it: the configured `base_url`, or else the host name that this
        client used."""
        if self._base is not None:
            return self._base
        host = request.headers.get("Host")
        if not host:  # only an HTTP/1.0 client may omit it
            name = request.transport.get_extra_info("sockname") if request.transport else ("127.0.0.1", 80)
            host = f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
        return URL(f"{request.scheme}://{host}")

    def watch_url(self, request: web.Request, *path: str) -> str:
        """Return the address of a path below /iptv/ for this client, with the viewer token if one is needed."""
        return self.with_watch_token(self.base_url(request).joinpath("iptv", *path))

    def stream_url(self, request: web.Request, channel_id: str) -> str:
        """Return the address of a channel's stream for this client, with the viewer token if one is needed."""
        return self.watch_url(request, "channel", f"{channel_id}.ts")

    def tuner_url(self, base: str, device: str = "") -> str:
        """Return the address of a tuner device, without a slash at the end. It contains the viewer token if one is
        needed. `base`: the station's address. `device`: the device's name; empty for the main device."""
        token = [TOKEN_PATH.strip("/"), quote(self.watch_token, safe="")] if self.watch_token else []
        folder = token or (["hdhr"] if device else [])
        return "/".join((base.rstrip("/"), *folder, *([device] if device else [])))

    @property
    def configured_url(self) -> str | None:
        """The configured `base_url`."""
        return str(self._base).rstrip("/") if self._base is not None else None

    def playlist_url(self, station_url: str) -> str:
        """Return the address of the playlist, with the viewer token if one is needed. `station_url`: the station's base
        address."""
        return self.with_watch_token(URL(station_url) / "iptv" / "channels.m3u")

    def with_watch_token(self, url: URL) -> str:
        """Return an address below /iptv/ with the viewer token in its query, if one is needed."""
        return str(url.update_query(token=self.watch_token) if self.watch_token else url)

    # ── requests ─────────────────────────────────────────────────────────────────────────────────

    def check(self, request: web.Request) -> web.Request:
        """Return the request as its client sent it to the first trusted proxy. Raises an `HttpError` if the request
        must be refused: for its host, its origin or its token."""
        self._check_host(request)  # as it is, too: a web page can send any X-Forwarded-Host
        original = self._proxies.original(request)
        if original is not request:
            self._check_host(original)
        self._check_origin(original)
        open_to_all = original.path == "/healthz" or original.path.startswith(PAGE_FILES) or is_preflight(original)
        if self._tokens and not open_to_all:
            self._check_token(original)
        return original

    def _check_host(self, request: web.Request) -> None:
        """Refuse requests for foreign host names. A web page can make its own host name point to this machine (DNS
        rebinding), but the requests still carry that name."""
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
        """Refuse commands that come from other web sites. A web page can make a browser send a POST to this station,
        but cannot hide its origin."""
        origin = request.headers.get("Origin")
        if request.method in _SAFE or origin is None:
            return
        own = self._base is not None and origin == str(self._base.origin())
        if not own and origin.partition("://")[2] != request.headers.get("Host"):
            raise HttpError(403, "origin_refused", "This station takes no commands from other web sites.")

    def _check_token(self, request: web.Request) -> None:
        scan = request.method == "POST" and request.path.endswith(SCAN)
        watching = (request.method in ("GET", "HEAD") or scan) and (
            request.path.startswith(WATCHED) or request.path == PAGES[0]
        )
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        in_path = request.match_info.get("token", "") if request.path.startswith(TOKEN_PATH) else ""
        in_address = in_path or request.query.get("token", "")
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
                _log.warning("wrong token from %s (%s %s)", address, request.method, path_of(request)[:100])
            raise _needed()
        self._failed.trust(address, role)
        if role == "viewer" and not watching:
            raise HttpError(403, "viewer_only", "This token may watch and read the guide; it cannot send commands.")

    def _role_of(self, given: str, allowed: Collection[Role]) -> Role | None:
        """Return the role of a token; None if the token is wrong, or its role is not in `allowed`. The duration of the
        comparison does not reveal how many characters are right."""
        found: Role | None = None
        for role, token in self._tokens.items():
            same = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())
            if same and role in allowed and found is None:
                found = role
        return found


def is_preflight(request: web.Request) -> bool:
    """Return whether a browser asks what a page of another web site may request of an address. It sends no token then
    (Fetch Standard, CORS-preflight fetch), and the answer is the same for every address that such pages may read."""
    return request.method == "OPTIONS" and is_for_other_sites(request.path)


def is_for_other_sites(path: str) -> bool:
    """Return whether pages of other web sites may read what is at a path: all below /hls/, and HLS playlists."""
    return path.startswith(HLS) or (path.startswith(IPTV) and path.endswith(".m3u8"))


def _needed(*, ignored: bool = False) -> HttpError:
    if ignored:
        message = (
            f"?token= is accepted only to read addresses below {IPTV} and {HLS}; send `Authorization: Bearer TOKEN`."
        )
    else:
        message = (
            "This station needs its token: send `Authorization: Bearer TOKEN`; "
            f"addresses below {IPTV} and {HLS} also take ?token=TOKEN, "
            f"and a tuner's address begins with {TOKEN_PATH}TOKEN."
        )
    return HttpError(401, "token_needed", message, {"WWW-Authenticate": "Bearer"})


@dataclass
class _Record:
    failures: float = 0.0
    at: float = 0.0
    trusted: dict[Role, float] = field(default_factory=dict)
    logged: float = float("-inf")


class FailedTokens:
    """Counts wrong tokens for each client address (an IPv6 /64 counts as one address), and remembers at most
    `ADDRESSES` addresses."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def roles(self, address: str) -> Collection[Role]:
        """Return the roles whose tokens are checked for this address; after too many wrong tokens, only recently
        trusted roles."""
        record = self._record(address)
        if record.failures <= FAILURES - 1:
            return ("operator", "viewer")
        return [role for role, at in record.trusted.items() if self._clock() - at < TRUSTED_S]

    def wait_s(self, address: str) -> int:
        """Return how many seconds pass until tokens from this address are checked again."""
        return max(1, round((self._record(address).failures - FAILURES + 1) * FORGIVEN_EVERY_S))

    def note(self, address: str) -> bool:
        """Count a wrong token from this address. Return whether to log it: at most once a minute for each address."""
        record = self._record(address)
        record.failures = min(FAILURES, record.failures + 1)
        due = self._clock() - record.logged >= LOG_EVERY_S
        if due:
            record.logged = self._clock()
        return due

    def trust(self, address: str, role: Role) -> None:
        """Record that this address sent the right token of a role."""
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


@lru_cache(maxsize=ADDRESSES)
def _network(address: str) -> str:
    """Return an IPv4 address unchanged; for an IPv6 address, its /64 network, because one customer usually has a whole
    /64."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
