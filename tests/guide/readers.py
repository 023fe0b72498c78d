"""How clients read XMLTV, as their sources have it: Jellyfin, Kodi's pvr.iptvsimple, and TVHeadend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

JELLYFIN_TIME = re.compile(r"[0-9]{4,14}(\s[+-]*[0-9]{1,4})?")


def jellyfin_channel(tv: Element, tvg_id: str, number: str, name: str) -> str | None:
    """The guide's channel for a tuner's channel: by id, then by number, then by name."""
    channels = tv.findall("channel")
    if any(each.get("id") == tvg_id for each in channels):
        return tvg_id
    names = {str(each.get("id")): [str(one.text) for one in each.findall("display-name")] for each in channels}
    for id, shown in names.items():
        if next((one for one in shown if re.fullmatch(r"[0-9]+(\.[0-9]+)?", one)), id) == number:
            return id
    return next((id for id, shown in names.items() if any(_plain(one) == _plain(name) for one in shown)), None)


def _plain(name: str) -> str:
    return name.replace(" ", "").replace("-", "").casefold()


def jellyfin_is_movie(programme: Element) -> bool:
    """Whether it is a film: a category is exactly "movie"."""
    return any((each.text or "").casefold() == "movie" for each in programme.findall("category"))


def jellyfin_is_repeat(programme: Element) -> bool:
    """Whether it is a repeat; an airing that names its own start is not."""
    shown = programme.find("previously-shown")
    own = shown is not None and shown.get("start") == programme.get("start")
    return shown is not None and not own and programme.find("new") is None


def kodi_number(programme: Element) -> tuple[int | None, int | None]:
    """Season and episode from 1: from `xmltv_ns` or, without it, from `onscreen`. A third part spoils the episode."""
    numbers = {each.get("system"): each.text or "" for each in programme.findall("episode-num")}
    if "xmltv_ns" in numbers:
        season, _, rest = numbers["xmltv_ns"].partition(".")
        episode, _, part = rest.partition(".")
        assert part == "", "the reader would take the part for the episode"
        return int(season) + 1 if season else None, int(episode) + 1 if episode else None
    found = re.fullmatch(r"(?:s(\d+))?ep?(\d+)", re.sub(r"[ x_.]", "", numbers.get("onscreen", "").lower()))
    return (None, None) if found is None else (int(found[1]) if found[1] else None, int(found[2]))


def kodi_channel(tv: Element, tvg_id: str, tvg_name: str, name: str) -> str | None:
    """The guide's channel: by id, then by `tvg-name`, then by name."""
    channels = tv.findall("channel")
    if any(each.get("id") == tvg_id for each in channels):
        return tvg_id
    for wanted in (tvg_name, tvg_name.replace("_", " "), name):
        for each in channels:
            if wanted in [one.text for one in each.findall("display-name")]:
                return each.get("id")
    return None


def tvheadend_takes(programme: Element) -> bool:
    """Whether it is taken at all: it has a start, a stop after it, a title, and a system at each episode number."""
    start, stop, title = programme.get("start"), programme.get("stop"), programme.findtext("title")
    systems = all(each.get("system") for each in programme.findall("episode-num"))
    return bool(start and stop and start < stop and title and systems)
