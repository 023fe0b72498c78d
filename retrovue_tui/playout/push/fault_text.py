"""Says in words why an FFmpeg could not send. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from retrovue_tui.text.printable import printable
from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.config.output import OutputConfig

LONGEST: Final = 200
_PREFIX: Final = re.compile(r"^(?:\[[^\]]*\]\s*)+|^\d\d:\d\d:\d\d\.\d+/\S+\s")
_KNOWN: Final = (
    (re.compile(r"Connection refused"), "the receiver refuses the connection"),
    (re.compile(r"Failed to resolve|Name or service not known|nodename nor servname|No address associated"),
     "the name of the receiver is not known"),
    (re.compile(r"UNSECURE|BADSECRET|Password required|wrong password|Incorrect passphrase"),
     "the receiver refuses the passphrase"),
    (re.compile(r"No route to host|Network is unreachable"), "there is no route to the receiver"),
    (re.compile(r"Connection timed out|ERROR:TIMEOUT|Connection setup failure: connection timed out"),
     "the receiver does not answer"),
    (re.compile(r"NetStream\.Publish\.(?:BadName|Denied)|authoriz|authmod", re.IGNORECASE),
     "the receiver refuses the stream key"),
    (re.compile(r"Connection reset|Broken pipe|Connection was broken|Connection does not exist"),
     "the receiver closed the connection"),
    (re.compile(r"Connection to srt:\S+ failed"), "the receiver does not answer"),
    (re.compile(r"Error submitting a packet to the muxer|Error muxing a packet"), "the connection broke"),
)  # fmt: skip
"""Patterns in FFmpeg's messages, the first match of all messages decides."""


def fault_text(messages: Sequence[str], config: OutputConfig) -> str:
    """Return why FFmpeg ended, from its last messages: a fault that is known, or else its last message. Secrets of the
    address are replaced."""
    for pattern, meaning in _KNOWN:
        for message in messages:
            if pattern.search(message):
                return meaning
    return clean_message(messages[-1], config) if messages else "FFmpeg ended without a message"


def clean_message(message: str, config: OutputConfig) -> str:
    """Return a message of FFmpeg as one short line, without its prefix and the secrets of the address."""
    text = message.replace(config.url, config.shown)
    for secret in sorted(config.secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    text = SECRETS.redact(printable(_PREFIX.sub("", text)))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
