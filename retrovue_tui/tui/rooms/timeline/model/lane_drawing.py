"""Draws the lanes of the timeline, cell by cell. Pure: no widget, no clock; styles are names that the view resolves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from retrovue_tui.tui.rooms.timeline.model.changes import Changes
from retrovue_tui.tui.rooms.timeline.model.geometry import clock_ticks, programme_ticks
from retrovue_tui.tui.text import glyphs, tally
from retrovue_tui.tui.widgets.canvas import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrovue_tui.protocol.answers.pictures import AssetFacts
    from retrovue_tui.tui.rooms.timeline.model.geometry import View
    from retrovue_tui.tui.rooms.timeline.model.line_plan import Break, Item, LinePlan

QUIETEST_DB: Final = -48.0
TITLED: Final = 14
"""A segment with at least this many columns shows its own title."""

QUIET: Final = "$quiet"
RULED: Final = "$line"
LABEL: Final = "$foreground"
PROGRAMME: Final = ("$foreground on $band", "$foreground on $panel")
PROGRAMME_QUIET: Final = ("$quiet on $band", "$quiet on $panel")
ON_AIR: Final = "bold $tally-air on $band"
PAST: Final = "$quiet on $surface"
SPOT: Final = ("$background on $tally-spot", "$background on $tally-spot 90%")
SPOT_PAST: Final = "$quiet on $tally-spot 12%"
BREAK: Final = "bold $tally-spot on $tally-spot 16%"
STAGED: Final = "bold $tally-next on $tally-next 18%"
STAGED_FILL: Final = "$tally-next 60% on $tally-next 18%"
MISSING: Final = "bold $tally-missing on $tally-missing 18%"
SOUND: Final = "$tally-good 75%"
SOUND_LOUD: Final = "$tally-hold"


@dataclass(frozen=True)
class Scene:
    """Everything that the lanes show, apart from the cursor and the playhead."""

    plan: LinePlan
    view: View
    changes: Changes = field(default_factory=Changes)
    facts: Mapping[str, AssetFacts] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)
    """Break name → the length that the operator requested (frames)."""


def clock_rows(scene: Scene) -> tuple[Row, Row]:
    """Return the time-of-day ruler: the row of labels, and the row of marks below it."""
    words, marks = Row(scene.view.width, QUIET), Row(scene.view.width, RULED)
    marks.fill(0, scene.view.width, glyphs.RULE, RULED)
    for tick in clock_ticks(scene.plan.axis, scene.view, _room(scene.view, 10)):
        column = scene.view.column(tick.frame)
        marks.put(column, glyphs.TICK if tick.label else glyphs.TICK_SMALL, QUIET if tick.label else RULED)
        if tick.label and column + len(tick.label) <= scene.view.width:
            words.text(column, scene.view.width, tick.label, LABEL)
    return words, marks


def programme_ruler(scene: Scene, item: Item | None) -> Row:
    """Return the ruler of the programme under the cursor, with positions in its file, drawn over the entry's
    columns."""
    row = Row(scene.view.width, QUIET)
    if item is None:
        row.text(0, scene.view.width, "nothing is planned for this time", QUIET)
        return row
    rate = scene.plan.axis.rate
    for tick in programme_ticks(rate, scene.view, item.start, item.end, item.row.in_frame, _room(scene.view, 13)):
        column = scene.view.column(tick.frame)
        row.put(column, glyphs.TICK_SMALL, RULED)
        if tick.label and column + len(tick.label) + 1 <= scene.view.width:
            row.text(column, scene.view.width, f"{glyphs.TICK_SMALL}{tick.label}", QUIET)
    for frame in (item.start, item.end):
        row.put(scene.view.column(frame), glyphs.WALL, QUIET)
    return row


def _room(view: View, least: int) -> int:
    return max(least, min(16, view.width // 8))


# ── programmes ───────────────────────────────────────────────────────────────────────────────────


def programme_rows(scene: Scene) -> tuple[Row, Row]:
    """Return two rows: the titles of the programmes; below them, the position in the file at which each segment begins,
    and its length."""
    names, times = Row(scene.view.width), Row(scene.view.width)
    column, width, view = 0, scene.view.width, scene.view
    pending: list[tuple[Item, int, int]] = []
    done: Item | None = None
    while column < width:
        item = scene.plan.at(view.frame(column)) or _within(scene, column)
        if item is not None and item == done:  # the last column of this segment belongs to the next one
            item = scene.plan.at(item.end)
        if item is None:
            column = _next_column(scene, column)
            continue
        end = max(column + 1, min(width, -(-item.end // view.step) - view.first))
        if item.end > view.frame(column) and item.end % view.step and end - 1 > column:
            end -= 1  # the column in which the next segment begins belongs to the next segment
        if not item.is_spot:
            _segment(scene, names, times, item, column, end)
            pending.append((item, column, end))
        column, done = end, item
    _titles(scene, names, times, pending)
    for gone in scene.plan.missing(view.left, view.end):
        if not gone.is_spot:
            names.put(view.column(gone.start), glyphs.MISSING, MISSING)
    return names, times


def _within(scene: Scene, column: int) -> Item | None:
    view = scene.view
    return next(iter(scene.plan.items(view.frame(column), view.frame(column + 1))), None)


def _next_column(scene: Scene, column: int) -> int:
    """Return the next column after `column` in which an entry airs; the view's width if there is none."""
    view = scene.view
    item = next(iter(scene.plan.items(view.frame(column), view.end)), None)
    return view.width if item is None else max(column + 1, view.column(item.start))


