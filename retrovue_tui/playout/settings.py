"""A changed config while the station is on air: what of it counts at once, and what only when it is started anew."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from retrovue_tui.config import ChannelConfig, Config

WHOLE: Final = ("ffmpeg", "server", "house", "library", "pools", "prepare")
"""Tables and keys that the station is built from: they count from the next start on."""


@dataclass(frozen=True)
class Revision:
    """What a changed config comes to: the one to go on with, its channels that are others now, and what to say."""

    config: Config
    channels: tuple[ChannelConfig, ...] = ()
    applied: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def revise(old: Config, new: Config) -> Revision:
    """How a running station goes from one config to another."""
    applied, later = [], [_place(name) for name in WHOLE if getattr(old, name) != getattr(new, name)]
    if old.name != new.name:
        applied.append(f"name is {new.name!r}")
    before = {each.id: each for each in old.channels}
    after = {each.id: each for each in new.channels}
    changed = []
    for id, now in after.items():
        was = before.get(id)
        if was is None:
            later.append(f"channel {id!r} is new")
        elif was != now and now.pool in (None, *old.pools):
            changed.append(now)
            applied += [f"channel {id!r}: {name} = {_value(value)}" for name, value in _differing(was, now)]
        elif was != now:
            later.append(f"channel {id!r} has a pool that is new")
    later += [f"channel {id!r} is gone" for id in before if id not in after]
    kept = {each.id: each for each in changed}
    channels = tuple(kept.get(each.id, each) for each in old.channels)
    return Revision(replace(old, name=new.name, channels=channels), tuple(changed), tuple(applied), tuple(later))


def _place(name: str) -> str:
    return name if name == "ffmpeg" else f"[{name}]"


def _differing(was: ChannelConfig, now: ChannelConfig) -> list[tuple[str, Any]]:
    pairs = [(each.name, getattr(was, each.name), getattr(now, each.name)) for each in fields(now)]
    return [(name, new) for name, old, new in pairs if old != new]


def _value(value: object) -> str:
    return "none" if value is None else repr(value)
