"""Sends alerts as JSON to a web address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp

from retrovue_tui import __version__
from retrovue_tui.config.alerts import shown
from retrovue_tui.playout.alerts.delivery import DeliveryError
from retrovue_tui.playout.alerts.receivers.name_resolver import NameResolver

if TYPE_CHECKING:
    from retrovue_tui.playout.alerts.alert_message import AlertMessage

TIMEOUT_S: Final = 10.0
"""The longest time for a request and the head of its answer (s)."""
_LATER: Final = (408, 425, 429)
"""The statuses below 500 after which another try makes sense (RFC 9110, 15.5; RFC 6585, 4)."""


class Webhook:
    """A web address that gets a POST with the message as JSON. It must answer with a status from 200 to 299; it is not
    redirected, and its answer is not read."""

    kind: Final = "webhook"

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = shown(url)

    async def send(self, message: AlertMessage) -> None:
        """Deliver a message. Raises `DeliveryError`."""
        headers = {"User-Agent": f"retrovue-tui/{__version__}"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            connector = aiohttp.TCPConnector(resolver=NameResolver(), force_close=True)
            async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers) as http:
                request = http.post(self._url, json=message.to_json(), allow_redirects=False)
                async with request as response:
                    status = response.status
        except TimeoutError:
            raise DeliveryError(f"it did not answer within {TIMEOUT_S:.0f} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise DeliveryError(f"it cannot be reached: {reason}") from None  # the error's text has the address
        if not 200 <= status < 300:
            raise DeliveryError(f"it answered with status {status}", again=status >= 500 or status in _LATER)
