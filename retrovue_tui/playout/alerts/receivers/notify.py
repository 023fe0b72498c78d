"""Sends alerts by e-mail or chat, through the services of the library apprise (`pip install 'retrovue-tui[alerts]'`).

The library runs in a process of its own: it waits for servers without a time limit, and it may load anything.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from retrovue_tui.config.alerts import shown
from retrovue_tui.playout.alerts.delivery import DeliveryError
from retrovue_tui.playout.alerts.receivers.command import run_with_input

if TYPE_CHECKING:
    from retrovue_tui.playout.alerts.alert_message import AlertMessage

LIMIT_S: Final = 30.0
"""The longest time for one message (s)."""
MISSING: Final = "it needs the package apprise: pip install 'retrovue-tui[alerts]'"
_CHILD: Final = "retrovue_tui.playout.alerts.receivers.apprise_child"


def is_installed() -> bool:
    """Return whether the library is there."""
    return find_spec("apprise") is not None


class Notify:
    """One address of apprise. The address goes to the process on its standard input, because every user can read the
    words of a command line."""

    kind: Final = "notify"

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = shown(url)

    async def send(self, message: AlertMessage) -> None:
        """Deliver a message. Raises `DeliveryError`."""
        if not is_installed():
            raise DeliveryError(MISSING, again=False)
        over = all(each.ended is not None for each in message.alerts)
        kind = "success" if over else "failure"
        asked = {"url": self._url, "title": message.title, "body": message.text, "type": kind}
        words = (sys.executable, "-m", _CHILD)
        await run_with_input(words, json.dumps(asked).encode(), "apprise", LIMIT_S)
