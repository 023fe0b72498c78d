"""Reads and checks the configuration of a station, `retrovue.toml`. Relative paths start at the home."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from retrovue_tui.config.alerts import ALERTS_KEYS, read_alerts
from retrovue_tui.config.audience import AUDIENCE_KEYS, read_audience
from retrovue_tui.config.form import Form, nearest
from retrovue_tui.config.hdhomerun import HDHOMERUN_KEYS, read_hdhomerun
from retrovue_tui.config.hls import HLS_KEYS, read_hls
from retrovue_tui.config.output import OUTPUT_KEYS, read_outputs
from retrovue_tui.config.plan import BLOCK_KEYS, CHANNEL_PLAN_KEYS, PlanReader
from retrovue_tui.config.prepare import PREPARE_KEYS, read_prepare
from retrovue_tui.config.renditions import read_renditions
from retrovue_tui.config.station_config import (
    FILE_NAME,
    PROFILES,
    AtEnd,
    ChannelConfig,
    Config,
    HouseConfig,
    LibraryConfig,
    OnRemove,
    OnStart,
    ServerConfig,
)  # fmt: skip
from retrovue_tui.config.toml_syntax import read_toml
from retrovue_tui.errors import ConfigError
from retrovue_tui.files.toml_lines import read_text
from retrovue_tui.files.user_folders import cache_folder
from retrovue_tui.loopback import is_loopback
from retrovue_tui.text.languages import is_language
from retrovue_tui.timecode import HOUSE_RATES, FrameRate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

NO_CONFIG: Final = (
    "there is no configuration; make one with `retrovue-tui init FOLDER`, try `retrovue-tui demo`, or name another home"
    " with --home DIR"
)

LONGEST_CATCHUP: Final = timedelta(days=366)
CHANNEL_KEYS: Final = (
    "id", "number", "name", "pool", "at_end", "on_start", "on_remove", "group", "logo", "timezone", "catchup",
    "scte35",
    "renditions",
)  # fmt: skip
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "": ("name", "ffmpeg", "server", "house", "library", "pools", "prepare", "hdhomerun", "hls", "alerts",
         "audience", "channel"),
    "server": ("host", "port", "token", "viewer_token", "base_url", "trusted_proxies", "max_viewers",
               "max_viewers_per_address", "max_catchup"),
    "house": ("profile", "rate", "video_bitrate", "audio_bitrate", "loudness"),
    "library": ("programmes", "audio"),
    "prepare": PREPARE_KEYS,
    "hdhomerun": HDHOMERUN_KEYS,
    "hls": HLS_KEYS,
    "alerts": ALERTS_KEYS,
    "audience": AUDIENCE_KEYS,
    "channel": (*CHANNEL_KEYS, "plan", "block", "output"),
    "channel.plan": CHANNEL_PLAN_KEYS,
    "channel.block": BLOCK_KEYS,
    "channel.output": OUTPUT_KEYS,
}  # fmt: skip


def load_config(home: Path) -> Config:
    """Return the configuration of a home. Raises `ConfigError` with the first problem, and its line if it is known."""
    config, problems = read_config(home)
    if config is None:
        raise problems[0]
    return config


def media_config(home: Path) -> Config:
    """Return the configuration for work on single media files. This is the configuration of the home, even if it has no
    channel; if the home has none, the defaults with the user's own cache. Raises `ConfigError` with the first problem
    of the home's file."""
    config, problems = read_config(home, without_channels=True)
    if config is not None:
        return config
    if has_config(home):
        raise problems[0]
    return Config(home, cache=cache_folder())


def has_config(home: Path) -> bool:
    """Return whether a home has a configuration file, readable or not."""
    return os.path.lexists(home / FILE_NAME)


def read_config(home: Path, *, without_channels: bool = False) -> tuple[Config | None, list[ConfigError]]:
    """Return the configuration (None if it has problems) and all problems, in the order of the file.
    `without_channels`: a configuration without channels is no problem."""
    config, problems = read_draft(home, without_channels=without_channels)
    return (None if problems else config), problems


def read_draft(
    home: Path, *, without_channels: bool = False, text: str | None = None
) -> tuple[Config, list[ConfigError]]:
    """Return the configuration, with default values in place of wrong ones, and all problems, in the order of the file.
    `without_channels`: a configuration without channels is no problem. `text`: what to read in place of the file."""
    home = home.expanduser().absolute()
    path = home / FILE_NAME
    try:
        text = read_text(path, ConfigError) if text is None else text
    except ConfigError as error:
        return Config(home), [ConfigError(NO_CONFIG, path) if isinstance(error.__cause__, FileNotFoundError) else error]
    data, problems, right = read_toml(text, path)
    form = Form(path, right, KEYS, partial=bool(problems))
    config = _ConfigReader(home, form).config(data, without_channels=without_channels)
    return config, sorted([*problems, *form.problems], key=lambda problem: problem.line or 0)


