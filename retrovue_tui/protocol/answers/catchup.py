"""Requests for the past of a channel, and the reasons why one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrovue_tui.errors import RetrovueError

CatchupFault = Literal["catchup_off", "not_aired_yet", "too_old", "nothing_aired", "end_before_start", "log_unreadable"]
"""Why a request for the past is refused:

- `catchup_off`: the channel offers no catch-up.
- `not_aired_yet`: the start is in the future.
- `too_old`: the start is longer ago than the channel's `catchup`.
- `nothing_aired`: the channel has aired nothing since.
- `end_before_start`: the end is not after the start.
- `log_unreadable`: the as-run log cannot be read.
"""


class CatchupError(RetrovueError):
    """A request for the past cannot be answered; `fault` is the reason, for programs."""

    title = "Catch-up"

    def __init__(self, fault: CatchupFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True)
class PastRequest:
    """A request for what a channel aired. Times are Unix time (s).

    `start` None: the start of the programme that is on air now. `end` None: the stream goes on at the present. `paced`:
    the stream is sent in real time; otherwise as fast as the client takes it, and it ends at the present at the latest.
    `client_now`: the time on the client's clock, if the client has sent it.
    """

    start: float | None
    end: float | None = None
    paced: bool = True
    client_now: float | None = None
