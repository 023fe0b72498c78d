"""Combines what was measured of a programme into break candidates. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from retrovue_tui.break_candidate import BreakCandidate
from retrovue_tui.media.analysis.measuring.picture_events import blacks, credits_from, cuts, floor_of, joined
from retrovue_tui.media.analysis.measuring.sound_track import SoundTrack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from retrovue_tui.break_candidate import CandidateKind
    from retrovue_tui.media.analysis.measuring.picture_events import Black
    from retrovue_tui.media.analysis.measuring.signals import FileMark, Signals, Span
    from retrovue_tui.media.analysis.measuring.sound_track import Silence

EDGE_S: Final = 60
"""There is no candidate in this much of the programme's beginning and end (s)."""
_DROP_DB: Final = 12.0
"""Sound that becomes this much quieter than the sound around it is a pause, even if it is no silence."""
_SLIGHT_DROP_DB: Final = 8.0
_SNAP_S: Final = 2.0
"""A mark moves to a black picture, or to silence, that is not farther away than this (s)."""
_SNAP_CUT_S: Final = 1.0
_APART_S: Final = 1.0
"""Of candidates that are closer together than this, only the best stays (s)."""
_BRIEF: Final = 3
"""Black of fewer frames than this is a flash, unless there is a long enough silence around it."""
_BRIEF_SILENCE_S: Final = 0.3
_LEAST_SILENCE_S, _LEAST_SCENE_SILENCE_S = 0.4, 0.2
"""A shorter silence is only a pause between two words: alone, and together with a cut (s)."""
_SILENT_SHARE: Final = 0.4
"""Black in silence is silent for at least this share of its frames; less is a pause between two words."""
_GREY: Final = 24
_LONG_S, _SHORT_S = 1.0, 0.5
_EVEN_MARKS: Final = 4
"""From this many chapters on, chapters of exactly equal length were made by a program."""


@dataclass(frozen=True)
class _Found:
    """A candidate before the choice; `silent`: there is silence at it."""

    frame: int
    kind: CandidateKind
    score: float
    why: str
    silent: bool = False


def find_candidates(signals: Signals) -> list[BreakCandidate]:
    """Return the break candidates of a programme, sorted by frame.

    The best are fades to black in silence, then black in silence, chapters, silence with a cut, black alone, silence
    alone, a cut alone. Where sound goes on, only black pictures and explicit marks count, with a low score. There is
    none in the first and last minute, and none in recognisable end credits.
    """
    rate = signals.rate
    sound = SoundTrack(signals.levels, rate)
    floor = floor_of([*signals.survey, *(look for window in signals.windows for look in window)])
    runs = [(run.first, run.end) for run in signals.packets.runs]
    dark = joined([black for window in signals.windows for black in blacks(window, floor)], runs)
    scenes = [cut for window in signals.windows for cut in cuts(window)]
    natural = [
        *_from_blacks(dark, sound),
        *_from_silences(sound, dark, scenes),
        *_from_scenes(scenes, sound, dark),
    ]
    marked = _from_marks(signals.marks, natural, scenes, sound, signals)
    edge = rate.count(EDGE_S)
    credits_at = credits_from(signals.survey, floor, signals.frames, 2 * edge)
    last = signals.frames - edge if credits_at is None else min(signals.frames - edge, credits_at)
    usable = [each for each in (*marked, *natural) if edge <= each.frame <= last]
    return [
        BreakCandidate(each.frame, round(float(rate.seconds(each.frame)), 3), each.kind, round(each.score, 2), each.why)
        for each in _apart(usable, rate.count(_APART_S))
    ]


def _from_blacks(dark: Iterable[Black], sound: SoundTrack) -> Iterator[_Found]:
    for black in dark:
        too_brief = black.end - black.first < _BRIEF and sound.silence_s((black.first, black.end)) < _BRIEF_SILENCE_S
        if not (too_brief and sound.there):
            yield _at_black(black, sound)


def _at_black(black: Black, sound: SoundTrack) -> _Found:
    span = (black.first, black.end)
    silent, drop = sound.silent_share(span), sound.drop_db(span)
    bonus = (0.08 if black.fades else 0.0) - (0.02 if black.level > _GREY else 0.0)
    frames = f"{_look_of(black)} for {black.end - black.first} frames"
    kind: CandidateKind = "fade" if black.fades else "black"
    frame = sound.quietest(span)
    if silent >= _SILENT_SHARE:
        score = 0.52 if black.end - black.first < _BRIEF else 0.88
        kind = "fade" if black.fades else "black and silence"
        return _Found(frame, kind, score + bonus, f"{frames}, in silence", silent=True)
    if not sound.there:
        return _Found(frame, kind, 0.64 + bonus, f"{frames}; there is no sound")
    if silent > 0:
        return _Found(frame, kind, 0.4 + bonus, f"{frames}, with only a short pause of the sound")
    if drop >= _DROP_DB:
        return _Found(frame, kind, 0.55 + bonus, f"{frames}; the sound drops by {drop:.0f} dB")
    return _Found(frame, kind, 0.34 + bonus, f"{frames}, but the sound goes on")


