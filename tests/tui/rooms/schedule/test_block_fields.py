"""The text that an operator types in the block dialog, and its value in the file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.config.plan import BLOCK_KEYS, CHANNEL_PLAN_KEYS
from retrovue_tui.protocol.answers.plan import BASE
from retrovue_tui.tui.rooms.schedule.block_fields import BlockField, changes, fields_of, text_of, value_of

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=8)


def field(key: str) -> BlockField:
    return next(each for each in (*fields_of(0), *fields_of(BASE)) if each.key == key)


def test_there_is_a_field_for_each_key_of_the_configuration() -> None:
    assert {each.key for each in fields_of(0)} == set(BLOCK_KEYS)
    assert {each.key for each in fields_of(BASE)} == set(CHANNEL_PLAN_KEYS)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("programmes", " Shows/*,Movies ", ["Shows/*", "Movies"]),
        ("programmes", '"A, B/*", C', ["A, B/*", "C"]),
        ("most_breaks", "3", 3),
        ("most_breaks", "many", "many"),
        ("most_breaks", "9" * 40, "9" * 40),
        ("marathon", "True", True),
        ("marathon", "perhaps", "perhaps"),
        ("weights", "A/* = 2, B=0.5", {"A/*": 2.0, "B": 0.5}),
        ("weights", "A twice", "A twice"),
        ("at", " 18:00 ", "18:00"),
        ("align", "", None),
        ("name", "  ", None),
    ],
)
def test_a_text_becomes_the_value_that_it_means(key: str, text: str, value: Any) -> None:
    assert value_of(field(key), text) == value


@given(
    st.one_of(
        st.tuples(st.just("programmes"), st.lists(names, min_size=1, max_size=4)),
        st.tuples(st.just("weights"), st.dictionaries(names, st.integers(1, 1_000).map(float), min_size=1, max_size=3)),
        st.tuples(st.just("marathon"), st.booleans()),
        st.tuples(st.just("most_breaks"), st.integers(0, 100)),
        st.tuples(st.just("name"), names),
    )
)
def test_a_value_comes_back_from_its_text(pair: tuple[str, Any]) -> None:
    key, value = pair
    assert value_of(field(key), text_of(value)) == value


def test_only_what_was_typed_is_a_change() -> None:
    before = {"name": "Comedy", "at": "20:00", "programmes": ["A", "B"], "weights": {"A": 2}}
    fields = fields_of(0)
    texts = {each.key: text_of(before.get(each.key)) for each in fields}
    assert changes(fields, before, texts) == {}
    texts |= {"at": "21:00", "programmes": "A", "weights": "", "order": "shuffle"}
    assert changes(fields, before, texts) == {"at": "21:00", "programmes": ["A"], "order": "shuffle", "weights": None}