def _style(scene: Scene, item: Item) -> tuple[str, str]:
    """Return the style of an entry's title, and the style of its second row."""
    row = item.row
    if row.status == "missing":
        return MISSING, MISSING
    if row.id in scene.changes.by_id and item.index >= 0:
        return STAGED, STAGED_FILL
    if item.index < 0 or (row.status == "aired" and item.round == 0):
        return PAST, PAST
    shade = _shade(scene, item)
    if row.status == "on_air" and item.round == 0:
        return ON_AIR, PROGRAMME_QUIET[shade]
    return PROGRAMME[shade], PROGRAMME_QUIET[shade]


def _shade(scene: Scene, item: Item) -> int:
    show = scene.plan.show_of(item.index)
    return show.number % 2 if show else 0


def _segment(scene: Scene, names: Row, times: Row, item: Item, first: int, end: int) -> None:
    name_style, time_style = _style(scene, item)
    staged = item.index >= 0 and item.row.id in scene.changes.by_id
    names.fill(first, end, " ", name_style)
    times.fill(first, end, glyphs.SHADES[0] if staged else " ", time_style)
    if scene.view.column(item.start) == first:
        names.put(first, glyphs.EIGHTHS[0], name_style)
        times.put(first, glyphs.EIGHTHS[0], time_style)


def _titles(scene: Scene, names: Row, times: Row, segments: list[tuple[Item, int, int]]) -> None:
    """Write the title on each segment that has room for it. If no segment of a programme has room, write one title
    across the programme."""
    named: set[tuple[int, int]] = set()
    ends: dict[tuple[int, int], int] = {}
    shows = [scene.plan.show_of(item.index) if item.index >= 0 else None for item, _, _ in segments]
    keys = [(show.first if show else -1, item.round) for (item, _, _), show in zip(segments, shows, strict=True)]
    ends.update((key, stop) for key, (_, _, stop) in zip(keys, segments, strict=True))
    titled = {key for key, (_, first, end) in zip(keys, segments, strict=True) if end - first >= TITLED}
    for (item, first, end), show, key in zip(segments, shows, keys, strict=True):
        acts = show.acts if show else ()
        if end - first >= TITLED or len(acts) < 2:
            names.text(first + 1, end, f"{_mark(scene, item)}{item.row.title}{_act(item, acts)}")
            times.text(first + 1, end - 1, _extent(scene, item, end - first - 2))
        elif key not in named:
            named.add(key)
            names.text(first + 1, end if key in titled else ends[key], f"{_mark(scene, item)}{item.row.title}")


def _mark(scene: Scene, item: Item) -> str:
    """Return a glyph and a word for the entry's state, which its colour also shows; empty for a plain entry."""
    row = item.row
    if row.status == "missing":
        return f"{glyphs.MISSING} missing "
    if item.index >= 0 and (change := scene.changes.by_id.get(row.id)):
        return f"{glyphs.STAGED} {change} "
    if item.round == 0 and item.index >= 0:
        if row.status == "on_air":
            return f"{glyphs.AIR} AIR "
        if row.status == "locked":
            return f"{glyphs.LOCKED} locked "
    return ""


