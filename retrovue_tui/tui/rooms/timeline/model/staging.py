"""Staged edits: the station checks each in a dry run, and then applies all of them as one change.

Only the station knows the effect of an edit. This module keeps the requested edits and the station's receipts.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from retrovue_tui.errors import RetrovueError
from retrovue_tui.protocol.client import Refused
from retrovue_tui.tui.text import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.protocol.answers.receipts import Receipt
    from retrovue_tui.protocol.answers.rundown import RundownSnapshot

Edit = dict[str, Any]
"""One edit, as the command `apply` takes it: `{"command": NAME, …}`."""


@dataclass(frozen=True)
class StagedStep:
    """The edits that one key staged; usually one edit. `target_s`: the requested length (s) of the break named
    `target_of`; `target_of` is empty for a new break, whose name the station chooses."""

    label: str
    edits: tuple[Edit, ...]
    target_s: float | None = None
    target_of: str = ""


def pinned(steps: Sequence[StagedStep], receipt: Receipt) -> list[StagedStep]:
    """Return the steps with the edits of the receipt, in which the station has filled in the spots and ids that it
    chose. The edits then have exactly the effect that was shown, whatever airs in the meantime."""
    edits = iter(receipt.edits)
    if len(receipt.edits) != sum(len(step.edits) for step in steps):  # older stations send none
        return list(steps)
    return [replace(step, edits=tuple(islice(edits, len(step.edits)))) for step in steps]


@dataclass(frozen=True)
class StagingOutcome:
    """The result of staging or applying. `done`: the station accepted. `text`: a message for the operator. `lost`: the
    station did not answer."""

    done: bool
    text: str
    lost: bool = False
    receipt: Receipt | None = None


class CommandSender(Protocol):
    """The part of the station's client that staging uses."""

    async def command(self, channel_id: str, name: str, **arguments: Any) -> Receipt:
        """Send a command for a channel, and return the station's receipt."""


