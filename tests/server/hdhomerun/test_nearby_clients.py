"""The addresses that get an answer to a search for tuners."""

from __future__ import annotations

from ipaddress import IPv4Network

from retrovue_tui.server.hdhomerun.nearby_clients import ADDRESSES, REQUESTS_AT_ONCE, NearbyClients


def test_only_this_machines_networks_get_answers_and_not_too_many() -> None:
    now, read = 0.0, [IPv4Network("192.168.1.0/24")]
    clients = NearbyClients(lambda: now, lambda: read)
    assert not clients.admits("8.8.8.8")
    assert not clients.admits("192.168.2.1")
    burst = int(REQUESTS_AT_ONCE)
    assert [clients.admits("192.168.1.7") for _ in range(burst + 2)] == [True] * burst + [False] * 2
    assert clients.admits("192.168.1.8")
    now = 1.0
    assert [clients.admits("192.168.1.7") for _ in range(6)] == [True] * 5 + [False]
    now, read = 100.0, [IPv4Network("10.0.0.0/8")]
    assert not clients.admits("192.168.1.8")
    for number in range(ADDRESSES + 9):
        assert clients.admits(f"10.0.{number // 256}.{number % 256}")
    assert len(clients._left) == ADDRESSES