def _extent(scene: Scene, item: Item, room: int) -> str:
    """Return as much as fits into `room` cells: the position in the file at which an entry begins, and its length."""
    rate = scene.plan.axis.rate
    begin, length = rate.timecode(item.row.in_frame), _duration(scene, item.frames)
    for text in (f"{begin}  {length}", length):
        if len(text) <= room:
            return text
    return ""


def _duration(scene: Scene, frames: int) -> str:
    return duration(frames, scene.plan.axis.rate.nominal)


def duration(frames: int, nominal: int) -> str:
    """Return a length as `22:03` or `1:02:03`; below ten seconds, as seconds and frames: `7s12f`. `nominal`: frames per
    second, rounded."""
    seconds, rest = divmod(frames, nominal)
    if seconds < 10:
        return f"{seconds}s{rest:02d}f" if rest else f"{seconds}s"
    seconds = round(frames / nominal)
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes}:{seconds % 60:02d}"


# ── breaks ───────────────────────────────────────────────────────────────────────────────────────


def break_rows(scene: Scene) -> tuple[Row, Row]:
    """Return two rows: the breaks with their actual and requested lengths; below them, their spots."""
    heads, spots = Row(scene.view.width), Row(scene.view.width)
    view, plan = scene.view, scene.plan
    for item in plan.past_items(view.left, view.end):
        if item.is_spot:
            first = max(0, view.column(item.start))
            _aired(heads, spots, item, first, max(view.column(item.end), first + 1))
    frame = max(view.left, plan.air_from)
    while frame < view.end and (block := plan.break_over(frame)) is not None and block.start < view.end:
        first = max(view.column(frame), view.column(block.start))
        end = min(view.width, max(view.column(block.stop - 1), first) + 1)
        _block(scene, heads, spots, block, first, end)
        frame = view.frame(end)
    return _with_missing(scene, heads, spots)


def _with_missing(scene: Scene, heads: Row, spots: Row) -> tuple[Row, Row]:
    view = scene.view
    for gone in scene.plan.missing(view.left, view.end):
        column = view.column(gone.start)
        if gone.is_spot and 0 <= column < view.width and spots.styles[column] != MISSING:
            spots.put(column, glyphs.MISSING, MISSING)
    return heads, spots


def _aired(heads: Row, spots: Row, item: Item, first: int, end: int) -> None:
    """Draw a spot of the as-run log in the cells [first, end)."""
    heads.fill(first, end, " ", PAST)
    spots.fill(first, end, " ", SPOT_PAST)
    spots.text(first, end, f"{tally.SPOT_GLYPH} {item.row.title}")


def _act(item: Item, acts: Sequence[int]) -> str:
    """Return the number of a segment among the segments of its programme (`acts`: their row indices), like ` 2/3`;
    empty if there is only one."""
    return f"  {acts.index(item.index) + 1}/{len(acts)}" if len(acts) > 1 else ""


def _block(scene: Scene, heads: Row, spots: Row, block: Break, first: int, end: int) -> None:
    rows = scene.plan.rows[block.first : block.end]
    change = next((scene.changes.by_id[row.id] for row in rows if row.id in scene.changes.by_id), None)
    past = rows[-1].status == "aired" and block.round == 0
    style = STAGED if change else PAST if past else BREAK
    heads.fill(first, end, " ", style)
    heads.text(first, end, break_label(scene, block, change, end - first))
    spots.fill(first, end, " ", SPOT_PAST if past else SPOT[0])
    shown = scene.plan.spots(block)
    if end - first < 2 * len(rows) or end - first <= 2:
        _narrow(scene, spots, shown, first, end)
        return
    for number, each in enumerate(shown):
        left = max(first, scene.view.column(each.start))
        right = min(end, max(scene.view.column(each.end), left + 1))
        _spot(scene, spots, each, left, right, SPOT_PAST if past else SPOT[number % 2])


def _spot(scene: Scene, spots: Row, item: Item, left: int, right: int, shade: str) -> None:
    """Draw a spot in the columns [left, right) of a break that is wide enough to show its spots one by one."""
    staged = item.row.id in scene.changes.by_id
    missing = item.row.status == "missing"
    spots.fill(left, right, glyphs.SHADES[0] if staged else " ", MISSING if missing else STAGED if staged else shade)
    if right - left >= 3:
        mark = glyphs.MISSING if missing else glyphs.SPLIT if item.row.split else ""
        words = f"{mark} {item.row.title}" if mark else item.row.title
        spots.text(left, right - (1 if right - left > 6 else 0), f"{glyphs.EIGHTHS[0]}{words}")
    elif missing or item.row.split:
        spots.text(left, right, glyphs.MISSING if missing else glyphs.SPLIT)


