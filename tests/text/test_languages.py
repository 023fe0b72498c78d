"""Languages are the same by whichever of their codes."""

from __future__ import annotations

import pytest

from retrovue_tui.text.languages import is_language, same_language


@pytest.mark.parametrize(
    ("wanted", "spoken", "same"),
    [("de", "ger", True), ("de", "deu", True), ("deu", "ger", True), ("fr", "fre", True), ("en", "eng", True),
     ("en", "en-GB", True), ("en-GB", "en", False), ("pt-BR", "pt_BR", True), ("zh", "chi", True), ("en", "und", False),
     ("en", "", False), ("en", "!!", False), ("de", "English", False)],
)  # fmt: skip
def test_codes_of_one_language(wanted: str, spoken: str, same: bool) -> None:
    assert same_language(wanted, spoken) is same


def test_codes_of_languages() -> None:
    assert all(is_language(code) for code in ("en", "eng", "ger", "deu", "pt-BR", "EN"))
    assert not any(is_language(code) for code in ("", "und", "xx", "english", "klingonn", "de,en", "e"))