def serving(config: Config, host: str | None = None, port: int | None = None) -> Config:
    """Return the configuration with the options `--host` and `--port` applied. Raises `ConfigError` if other machines
    can reach the host and no token is set."""
    server = replace(config.server, host=host or config.server.host, port=config.server.port if port is None else port)
    if not is_loopback(server.host) and not server.token:
        raise ConfigError(
            f'host {server.host} is open to other machines, so a token is needed: add token = "…" to [server]'
            " (or listen on 127.0.0.1)", config.path,
        )  # fmt: skip
    if server.base_url and not server.token and not is_loopback(urlsplit(server.base_url).hostname or ""):
        raise ConfigError(
            f'base_url {server.base_url} is for other machines, so a token is needed: add token = "…" to [server]',
            config.path,
        )
    return replace(config, server=server, server_written=config.server_written or config.server)


class _ConfigReader:
    """Turns the parsed file into a `Config`. The `Form` collects the problems."""

    def __init__(self, home: Path, form: Form) -> None:
        self._home = home
        self._form = form
        self._profile = HouseConfig().profile

    def config(self, data: dict[str, Any], *, without_channels: bool) -> Config:
        self._form.unknown(data, "")
        pools = self._pools(data)
        house = self._house(self._form.table(data, "house"))
        self._profile = house.profile
        channels = () if without_channels and "channel" not in data else self._channels(data, pools)
        return Config(
            home=self._home,
            name=self._form.text(data, "", "name", "RetroVue"),
            ffmpeg=self._ffmpeg(data),
            server=self._server(self._form.table(data, "server")),
            house=house,
            library=self._library(self._form.table(data, "library")),
            pools=pools,
            prepare=read_prepare(self._form, self._form.table(data, "prepare")),
            hdhomerun=read_hdhomerun(self._form, self._form.table(data, "hdhomerun"), [each.id for each in channels]),
            hls=read_hls(self._form, self._form.table(data, "hls")),
            alerts=read_alerts(self._form, self._form.table(data, "alerts"), [each.id for each in channels]),
            audience=read_audience(self._form, self._form.table(data, "audience")),
            channels=channels,
        )

    def _ffmpeg(self, data: dict[str, Any]) -> Path | None:
        named = self._form.text(data, "", "ffmpeg", None)
        if not named:
            return None
        return self._form.resolve(named) if "/" in named else Path(named)

    def _server(self, table: dict[str, Any]) -> ServerConfig:
        form = self._form
        form.unknown(table, "server")
        token = form.text(table, "server", "token", None) or None
        viewer_token = form.text(table, "server", "viewer_token", None) or None
        if viewer_token and not token:
            form.problem('viewer_token needs a token for operators as well: add token = "…"', "server", "viewer_token")
        elif viewer_token and viewer_token == token:
            form.problem("viewer_token is the same as token: viewers could operate", "server", "viewer_token")
        return ServerConfig(
            host=form.text(table, "server", "host", "127.0.0.1"),
            port=form.whole(table, "server", "port", 8480, 0, 65_535),
            token=token,
            viewer_token=viewer_token,
            base_url=self._base_url(form.text(table, "server", "base_url", None)),
            trusted_proxies=self._proxies(form.texts(table, "server", "trusted_proxies", '["127.0.0.1"]')),
            max_viewers=form.whole(table, "server", "max_viewers", 2_000, 1, 100_000),
            max_viewers_per_address=form.whole(table, "server", "max_viewers_per_address", 200, 1, 100_000),
            max_catchup=form.whole(table, "server", "max_catchup", 50, 0, 10_000),
        )

    def _base_url(self, text: str | None) -> str | None:
        """Return an address like https://tv.example, without a slash at the end."""
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good or parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
            self._form.problem(
                f"base_url {text!r} is not the address of a server, like https://tv.example", "server", "base_url"
            )
            return None
        return text.rstrip("/")

    def _proxies(self, texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
        """Return addresses and networks like 127.0.0.1 and 10.0.0.0/8 as networks."""
        networks = []
        for text in texts:
            try:
                network = ip_network(text.strip())
            except ValueError:
                problem = f'{text!r} is neither an address nor a network, such as "127.0.0.1" or "10.0.0.0/8"'
                self._form.problem(f"trusted_proxies: {problem}", "server", "trusted_proxies")
                continue
            if network.prefixlen == 0:
                problem = f"{text} contains every address, so each client could state any address; name the proxies"
                self._form.problem(f"trusted_proxies: {problem}", "server", "trusted_proxies")
            networks.append(network)
        return tuple(networks)

    def _house(self, table: dict[str, Any]) -> HouseConfig:
        self._form.unknown(table, "house")
        off = table.get("loudness") is False
        return HouseConfig(
            profile=self._form.one_of(table, "house", "profile", "720p", PROFILES),
            rate=FrameRate.parse(self._form.one_of(table, "house", "rate", "30000/1001", HOUSE_RATES)),
            video_kbps=self._form.bitrate(table, "house", "video_bitrate", None, 100, 50_000),
            audio_kbps=self._form.bitrate(table, "house", "audio_bitrate", 128, 32, 512),
            loudness=None if off else self._form.number(table, "house", "loudness", -23.0, -70.0, -5.0),
        )

    def _library(self, table: dict[str, Any]) -> LibraryConfig:
        self._form.unknown(table, "library")
        return LibraryConfig(self._form.paths(table, "library", "programmes"), self._languages(table))

    def _languages(self, table: dict[str, Any]) -> tuple[str, ...]:
        """Return the configured languages, one or several, as ISO 639 codes."""
        value = table.get("audio", [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            self._form.problem('audio is a list of languages, such as audio = ["en", "de"]', "library", "audio")
            return ()
        for each in values:
            if not is_language(each):
                problem = f'audio: {each!r} is not a language; write its ISO 639 code, such as "en" or "deu"'
                self._form.problem(problem, "library", "audio")
                return ()
        return tuple(dict.fromkeys(values))

    def _pools(self, data: dict[str, Any]) -> Mapping[str, tuple[Path, ...]]:
        table = self._form.table(data, "pools")
        return MappingProxyType({name: self._form.paths(table, "pools", name) for name in table})

    def _channels(self, data: dict[str, Any], pools: Mapping[str, object]) -> tuple[ChannelConfig, ...]:
        tables = data.get("channel", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._form.problem("channels are written as [[channel]], one table for each", "", "channel")
            return ()
        if not tables and not self._form.partial:
            self._form.problem('there is no channel; add [[channel]] with id = "1", number = 1 and a name')
        channels = [self._channel(table, f"channel.{index}", index, pools) for index, table in enumerate(tables)]
        for what in ("id", "number"):
            seen: dict[str | int, int] = {}
            for index, channel in enumerate(channels):
                value = getattr(channel, what)
                if value in seen:
                    first = channels[seen[value]].name
                    self._form.problem(
                        f"{what} {value!r} is taken by channel {first!r}; choose another {what}",
                        f"channel.{index}",
                        what,
                    )
                seen.setdefault(value, index)
        return tuple(channels)

    def _channel(self, table: dict[str, Any], where: str, index: int, pools: Mapping[str, object]) -> ChannelConfig:
        self._form.unknown(table, where)
        channel_id = self._form.text(table, where, "id", None)
        if channel_id is None and "id" not in table and not self._form.partial:
            self._form.problem(f'[[channel]] needs an id, for example id = "{index + 1}"', where)
        elif channel_id is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", channel_id):
            fault = f"id {channel_id!r}: use only letters, digits, - and _, because it is part of file names and URLs"
            self._form.problem(fault, where, "id")
        pool = self._form.text(table, where, "pool", None)
        if pool is not None and pool not in pools and not self._form.partial:
            near = nearest(pool, tuple(pools)) or f'; add {pool} = "a folder of spots" below [pools]'
            self._form.problem(f"there is no pool {pool!r} in [pools]{near}", where, "pool")
        number = self._form.whole(table, where, "number", index + 1, 0, 99_999)
        logo = self._form.text(table, where, "logo", None)
        plans = PlanReader(self._form, pools)
        plan = plans.plan(table.get("plan"), table.get("block"), where)
        at_end = self._form.one_of(table, where, "at_end", "loop" if plan is None else "slate", ("loop", "slate"))
        return ChannelConfig(
            id=channel_id or f"?{index}",
            number=number,
            name=self._form.text(table, where, "name", f"Channel {number}"),
            pool=pool,
            at_end=cast(AtEnd, at_end),
            on_start=cast(OnStart, self._form.one_of(table, where, "on_start", "clock", ("clock", "resume", "top"))),
            on_remove=cast(OnRemove, self._form.one_of(table, where, "on_remove", "finish", ("finish", "cut"))),
            group=self._form.text(table, where, "group", None) or None,
            logo=None if logo is None else self._form.resolve(logo),
            timezone=plans.zone(table, where),
            plan=plan,
            catchup=self._catchup(table, where),
            outputs=read_outputs(self._form, table.get("output"), where),
            scte35=self._form.flag(table, where, "scte35", False),
            renditions=read_renditions(self._form, table, where, self._profile),
        )

    def _catchup(self, table: dict[str, Any], where: str) -> timedelta:
        """Return how far back the channel's catch-up goes; `"0"` switches it off."""
        if table.get("catchup") == "0":
            return timedelta()
        return self._form.duration(table, where, "catchup", timedelta(), timedelta(), LONGEST_CATCHUP)
