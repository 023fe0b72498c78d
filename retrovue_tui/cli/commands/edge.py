"""`edge nginx`: prints the configuration of a web server in front of this home's station."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.edge.nginx import NAMES_ALLOWED, PATH_FORBIDDEN, NginxSite, complete, site
from retrovue_tui.cli.terminal import say
from retrovue_tui.config.config_file import has_config, load_config
from retrovue_tui.config.station_config import ServerConfig
from retrovue_tui.errors import StationError
from retrovue_tui.server.addresses import EVERY

if TYPE_CHECKING:
    import argparse

SERVERS: Final = ("nginx",)
CACHE: Final = Path("/var/cache/nginx/retrovue")
CACHE_GB: Final = 10


def edge(arguments: argparse.Namespace) -> int:
    """`edge nginx`: print the configuration, and on stderr what the station still needs. Raises `ConfigErrors` if
    `retrovue.toml` is wrong, and `StationError` for an option that nginx cannot have."""
    server = load_config(arguments.home).server if has_config(arguments.home) else ServerConfig()
    listen = arguments.listen or (80 if arguments.plain else 443)
    about = NginxSite(
        arguments.upstream or upstream_of(server), arguments.server_name, listen,
        not arguments.plain, arguments.cache, arguments.cache_gb, arguments.control,
    )  # fmt: skip
    _check(about)
    sys.stdout.write(complete(about) if arguments.complete else site(about))
    for line in advice(server):
        say(line, error=True)
    return 0


def upstream_of(server: ServerConfig) -> str:
    """Return the address at which nginx on the same machine reaches the station."""
    host = {"::": "::1"}.get(server.host, "127.0.0.1") if server.host in EVERY else server.host.strip("[]")
    return f"[{host}]:{server.port}" if ":" in host else f"{host}:{server.port}"


def advice(server: ServerConfig) -> list[str]:
    """Return what `retrovue.toml` needs before the configuration is used."""
    found = []
    if not server.trusted_proxies:
        found.append('retrovue.toml: below [server], write trusted_proxies = ["127.0.0.1"], the address of nginx')
    if not server.token:
        found.append('retrovue.toml: below [server], write token = "…" (a long random word): nginx opens the station')
    return found


def _check(about: NginxSite) -> None:
    if not about.server_name or not NAMES_ALLOWED.issuperset(about.server_name):
        raise StationError(f"{about.server_name!r} is no server name: write it like --server-name tv.example")
    if not NAMES_ALLOWED.union("[]:").issuperset(about.upstream):
        raise StationError(f"{about.upstream!r} is no address: write it like --upstream 127.0.0.1:8480")
    if PATH_FORBIDDEN.intersection(str(about.cache)) or not about.cache.is_absolute():
        raise StationError(f"{str(about.cache)!r} cannot be nginx's cache: name a folder like --cache {CACHE}")
