"""The files of a new home: the texts of `retrovue.toml` and of the rundowns, and how they are written."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Final

from retrovue_tui.cli.setup.plan_scope import ALL
from retrovue_tui.cli.setup.spot_folders import ADS, BUMPERS
from retrovue_tui.config.station_config import FILE_NAME
from retrovue_tui.errors import ConfigError
from retrovue_tui.files.atomic_write import write_atomically
from retrovue_tui.files.disk_errors import reason_of
from retrovue_tui.media.metadata.name_text import spaced
from retrovue_tui.media.metadata.programme_facts import MOST_TITLE, clean
from retrovue_tui.rundown.file_format.ffconcat import quote
from retrovue_tui.rundown.file_format.ffconcat_syntax import HEADER, write_mark
from retrovue_tui.rundown.plan_marks import BY_PLAN, WHY
from retrovue_tui.text.durations import duration_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from retrovue_tui.cli.setup.line_up import ChannelLineUp

BREAK_LENGTH: Final = timedelta(minutes=2)
"""The length of planned breaks if there are enough spots for it."""
_SPOTS_IN_A_BREAK: Final = 3
_WHY: Final = "in the line-up that `init` made"
_CONFIG: Final = """\
# Made by `retrovue-tui init`. Change what you like; `retrovue-tui check` reports mistakes.
name = "RetroVue"

[server]
port = 8480                       # host = "127.0.0.1"; any other host needs a token = "…"

[house]                           # every file is converted to this format once
profile = "{profile}"                  # 240p, 360p, 480p, 720p, 1080p
rate = {rate:<27}# 24000/1001, 25, 30000/1001, 50, 60000/1001

[library]                         # folders of programmes; the station notices new files in them
programmes = {folders}

{pools}
"""
_PLAN: Final = """
[channel.plan]                    # the station extends the rundown by itself; see the README
programmes = {programmes}
order = "series"                  # or "shuffle", "random"
breaks = "natural"                # or "chapters", "every 10m", "none"
break_length = {break_length}
# align = "30m"                   # programmes begin on the half hour
"""
_BUMPERS: Final = f"""\
break_in = "{BUMPERS}"              # the pool of the clips that open a break
# break_out = "{BUMPERS}"           # the pool of the clips that close it
"""
_NO_POOL: Final = """\
# [pools]                         # folders of spots, which fill the breaks
# ads = "/path/to/ads"            # then add: pool = "ads" to each channel"""


def refuse_existing(home: Path, channels: Sequence[str] = ()) -> None:
    """Raise `ConfigError` if the home has a config, or a rundown of one of these channels. Blocking."""
    for path in (home / FILE_NAME, *(_rundown_path(home, id) for id in channels)):
        if path.exists() or path.is_symlink():
            raise ConfigError(
                "it exists already, and `init` never overwrites a file; edit it, move it away, or choose another home"
                " with --home DIR", path,
            )  # fmt: skip


