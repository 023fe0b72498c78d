from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retrovue_tui.errors import RundownError
from retrovue_tui.rundown.file_format import ffconcat_syntax
from retrovue_tui.rundown.file_format.ffconcat_syntax import ScriptError

one_line = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), min_size=1)
tricky = st.text(st.sampled_from(" \t'\\a#é"), min_size=1)


def as_ffmpeg_reads(text: str) -> str | None:
    """av_get_token up to white space, letter by letter; None where a quote stays open."""
    out, at = "", 0
    while at < len(text) and text[at] not in " \t":
        letter = text[at]
        at += 1
        if letter == "\\" and at < len(text):
            out += text[at]
            at += 1
        elif letter == "'":
            closing = text.find("'", at)
            if closing < 0:
                return None
            out += text[at:closing]
            at = closing + 1
        else:
            out += letter
    return out


@given(one_line | tricky)
@example("it's")
@example("\\")
def test_a_quoted_text_reads_back(text: str) -> None:
    assert ffconcat_syntax.token(ffconcat_syntax.quote(text), 0) == (text, len(ffconcat_syntax.quote(text)))
    assert as_ffmpeg_reads(ffconcat_syntax.quote(text)) == text


@given(tricky)
def test_quoting_is_undone_as_ffmpeg_does(text: str) -> None:
    expected = as_ffmpeg_reads(text)
    if expected is None:
        with pytest.raises(ScriptError, match="not closed"):
            ffconcat_syntax.token(text, 0)
    else:
        assert ffconcat_syntax.token(text, 0)[0] == expected


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b"])
def test_a_text_that_no_script_can_express_is_refused(text: str) -> None:
    with pytest.raises(RundownError, match="rename it"):
        ffconcat_syntax.quote(text)


def test_only_what_ffmpeg_takes_for_a_line_end_is_one() -> None:
    assert ffconcat_syntax.lines("a\nb\r\nc\rd\u2028e\x0bf\x85g") == ["a", "b", "c", "d\u2028e\x0bf\x85g"]
    assert ffconcat_syntax.lines("") == []


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0", 0),
        ("12", 12_000_000),
        ("12.5", 12_500_000),
        ("12.", 12_000_000),
        ("12.5s", 12_500_000),
        ("500ms", 500_000),
        ("1.5ms", 1_500),
        ("1000us", 1_000),
        ("1.9us", 1),
        ("1:10", 70_000_000),
        ("00:01:10.5", 70_500_000),
        ("1:2:3.000001", 3_723_000_001),
        ("100:00:00", 360_000_000_000),
        ("0.0333666999", 33_366),
        ("-1.5", -1_500_000),
        ("-00:00:01", -1_000_000),
    ],
)
def test_durations(text: str, micros: int) -> None:
    assert ffconcat_syntax.duration(text) == micros


@pytest.mark.parametrize("text", ["", ".5", "1,5", "abc", "1:60", "00:61:00", "1:2:3:4", "5m", "1e3", "٣", "0x10"])
def test_other_text_is_no_duration(text: str) -> None:
    with pytest.raises(ScriptError, match="not a time"):
        ffconcat_syntax.duration(text)


@given(st.integers(0, 10**12))
def test_microseconds_read_back(micros: int) -> None:
    assert ffconcat_syntax.duration(ffconcat_syntax.seconds_text(micros)) == micros


keys = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
values = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"])) | st.text("\"'\\$` =#a")


@given(st.lists(st.tuples(keys, values), max_size=4))
def test_a_mark_reads_back(pairs: list[tuple[str, str]]) -> None:
    assert ffconcat_syntax.read_mark(ffconcat_syntax.write_mark(pairs)) == pairs


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('title="Cola 30"', "Cola 30"),
        ("title='Cola 30'", "Cola 30"),
        (r"title=Cola\ 30", "Cola 30"),
        (r'title="say \"hi\" at C:\new"', r'say "hi" at C:\new'),
        (r"title=it\'s", "it's"),
        ("title=a'b c'\"d e\"f", "ab cd ef"),
        ("title=", ""),
    ],
)
def test_marks_are_quoted_as_in_a_shell(text: str, value: str) -> None:
    assert ffconcat_syntax.read_mark(f"#retrovue {text}") == [("title", value)]


@pytest.mark.parametrize("text", ["kind", 'title="open', "title='open", "=x", "9x=1", "title=a\\", 'a="b"c" d'])
def test_a_mark_that_is_no_key_and_value_is_refused(text: str) -> None:
    with pytest.raises(ScriptError, match="expected key=value"):
        ffconcat_syntax.read_mark(f"#retrovue {text}")


@pytest.mark.parametrize(("line", "ours"), [("#retrovue", True), ("#retrovue\tid=a", True), ("#retrovues", False)])
def test_which_comments_are_ours(line: str, ours: bool) -> None:
    assert ffconcat_syntax.is_mark(line) is ours
