"""The events of a station. They are numbered and kept for a while, so that a client can resume after a lost
connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Event:
    """One event.

    `id` rises by one with each event while the station's process runs, `at` is Unix time (s), `message` is one line of
    text, `channel` is the id of a channel (None: the whole station). Each `kind` has its own fields in `data`; there,
    `frame` is always the number of a picture on the channel's bus:

    - `state`, the channel's state has changed: `state`, as in `ChannelSnapshot`.
    - `take`, a deck has taken over: `frame`; `entry`, the id of the entry; `asset_frame`, the frame of its file;
      `rescue`, whether the deck replaces one that failed.
    - `slate`, nothing can air, so the channel shows the slate: `frame`; `why`, the reason.
    - `seam`, a join was measured: `frame`; `seam`, its cause (`take`, `slate`, or `join` of two entries in one deck);
      `video_jumps`, video time stamps not one frame apart; `cc_errors`, continuity counter errors; `audio_error_ms`,
      the largest deviation of an audio step from one AAC frame.
    - `split`, groups of viewers see different versions of an entry from now on: `frame`, `entry`; `versions`, the files
      and their shares, for people.
    - `splice`, a splice message (SCTE 35) was sent: `frame` of the splice; `splice`, what it says: a break is
      `announced` or `cancelled`, or it begins (`out`) or ends early (`in`); `event`, its id; `frames`, the length of
      the break, if it is known.
    - `entry_started`, `entry_ended`, an entry has gone on air or has ended: `frame`; `entry`, its id; `entry_kind`, as
      in `OnAir.kind`; `title`.
    - `deck_failed`, a deck ended early or stalled: `pid` of its FFmpeg; `position`, the pictures that it delivered;
      `frames`, the pictures in its air list. Without data: a deck could not start.
    - `prepare`, a requested render is finished or has failed: `file`, its path.
    - `prepare_progress`, at intervals while media is rendered: `jobs`, the running `PrepareJob`s.
    - `breaks`, a file's break candidates have been found, or the operator has reviewed one: `file`, its path.
    - `library`, progress of the demo's films: no data.
    - `viewer_joined`, `viewer_left`: `viewers`, the channel's number of viewers afterwards.
    - `client_disconnected`, an operator has disconnected a viewer: `address`; `client`, its program; `blocked_s`, for
      how long it is refused.
    - `edit_applied`, a command has changed the rundown or the air: `revision` of the rundown, `generation` of the air
      list, `on_air_in_s`, as in `Receipt`.
    - `edit_refused`, the station refused a command or a rundown file: no data; the message has the reason.
    - `alarm`, silence or black on a channel has begun or ended: `fault` (`silent` or `black`); `since`, Unix time (s);
      `over`, whether it has ended.
    - `alert`, an alert has begun or is over: `alert`, its id; `rule`, as in `Alert`; `over`, whether it is over.
    - `upcoming`, a problem on a channel is still to come, or is over: `problem`, `subject`, and `at` as in
      `UpcomingProblem`; `over`, whether it is over.
    - `warning`, anything else that an operator should know: no data.
    - `station`, the station has started (`pid`), stood still (`seconds`, how long), or has applied a config (no data).
    """

    id: int
    at: float
    kind: str
    message: str
    channel: str | None = None
    level: Level = "info"
    data: dict[str, Any] = field(default_factory=dict)
