"""The bin over HTTP: its rows, and having a file prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrovue_tui.protocol.answers.library import LibraryRow
from retrovue_tui.protocol.client import Refused, StationClient

if TYPE_CHECKING:
    from tests.server.conftest import Served


async def test_the_rows_come_across_the_wall_as_they_are(served: Served) -> None:
    assert served.station.inventory is not None
    odd = LibraryRow('/media/caf\udce9 "x".mp4', "Café 映画", "programme", ("a", "b"), 1, 0.04, "", 1.0, -3.5, cues=4)
    served.station.inventory.rows = (*served.station.inventory.rows, odd)
    async with StationClient(served.url) as client:
        assert (await client.library()).rows == served.station.inventory.rows


async def test_a_file_is_prepared_on_demand(served: Served) -> None:
    assert served.station.inventory is not None
    async with StationClient(served.url) as client:
        await client.prepare("/media/film.mp4")
        assert served.station.inventory.prepared == ["/media/film.mp4"]
        with pytest.raises(Refused, match=r"/media/broken\.mp4: the file is empty\.") as refused:
            await client.prepare("/media/broken.mp4")
    assert (refused.value.status, refused.value.code) == (409, "cannot_prepare")


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"file": 3}', '{"file": " "}', '{"file": "\\u0000"}', "{"])
async def test_a_request_without_a_file_is_answered_with_an_example(served: Served, body: str) -> None:
    async with served.http.post(f"{served.url}/api/library/prepare", data=body) as answer:
        assert answer.status == 400
        assert "/media/film.mkv" in (await answer.json())["error"]["message"]


async def test_before_the_station_has_a_library_it_says_so(served: Served) -> None:
    served.station.inventory = None
    async with served.http.get(f"{served.url}/api/library") as answer:
        assert answer.status == 503
