"""HLS in the configuration: [hls]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.config.form import Form

HLS_KEYS: Final = ("enabled", "window", "idle", "target", "folder", "cache_gb", "cue_tags")
_TARGETS: Final = (timedelta(seconds=3), timedelta(seconds=30))
_WINDOWS: Final = (timedelta(minutes=1), timedelta(hours=24))
_IDLES: Final = (timedelta(seconds=30), timedelta(hours=24))


@dataclass(frozen=True)
class HlsConfig:
    """[hls]: the channels as segments and playlists.

    `window`: how far back a playlist reaches. `idle`: after this time without a request, a channel makes no more
    segments. `target`: the longest segment. `folder`: where playlists and segments are written for a web server; they
    are then made all the time. None: below the cache, and only while somebody asks for them. `cache_gb`: the most that
    the segments of all channels may take. `cue_tags`: playlists mark breaks for older tools too.
    """

    enabled: bool = True
    window: timedelta = timedelta(minutes=15)
    idle: timedelta = timedelta(seconds=60)
    target: timedelta = timedelta(seconds=6)
    folder: Path | None = None
    cache_gb: float = 10.0
    cue_tags: bool = False

    @cached_property
    def target_s(self) -> int:
        """The target duration of the playlists: whole seconds, as they state it."""
        return round(self.target.total_seconds())

    @property
    def cache_bytes(self) -> int:
        """`cache_gb` in bytes."""
        return int(self.cache_gb * 1_000_000_000)


def read_hls(form: Form, table: dict[str, Any]) -> HlsConfig:
    """Return the settings of the table [hls]; the form collects its problems."""
    form.unknown(table, "hls")
    folder = form.text(table, "hls", "folder", None)
    return HlsConfig(
        enabled=form.flag(table, "hls", "enabled", True),
        window=form.duration(table, "hls", "window", HlsConfig.window, *_WINDOWS),
        idle=form.duration(table, "hls", "idle", HlsConfig.idle, *_IDLES),
        target=form.duration(table, "hls", "target", HlsConfig.target, *_TARGETS),
        folder=None if not folder else form.resolve(folder),
        cache_gb=form.number(table, "hls", "cache_gb", HlsConfig.cache_gb, 0.1, 1_000_000),
        cue_tags=form.flag(table, "hls", "cue_tags", False),
    )
