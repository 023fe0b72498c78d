"""A small home as version 0.1.0 left it on a disk, byte for byte. Never change it: later versions must read it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_RUNDOWN: Final = """\
ffconcat version 1.0
#retrovue kind=programme title="Night Drive" id=udql4v3m
file ../media/programmes/night-drive.mp4
outpoint 5.005000
#retrovue kind=spot title="Zapp Cola" break=b4 id=x5i47
file ../media/ads/zapp-cola.mp4
#retrovue kind=programme title="Night Drive" id=4st75
file ../media/programmes/night-drive.mp4
inpoint 5.005000
"""
_BEFORE: Final = """\
#retrovue kind=programme title="Night Drive"
file ../media/programmes/night-drive.mp4
"""
_HISTORY: Final = {
    "revision": 1,
    "text": _RUNDOWN,
    "done": 1,
    "edits": [{"label": "break at 00:00:05;00", "at": 1795721015.4101286,
               "hunks": [[21, _BEFORE, _RUNDOWN.removeprefix("ffconcat version 1.0\n")]]}],
}  # fmt: skip
_CONFIG: Final = """\
name = "Frozen"

[server]
port = 8480

[house]
profile = "720p"
rate = "30000/1001"

[library]
programmes = ["media/programmes"]

[pools]
ads = "media/ads"

[[channel]]
id = "1"
number = 1
name = "Retro One"
pool = "ads"

[[channel]]
id = "2"
number = 2
name = "Retro Two"
timezone = "Europe/Berlin"

[channel.plan]
programmes = ["Shows/*"]
breaks = "natural"
break_length = "2m"
"""
_ASRUN: Final = """\
CREATE TABLE aired ("id" TEXT PRIMARY KEY, "channel" TEXT, "entry" TEXT, "kind" TEXT, "title" TEXT, "file" TEXT,
  "break" TEXT, "generation" INTEGER NOT NULL, "planned_at" REAL, "planned_frame" INTEGER, "started_at" REAL NOT NULL,
  "first_frame" INTEGER NOT NULL, "ended_at" REAL, "end_frame" INTEGER, "asset_frame" INTEGER NOT NULL,
  "frames_planned" INTEGER NOT NULL, "frames_aired" INTEGER NOT NULL, "ended" TEXT, "note" TEXT,
  "viewers_start" INTEGER NOT NULL, "viewers_peak" INTEGER NOT NULL, "viewers_end" INTEGER NOT NULL,
  "viewer_seconds" REAL NOT NULL, "seam_in_kind" TEXT, "seam_in_video_jumps" INTEGER, "seam_in_cc_errors" INTEGER,
  "seam_in_audio_error_ms" REAL, "seam_out_kind" TEXT, "seam_out_video_jumps" INTEGER, "seam_out_cc_errors" INTEGER,
  "seam_out_audio_error_ms" REAL, "wall_ended_at" REAL);
CREATE INDEX aired_when ON aired (started_at);
CREATE INDEX aired_on ON aired (channel, started_at);
CREATE INDEX aired_open ON aired (id) WHERE ended IS NULL;
INSERT INTO aired VALUES ('6b08-1', '1', 'udql4v3m', 'programme', 'Night Drive', '/home/anna/tv/night-drive.mp4', NULL,
  1, 1795720375.215, 0, 1795720375.215, 0, 1795720380.22, 150, 0, 150, 150, 'complete', '', 0, 2, 1, 9.5, NULL, NULL,
  NULL, NULL, 'list', 0, 0, 0.5, 1795720380.22);
PRAGMA user_version = 1;
"""
FILES: Final = {
    "retrovue.toml": _CONFIG,
    "channels/1.ffconcat": _RUNDOWN,
    "state/1.anchor.json": '{"entry": "4st75", "index": 2, "frame": 262, "at": 1795721012.4514952}',
    "state/1.history.json": "",  # see `make_frozen_home`
    "state/identity.json": '{"instance": "f7c73e2f"}\n',
    "state/plan/2.json": '{"version":1,"rows":[{"start":"2026-11-26T17:00:00+00:00","block":"","file":"/home/anna/tv/'
    'Shows/Quiz/Quiz S01E02.mkv","series":"Quiz","order":[false,1,false,2,["Shows","Quiz","Quiz S01E02.mkv"]],"spots":'
    '[["/home/anna/tv/ads/cola.mp4","2026-11-26T17:11:00+00:00"]]}]}',
    "state/reviews/0123456789abcdef.json": '{\n "version": 1,\n "file": "night-drive.mp4",\n "rate": "30000/1001",\n'
    ' "accepted": [\n  1800\n ],\n "rejected": [\n  2400\n ],\n "moved": [\n  [\n   3600,\n   3612\n  ]\n ]\n}',
}
"""The text of each file by its name in the home."""


def make_frozen_home(home: Path) -> None:
    """Write the home."""
    for name, text in FILES.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    body = json.dumps(_HISTORY).encode("ascii")
    sum = hashlib.blake2s(body, digest_size=16).hexdigest()
    head = json.dumps({"retrovue-history": 1, "sum": sum}).encode("ascii")
    (home / "state" / "1.history.json").write_bytes(head + b"\n" + body)
    with contextlib.closing(sqlite3.connect(home / "state" / "asrun.db")) as base:
        base.executescript(_ASRUN)
