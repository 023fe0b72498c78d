"""Commands as they are written, and what is said of those that are not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.protocol.commands import COMMAND_SPECS, Command, CommandError

REMOVE: dict[str, Any] = {"command": "remove", "entry": "e1"}


def staged(second: Any) -> dict[str, Any]:
    """An `apply` of a good edit and another."""
    return {"command": "apply", "edits": [REMOVE, second]}


GOOD: list[dict[str, Any]] = [
    {"command": "break_now"},
    {"command": "break_now", "spots": ["a.mp4", "b c.mp4"]},
    {"command": "break_now", "seconds": 60, "dry_run": True},
    {"command": "insert_break", "entry": "e1", "at_s": 0, "seconds": 30.5, "revision": 0},
    {"command": "insert_break", "entry": "e1", "at_frame": 12},
    {"command": "move_break", "break": "b2", "at_frame": 12, "entry": "e3"},
    {"command": "remove_break", "break": "b2"},
    {"command": "replace_spot", "entry": "s1", "file": "/m/ü '.mp4"},
    {"command": "trim", "entry": "e1", "in_frame": 30, "out_frame": 31},
    {"command": "trim", "entry": "e1", "out_frame": 900},
    {"command": "split", "entry": "e1", "at_s": 12.5},
    {"command": "remove", "entry": "e1"},
    {"command": "move_entry", "entry": "e1", "before": "e3"},
    {"command": "insert", "file": "a.mp4", "after": "e3", "kind": "spot", "in_frame": 0, "out_frame": 9, "break": "b2"},
    {"command": "lift", "break": "b2"},
    {"command": "lift", "entry": "e1"},
    {"command": "lift", "entry": "e1", "at_frame": 9, "spots": ["a.mp4"], "ids": ["b3", "k3f9"]},
    {"command": "fill", "break": "b2", "seconds": 90},
    {"command": "fill", "break": "b2", "spots": ["a.mp4"]},
    {
        "command": "apply",
        "edits": [
            {"command": "insert_break", "entry": "e1", "at_frame": 1, "spots": ["a.mp4"]},
            {"command": "remove", "entry": "e2"},
        ],
        "dry_run": True,
        "revision": 4,
    },
    *({"command": name} for name in ("return", "skip", "hold", "release", "undo", "redo", "replan", "stop", "start")),
]


@pytest.mark.parametrize("data", GOOD, ids=str)
def test_there_and_back(data: dict[str, Any]) -> None:
    command = Command.parse(json.loads(json.dumps(data)))
    assert command.to_json() == data
    assert Command.parse(command.to_json()) == command


def test_every_command_is_among_them() -> None:
    assert {data["command"] for data in GOOD} == set(COMMAND_SPECS)


def test_values_have_one_type() -> None:
    command = Command.parse({"command": "insert_break", "entry": "e1", "at_s": 3, "spots": ["a"], "seconds": None})
    assert command.arguments == {"entry": "e1", "at_s": 3.0, "spots": ("a",)}
    assert isinstance(command.arguments["at_s"], float)
    with pytest.raises(TypeError):
        command.arguments["at_s"] = 1  # type: ignore[index]  # that it cannot be written is what is tested


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("skip", 'a command is an object like {"command": "skip"}, not text (skip)'),
        (None, 'a command is an object like {"command": "skip"}, not null'),
        ({}, 'the command\'s name is missing: write "command": NAME'),
        ({"command": "brake_now"}, "there is no command 'brake_now': did you mean 'break_now'?"),
        ({"command": "break-now"}, "there is no command 'break-now': did you mean 'break_now'?"),
        ({"command": ["%"]}, "there is no command ['%']: choose one of break_now, return"),
        ({"command": "skip", "entry": "e"}, "skip takes no arguments, but has 'entry'"),
        ({"command": "break_now", "second": 3}, "break_now takes no 'second': did you mean 'seconds'?"),
        ({"command": "break_now", "seconds": 3, "spots": ["a"]}, "break_now takes spots or seconds, not both"),
        ({"command": "break_now", "seconds": "3"}, "seconds is a number of seconds from 0 on, not text (3)"),
        ({"command": "break_now", "seconds": True}, "not a truth value"),
        ({"command": "break_now", "seconds": 0}, "above 0"),
        ({"command": "break_now", "spots": "a.mp4"}, "spots is a list of files"),
        ({"command": "break_now", "spots": []}, "spots is empty"),
        ({"command": "break_now", "spots": ["a", 1]}, "each of spots is text, not a number (1)"),
        ({"command": "replace_spot", "entry": "e", "file": "a\nb"}, "file contains a line break"),
        ({"command": "replace_spot", "entry": "e", "file": "a\0b"}, "file contains a NUL character"),
        ({"command": "remove_break"}, "remove_break needs break: write it as in remove_break break=b2"),
        ({"command": "insert_break", "entry": "e"}, "insert_break needs at_s"),
        ({"command": "insert_break", "entry": "e", "at_s": 1, "at_frame": 1}, "at_s or at_frame, not both"),
        ({"command": "insert_break", "entry": "e", "at_frame": 1.0}, "at_frame is a whole number"),
        ({"command": "insert_break", "entry": "e", "at_s": -1}, "at_s is a number of seconds from 0 on"),
        ({"command": "trim", "entry": "e"}, "trim needs in_frame or out_frame: write it as in trim entry=k3f9"),
        ({"command": "trim", "entry": "e", "in_frame": 9, "out_frame": 9}, "out_frame 9 is not after in_frame 9"),
        ({"command": "move_entry", "entry": "e"}, "needs before or after: write it as in move_entry entry=k3f9 after="),
        ({"command": "move_entry", "entry": "e", "before": "f", "after": "g"}, "before or after, not both"),
        ({"command": "insert", "file": "f", "before": "f", "after": "g"}, "before or after, not both"),
        ({"command": "insert", "file": "f", "kind": "ad"}, "kind is one of programme, spot, slate, not text (ad)"),
        ({"command": "lift"}, "lift needs break or entry"),
        ({"command": "lift", "break": "b", "entry": "e"}, "lift takes break or entry, not both"),
        ({"command": "fill", "break": "b"}, "fill needs seconds or spots"),
        ({"command": "fill", "break": "b", "spots": ["a"], "seconds": 9}, "fill takes spots or seconds, not both"),
        ({"command": "remove", "entry": "e", "ids": "b2"}, "ids is a list of the new ids that a dry run gave"),
        ({"command": "break_now", "ids": ["b2"]}, "break_now takes no 'ids'"),
        ({"command": "apply"}, "apply needs edits: write it as in {"),
        ({"command": "apply", "edits": {}}, "edits is a list like ["),
        ({"command": "apply", "edits": []}, "there is nothing to apply"),
        ({"command": "apply", "edits": [{"command": "remove", "entry": "e"}] * 501}, "at most 500"),
        (staged("skip"), 'edit 2 of 2: a command is an object like {"command": "skip"}, not text (skip)'),
        (
            staged({"command": "skip"}),
            "edit 2 of 2: skip acts on the entry on air, so an apply cannot contain it; edits are",
        ),
        (staged({"command": "undo"}), "edit 2 of 2: undo moves through the history of edits"),
        (staged({"command": "apply", "edits": [REMOVE]}), "edit 2 of 2: an apply cannot contain another apply"),
        (staged({"command": "remove"}), "edit 2 of 2: remove needs entry"),
        (staged({"command": "remvoe"}), "edit 2 of 2: there is no command 'remvoe': did you mean 'remove'?"),
        (staged(REMOVE | {"dry_run": True}), "edit 2 of 2: dry_run and revision belong to the whole apply"),
        ({"command": "skip", "dry_run": 1}, "dry_run is true or false"),
        ({"command": "skip", "revision": "3"}, "revision is the number"),
    ],
)
def test_a_wrong_command_is_refused_with_the_reason(data: Any, message: str) -> None:
    with pytest.raises(CommandError) as error:
        Command.parse(data)
    assert message in error.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    [
        "in_frame",
        "out_frame",
        "before",
        "after",
        "kind",
        "edits",
        "seconds",
        "spots",
        "at_s",
        "at_frame",
        "entry",
        "break",
        "file",
        "dry_run",
        "revision",
        "x",
    ]
)


@given(
    st.fixed_dictionaries({"command": st.sampled_from(list(COMMAND_SPECS)) | json_values}),
    st.dictionaries(keys, json_values),
)
def test_whatever_comes_is_a_command_or_an_error(base: dict[str, Any], more: dict[str, Any]) -> None:
    try:
        command = Command.parse(more | base)
    except CommandError:
        return
    assert Command.parse(json.loads(json.dumps(command.to_json()))) == command


def test_commands_are_read_as_people_type_them() -> None:
    command = Command.from_words("insert_break", ["entry=k=3", "at_s=12.5"], spots=["a.mp4"], dry_run=True, revision=4)
    assert command == Command("insert_break", {"entry": "k=3", "at_s": 12.5, "spots": ("a.mp4",)}, True, 4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["k3f9"], "'k3f9' is not an argument: write key=value, like insert_break entry=k3f9 at_s=12.5"),
        (["entry=e", "entry=f"], "entry is given twice"),
        (["entry=e", "at_s=soon"], "at_s is a number of seconds, not 'soon'"),
        (["entry=e", "at_frame=1.5"], "at_frame is a whole number of frames, not '1.5'"),
        (["entry=e", "at_s=nan"], "at_s is a number of seconds from 0 on"),
        (["spots=a"], "spots are named with --spots"),
    ],
)
def test_a_wrongly_typed_command_is_refused_with_the_reason(words: list[str], message: str) -> None:
    with pytest.raises(CommandError) as error:
        Command.from_words("insert_break", words)
    assert message in error.value.message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"command": "break_now", "spots": ["a.mp4"] * 2_001}, "at most 2000"),
        ({"command": "insert", "file": "é" * 2_049}, "has 4098 bytes; at most 4096"),
        ({"command": "remove", "entry": "x" * 65}, "at most 64"),
        ({"command": "remove", "entry": "x", "ids": ["a"] * 4_001}, "at most 4000"),
        ({"command": "trim", "entry": "x", "in_frame": 10**300}, "at most"),
        ({"command": "insert_break", "entry": "x", "at_s": 10**400}, "a number of seconds from 0 on"),
        ({"command": "insert_break", "entry": "x", "at_s": 1e12}, "at most 3600000 seconds"),
        ({"command": "skip", "revision": 10**60}, "revision"),
        ({"command": "insert", "file": "a", "kind": {}}, "kind is one of"),
        ({"command": "remove_break", "break": "\ud800"}, "lone surrogate"),
        ({"command": "x" * 100_000}, "there is no command"),
        ({"command": "skip", "y" * 100_000: 1}, "takes no arguments"),
        ({"command": "insert", "y" * 100_000: 1, "file": "a"}, "takes no"),
        ({"command": [[["z" * 100_000]]]}, "there is no command"),
    ],
)
def test_a_value_that_is_too_large_is_refused_in_a_short_sentence(data: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError) as caught:
        Command.parse(data)
    assert says in caught.value.message
    assert len(caught.value.message) < 500


def test_a_deeply_nested_value_is_named_by_its_beginning() -> None:
    value: Any = []
    for _ in range(900):
        value = [value]
    with pytest.raises(CommandError, match=r"spots is text|each of spots is text, not a list \(\[\[\["):
        Command.parse({"command": "break_now", "spots": [value]})
