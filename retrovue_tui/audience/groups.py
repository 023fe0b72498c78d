"""Puts viewers into groups that stay the same over reconnects and restarts. Pure.

Nothing identifies a viewer afterwards: the hash of a viewer is used at once to choose a group, and is not kept.
"""

from __future__ import annotations

import hashlib
import hmac
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def viewer_key(secret: str, *, token: str = "", address: str = "", client: str = "") -> str:
    """Return the key of a viewer: 32 hexadecimal digits, the same for the same viewer.

    `token`: the viewer's own token; without one, `address` and `client` tell viewers apart. `secret`: of the station;
    without it nobody can find the address that belongs to a key by trying all addresses.
    """
    named = f"token\0{token}" if token else f"address\0{address}\0{client}"
    return hmac.new(secret.encode(), named.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def group_of(key: str, spot: str, weights: Sequence[float]) -> int:
    """Return the number of the group, from 0, to which a viewer belongs while a spot airs. The groups have shares in
    proportion to `weights`. For another spot a viewer may be in another group, so that one spot's groups say nothing
    about those of another. Raises `ValueError` if no weight is above 0."""
    sums = list(accumulate(max(0.0, weight) for weight in weights))
    if not sums or sums[-1] <= 0:
        raise ValueError("at least one weight must be above 0")
    return _at(point(key, spot) * sums[-1], sums)


def point(key: str, what: str) -> float:
    """Return a number from 0 to below 1 that depends on both texts alone, evenly spread."""
    digest = hashlib.blake2b(f"{key}\0{what}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / (1 << 53)


def _at(place: float, sums: Sequence[float]) -> int:
    for number, end in enumerate(sums):
        if place < end:
            return number
    return max(number for number, end in enumerate(sums) if end == sums[-1] and (not number or sums[number - 1] < end))