def _look_of(black: Black) -> str:
    picture = "fade to black" if black.fades_out else "fade from black" if black.fades_in else "black"
    return picture.replace("black", "grey black") if black.level > _GREY else picture


def _from_silences(sound: SoundTrack, dark: Sequence[Black], scenes: Sequence[int]) -> Iterator[_Found]:
    for silence in sound.silences:
        if any(black.first <= silence.end and silence.first <= black.end for black in dark):
            continue
        length = f"silence of {silence.seconds:.1f} s"
        cut = _cut_in(silence, scenes) if silence.seconds >= _LEAST_SCENE_SILENCE_S else None
        if cut is not None:
            score = 0.56 if silence.seconds >= _LONG_S else 0.46 if silence.seconds >= _SHORT_S else 0.3
            yield _Found(cut, "silence and scene", score, f"{length}, and a new scene", silent=True)
        elif silence.seconds >= _LEAST_SILENCE_S:
            frame = sound.quietest((silence.first, max(silence.end, silence.first + 1)))
            yield _Found(frame, "silence", min(0.4, 0.12 + 0.14 * silence.seconds), length, silent=True)


def _cut_in(silence: Silence, scenes: Sequence[int]) -> int | None:
    """Return the cut in a silence that is nearest to its middle; None if there is none."""
    inside = [cut for cut in scenes if silence.first - 2 <= cut <= silence.end + 2]
    return min(inside, key=lambda cut: abs(2 * cut - silence.first - silence.end), default=None)


def _from_scenes(scenes: Iterable[int], sound: SoundTrack, dark: Sequence[Black]) -> Iterator[_Found]:
    for cut in scenes:
        if any(black.first <= cut <= black.end for black in dark):
            continue
        drop = sound.drop_db((cut - 1, cut + 1))
        if not sound.there:
            yield _Found(cut, "scene", 0.2, "a new scene; there is no sound")
        elif drop >= _SLIGHT_DROP_DB:
            yield _Found(cut, "scene", 0.2, f"a new scene; the sound drops by {drop:.0f} dB")


def _from_marks(
    marks: Sequence[FileMark], natural: Sequence[_Found], scenes: Sequence[int], sound: SoundTrack, signals: Signals
) -> Iterator[_Found]:
    by_program = _are_even([mark.frame for mark in marks if mark.kind == "chapter"])
    snap, snap_cut = signals.rate.count(_SNAP_S), signals.rate.count(_SNAP_CUT_S)
    for mark in marks:
        what = _described(mark)
        near = [each for each in natural if abs(each.frame - mark.frame) <= snap and each.kind != "scene"]
        best = max(near, key=lambda each: (each.score, -abs(each.frame - mark.frame)), default=None)
        cut = min(scenes, key=lambda scene: abs(scene - mark.frame), default=None)
        if best is not None and (best.silent or best.kind in ("fade", "black")):
            score = min(1.0, max(0.7, best.score + 0.1) if best.silent else max(0.5, best.score + 0.1))
            yield _Found(best.frame, mark.kind, score, f"{what}; {best.why}", best.silent)
        elif by_program and mark.kind == "chapter":
            yield _Found(mark.frame, "chapter", 0.3, f"{what}, one of many of exactly the same length")
        elif cut is not None and abs(cut - mark.frame) <= snap_cut:
            quiet = _is_quiet(sound, (cut - 1, cut + 1))
            yield _Found(cut, mark.kind, 0.6 if quiet else 0.48, f"{what}, and a new scene")
        elif _is_quiet(sound, (mark.frame, mark.frame + 1)):
            yield _Found(mark.frame, mark.kind, 0.55, what)
        else:
            yield _Found(mark.frame, mark.kind, 0.42, f"{what}, but the sound goes on")


def _is_quiet(sound: SoundTrack, span: Span) -> bool:
    return not sound.there or sound.drop_db(span) >= _DROP_DB


def _described(mark: FileMark) -> str:
    name = "chapter" if mark.kind == "chapter" else "EDL"
    return f'{name} "{mark.title}"' if mark.title else name


def _are_even(frames: Sequence[int]) -> bool:
    lengths = [later - earlier for earlier, later in pairwise(frames)]
    return len(lengths) >= _EVEN_MARKS - 1 and max(lengths) - min(lengths) <= 2


def _apart(found: Iterable[_Found], least: int) -> list[_Found]:
    """Return the best of the candidates that are closer together than `least` frames, sorted by frame. A chapter or an
    EDL mark gives its name to a better candidate at the same place."""
    kept: list[_Found] = []
    for each in sorted(found, key=lambda one: (-one.score, one.frame)):
        near = next((other for other in kept if abs(other.frame - each.frame) < least), None)
        if near is None:
            kept.append(each)
        elif each.kind in ("chapter", "edl") and near.kind not in ("chapter", "edl"):
            kept[kept.index(near)] = replace(near, kind=each.kind, why=f"{each.why}; {near.why}")
    return sorted(kept, key=lambda one: one.frame)
