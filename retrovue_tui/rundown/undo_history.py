"""Undo and redo of a channel's rundown. The history outlives a restart.

`History` is a value: the rundown's text, the edits that were made, and the edits that were undone. Each edit is stored
as the parts of the text that it changed. Only `load` and `save` touch the disk.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from retrovue_tui.rundown.break_edits import EditError
from retrovue_tui.rundown.file_format.file_write import write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

MOST_EDITS: Final = 500
MOST_CHARACTERS: Final = 16_000_000
"""The maximum number of characters of text that all edits together may contain. It also limits edits that change a
whole long rundown."""
OUTSIDE: Final = "changed outside the station"

_FORMAT: Final = 1


class Hunk(NamedTuple):
    """One change of the text: `inserted` replaced `removed` at character `at` (0-based) of the text before the edit."""

    at: int
    removed: str
    inserted: str


@dataclass(frozen=True)
class Edit:
    """One edit: its label for the operator, its changes from top to bottom, and the Unix time at which it was made
    (None: not known)."""

    label: str
    hunks: tuple[Hunk, ...]
    at: float | None = None

    @property
    def size(self) -> int:
        """Return how many characters of text the edit contains."""
        return len(self.label) + sum(len(hunk.removed) + len(hunk.inserted) for hunk in self.hunks)

    @cached_property
    def stored(self) -> bytes:
        """Return the edit as the history file stores it. It is kept, because every save writes all edits again."""
        return _json({"label": self.label, "at": self.at, "hunks": self.hunks})

    def done(self, text: str) -> str:
        """Apply the edit to the text before it, and return the text after it."""
        return _patched(text, self.hunks)

    def undone(self, text: str) -> str:
        """Undo the edit in the text after it, and return the text before it."""
        return _patched(text, inverse(self.hunks))


class UndoResult(NamedTuple):
    """The result of an undo or a redo: the history and the rundown's text after it, and the label of the edit."""

    history: History
    text: str
    label: str


@dataclass(frozen=True)
class History:
    """A channel's current rundown text, the edits that led to it, and the edits that were undone.

    `text` is None until a first text is known. `edits[:done]` led to the text; `edits[done:]` were undone. `revision`
    grows by one with every edit, undo and redo.
    """

    text: str | None = None
    revision: int = 0
    edits: tuple[Edit, ...] = ()
    done: int = 0

    def record(self, before: str, after: str, label: str, at: float | None = None) -> History:
        """Return the history with one more edit, made at Unix time `at`. Edits that were undone before can no longer be
        redone.

        If `before` is not the history's text, the rundown was changed without a record. That change is recorded as an
        edit of its own, so that every earlier edit can still be undone.
        """
        known = self.settled(before)
        return known if before == after else known._with(before, after, label, at)

    def carried(self, before: str, after: str) -> History:
        """Return the history after a change that is not an edit of its own, such as the plan's: undo and redo leave it
        in the text. Edits of the same lines, and those beyond them, are forgotten."""
        known = self.settled(before)
        if before == after:
            return known
        change = difference(before, after)
        done, undone = known.edits[: known.done], known.edits[known.done :]
        kept = tuple(
            dataclasses.replace(edit, hunks=inverse(hunks))
            for edit, hunks in _beside([inverse(edit.hunks) for edit in reversed(done)], reversed(done), change)
        )[::-1]
        later = tuple(
            dataclasses.replace(edit, hunks=hunks)
            for edit, hunks in _beside([edit.hunks for edit in undone], undone, change)
        )
        return History(after, known.revision + 1, (*kept, *later), len(kept))

    def settled(self, current: str) -> History:
        """Return the history, adjusted to the rundown's real text. Call this when the station starts, with the text in
        the rundown file.

        If the station ended after it saved an edit here but before it saved the rundown, the edit is marked as undone
        (or redone). Any other difference comes from another program, and becomes an edit that can be undone.
        """
        if self.text is None:
            return dataclasses.replace(self, text=current)
        if current == self.text:
            return self
        if self.done and self.edits[self.done - 1].undone(self.text) == current:
            return self._at(self.done - 1, current)
        if self.done < len(self.edits) and self.edits[self.done].done(self.text) == current:
            return self._at(self.done + 1, current)
        return self._with(self.text, current, OUTSIDE)

    def undo(self, current: str) -> UndoResult:
        """Undo the last edit. Raises `EditError` if there is no edit to undo, or if `current` is not the history's
        text."""
        if not self.done:
            raise EditError("there is nothing to undo")
        edit = self.edits[self.done - 1]
        text = edit.undone(self._checked(current, "undone"))
        return UndoResult(self._at(self.done - 1, text), text, edit.label)

    def redo(self, current: str) -> UndoResult:
        """Redo the last undone edit. Raises `EditError` in the same cases as `undo`."""
        if self.done == len(self.edits):
            raise EditError("there is nothing to redo: no edit was undone, or another one was made since")
        edit = self.edits[self.done]
        text = edit.done(self._checked(current, "redone"))
        return UndoResult(self._at(self.done + 1, text), text, edit.label)

    def _checked(self, current: str, what: str) -> str:
        if current != self.text:
            raise EditError(f"the rundown was changed since then, so nothing is {what}; look at it, and try again")
        return current

    def _at(self, done: int, text: str) -> History:
        return dataclasses.replace(self, text=text, done=done, revision=self.revision + 1)

    def _with(self, before: str, after: str, label: str, at: float | None = None) -> History:
        edits = (*self.edits[: self.done], Edit(label, difference(before, after), at))[-MOST_EDITS:]
        left = MOST_CHARACTERS
        kept = 0
        for edit in reversed(edits):
            left -= edit.size
            if left < 0 and kept:
                break
            kept += 1
        edits = edits[len(edits) - kept :]
        return History(after, self.revision + 1, edits, len(edits))