def write_home(home: Path, texts: Mapping[Path, str]) -> None:
    """Write the files of a new home, the config last. Raises `ConfigError` if a file exists, or cannot be written.
    Blocking."""
    refuse_existing(home)
    for path, text in texts.items():
        if path.exists():
            raise ConfigError("it exists already; move it away", path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise ConfigError(f"cannot be written: {reason_of(error)}", path) from error


def home_texts(
    home: Path, config: str, plans: Sequence[ChannelLineUp], spots: Mapping[str, Sequence[Path]]
) -> dict[Path, str]:
    """Return the text of each file of a new home, by its path."""
    texts = {_rundown_path(home, plan.id): rundown_text(home, plan, spots) for plan in plans}
    return texts | {home / FILE_NAME: config}


def config_text(
    home: Path,
    folders: Sequence[Path],
    pools: Mapping[str, Sequence[Path]],
    plans: Sequence[ChannelLineUp],
    house: tuple[str, str],
    globs: Sequence[Sequence[str]],
    break_length: timedelta = BREAK_LENGTH,
) -> str:
    """Return the text of `retrovue.toml`. `house` is the profile and the frame rate of the house format; `globs` name
    the programmes of each channel; `break_length` is that of planned breaks."""
    lines = [f"{name} = {_paths(home, some)}" for name, some in pools.items()]
    head = "[pools]                           # folders of spots, which fill the breaks"
    text = _CONFIG.format(
        profile=house[0], rate=_text(house[1]), folders=_list(home, folders),
        pools="\n".join([head, *lines]) if lines else _NO_POOL,
    )  # fmt: skip
    return text + "".join(
        _channel(plan, list(pools), some, break_length) for plan, some in zip(plans, globs, strict=True)
    )


def _channel(plan: ChannelLineUp, pools: Sequence[str], globs: Sequence[str], break_length: timedelta) -> str:
    """Return the table of a channel, with its plan. What it airs first is in its rundown."""
    lines = ["", "[[channel]]", f"id = {_text(plan.id)}", f"number = {plan.number}", f"name = {_text(plan.name)}"]
    lines += [f"pool = {_text(ADS)}"] if ADS in pools else []
    lines[-1] = f"{lines[-1]:<34}# its rundown is channels/{plan.id}.ffconcat"
    table = "\n".join(lines) + "\n"
    plan_table = _PLAN.format(programmes=_globs(globs), break_length=_text(duration_text(break_length)))
    return table + plan_table + (_BUMPERS if BUMPERS in pools else "")


def _globs(globs: Sequence[str]) -> str:
    if tuple(globs) == ALL:
        return f"[{_text(globs[0])}]"
    lines = ["[", "    # new episodes air by themselves; a new series or film airs once it is named here"]
    return "\n".join([*lines, *(f"    {_text(each)}," for each in globs), "]"])


def rundown_text(home: Path, plan: ChannelLineUp, spots: Mapping[str, Sequence[Path]]) -> str:
    """Return a channel's rundown as a script: its programmes, with a break after each if there are spots. The entries
    are marked as the plan's, so that it may change them."""
    lines = [
        HEADER,
        f"# {plan.name}: a plain FFmpeg concat script. You may edit it at any time, even on air.",
        "# The comments above the files are read by retrovue-tui.",
    ]
    breaks = _breaks(spots)
    for number, programme in enumerate(plan.programmes, 1):
        lines += ["", write_mark([("kind", "programme"), ("title", programme.label), BY_PLAN, (WHY, _WHY)])]
        lines.append(f"file {quote(_script_path(home, programme.file))}")
        for spot in next(breaks):
            title = clean(spaced(spot.stem), MOST_TITLE) or "Spot"
            lines.append(write_mark([("kind", "spot"), ("title", title), ("break", f"b{number}"), BY_PLAN]))
            lines.append(f"file {quote(_script_path(home, spot))}")
    return "\n".join(lines) + "\n"


def _breaks(spots: Mapping[str, Sequence[Path]]) -> Iterator[list[Path]]:
    """Yield the spots of one break after another: a bumper, and some ads. All spots take turns."""
    ads, bumpers = spots.get("ads", ()), spots.get("bumpers", ())
    next_ad, next_bumper = cycle(ads), cycle(bumpers)
    while True:
        opening = [next(next_bumper)] if bumpers else []
        yield opening + [next(next_ad) for _ in range(min(_SPOTS_IN_A_BREAK, len(ads)))]


def _rundown_path(home: Path, channel_id: str) -> Path:
    return home / "channels" / f"{channel_id}.ffconcat"


def _script_path(home: Path, file: Path) -> str:
    """Return a path as a rundown names it: relative if the file is in the home, so that the home can be moved."""
    if not file.is_relative_to(home) or any(mark in str(file) for mark in ":?#"):  # in FFmpeg these belong to a URL
        return str(file)
    return f"../{file.relative_to(home)}"


def _list(home: Path, folders: Sequence[Path]) -> str:
    if len(folders) == 1:
        return f"[{_path(home, folders[0])}]"
    return "".join(["[\n", *(f"    {_path(home, folder)},\n" for folder in folders), "]"])


def _paths(home: Path, folders: Sequence[Path]) -> str:
    return _path(home, folders[0]) if len(folders) == 1 else _list(home, folders)


def _path(home: Path, folder: Path) -> str:
    return _text(str(folder.relative_to(home)) if folder.is_relative_to(home) else str(folder))


def _text(value: str) -> str:
    """Return a text as a TOML string. A JSON string is one, except for the character DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
