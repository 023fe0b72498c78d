"""The addresses for viewers on other machines."""

from __future__ import annotations

import socket
from ipaddress import IPv4Network, ip_address

import pytest

from retrovue_tui.server.addresses import lan_addresses, own_networks, url_of, url_toward


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "192.0.2.7", "tv.example"])
def test_a_single_address_is_used_unchanged(host: str) -> None:
    assert lan_addresses(host) == []


@pytest.mark.parametrize(("host", "family"), [("0.0.0.0", socket.AF_INET), ("::", socket.AF_INET6)])
def test_every_address_stands_for_those_of_this_machine(host: str, family: socket.AddressFamily) -> None:
    found = lan_addresses(host)
    assert len(set(found)) == len(found)
    for text in found:
        assert not ip_address(text).is_loopback
        kind = socket.AF_INET6 if ":" in text else socket.AF_INET
        with socket.socket(kind, socket.SOCK_STREAM) as mine:
            mine.bind((text, 0))  # only an address of this machine can be bound
    if host == "0.0.0.0":
        assert all(":" not in text for text in found)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            towards.connect(("198.51.100.1", 9))  # UDP: nothing is sent
        except OSError:
            return  # this machine has no network
        assert towards.getsockname()[0] in found


def test_urls() -> None:
    assert url_of("192.0.2.7", 8480) == "http://192.0.2.7:8480"
    assert url_of("2001:db8::7", 80) == "http://[2001:db8::7]:80"


def test_this_machines_networks_contain_its_addresses() -> None:
    found = own_networks()
    assert IPv4Network("127.0.0.0/8") in found
    for text in lan_addresses("0.0.0.0"):
        assert any(ip_address(text) in network for network in found)


def test_the_address_that_a_client_reaches() -> None:
    assert url_toward("127.0.0.1", "0.0.0.0", 8480) == "http://127.0.0.1:8480"
    assert url_toward("10.0.0.7", "192.0.2.7", 8480) == "http://192.0.2.7:8480"
    assert url_toward("10.0.0.7", "[2001:db8::7]", 80) == "http://[2001:db8::7]:80"
