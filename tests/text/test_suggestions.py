"""The known word that a person probably meant."""

from __future__ import annotations

from retrovue_tui.text.suggestions import did_you_mean, nearest

WORDS = ("skip", "split", "stop")


def test_the_nearest_word_is_named() -> None:
    assert did_you_mean("spilt", WORDS) == "did you mean 'split'?"
    assert nearest("skp", iter(WORDS)) == "skip"


def test_without_a_near_name_the_other_advice_is_given() -> None:
    assert did_you_mean("fade", WORDS) == ""
    assert did_you_mean("fade", WORDS, otherwise="there are three") == "there are three"


def test_with_no_bound_there_is_always_one() -> None:
    assert nearest("xyz", WORDS, cutoff=0.0) in WORDS
    assert nearest("xyz", (), cutoff=0.0) is None
