from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.protocol.answers.pictures import Picture


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_a_picture_crosses_the_wall_as_it_is(width: int, height: int, data: st.DataObject) -> None:
    rgb = data.draw(st.binary(min_size=3 * width * height, max_size=3 * width * height))
    picture = Picture(width, height, rgb, 7)
    assert Picture.from_ppm(picture.to_ppm(), 7) == picture


@pytest.mark.parametrize("data", [b"", b"P5\n2 2\n255\n" + bytes(12), b"P6\n2 2\n255\n" + bytes(11), b"P6\n0 0\n255\n"])
def test_bytes_that_are_no_picture_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="picture"):
        Picture.from_ppm(data)
