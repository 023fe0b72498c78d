"""A change of the config while the station is on air: finds out which parts take effect at once, and which only after a
restart."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from retrovue_tui.loopback import is_loopback
from retrovue_tui.text.durations import duration_text

if TYPE_CHECKING:
    from retrovue_tui.config.station_config import ChannelConfig, Config, ServerConfig

WHOLE: Final = ("ffmpeg", "house", "library", "pools", "prepare", "hdhomerun", "hls", "audience")
"""The tables and keys from which the station is built. A change of them takes effect only after a restart."""
TOKENS: Final = ("token", "viewer_token")
"""The keys of [server] that take effect at once. Its other keys take effect after a restart."""
_KEYS: Final = {"video_kbps": "video_bitrate", "audio_kbps": "audio_bitrate"}
"""The fields of the config whose key in the file has another name."""
RESTART: Final = (
    "takes effect after a restart: `retrovue-tui stop`, then `retrovue-tui run`; or q and R in the control room that"
    " started the station"
)


@dataclass(frozen=True)
class ConfigChange:
    """The result of a changed config: the config to use from now on; the changed, new and removed channels; whether a
    token changed; and the messages to show."""

    config: Config
    channels: tuple[ChannelConfig, ...] = ()
    added: tuple[ChannelConfig, ...] = ()
    removed: tuple[str, ...] = ()
    tokens: bool = False
    applied: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def revise(old: Config, new: Config) -> ConfigChange:
    """Compare two configs, and return the change for a running station. Values of [server] from the command line
    stay."""
    applied = [f"name is {new.name!r}"] if old.name != new.name else []
    applied += ["[alerts]"] if old.alerts != new.alerts else []
    later = [text for name in WHOLE for text in _differing_table(old, new, name)]
    server, tokens, waiting = _server(old, new)
    applied += [f"[server] {name}" for name in tokens]
    later += waiting
    before = {each.id: each for each in old.channels}
    channels: list[ChannelConfig] = []
    changed, added = [], []
    for wanted in new.channels:
        was = before.get(wanted.id)
        now = _with_loaded_pool(wanted, was, old)
        if now is not wanted:
            later.append(f"pool {wanted.pool!r} of channel {wanted.id!r}, which is new")
        channels.append(now)
        if was is None:
            added.append(now)
            applied.append(f"channel {now.id!r} is new")
        elif was != now:
            changed.append(now)
            applied += [f"channel {now.id!r}: {name} = {_value(value)}" for name, value in _differing(was, now)]
    remaining = {each.id for each in new.channels}
    removed = tuple(id for id in before if id not in remaining)
    applied += [f"channel {id!r} was removed" for id in removed]
    written = replace(old.server_written or old.server, **tokens)  # the other keys are compared again next time
    config = replace(
        old, name=new.name, alerts=new.alerts, server=server, server_written=written, channels=tuple(channels)
    )
    return ConfigChange(config, tuple(changed), tuple(added), removed, bool(tokens), tuple(applied), tuple(later))


def _with_loaded_pool(wanted: ChannelConfig, was: ChannelConfig | None, old: Config) -> ChannelConfig:
    """Return the channel's config. If its pool is new, and so takes effect after a restart, the channel keeps the
    pool that it had."""
    if wanted.pool in (None, *old.pools):
        return wanted
    return replace(wanted, pool=None if was is None else was.pool)


def _server(old: Config, new: Config) -> tuple[ServerConfig, dict[str, Any], list[str]]:
    """Return the [server] table to use from now on, its changed keys, and messages about the keys that take effect only
    after a restart."""
    before, now = old.server_written or old.server, new.server
    keys = [name for name, _ in _differing(before, now)]
    waiting = [f"[server] {name}" for name in keys if name not in TOKENS]
    if "token" in keys and not now.token and not is_loopback(old.server.host):
        return old.server, {}, [*waiting, f"[server] token: {old.server.host} is open to other machines, and needs one"]
    tokens = {name: getattr(now, name) for name in keys if name in TOKENS}
    return replace(old.server, **tokens), tokens, waiting


def _differing_table(old: Config, new: Config, name: str) -> list[str]:
    """Return the names of the keys that differ in the table `name`. If `name` is not a table, return `name` itself."""
    was, now = getattr(old, name), getattr(new, name)
    if was == now:
        return []
    if not is_dataclass(was):
        return [_place(name)]
    return [f"[{name}] {_KEYS.get(key, key)}" for key, _ in _differing(was, now)]


def _place(name: str) -> str:
    return name if name == "ffmpeg" else f"[{name}]"


def _differing(was: Any, now: Any) -> list[tuple[str, Any]]:
    pairs = [(each.name, getattr(was, each.name), getattr(now, each.name)) for each in fields(now)]
    return [(name, new) for name, old, new in pairs if old != new]


def _value(value: object) -> str:
    """Return a value as text for a message. A table such as the plan is too long for a message, and addresses of
    outputs may contain secrets, so they are only mentioned."""
    if is_dataclass(value) or isinstance(value, tuple):
        return "as it is now in the file"
    if isinstance(value, timedelta):
        value = duration_text(value)
    return "none" if value is None else repr(str(value) if isinstance(value, Path) else value)