class Loaded(NamedTuple):
    """The result of `load`. If a history file exists but the history is empty, `warning` says why."""

    history: History
    warning: str | None = None


def load(path: Path) -> Loaded:
    """Return the history in a file. Empty if there is no file, or if the file is damaged. Blocking; raises nothing."""
    try:
        head, body = path.read_bytes().split(b"\n", 1)
        if json.loads(head) != _head(body):
            raise ValueError("its checksum does not match")
        return Loaded(_history(json.loads(body)))
    except FileNotFoundError:
        return Loaded(History())
    except OSError as error:
        reason = error.strerror or str(error)
    except (ValueError, TypeError, KeyError, RecursionError):
        reason = "it is damaged"
    return Loaded(History(), f"{path}: the undo history cannot be read: {reason}; earlier edits cannot be undone")


def save(history: History, path: Path) -> None:
    """Write a history. It is durably on the disk when this returns. Raises `RundownError`; the old file then stays as
    it is. Blocking.

    Save the history before the rundown to which it belongs: if the station ends between the two, `settled` repairs the
    history.
    """
    state = _json({"revision": history.revision, "text": history.text, "done": history.done})
    edits = b",".join(edit.stored for edit in history.edits)
    body = b'%s,"edits":[%s]}' % (state.removesuffix(b"}"), edits)
    write_file(path, b"%s\n%s" % (json.dumps(_head(body)).encode("ascii"), body))


def _json(data: dict[str, object]) -> bytes:
    # As ASCII, because names that are not UTF-8 contain lone surrogates.
    return json.dumps(data, separators=(",", ":")).encode("ascii")


def _head(body: bytes) -> dict[str, object]:
    return {"retrovue-history": _FORMAT, "sum": hashlib.blake2s(body, digest_size=16).hexdigest()}


def _history(state: Any) -> History:
    edits = tuple(
        Edit(edit["label"], tuple(Hunk(*hunk) for hunk in edit["hunks"]), edit.get("at")) for edit in state["edits"]
    )
    return History(state["text"], state["revision"], edits, state["done"])


def _patched(text: str, hunks: Sequence[Hunk]) -> str:
    parts: list[str] = []
    at = 0
    for begin, removed, inserted in hunks:
        parts += (text[at:begin], inserted)
        at = begin + len(removed)
    parts.append(text[at:])
    return "".join(parts)


