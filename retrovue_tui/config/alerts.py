"""Alerts in the configuration: [alerts], which problems are reported, and to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from retrovue_tui.text.redaction import SECRETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrovue_tui.config.form import Form

ALERTS_KEYS: Final = (
    "webhook", "command", "notify", "channels", "slate", "silence", "black", "restarts", "disk_free_gb", "plan_ends",
    "pool_short", "every",
)  # fmt: skip
MOST_RECEIVERS: Final = 8
"""The most webhooks, and the most addresses in `notify`."""
LONGEST_URL: Final = 2_048
SURE_SECRET: Final = 8
"""A part of an address with fewer characters is hidden in addresses only, because it may be an ordinary word."""
_SLATE: Final = (timedelta(seconds=2), timedelta(hours=1))
_FAULTS: Final = (timedelta(seconds=10), timedelta(hours=6))
_PLANS: Final = (timedelta(minutes=5), timedelta(days=7))
_EVERY: Final = (timedelta(seconds=10), timedelta(hours=24))


@dataclass(frozen=True)
class AlertsConfig:
    """[alerts]: problems that are reported to people who do not look at the screen.

    The receivers: `webhooks` get a POST with JSON; `command` is a program with its arguments that gets the JSON on its
    standard input; `notify` are addresses of the library apprise. Webhooks and addresses may contain secrets: show them
    by `shown`. `channels`: the ids of the channels to report on; empty: all. A rule that is None is off. `slate`,
    `silence`, `black`: how long it lasts before it is reported. `restarts`: decks that failed within ten minutes.
    `disk_free_gb`: less free space than this. `plan_ends`: how long before the end of what is planned. `pool_short`:
    whether a spot pool that is too small is reported. `every`: the least time between two messages.
    """

    webhooks: tuple[str, ...] = field(default=(), repr=False)
    command: tuple[str, ...] = field(default=(), repr=False)
    notify: tuple[str, ...] = field(default=(), repr=False)
    channels: tuple[str, ...] = ()
    slate: timedelta | None = timedelta(seconds=10)
    silence: timedelta | None = timedelta(seconds=30)
    black: timedelta | None = timedelta(seconds=30)
    restarts: int | None = 5
    disk_free_gb: float | None = 5.0
    plan_ends: timedelta | None = timedelta(hours=2)
    pool_short: bool = True
    every: timedelta = timedelta(minutes=1)

    @property
    def has_receivers(self) -> bool:
        """Whether there is a receiver."""
        return bool(self.webhooks or self.command or self.notify)


def shown(url: str) -> str:
    """Return an address without its secrets: of a web address, the scheme and the host; of others, only the scheme,
    because each service has its secrets at another place."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "…"
    return f"{parts.scheme}://{host}/…" if parts.scheme in ("http", "https") else f"{parts.scheme}://…"


def secrets_of(url: str) -> tuple[str, ...]:
    """Return the parts of an address that nobody may see: of a web address its user, and all after its host; of any
    other, all after the scheme. The names of hosts, and parts that may be ordinary words are left out."""
    scheme, _, rest = url.partition("://")
    if scheme in ("http", "https"):
        host, _, path = rest.replace("?", "/?").partition("/")
        query = path.partition("?")[2]
        parts = [host.rpartition("@")[0], path, *path.partition("?")[0].split("/"), query]
        parts += [pair.partition("=")[2] for pair in query.split("&")]
    else:
        first, *others = rest.replace("?", "/").split("/")
        user, _, host = first.rpartition("@")
        # in the place of the host, many services have a token: `tgram://TOKEN/CHAT`
        parts = [rest, user, *user.split(":"), *others, *(() if _is_host(host) else (host,))]
    return tuple(dict.fromkeys(each for each in parts if len(each) >= SURE_SECRET))


def _is_host(text: str) -> bool:
    """Return whether a text is the name or the address of a machine, with or without a port."""
    name = text.rpartition(":")[0] or text
    return "." in name or name in ("localhost", "[::1]")


def read_alerts(form: Form, table: dict[str, Any], channels: Sequence[str]) -> AlertsConfig:
    """Return the settings of the table [alerts]; the form collects its problems, none of which shows a secret.
    `channels`: the ids that there are. From now on, texts for people do not contain the secrets of the addresses."""
    form.unknown(table, "alerts")
    named = form.texts(table, "alerts", "channels", '["1", "2"]')
    for each in named:
        if each not in channels:
            form.problem(f"channels names {each!r}, and there is no such channel", "alerts", "channels")
    defaults = AlertsConfig
    return AlertsConfig(
        webhooks=_webhooks(form, table),
        command=form.texts(table, "alerts", "command", '["/usr/local/bin/page", "--urgent"]', unique=False),
        notify=_notify(form, table),
        channels=named,
        slate=_length(form, table, "slate", defaults.slate, *_SLATE),
        silence=_length(form, table, "silence", defaults.silence, *_FAULTS),
        black=_length(form, table, "black", defaults.black, *_FAULTS),
        restarts=None if _is_off(table, "restarts") else form.whole(
            table, "alerts", "restarts", defaults.restarts, 1, 1_000
        ),
        disk_free_gb=None if _is_off(table, "disk_free_gb") else form.number(
            table, "alerts", "disk_free_gb", 5.0, 0.1, 1_000_000
        ),
        plan_ends=_length(form, table, "plan_ends", defaults.plan_ends, *_PLANS),
        pool_short=form.flag(table, "alerts", "pool_short", True),
        every=form.duration(table, "alerts", "every", defaults.every, *_EVERY),
    )  # fmt: skip


def _is_off(table: dict[str, Any], key: str) -> bool:
    return table.get(key) is False


def _length(
    form: Form, table: dict[str, Any], key: str, default: timedelta | None, low: timedelta, high: timedelta
) -> timedelta | None:
    return None if _is_off(table, key) else form.duration(table, "alerts", key, default, low, high)


def _webhooks(form: Form, table: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for url in _addresses(form, table, "webhook", '["https://hooks.example/alerts"]'):
        try:
            parts = urlsplit(url)
            right = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            right = False
        if right and not any(letter.isspace() for letter in url):
            found.append(url)
        else:
            form.problem('webhook is an address like "https://hooks.example/alerts"', "alerts", "webhook")
    return tuple(found)


def _notify(form: Form, table: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for url in _addresses(form, table, "notify", '["mailtos://user:password@mail.example", "ntfys://topic"]'):
        scheme, mark, rest = url.partition("://")
        if mark and rest and scheme.isascii() and scheme.replace("+", "").replace("-", "").isalnum():
            found.append(url)
        else:
            form.problem('notify is a list of addresses of apprise, like "ntfys://topic"', "alerts", "notify")
    return tuple(found)


def _addresses(form: Form, table: dict[str, Any], key: str, example: str) -> tuple[str, ...]:
    """Return the addresses below a key. Their secrets are hidden from now on."""
    urls = form.texts(table, "alerts", key, example)
    for secret in (secret for url in urls for secret in secrets_of(url)):
        SECRETS.hide(secret)
    if any(len(url) > LONGEST_URL for url in urls):
        form.problem(f"{key} has an address of more than {LONGEST_URL} characters", "alerts", key)
    if len(urls) > MOST_RECEIVERS:
        form.problem(f"{key} has {len(urls)} addresses; the limit is {MOST_RECEIVERS}", "alerts", key)
    return tuple(url for url in urls if len(url) <= LONGEST_URL)[:MOST_RECEIVERS]
