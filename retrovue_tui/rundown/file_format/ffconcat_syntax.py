"""The syntax of an ffconcat script, as FFmpeg reads it, and of the `#retrovue` comment.

FFmpeg's reader is in libavformat/concatdec.c, libavutil/avstring.c and parseutils.c. This module handles only text: it
resolves no path and opens no file. `ScriptError` says what is wrong in a line; the caller adds the line's number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from retrovue_tui.errors import RundownError
from retrovue_tui.text.suggestions import nearest

BLANKS = " \t"
"""The characters that separate words in a line. FFmpeg treats no others as white space, except line ends."""
MARK = "#retrovue"
HEADER = "ffconcat version 1.0"

_LINE_END = re.compile(r"\r\n|\n|\r")
_SIMPLE_TOKEN = re.compile(r"(?:'([^']*)'|([^ \t'\\]+))(?:[ \t]+|$)")
_TOKEN_PART = re.compile(r"'([^']*)'|\\(.)|([^ \t'\\]+|\\$)")
_PLAIN = re.compile(r"[A-Za-z0-9_./@%+,=-]+")
_BLANKS = re.compile(r"[ \t]*")
_WORD = re.compile(r"([^ \t]*)[ \t]*")
_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9A-Fa-f]+|\d+)", re.ASCII)
_CLOCK = re.compile(r"(-?)(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)(?:\.(\d*))?", re.ASCII)
_SECONDS = re.compile(r"(-?)(\d{1,12})(?:\.(\d*))?(s|ms|us)?", re.ASCII)
_UNITS = {None: 1, "s": 1, "ms": 1_000, "us": 1_000_000}

_MARK_WORD = re.compile(
    r"""([A-Za-z_][A-Za-z0-9_.-]*)=((?:[^ \t"'\\]|"(?:[^"\\]|\\.)*+"|'[^']*+'|\\.)*+)(?:[ \t]+|$)"""
)
_MARK_PART = re.compile(r"""[^"'\\]+|"((?:[^"\\]|\\.)*+)"|'([^']*+)'|\\(.)""")
_MARK_ESCAPE = re.compile(r'\\(["\\$`])')
_MARK_PLAIN = re.compile(r"[A-Za-z0-9_./@%+,:-]+")
_PATH = re.compile(r"""/|\.[A-Za-z0-9]{2,5}['"]?$""")
_MARK_SPECIAL = re.compile(r'(["\\$`])')


class ScriptError(Exception):
    """Raised for a line that FFmpeg, or the station, cannot read. The message says what was expected and how to correct
    the line."""


class Directive(NamedTuple):
    """A keyword's arguments as a string of one letter each: k (keyword), s (string), d (duration), i (integer)."""

    arguments: str
    needs: str | None
    example: str


DIRECTIVES = {
    "ffconcat": Directive("kk", None, HEADER),
    "file": Directive("s", None, "file 'media/programme.mp4'"),
    "duration": Directive("d", "file", "duration 12.5"),
    "inpoint": Directive("d", "file", "inpoint 00:01:10.5"),
    "outpoint": Directive("d", "file", "outpoint 00:02:10.5"),
    "file_packet_meta": Directive("ks", "file", "file_packet_meta key 'value'"),
    "file_packet_metadata": Directive("s", "file", "file_packet_metadata 'key=value'"),
    "option": Directive("ks", "file", "option key 'value'"),
    "stream": Directive("", None, "stream"),
    "exact_stream_id": Directive("i", "stream", "exact_stream_id 0x100"),
    "stream_meta": Directive("ks", "stream", "stream_meta language 'eng'"),
    "stream_codec": Directive("k", "stream", "stream_codec h264"),
    "stream_extradata": Directive("k", "stream", "stream_extradata 0164001f"),
    "chapter": Directive("idd", None, "chapter 1 0 60.5"),
}


def lines(text: str) -> list[str]:
    """Return the lines of a script. Only FFmpeg's line ends count, unlike in `str.splitlines`."""
    parts = _LINE_END.split(text)
    if not parts[-1]:
        parts.pop()
    return parts


def quote(text: str) -> str:
    """Return a string, quoted for FFmpeg's script. Raises `RundownError` for a text that a script cannot express."""
    refuse_line_ends(text)
    if _PLAIN.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def refuse_line_ends(text: str) -> None:
    """Raise `RundownError` if `text` contains a line end or a NUL, because FFmpeg ends a line there even inside
    quotes."""
    if "\n" in text or "\r" in text:
        raise RundownError(f"{text!r} has a line break in it, which an ffconcat script cannot hold; rename it")
    if "\0" in text:
        raise RundownError(f"{text!r} has a NUL character in it, which no path can hold; rename it")


def keyword(line: str) -> tuple[str, int]:
    """Return the first word of a line that is not blank, and the index at which its arguments begin."""
    return _word(line, _skip_blanks(line, 0))


def directive(name: str, line: str = "") -> Directive:
    """Return the arguments that FFmpeg expects after a keyword. Raises `ScriptError` for an unknown keyword. The
    message names a similar keyword, or suggests `file` if the `line` looks like a path or no keyword is similar."""
    known = DIRECTIVES.get(name)
    if known is None:
        bare = line.strip(BLANKS)
        if _PATH.search(bare) and nearest(name.lower(), DIRECTIVES, cutoff=0.7) is None:
            path = bare[1:-1] if bare[:1] in "'\"" and bare[-1:] == bare[:1] else bare
            raise ScriptError(f"a path needs the word file before it; write: file {quote(path)}")
        meant = nearest(name.lower(), DIRECTIVES)
        if meant is None:
            raise ScriptError(
                f"unknown directive {name!r}; write a file as: {DIRECTIVES['file'].example}, a remark as: # …"
            )
        raise ScriptError(f"unknown directive {name!r}; did you mean {meant!r}, as in: {DIRECTIVES[meant].example}")
    return known


def arguments(name: str, line: str, at: int) -> tuple[list[str], str]:
    """Return the checked arguments of a known keyword, and the comment after them (from `#` on; empty if there is
    none)."""
    wanted = DIRECTIVES[name]
    values = []
    for shape in wanted.arguments:
        value, at = token(line, at) if shape == "s" else _word(line, at)
        if not value:
            raise ScriptError(f"{name!r} lacks {_MEANING[shape]}; write it like: {wanted.example}")
        if shape == "d":
            duration(value)
        elif shape == "i" and not _INTEGER.fullmatch(value):
            raise ScriptError(f"{value!r} is not {_MEANING[shape]}; write it like: {wanted.example}")
        values.append(value)
    rest = line[at:].rstrip(BLANKS)
    if rest and not rest.startswith("#") and wanted.arguments == "s":
        whole = line[keyword(line)[1] :].strip(BLANKS)
        whole = whole[1:-1] if len(whole) > 1 and whole[0] in "'\"" and whole[-1] == whole[0] else whole
        raise ScriptError(f"unexpected {rest!r} after {name!r}; text with spaces needs quotes: {name} {quote(whole)}")
    if rest and not rest.startswith("#"):
        hint = (
            "put text that has spaces or quotes into '…'" if "s" in wanted.arguments else "write one directive per line"
        )
        raise ScriptError(f"unexpected {rest!r} after {name!r}; {hint}, as in: {wanted.example}")
    return values, rest


_MEANING = {"k": "a word", "s": "a text", "d": "a time", "i": "a whole number"}


def token(line: str, at: int) -> tuple[str, int]:
    """Return the string that begins at index `at`, without its quoting, and the index of the next word.

    Inside quotes (`'…'`) every character is literal; outside, a backslash makes the next character literal. This is
    what FFmpeg's av_get_token does up to white space, except that an unclosed quote is an error here.
    """
    match = _SIMPLE_TOKEN.match(line, at)
    if match is not None:
        return match[1] if match[2] is None else match[2], match.end()
    parts = []
    while part := _TOKEN_PART.match(line, at):
        parts.append(part[1] if part[1] is not None else part[2] or part[3])
        at = part.end()
    if at < len(line) and line[at] == "'":
        name, begins = keyword(line)
        whole = line[begins:].strip(BLANKS)
        if whole[:1] == "'" and "'" not in whole[1:]:
            raise ScriptError(f"the quote is not closed; write: {name} {quote(whole[1:])}")
        whole = whole[1:-1] if len(whole) > 1 and whole[0] == whole[-1] == "'" else whole
        raise ScriptError(rf"a quote is not closed; within a name it is written '\'': {name} {quote(whole)}")
    return "".join(parts), _skip_blanks(line, at)


def _word(line: str, at: int) -> tuple[str, int]:
    match = _WORD.match(line, at)
    assert match is not None
    return match[1], match.end()


def _skip_blanks(line: str, at: int) -> int:
    match = _BLANKS.match(line, at)
    return match.end() if match else at


def duration(text: str) -> int:
    """Return the microseconds of an FFmpeg duration: `12.5`, `00:01:10.5`, `1:10`, `500ms`, `1000us`. Fractions of a
    microsecond are cut off."""
    if match := _SECONDS.fullmatch(text):
        sign, whole, decimals, unit = match.groups()
        micros = (int(whole) * 1_000_000 + _micros(decimals)) // _UNITS[unit]
    elif match := _CLOCK.fullmatch(text):
        sign, hours, minutes, seconds, decimals = match.groups()
        micros = (3600 * int(hours or 0) + 60 * int(minutes) + int(seconds)) * 1_000_000 + _micros(decimals)
    else:
        raise ScriptError(f"{text!r} is not a time; write it like 12.5, 00:01:10.5 or 500ms")
    return -micros if sign else micros


def _micros(decimals: str | None) -> int:
    return int(decimals[:6].ljust(6, "0")) if decimals else 0


def seconds_text(micros: int) -> str:
    """Return a non-negative number of microseconds as a text in seconds, which FFmpeg reads back exactly."""
    whole, rest = divmod(micros, 1_000_000)
    return f"{whole}.{rest:06d}"


def is_mark(line: str) -> bool:
    """Return whether a stripped line is a `#retrovue` comment."""
    return line.startswith(MARK) and line[len(MARK) : len(MARK) + 1] in ("", " ", "\t")


def read_mark(line: str) -> list[tuple[str, str]]:
    """Return the `key=value` pairs of a `#retrovue` comment. Values are quoted as in a shell."""
    pairs = []
    at = _skip_blanks(line, len(MARK))
    while at < len(line):
        match = _MARK_WORD.match(line, at)
        if match is None:
            raise ScriptError(f'expected key=value at {line[at:]!r}; write it like: {MARK} kind=spot title="Cola 30"')
        pairs.append((match[1], _unquoted(match[2])))
        at = match.end()
    return pairs


def _unquoted(text: str) -> str:
    if _MARK_PLAIN.fullmatch(text):
        return text
    parts = []
    for match in _MARK_PART.finditer(text):
        double, single, escaped = match.groups()
        if double is not None:
            parts.append(_MARK_ESCAPE.sub(r"\1", double))
        else:
            parts.append(next((part for part in (single, escaped) if part is not None), match[0]))
    return "".join(parts)


def write_mark(pairs: list[tuple[str, str]]) -> str:
    """Return a `#retrovue` comment. Raises `RundownError` if a value contains a line end."""
    words = [MARK]
    for key, value in pairs:
        if not _MARK_PLAIN.fullmatch(value):
            refuse_line_ends(value)
            value = '"' + _MARK_SPECIAL.sub(r"\\\1", value) + '"'
        words.append(f"{key}={value}")
    return " ".join(words)