@dataclass
class Staging:
    """The staged edits of one channel. `steps`: the staged ones. `undone`: unstaged by the operator, for redo.
    `dropped`: removed because the station refused them, or all at once by the operator. `revision`: the revision of the
    rundown that the steps apply to. `seen`: the resulting rundown; None if nothing is staged. Methods that send a
    command run one at a time."""

    line: CommandSender
    channel_id: str
    revision: int = 0
    steps: list[StagedStep] = field(default_factory=list)
    undone: list[StagedStep] = field(default_factory=list)
    dropped: list[StagedStep] = field(default_factory=list)
    seen: RundownSnapshot | None = None
    receipt: Receipt | None = None
    targets: dict[str, float] = field(default_factory=dict)
    """Break name → requested length (s)."""
    breaks: frozenset[str | None] = frozenset()
    """The names of the breaks in the current rundown."""
    outdated: bool = False
    """Whether `seen` may be wrong: the station is lost, or its rundown has changed since."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __bool__(self) -> bool:
        return bool(self.steps)

    async def add(self, step: StagedStep) -> StagingOutcome:
        """Stage one more step, if the station accepts it in a dry run."""
        async with self._turn:
            outcome = await self._try([*self.steps, step])
            if outcome.done:
                self.undone.clear()
                self.dropped.clear()
                return StagingOutcome(True, step.label, receipt=outcome.receipt)
            return outcome

    async def undo(self) -> StagingOutcome:
        """Stage the dropped steps again; if there are none, unstage the last step."""
        async with self._turn:
            if self.dropped:
                return await self._bring_back()
            last = self.steps[-1]
            outcome = await self._try(self.steps[:-1])
            if outcome.done:
                self.undone.append(last)
                return StagingOutcome(True, f"unstaged: {last.label}")
            return outcome

    async def _bring_back(self) -> StagingOutcome:
        back, self.dropped = self.dropped, []
        outcome = await self._try([*self.steps, *back])
        if outcome.done:
            return StagingOutcome(True, f"brought back: {formats.plural(len(back), 'staged edit')}")
        if outcome.lost or not self.steps:
            self.dropped = back
            return outcome
        self.undone += reversed(back)  # redo tries these again; undo continues with the steps that are still staged
        return replace(outcome, text=f"{outcome.text}; ctrl+r tries it again")

    async def redo(self) -> StagingOutcome:
        """Stage the last unstaged step again."""
        async with self._turn:
            step = self.undone[-1]
            outcome = await self._try([*self.steps, step])
            if outcome.done:
                self.undone.pop()
                return StagingOutcome(True, f"staged again: {step.label}")
            return outcome

    def drop(self) -> int:
        """Drop all staged steps; `undo` stages them again. Returns the number of steps."""
        count = len(self.steps)
        if count:
            self.dropped, self.undone = self.steps, []
        self._nothing()
        return count

    async def rebase(self, revision: int, *, again: bool = False) -> StagingOutcome | None:
        """Check the staged steps again if the rundown has a new revision, or if the air may have made them impossible
        (`again`). Drop the steps that the station refuses. Returns None if there is nothing to report."""
        async with self._turn:
            if revision == self.revision and not self.outdated and not again:
                return None
            changed = revision != self.revision or self.outdated
            self.revision = revision
            if not self.steps:
                self.outdated = False
                return None
            outcome = await self._try(self.steps)
            if outcome.lost:
                return outcome
            if not outcome.done:
                return await self._without_refused("the rundown was changed elsewhere" if changed else "too late")
            note = "the rundown was changed elsewhere; the staged edits apply to the new one"
            return StagingOutcome(True, note) if changed else None

    async def _without_refused(self, why: str) -> StagingOutcome:
        """Keep the steps that the station accepts, in their order, and move the others to `dropped`. `why`: the cause,
        for the message."""
        steps, gone, reason = self.steps, list[StagedStep](), ""
        kept: list[StagedStep] = []
        for step in steps:
            outcome = await self._try([*kept, step])
            if outcome.lost:
                self.steps = steps
                return outcome
            if outcome.done:
                kept = self.steps
            else:
                gone.append(step)
                reason = reason or outcome.text
        if not kept:
            self._nothing()
        self.dropped = gone
        count = formats.plural(len(gone), "staged edit")
        return StagingOutcome(False, f"{why}: {count} cannot be made now: {reason}; u tries again")

    async def apply(self) -> StagingOutcome:
        """Send all steps to the station as one change. After success nothing is staged."""
        async with self._turn:
            try:
                receipt = await self._ask(self.steps, dry_run=False)
            except Refused as error:
                return StagingOutcome(False, error.message)
            except (RetrovueError, OSError, ValueError) as error:
                reason = formats.clean(str(error) or type(error).__name__).rstrip(".")
                note = f"{reason}. Whether it was applied is not known; the edits are kept"
                return StagingOutcome(False, note, lost=True)
            if not receipt.accepted:
                return StagingOutcome(False, receipt.reason or "The station gives no reason.", receipt=receipt)
            self.revision = receipt.revision
            self.steps, self.undone, self.dropped = [], [], []
            self.seen, self.receipt, self.outdated = None, receipt, False
            return StagingOutcome(True, "applied", receipt=receipt)

    async def _try(self, steps: Sequence[StagedStep]) -> StagingOutcome:
        """Send the steps as a dry run. If the station accepts them, they become the staged steps."""
        if not steps:
            self._nothing()
            return StagingOutcome(True, "nothing is staged")
        try:
            receipt = await self._ask(steps, dry_run=True)
        except Refused as error:
            return StagingOutcome(False, error.message)
        except (RetrovueError, OSError, ValueError) as error:
            self.outdated = bool(self.steps)
            reason = formats.clean(str(error) or type(error).__name__)
            return StagingOutcome(False, f"the station is lost; the staged edits are kept ({reason})", lost=True)
        if not receipt.accepted:
            return StagingOutcome(False, receipt.reason or "The station gives no reason.", receipt=receipt)
        if receipt.rundown is None:
            return StagingOutcome(False, "this station cannot preview edits: it is an old version")
        before = self.seen
        self.steps, self.seen, self.receipt, self.outdated = pinned(steps, receipt), receipt.rundown, receipt, False
        self._note_targets(steps[-1], before)
        return StagingOutcome(True, "", receipt=receipt)

    async def _ask(self, steps: Sequence[StagedStep], *, dry_run: bool) -> Receipt:
        edits = [edit for step in steps for edit in step.edits]
        return await self.line.command(self.channel_id, "apply", edits=edits, dry_run=dry_run, revision=self.revision)

    def _note_targets(self, step: StagedStep, before: RundownSnapshot | None) -> None:
        if step.target_s is None:
            return
        if step.target_of:
            self.targets[step.target_of] = step.target_s
            return
        known = self.breaks if before is None else {row.break_id for row in before.entries}
        rows = self.seen.entries if self.seen else ()
        self.targets.update((row.break_id, step.target_s) for row in rows if row.break_id and row.break_id not in known)

    def _nothing(self) -> None:
        self.steps, self.seen, self.receipt, self.outdated = [], None, None, False