def inverse(hunks: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """Return the changes that take these back. They are made to the text after them."""
    backwards, shift = [], 0
    for at, removed, inserted in hunks:
        backwards.append(Hunk(at + shift, inserted, removed))
        shift += len(inserted) - len(removed)
    return tuple(backwards)


def commuted(hunks: Sequence[Hunk], others: Sequence[Hunk], *, last: bool) -> tuple[Hunk, ...] | None:
    """Return changes of a text as changes of that text after `others`, which are made to the same text. Where both
    insert at the same place, `last` says whether these follow the others. None if both change the same place."""
    moved, shift, rest = [], 0, list(others)
    for hunk in hunks:
        while rest and (end := rest[0].at + len(rest[0].removed)) <= hunk.at:
            if not hunk.removed and end == hunk.at and rest[0].inserted:
                if rest[0].removed:
                    return None  # the one that replaces text would be divided
                if not last:
                    break
            shift += len(rest[0].inserted) - len(rest[0].removed)
            rest.pop(0)
        if rest and rest[0].at < hunk.at + len(hunk.removed):
            return None
        moved.append(hunk._replace(at=hunk.at + shift))
    return tuple(moved)


def _beside(
    steps: Sequence[Sequence[Hunk]], edits: Iterable[Edit], change: tuple[Hunk, ...]
) -> Iterator[tuple[Edit, tuple[Hunk, ...]]]:
    """Yield the edits with their steps away from a text, as steps away from the text after `change`. Ends at the first
    one that changes the same place."""
    for step, edit in zip(steps, edits, strict=True):
        moved, following = commuted(step, change, last=False), commuted(change, step, last=True)
        if moved is None or following is None:
            return
        yield edit, moved
        change = following


def difference(before: str, after: str) -> tuple[Hunk, ...]:
    """Return the differences of two texts as changes of whole lines. The result is small if few lines were changed or
    moved."""
    head, tail = _common(before, after)
    old = before[head : len(before) - tail].splitlines(keepends=True)
    new = after[head : len(after) - tail].splitlines(keepends=True)
    hunks, at, reached = [], head, 0
    for first, end, begin, stop in _changed(old, new):
        at += sum(map(len, old[reached:first]))
        removed = "".join(old[first:end])
        hunks.append(Hunk(at, removed, "".join(new[begin:stop])))
        at += len(removed)
        reached = end
    return tuple(hunks)


def _common(before: str, after: str) -> tuple[int, int]:
    """Return how many characters both texts share at their beginning and at their end, in whole lines. Most of a long
    text is unchanged by an edit."""
    head = _alike(min(len(before), len(after)), lambda low, high: before[low:high] == after[low:high])
    head = before.rfind("\n", 0, head) + 1
    ones, others = len(before), len(after)
    tail = _alike(
        min(ones, others) - head,
        lambda low, high: before[ones - high : ones - low] == after[others - high : others - low],
    )
    line_end = before.find("\n", ones - tail)
    return head, 0 if line_end < 0 else ones - line_end - 1


def _alike(most: int, same: Callable[[int, int], bool]) -> int:
    """Return the length of the common beginning of two texts, at most `most`. `same(low, high)` returns whether the
    texts agree in the range [low, high); the range is halved each time."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if same(low, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _changed(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the ranges [first, end) of `old` that became the ranges [begin, stop) of `new`, in order.

    The part between the first and the last difference is divided at a line that occurs exactly once in both texts. Each
    half is compared in the same way.
    """
    rest = [(0, len(old), 0, len(new))]
    while rest:
        first, end, begin, stop = rest.pop()
        while first < end and begin < stop and old[first] == new[begin]:
            first, begin = first + 1, begin + 1
        while first < end and begin < stop and old[end - 1] == new[stop - 1]:
            end, stop = end - 1, stop - 1
        if (first, begin) == (end, stop):
            continue
        anchor = _anchor(old[first:end], new[begin:stop])
        if anchor is None:
            yield first, end, begin, stop
        else:
            rest += (
                (first + anchor[0], end, begin + anchor[1], stop),
                (first, first + anchor[0], begin, begin + anchor[1]),
            )


def _anchor(old: list[str], new: list[str]) -> tuple[int, int] | None:
    """Return the indices, in `old` and `new`, of a line that occurs exactly once in each. If there are several, choose
    the one nearest to the middle. None if there is none."""
    if not old or not new:
        return None
    once_old = {line for line, count in Counter(old).items() if count == 1}
    once = {line for line, count in Counter(new).items() if count == 1} & once_old
    middle = len(old) // 2
    found = min((at for at, line in enumerate(old) if line in once), key=lambda at: abs(at - middle), default=None)
    return None if found is None else (found, new.index(old[found]))