def _narrow(scene: Scene, spots: Row, shown: Sequence[Item], first: int, end: int) -> None:
    """Draw a break that is too narrow to show its spots one by one. It takes the style of the most important state
    among them: missing, then staged."""
    if any(each.row.status == "missing" for each in shown):
        spots.fill(first, end, " ", MISSING)
        spots.text(first, end, glyphs.MISSING)
    elif any(each.row.id in scene.changes.by_id for each in shown):
        spots.fill(first, end, glyphs.SHADES[0], STAGED)
        spots.text(first, end, tally.SPOT_GLYPH)
    else:
        words = f"{glyphs.EIGHTHS[0]}{shown[0].row.title}" if end - first >= 3 else tally.SPOT_GLYPH
        if any(each.row.split for each in shown):  # groups of viewers see different versions of it
            words = f"{words[0]}{glyphs.SPLIT} {words[1:]}" if end - first >= 3 else glyphs.SPLIT
        spots.text(first, end, words)


def break_label(scene: Scene, block: Break, change: str | None, room: int) -> str:
    """Return the label of a break, like `◆ b2 1:30 short 4s`, shortened to at most `room` cells."""
    short = glyphs.STAGED if change else tally.SPOT_GLYPH
    if room < len("0:01"):
        return short
    glyph = f"{glyphs.STAGED} {change}" if change else short
    length, balance = _duration(scene, block.frames), against(scene, block)
    candidates = (
        f"{glyph} {block.name} {length} {balance}".rstrip(),
        f"{glyph} {length} {balance}".rstrip(),
        f"{glyph} {length}",
        f"{short} {length}",
        length,
    )
    return next((text for text in candidates if len(text) <= room), short)


def against(scene: Scene, block: Break) -> str:
    """Compare the length of a break with the requested length. Returns `short 4s`, `over 2s` or `on target`; empty if
    no length was requested."""
    target = scene.targets.get(block.name)
    if target is None:
        return ""
    nominal = scene.plan.axis.rate.nominal
    off = block.frames - target
    if abs(off) < nominal / 2:
        return "on target"
    return f"{'over' if off > 0 else 'short'} {duration(abs(off), nominal)}"


# ── sound ────────────────────────────────────────────────────────────────────────────────────────


def sound_rows(scene: Scene, height: int) -> list[Row]:
    """Return the audio envelope as `height` rows, the top row first. Each column shows the loudest value of its
    frames."""
    rows = [Row(scene.view.width) for _ in range(height)]
    view, rate = scene.view, scene.plan.axis.rate
    for item in known_items(scene):
        facts = scene.facts[item.row.file]
        if not facts.envelope:
            continue
        per = float(rate.fraction) * facts.envelope_s  # frames per value
        first, end = max(0, view.column(item.start)), min(view.width, view.column(item.end - 1) + 1)
        for column in range(first, end):
            low = item.asset(max(item.start, view.frame(column)))
            high = item.asset(min(item.end, view.frame(column + 1)))
            values = facts.envelope[int(low / per) : max(int(low / per) + 1, math.ceil(high / per))]
            if values:
                _bar(rows, column, max(values))
    return rows


def _bar(rows: list[Row], column: int, level_db: float) -> None:
    eighths = round(8 * len(rows) * min(1.0, max(0.0, 1 - level_db / QUIETEST_DB)))
    style = SOUND_LOUD if level_db > -3.0 else SOUND
    for number, row in enumerate(reversed(rows)):
        part = min(8, eighths - 8 * number)
        if part > 0:
            row.put(column, glyphs.LEVELS[part - 1], style)
    if not eighths:
        rows[-1].put(column, glyphs.LEVELS[0], RULED)


def known_items(scene: Scene) -> list[Item]:
    """Return the items in view whose break candidates and envelope are known; none if a column is longer than a
    minute."""
    if scene.view.step > 60 * scene.plan.axis.rate.nominal:
        return []
    return [item for item in scene.plan.items(scene.view.left, scene.view.end) if item.row.file in scene.facts]
