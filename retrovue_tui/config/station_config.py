"""The configuration of a station as values, and the paths of its home. `config_file` reads it from `retrovue.toml`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from retrovue_tui.config.alerts import AlertsConfig
from retrovue_tui.config.audience import AudienceConfig
from retrovue_tui.config.hdhomerun import HdHomeRunConfig
from retrovue_tui.config.hls import HlsConfig
from retrovue_tui.config.prepare import PrepareConfig
from retrovue_tui.files.user_folders import data_folder
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Network, IPv6Network

    from retrovue_tui.config.output import OutputConfig
    from retrovue_tui.config.plan import ChannelPlan

FILE_NAME: Final = "retrovue.toml"
POOL_FILE: Final = "pool.toml"
"""The name of the file with a pool's rules, in each of the pool's folders."""
HOME_VARIABLE: Final = "RETROVUE_HOME"
PROFILES: Final = ("240p", "360p", "480p", "720p", "1080p")
AtEnd = Literal["loop", "slate"]
OnStart = Literal["clock", "resume", "top"]
OnRemove = Literal["finish", "cut"]
_NTSC: Final = FrameRate(30_000, 1_001)


@dataclass(frozen=True)
class ServerConfig:
    """[server]: where the station listens, and who may connect.

    `token`: clients must send this token to operate the station; None: every client may, which is allowed on loopback
    only. `viewer_token`: clients may watch and read the guide with it; None: it is computed from `token`. `base_url`:
    the address that clients use if the station is behind a proxy. `trusted_proxies`: the networks of proxies whose
    X-Forwarded headers are believed. `max_catchup`: how many viewers may watch the past.
    """

    host: str = "127.0.0.1"
    port: int = 8480
    token: str | None = field(default=None, repr=False)
    viewer_token: str | None = field(default=None, repr=False)
    base_url: str | None = None
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    max_viewers: int = 2_000
    max_viewers_per_address: int = 200
    max_catchup: int = 50


@dataclass(frozen=True)
class HouseConfig:
    """[house]: the house format. Bitrates are in kbit/s (`video_kbps` None: the profile's own). `loudness` is in LUFS;
    None: levels stay as they are."""

    profile: str = "720p"
    rate: FrameRate = _NTSC
    video_kbps: int | None = None
    audio_kbps: int = 128
    loudness: float | None = -23.0


@dataclass(frozen=True)
class LibraryConfig:
    """[library]: the folders of programmes, and the preferred languages of their sound, best first."""

    programmes: tuple[Path, ...] = ()
    audio: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelConfig:
    """[[channel]]: one channel.

    `at_end`: what follows the last entry of the rundown. `on_start`: the place in the rundown at which the channel
    begins when the station starts: the place for the current time, the place at which the channel stopped, or the
    start. `on_remove`: what happens if the entry on air is removed from the rundown: it airs to its end, or it is cut
    at once. `timezone`: the zone of its local times; None: the machine's. `plan`: how the station plans its rundown;
    None: people write it. `logo`: a PNG or JPEG file; None: the station draws one. `catchup`: how far back viewers can
    watch what aired; 0: not at all. `outputs`: the addresses to which the station sends the stream. `scte35`: whether
    its stream has splice messages for its breaks. `renditions`: the profiles of its lower qualities, the best first.
    """

    id: str
    number: int
    name: str
    pool: str | None = None
    at_end: AtEnd = "loop"
    on_start: OnStart = "clock"
    on_remove: OnRemove = "finish"
    group: str | None = None
    logo: Path | None = None
    timezone: str | None = None
    plan: ChannelPlan | None = None
    catchup: timedelta = timedelta()
    outputs: tuple[OutputConfig, ...] = ()
    scte35: bool = False
    renditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """The configuration of a station, after all checks."""

    home: Path
    name: str = "RetroVue"
    ffmpeg: Path | None = None
    server: ServerConfig = field(default_factory=ServerConfig)
    hdhomerun: HdHomeRunConfig = field(default_factory=HdHomeRunConfig)
    hls: HlsConfig = field(default_factory=HlsConfig)
    alerts: AlertsConfig = field(default_factory=AlertsConfig)
    audience: AudienceConfig = field(default_factory=AudienceConfig)
    house: HouseConfig = field(default_factory=HouseConfig)
    library: LibraryConfig = field(default_factory=LibraryConfig)
    pools: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    channels: tuple[ChannelConfig, ...] = ()
    cache: Path | None = None
    """The folder of prepared pieces; None: the default folder in the home."""
    server_written: ServerConfig | None = field(default=None, repr=False)
    """The table [server] of the file, if options of the command line override it."""

    @property
    def path(self) -> Path:
        """The path of `retrovue.toml`."""
        return self.home / FILE_NAME

    def rundown_path(self, channel_id: str) -> Path:
        """Return the path of a channel's rundown."""
        return self.home / "channels" / f"{channel_id}.ffconcat"

    @property
    def state_dir(self) -> Path:
        """The folder of air lists, the as-run log and the lock file. People do not edit these files."""
        return self.home / "state"

    @property
    def cache_dir(self) -> Path:
        """The folder of prepared pieces. People may delete it while the station is off."""
        return self.cache or self.home / "cache"

    @property
    def logs_dir(self) -> Path:
        """The folder of the log files, with the output of the station and of its FFmpeg processes."""
        return self.home / "logs"

    @property
    def spot_folders(self) -> tuple[Path, ...]:
        """The folders of all pools. A file from one of them is a spot unless the rundown says otherwise."""
        return tuple(folder for folders in self.pools.values() for folder in folders)


def default_home() -> Path:
    """Return `$RETROVUE_HOME`; by default, `retrovue-tui` in the XDG data folder."""
    if named := os.environ.get(HOME_VARIABLE):
        return Path(named).expanduser().absolute()
    return data_folder()
