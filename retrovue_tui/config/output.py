"""The pushed outputs of a channel in the configuration: [[channel.output]]."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from retrovue_tui.config.form import nearest
from retrovue_tui.text.redaction import LEAST, SECRETS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.parse import SplitResult

    from retrovue_tui.config.form import Form

OUTPUT_KEYS: Final = ("url", "name", "bitrate", "enabled")
SCHEMES: Final = ("srt", "rtmp", "rtmps", "udp", "rtp")
RTMP: Final = ("rtmp", "rtmps")
MOST_OUTPUTS: Final = 16
"""The most outputs of one channel."""
LONGEST_URL: Final = 2_048
LONGEST_NAME: Final = 64
SURE_SECRET: Final = 8
"""A stream key with fewer characters is hidden in addresses only, because it may be an ordinary word like `live`."""
_EXAMPLE: Final = 'url = "srt://receiver.example:9000"'
_PUBLIC: Final = frozenset((
    "mode", "latency", "rcvlatency", "peerlatency", "pkt_size", "payload_size", "transtype", "pbkeylen", "maxbw",
    "connect_timeout", "ttl", "localaddr", "localport", "localrtpport", "buffer_size", "fifo_size", "dscp", "timeout",
))  # fmt: skip
"""The parameters of an address that are shown. The others may be secret."""


@dataclass(frozen=True)
class OutputConfig:
    """[[channel.output]]: an address to which the station sends the channel's stream.

    `url`: may contain secrets; show `shown` instead. `name`: unique within the channel. `bitrate_kbps`: pad the
    transport stream to this constant bitrate (kbit/s); None: do not pad.
    """

    url: str = field(repr=False)
    name: str
    bitrate_kbps: int | None = None
    enabled: bool = True

    @property
    def scheme(self) -> str:
        """The scheme of the address, such as `srt`."""
        return urlsplit(self.url).scheme

    @property
    def shown(self) -> str:
        """The address without secrets."""
        return shown_url(self.url)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The parts of the address that nobody may see."""
        return secrets_in(self.url)


