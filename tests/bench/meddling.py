"""Somebody who changes a channel at random: commands over HTTP, and the rundown file with whatever an editor does."""

from __future__ import annotations

import random
import re
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retrovue_tui.rundown.file_format import ffconcat
from retrovue_tui.timecode import FrameRate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.bench.rig import Running

RATE = FrameRate(30_000, 1_001)
TAKEN_UP_S = 6.0
MOST_ROWS = 40
MARK = re.compile(r'#retrovue kind=spot title="?mark \d+"?[^\n]*\nfile [^\n]*\n')


@dataclass
class Meddler:
    """One change after another; what was promised and did not come true stands in `lost`."""

    running: Running
    rundown: Path
    spots: Sequence[Path]
    channel: int = 1
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    cuts: bool = False
    """Whether pictures of the film may be left out, by a skip or a return."""
    done: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    receipts_s: list[float] = field(default_factory=list)
    _marks: int = 0

    def turn(self) -> None:
        """One random change, and whether it came true."""
        self.tidy()
        commands: list[Callable[[], None]] = [
            self.insert, self.insert, self.insert_near, self.move, self.remove, self.replace, self.break_now,
            self.leave, self.hold, self.undo, self.undo, self.redo,
        ]  # fmt: skip
        files = [self.save, self.overwrite, self.append, self.move_over, self.swap_link, self.break_file, self.race]
        self.chance.choice(commands if self.chance.random() < 0.6 else files)()

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    def api(self) -> Any:
        return self.running.get(f"/api/channels/{self.channel}/rundown")

    def _rows(self, *, coming: bool = True) -> list[Any]:
        return [row for row in self.api()["entries"] if not coming or row["status"] == "planned"]

    def _breaks(self) -> list[str]:
        rows = self.api()["entries"]
        airing = {row["break"] for row in rows if row["status"] in ("on_air", "locked")}
        return sorted({row["break"] for row in rows if row["break"]} - airing)

    def agree(self) -> bool:
        """Whether the file on the disk says what the API says; both are looked at until they stand still."""
        for _ in range(4):
            told = self.api()
            there = ffconcat.load(self.rundown, RATE, ())
            if self.api()["revision"] == told["revision"]:
                mine = [(row["id"], row["in_frame"], row["out_frame"]) for row in told["entries"]]
                same = mine == [(entry.id, entry.in_frame, entry.out_frame) for entry in there.entries]
                if same:
                    return True
            time.sleep(0.5)
        return False

    def tidy(self) -> None:
        """Keep the rundown short."""
        while len(rows := self.api()["entries"]) > MOST_ROWS:
            breaks = self._breaks()
            if not breaks:
                return
            if not self.say("remove_break", **{"break": self.chance.choice(breaks[: len(rows) // 2])}):
                return

    # ── commands ─────────────────────────────────────────────────────────────────────────────────

    def say(self, name: str, **arguments: Any) -> Any:
        """Give a command; the receipt where it was accepted. An accepted edit must be on the disk."""
        before = self.api()["revision"]
        began = time.monotonic()
        receipt = self.running.command(name, self.channel, **arguments)
        self.receipts_s.append(time.monotonic() - began)
        self.done[name] += 1
        if not receipt.get("accepted"):
            self.refusals[f"{name}: {receipt.get('reason') or receipt}"] += 1
            return None
        after = self.api()["revision"]
        if receipt["changes"] and name not in ("skip", "stop", "start") and receipt["revision"] <= before < after:
            self.lost.append(f"{name}: revision {before}, then {after}; the receipt said {receipt['revision']}")
        if not self.agree():
            self.lost.append(f"{name}: file and API differ behind it")
        return receipt

    def _film(self) -> Any:
        films = [row for row in self.api()["entries"] if row["kind"] == "programme" and row["status"] != "missing"]
        return self.chance.choice(films)

    def _some(self) -> list[str]:
        return [str(spot) for spot in self.chance.sample(list(self.spots), self.chance.randint(1, 2))]

    def insert(self) -> None:
        row = self._film()
        length = round(row["duration_s"] * float(RATE.fraction))
        at = row["in_frame"] + self.chance.randrange(max(1, length))
        self._insert(row["id"], at)

    def insert_near(self) -> None:
        """A break that is due in a moment."""
        on_air = self.running.channel(self.channel)["on_air"] or {}
        if on_air.get("kind") != "programme":
            return self.insert()
        row = next((row for row in self.api()["entries"] if row["id"] == on_air["entry"]), None)
        if row is not None:
            gone = round(on_air["position_s"] * float(RATE.fraction))
            self._insert(row["id"], row["in_frame"] + gone + self.chance.randint(5, 60))
        return None

    def _insert(self, entry: str, at: int) -> None:
        before = {row["break"] for row in self.api()["entries"]}
        if self.say("insert_break", entry=entry, at_frame=at, spots=self._some()) and not (
            {row["break"] for row in self.api()["entries"]} - before
        ):
            self.lost.append("insert_break: no new break in the rundown")

    def move(self) -> None:
        if breaks := self._breaks():
            row = self._film()
            at = row["in_frame"] + self.chance.randrange(max(1, round(row["duration_s"] * 29)))
            self.say("move_break", **{"break": self.chance.choice(breaks)}, entry=row["id"], at_frame=at)

    def remove(self) -> None:
        if breaks := self._breaks():
            gone = self.chance.choice(breaks)
            if self.say("remove_break", **{"break": gone}) and gone in self._breaks():
                self.lost.append(f"remove_break: {gone} is still there")

    def replace(self) -> None:
        if spots := [row for row in self._rows() if row["kind"] == "spot"]:
            self.say("replace_spot", entry=self.chance.choice(spots)["id"], file=self._some()[0])

    def break_now(self) -> None:
        self.say("break_now", seconds=self.chance.choice((2, 4)))

    def leave(self) -> None:
        self.say("return")

    def hold(self) -> None:
        if self.say("hold"):
            time.sleep(self.chance.uniform(0, 1))
            self.say("release")

    def undo(self) -> None:
        self.say("undo")

    def redo(self) -> None:
        self.say("redo")

    # ── the file ─────────────────────────────────────────────────────────────────────────────────

    def _marked(self) -> tuple[str, str]:
        """The file's text with a spot more at its end, and that spot's title."""
        self._marks += 1
        return self._pruned(self.rundown.read_text()) + self._spot(), f"mark {self._marks}"

    def _spot(self) -> str:
        file = self.chance.choice(list(self.spots))
        return f"#retrovue kind=spot title=\"mark {self._marks}\"\nfile '{file}'\n"

    def _pruned(self, text: str) -> str:
        """Without the older of the spots that were put in here."""
        text = text if text.endswith("\n") else text + "\n"
        while len(found := MARK.findall(text)) > 3:
            text = text.replace(found[0], "", 1)
        return text

    def _expect(self, what: str, title: str) -> None:
        self.done[what] += 1
        deadline = time.monotonic() + TAKEN_UP_S
        while all(row["title"] != title for row in self.api()["entries"]):
            if time.monotonic() > deadline:
                self.lost.append(f"{what}: {title} was not taken up")
                return
            time.sleep(0.05)
        if not self.agree():
            self.lost.append(f"{what}: file and API differ behind it")

    def _written(self, text: str) -> Path:
        made = self.rundown.with_name(f".edit{self._marks}")
        made.write_text(text)
        return made

    def save(self) -> None:
        """Save the file as a good editor does: write another file, and rename it."""
        text, title = self._marked()
        self._written(text).rename(self.rundown)
        self._expect("atomic save", title)

    def overwrite(self) -> None:
        """In place, in two halves with a moment between them."""
        text, title = self._marked()
        with self.rundown.open("w") as file:
            file.write(text[: len(text) // 2])
            file.flush()
            time.sleep(0.04)
            file.write(text[len(text) // 2 :])
        self._expect("overwrite", title)

    def append(self) -> None:
        self._marks += 1
        with self.rundown.open("a") as file:
            file.write(self._spot())
        self._expect("append", f"mark {self._marks}")

    def move_over(self) -> None:
        text, title = self._marked()
        made = self.rundown.parents[1] / f"edit{self._marks}"
        made.write_text(text)
        shutil.move(made, self.rundown)
        self._expect("mv over", title)

    def swap_link(self) -> None:
        """The rundown becomes a link to another file, by one rename."""
        text, title = self._marked()
        folder = self.rundown.parents[1] / "elsewhere"
        folder.mkdir(exist_ok=True)
        target = folder / f"{self.rundown.stem}-{self._marks % 2}.ffconcat"
        text = text.replace("file ../media", f"file {self.rundown.parents[1]}/media")
        target.write_text(text)
        link = self.rundown.with_name(f".link{self._marks}")
        link.symlink_to(target)
        link.rename(self.rundown)
        self._expect("symlink swap", title)

    def break_file(self) -> None:
        """A broken file must change nothing; then it is mended."""
        good, before = self.rundown.read_text(), self.api()["revision"]
        self._written(good + "flie 'nothing.mp4'\n").replace(self.rundown)
        self.done["broken file"] += 1
        time.sleep(0.6)
        if self.api()["revision"] != before:
            self.lost.append("a broken file was taken up")
        self._written(good).replace(self.rundown)
        time.sleep(0.4)
        if not self.agree():
            self.lost.append("broken file: file and API differ behind it")

    def race(self) -> None:
        """A save, and a command right behind it: both must be there."""
        text, title = self._marked()
        row = self._film()
        self._written(text).rename(self.rundown)
        time.sleep(self.chance.uniform(0, 0.25))
        receipt = self.running.command(
            "insert_break", self.channel, entry=row["id"], at_frame=row["in_frame"] + 1, spots=self._some()
        )
        self._expect("save and command at once", title)
        if receipt.get("accepted"):
            made = re.search(r"break (\S+) inserted", receipt["changes"][0])
            if made and all(each["break"] != made[1] for each in self.api()["entries"]):
                self.lost.append(f"save and command at once: the command's break {made[1]} is gone")
