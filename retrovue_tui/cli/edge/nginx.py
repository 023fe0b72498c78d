"""The nginx configuration for a station: one file for the `http` context, or a complete one. Pure.

nginx keeps the segments and playlists of HLS, and asks the station once for each, however many clients there are.
Continuous streams pass without a buffer. Whatever operates the station stays closed, unless it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

NAMES_ALLOWED: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*")
"""The characters of a server name. Others would end the directive."""
PATH_FORBIDDEN: Final = frozenset("\"'\\;{}$\n\r\0")
"""Characters that a path in the configuration cannot have."""


@dataclass(frozen=True)
class NginxSite:
    """The options of the configuration.

    `upstream`: the station, `host:port`. `server_name`: the name that clients use. `listen`: the port of nginx. `tls`:
    whether clients connect with TLS. `cache`: the folder of nginx's cache, and `cache_gb` its largest size (GB, 10^9
    bytes). `control`: whether the API for operators, the events and the metrics are open too; they need the token.
    """

    upstream: str
    server_name: str
    listen: int
    tls: bool
    cache: Path
    cache_gb: int
    control: bool


def site(about: NginxSite) -> str:
    """Return the text of a file for `/etc/nginx/conf.d/`."""
    text = _SITE.replace("@LISTEN@", _listen(about)).replace("@CONTROL@", _CONTROL if about.control else _CLOSED)
    values = {
        "UPSTREAM": about.upstream, "NAME": about.server_name, "CACHE": str(about.cache), "GB": str(about.cache_gb),
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def complete(about: NginxSite) -> str:
    """Return the text of a whole `nginx.conf` that serves nothing else."""
    inside = "".join(f"    {line}" if line.strip() else line for line in site(about).splitlines(keepends=True))
    return _COMPLETE.replace("@SITE@", inside)


def _listen(about: NginxSite) -> str:
    if not about.tls:
        return "".join(f"    listen {each}{about.listen} reuseport backlog=4096;\n" for each in ("", "[::]:"))
    return _TLS.replace("@PORT@", str(about.listen)).replace("@NAME@", about.server_name)


_TLS: Final = """\
    listen @PORT@ ssl reuseport backlog=4096;
    listen [::]:@PORT@ ssl reuseport backlog=4096;
    # http2 on;                              # from nginx 1.25 on; before: add `http2` to the two lines above
    ssl_certificate     /etc/letsencrypt/live/@NAME@/fullchain.pem;   # put your own files here
    ssl_certificate_key /etc/letsencrypt/live/@NAME@/privkey.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:retrovue_tls:10m;
    ssl_session_timeout 1d;
"""

_CLOSED: Final = """\
    # What operates the station is closed here. Control rooms on this machine use the station's own port.
    location ~ ^/(api|metrics)(/|$) {
        return 404;
    }
"""

_CONTROL: Final = """\
    # For operators, with the station's token. Events are a stream: nothing is kept back.
    location ~ ^/(api|metrics)(/|$) {
        proxy_pass http://retrovue_station;
        proxy_buffering off;
        proxy_read_timeout 1h;
        client_max_body_size 1m;
    }
"""

_SITE: Final = """\
# A station of retrovue-tui behind nginx, for the `http` context: /etc/nginx/conf.d/retrovue.conf.
# retrovue.toml needs, below [server]:  trusted_proxies = ["127.0.0.1"]  (the address of this nginx), and a token.
# Viewers of HLS that nginx answers from its cache are not in the station's list of clients.

proxy_cache_path "@CACHE@" levels=1:2 keys_zone=retrovue:10m max_size=@GB@g inactive=30m use_temp_path=off;
limit_conn_zone $binary_remote_addr zone=retrovue_streams:10m;

# The cache keeps one form of each answer: playlists below /hls/ are compressed by the station, so that nginx need not
# compress them for each client.
map $uri $retrovue_encoding {
    default $http_accept_encoding;
    ~^/hls/ gzip;
    ~^/iptv/channel/.*m3u8$ "";
}

upstream retrovue_station {
    server @UPSTREAM@ max_fails=0;
    keepalive 32;
}

server {
@LISTEN@    server_name @NAME@;
    server_tokens off;
    access_log off;                          # addresses may contain tokens
    keepalive_timeout 75s;
    reset_timedout_connection on;
    send_timeout 30s;
    client_max_body_size 64k;

    # Addresses in playlists are those that clients use here, and limits count for the client. Do not set headers in
    # the locations below: these would then have no effect there.
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header Accept-Encoding $retrovue_encoding;
    proxy_connect_timeout 5s;

    # HLS. The key has the whole address, so a token counts for every request. Each file is fetched once, while all
    # others wait for it; if the station is restarted, clients get what there is.
    location /hls/ {
        proxy_pass http://retrovue_station;
        proxy_cache retrovue;
        proxy_cache_key $request_uri;
        proxy_cache_lock on;
        proxy_cache_lock_timeout 10s;
        proxy_cache_use_stale updating error timeout http_502 http_503 http_504;
        proxy_ignore_headers Vary;               # there is one form of each file; nginx unpacks it for old clients
        gunzip on;
        gzip_vary on;
        sendfile on;
        tcp_nopush on;
        add_header X-Cache $upstream_cache_status;
    }
    location ~ ^/iptv/(channel/[^/]+\\.m3u8|art/|logo/|picture/) {
        proxy_pass http://retrovue_station;
        proxy_cache retrovue;
        proxy_cache_key $scheme$http_host$request_uri;
        proxy_cache_lock on;
        proxy_cache_use_stale updating error timeout http_502 http_503 http_504;
    }

    # Continuous streams, of the present and the past: every byte at once, for hours.
    location ~ ^/(iptv/channel/[^/]+\\.ts$|auto/|hdhr/) {
        proxy_pass http://retrovue_station;
        proxy_buffering off;
        proxy_read_timeout 1m;
        tcp_nodelay on;
        limit_conn retrovue_streams 40;      # streams of one address
    }

@CONTROL@
    # Pages, playlist, guide, tuner.
    location / {
        proxy_pass http://retrovue_station;
        proxy_read_timeout 1m;
    }
}
"""

_COMPLETE: Final = """\
# A complete nginx for a station of retrovue-tui: nginx -c THIS_FILE
worker_processes auto;
worker_rlimit_nofile 65536;
error_log stderr warn;

events {
    worker_connections 16384;
    multi_accept on;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    open_file_cache max=4096 inactive=60s;

@SITE@}
"""
