"""Which hosts mean this machine alone."""

from __future__ import annotations

import pytest

from retrovue_tui.loopback import is_loopback


@pytest.mark.parametrize(
    "host", ["::1", "[::1]", "127.1.2.3", "::ffff:127.0.0.1", "localhost", "LOCALHOST.", "tv.localhost"]
)
def test_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0", "0.0.0.0", "::", "tv.example", "localhost.example", "192.0.2.1", "notlocalhost"]
)
def test_others_too(host: str) -> None:
    assert not is_loopback(host)
