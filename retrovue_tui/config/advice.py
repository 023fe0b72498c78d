"""Finds settings that are valid but unsafe. `check` prints the advice, and so does the station at its start."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from retrovue_tui.config.alerts import secrets_of
from retrovue_tui.text.redaction import SHORT

if TYPE_CHECKING:
    from retrovue_tui.config.station_config import Config


def advice_on(config: Config) -> tuple[str, ...]:
    """Return one line of advice for each unsafe setting. Blocking, because it reads the mode of the config file."""
    server = config.server
    lines = [
        f"{name} has fewer than {SHORT} characters and can be guessed: make one with `openssl rand -hex 16`"
        for name, token in (("token", server.token), ("viewer_token", server.viewer_token))
        if token and len(token) < SHORT
    ]
    keys = any(output.secrets for channel in config.channels for output in channel.outputs)
    told = any(secrets_of(url) for url in (*config.alerts.webhooks, *config.alerts.notify))
    if (server.token or keys or told) and (mode := _readable_by_others(config)) is not None:
        what = "a token" if server.token else "the key of an output" if keys else "the secret address of an alert"
        lines.append(f"it holds {what}, and others on this machine can read it (mode {mode:o}): chmod 600 it")
    return tuple(f"{config.path}: {line}" for line in lines)


def _readable_by_others(config: Config) -> int | None:
    try:
        mode = stat.S_IMODE(config.path.stat().st_mode)
        folder = stat.S_IMODE(config.home.stat().st_mode)
    except OSError:
        return None
    others_read = mode & stat.S_IROTH and folder & stat.S_IXOTH
    group_reads = mode & stat.S_IRGRP and folder & stat.S_IXGRP
    return mode if others_read or group_reads else None
