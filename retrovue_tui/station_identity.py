"""The identity of a station: a random number, made once for each home, that tells stations apart in clients' memories.

Guides name channels with it, and network tuners are recognised by it. It must never change, because clients attach
recordings and favourites to it.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from retrovue_tui.files.atomic_write import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "identity.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StationIdentity:
    """`instance`: eight lower-case hexadecimal digits."""

    instance: str

    def guide_id(self, channel_id: str) -> str:
        """Return the id of a channel in guides and playlists, in the form of a domain name (RFC 2838)."""
        return f"ch{channel_id}.{self.instance}.retrovue"


def load_identity(state: Path) -> StationIdentity:
    """Return the identity kept in a home's state folder; make one if there is none. Blocking.

    If the file can be neither read nor written, the identity lasts until the station ends.
    """
    path = state / FILE_NAME
    try:
        instance = json.loads(path.read_text(encoding="utf-8"))["instance"]
        if isinstance(instance, str) and re.fullmatch("[0-9a-f]{8}", instance):
            return StationIdentity(instance)
        log.warning("%s does not contain an identity; a new one is made", path)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read (%s); a new identity is made", path, error)
    identity = StationIdentity(secrets.token_hex(4))
    try:
        state.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"instance": identity.instance}).encode() + b"\n")
    except OSError as error:
        log.warning("%s cannot be written: %s", path, error)
    return identity
