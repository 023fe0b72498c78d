"""The client of a request and the address that it used, if proxies are in between."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from tests.server.conftest import Served, serving, until

if TYPE_CHECKING:
    from tests.server.fakes import FakeStation

TRUSTED = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


async def first_stream(served: Served, *headers: tuple[str, str]) -> str:
    """The address of the first stream in the playlist, for a client with these headers."""
    async with served.http.get(f"{served.url}/iptv/channels.m3u?token=viewer", headers=headers) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return next(line for line in text.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ([], "http://127.0.0.1:PORT"),
        ([("X-Forwarded-Proto", "https")], "https://127.0.0.1:PORT"),
        ([("X-Forwarded-Proto", "HTTPS"), ("X-Forwarded-Host", "tv.example")], "https://tv.example"),
        ([("Host", "tv.example:444")], "http://tv.example:444"),
        ([("X-Forwarded-Host", "[2001:db8::1]:8480")], "http://[2001:db8::1]:8480"),
        ([("X-Forwarded-Proto", "javascript")], "http://127.0.0.1:PORT"),
        # A proxy that adds its values to those that the client invented.
        ([("X-Forwarded-Host", "evil.example, tv.example"), ("X-Forwarded-For", "9.9.9.9")], "http://tv.example"),
        # Two proxies, of which the second is in 10.0.0.0/8.
        ([("X-Forwarded-Host", "evil.example, tv.example, inner"), ("X-Forwarded-For", "9.9.9.9, 10.1.1.1")],
         "http://tv.example"),
    ],
    ids=range(8),
)  # fmt: skip
async def test_addresses_are_those_that_the_client_used(
    station: FakeStation, headers: list[tuple[str, str]], base: str
) -> None:
    async with serving(station, "operator", "viewer", trusted_proxies=TRUSTED) as made:
        expected = f"{base.replace('PORT', str(made.port))}/iptv/channel/1.ts?token=viewer"
        assert await first_stream(made, *headers) == expected


async def test_nobody_else_is_believed(station: FakeStation) -> None:
    forwarded = (("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "9.9.9.9"))
    for trusted in ((), (ip_network("10.0.0.0/8"),)):
        async with serving(station, "operator", "viewer", trusted_proxies=trusted) as made:
            assert await first_stream(made, *forwarded) == f"{made.url}/iptv/channel/1.ts?token=viewer"


async def test_base_url_wins(station: FakeStation) -> None:
    async with serving(station, "operator", "viewer", trusted_proxies=TRUSTED, base_url="https://tv.example") as made:
        url = await first_stream(made, ("X-Forwarded-Host", "other.example"))
        assert url == "https://tv.example/iptv/channel/1.ts?token=viewer"


@pytest.mark.parametrize(
    ("passed", "client"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("1.1.1.1, 8.8.8.8", "8.8.8.8"),  # the client invented the first
        ("8.8.8.8, 10.1.1.1, fd00::7", "8.8.8.8"),
        ("8.8.8.8:4711", "8.8.8.8"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("unknown, 8.8.8.8", "8.8.8.8"),
        ("unknown", "127.0.0.1"),
        ("10.2.2.2", "10.2.2.2"),  # a client in the proxies' own network
        ("", "127.0.0.1"),
        (", ".join(["8.8.8.8", *["10.0.0.1"] * 50]), "10.0.0.1"),
    ],
)
async def test_limits_count_the_client_and_not_the_proxy(station: FakeStation, passed: str, client: str) -> None:
    headers = {"X-Forwarded-For": passed}
    async with serving(station, trusted_proxies=TRUSTED, max_viewers_per_address=1) as made:
        first = await made.http.get(f"{made.url}/iptv/channel/1.ts", headers=headers)
        assert first.status == 200
        (viewer,) = station.channels["1"].bus.attached
        assert viewer.name.split()[0].startswith(client)
        async with made.http.get(f"{made.url}/iptv/channel/1.ts", headers=headers) as answer:
            if client == "127.0.0.1":
                assert answer.status == 200  # this machine has no limit of its own
            else:
                message = (await answer.json())["error"]["message"]
                assert message.startswith(f"{client} has 1 viewers already")
        first.close()
        await until(lambda: not station.channels["1"].bus.attached)


async def test_wrong_tokens_lock_out_the_client_and_not_the_proxy(station: FakeStation) -> None:
    async with serving(station, "operator", "viewer", trusted_proxies=TRUSTED) as made:

        async def status(token: str, client: str) -> int:
            headers = {"X-Forwarded-For": client, "Authorization": f"Bearer {token}"}
            async with made.http.get(f"{made.url}/iptv/channels.m3u", headers=headers) as answer:
                return answer.status

        assert [await status("guess", "8.8.8.8") for _ in range(11)] == [401] * 10 + [429]
        assert await status("viewer", "8.8.4.4") == 200


async def test_a_web_page_cannot_pass_as_this_machine_with_the_proxys_headers(station: FakeStation) -> None:
    """DNS rebinding: the page's own name leads to this machine, and the page sends any header that it likes."""
    async with serving(station, trusted_proxies=TRUSTED) as made:
        for headers in (
            {"Host": "evil.example", "X-Forwarded-Host": "localhost"},
            {"Host": "localhost", "X-Forwarded-Host": "evil.example"},
            {"Host": "localhost", "X-Forwarded-Host": "a b"},
        ):
            async with made.http.get(f"{made.url}/api/station", headers=headers) as answer:
                assert answer.status in (400, 403)
        forwarded = {"X-Forwarded-For": "8.8.8.8"}
        async with made.http.post(f"{made.url}/api/station/stop", headers=forwarded) as answer:
            assert (await answer.json())["error"]["code"] == "not_local"
    assert station.stops == 0


async def test_commands_come_from_the_address_that_the_client_used(station: FakeStation) -> None:
    async with serving(station, "operator", "viewer", trusted_proxies=TRUSTED) as made:
        for origin, status in (("https://tv.example", 202), ("https://evil.example", 403)):
            headers = {"X-Forwarded-Host": "tv.example", "X-Forwarded-Proto": "https", "Origin": origin,
                       "Authorization": "Bearer operator"}  # fmt: skip
            async with made.http.post(f"{made.url}/api/station/stop", headers=headers) as answer:
                assert answer.status == status