def shown_url(url: str) -> str:
    """Return an address without its user, its stream key, and all parameters that may be secret."""
    parts = urlsplit(url)
    path = _app_and_key(parts)[0] if parts.scheme in RTMP else parts.path
    hidden = "/…" if parts.scheme in RTMP and _app_and_key(parts)[1] else ""
    query = "&".join(
        f"{key}={value if key in _PUBLIC else '…'}" for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    host = parts.netloc.rpartition("@")[2]
    shown_query = f"?{query}" if query and parts.scheme not in RTMP else ""
    return f"{parts.scheme}://{'…@' if '@' in parts.netloc else ''}{host}{path}{hidden}{shown_query}"


def secrets_in(url: str) -> tuple[str, ...]:
    """Return the user's name and password, the stream key of RTMP, and the values of all parameters that may be
    secret."""
    parts = urlsplit(url)
    found = [each for each in parts.netloc.rpartition("@")[0].split(":", 1) if each]
    public = _PUBLIC
    if parts.scheme in RTMP:
        public, key = frozenset(), _app_and_key(parts)[1]
        found += [key, key.partition("?")[0], key.partition("?")[0].rpartition("/")[2]]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    found += [value for key, value in pairs if key not in public]
    found += [raw.partition("=")[2] for raw in parts.query.split("&") if raw.partition("=")[0] not in public]
    return tuple(dict.fromkeys(each for each in found if len(each) >= LEAST))


def _app_and_key(parts: SplitResult) -> tuple[str, str]:
    """Return the application of an RTMP address, and its stream key: the first part of the path, and everything after
    it. Services disagree on whether the second part of three belongs to the application, so it is hidden."""
    app, _, key = parts.path.lstrip("/").partition("/")
    return f"/{app}", f"{key}?{parts.query}" if parts.query else key


def read_outputs(form: Form, tables: Any, where: str) -> tuple[OutputConfig, ...]:
    """Return the outputs of a channel; the form collects their problems, none of which shows a secret. `where` is the
    name of the channel's table. From now on, texts for people do not contain the secrets of the addresses."""
    if tables is None:
        return ()
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        form.problem("outputs are written as [[channel.output]], one table for each", where, "output")
        return ()
    if len(tables) > MOST_OUTPUTS:
        problem = f"the channel has {len(tables)} outputs; the limit is {MOST_OUTPUTS}"
        form.problem(problem, f"{where}.output.{MOST_OUTPUTS}")
    read = [_output(form, table, f"{where}.output.{index}") for index, table in enumerate(tables[:MOST_OUTPUTS])]
    for index, each in enumerate(read):
        first = next((at for at, other in enumerate(read) if each and other and other.url == each.url), index)
        if first < index:
            form.problem("another output of this channel has the same url", f"{where}.output.{index}", "url")
    outputs = _named([each for each in read if each is not None])
    for index, each in enumerate(outputs):
        if each.name in {other.name for other in outputs[:index]}:
            problem = f"name {each.name!r} is taken by another output of this channel; choose another name"
            form.problem(problem, f"{where}.output.{index}", "name")
    return outputs


def _output(form: Form, table: dict[str, Any], where: str) -> OutputConfig | None:
    """Return one output, with an empty name if it has none; None if its address is wrong."""
    form.unknown(table, where)
    url = form.text(table, where, "url", None)
    if url is None and "url" not in table and not form.partial:
        form.problem(f"[[channel.output]] needs a url, for example {_EXAMPLE}", where)
    name = form.text(table, where, "name", "")
    if len(name) > LONGEST_NAME:
        form.problem(f"name has {len(name)} characters; the limit is {LONGEST_NAME}", where, "name")
        name = name[:LONGEST_NAME]
    bitrate = form.bitrate(table, where, "bitrate", None, 100, 200_000)
    enabled = form.flag(table, where, "enabled", True)
    if url is None:
        return None
    if (fault := _fault_of(url)) is not None:
        form.problem(fault, where, "url")
        return None
    for secret in secrets_in(url):
        if len(secret) >= SURE_SECRET:
            SECRETS.hide(secret)
    if bitrate is not None and urlsplit(url).scheme in RTMP:
        problem = "bitrate pads a transport stream, and RTMP sends none; leave it out"
        form.problem(problem, where, "bitrate")
        bitrate = None
    return OutputConfig(url, name, bitrate, enabled)


def _named(outputs: Sequence[OutputConfig]) -> tuple[OutputConfig, ...]:
    """Return the outputs, each with a name: by default that of its host, with a number if the host has several."""
    taken = {each.name for each in outputs if each.name}
    named = []
    for each in outputs:
        name = each.name
        if not name:
            host = urlsplit(each.url).hostname or "output"
            number, name = 1, host[:LONGEST_NAME]
            while name in taken:
                number += 1
                name = f"{host[: LONGEST_NAME - 4]} {number}"
            taken.add(name)
        named.append(OutputConfig(each.url, name, each.bitrate_kbps, each.enabled))
    return tuple(named)


def _fault_of(url: str) -> str | None:
    """Return what is wrong with an address, without the address itself; None if nothing is."""
    if len(url) > LONGEST_URL:
        return f"url has {len(url)} characters; the limit is {LONGEST_URL}"
    if not re.fullmatch(r"[!-~]+", url):
        return "url contains a space or a letter outside ASCII; write it percent-encoded, such as %20"
    scheme, mark, _ = url.partition("://")
    if not mark or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return f"url is an address, for example {_EXAMPLE}"
    if scheme not in SCHEMES:
        hint = nearest(scheme, SCHEMES)
        return f"url has the scheme {scheme!r}; an output sends to one of {', '.join(SCHEMES)}{hint}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "url has a wrong host or port; a port is a number from 1 to 65535"
    if dict(parse_qsl(parts.query)).get("mode") == "listener":
        return "url has mode=listener, but an output calls its receiver; let the receiver listen, and leave mode out"
    if not host:
        return f"url has no host, for example {_EXAMPLE}"
    if port == 0 or (port is None and scheme not in RTMP):
        return f"url needs a port from 1 to 65535, for example {_EXAMPLE}"
    if scheme in RTMP and not all(_app_and_key(parts)):
        return 'url needs an application and a stream key, for example url = "rtmp://live.example/app/STREAM-KEY"'
    return None
