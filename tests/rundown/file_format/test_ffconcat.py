from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.errors import RundownError
from retrovue_tui.rundown.entries import KINDS, Entry, Rundown
from retrovue_tui.rundown.file_format.ffconcat import dump, load, parse, parse_whole, save
from retrovue_tui.timecode import HOUSE_RATES, FrameRate

NTSC = FrameRate(30_000, 1_001)
PATH = Path("/home/op/tv/channels/1.ffconcat")
MEDIA = Path("/home/op/tv/media")

SCRIPT = """\
ffconcat version 1.0
# Retro One, weekdays

stream
exact_stream_id 0x100
stream_meta language 'eng'
chapter 1 0 60.5

# the pilot
file ../media/programmes/pilot.mp4
outpoint 00:01:10.5
option analyzeduration '1 000'

#retrovue kind=spot title="Cola 30" break=b2 id=k3f9 sponsor='Acme & Sons'
file '../media/ads/cola'\\''s.mp4'
duration 30
#retrovue kind=programme id=act2
file   ../media/programmes/pilot.mp4
inpoint 70.5
file_packet_meta key 'a value'
file_packet_metadata key=value
# that is all
"""


def script(*lines: str) -> str:
    return "\n".join(("ffconcat version 1.0", *lines)) + "\n"


def refusal(*lines: str) -> RundownError:
    with pytest.raises(RundownError) as caught:
        parse(script(*lines), PATH, NTSC)
    assert caught.value.path == PATH
    return caught.value


def test_a_script_becomes_entries() -> None:
    rundown = parse(SCRIPT, PATH, NTSC)
    pilot, cola, act2 = rundown.entries
    assert (pilot.kind, pilot.file, pilot.in_frame, pilot.out_frame) == (
        "programme",
        MEDIA / "programmes/pilot.mp4",
        0,
        2113,
    )
    assert [entry.line for entry in rundown.entries] == [10, 15, 18]
    assert pilot.comments == ("# the pilot",)
    assert (cola.kind, cola.id, cola.title, cola.break_id) == ("spot", "k3f9", "Cola 30", "b2")
    assert cola.file == MEDIA / "ads/cola's.mp4"
    assert cola.tags == (("sponsor", "Acme & Sons"),)
    assert cola.directives == ("duration 30",)
    assert (act2.id, act2.in_frame, act2.out_frame) == ("act2", 2113, None)
    assert rundown.trailer == ("# that is all",)
    assert rundown.index("act2") == 2
    assert rundown.index("nobody") is None


def test_a_rewrite_keeps_what_a_person_wrote() -> None:
    assert dump(parse(SCRIPT, PATH, NTSC), PATH, NTSC) == SCRIPT


def test_an_edit_rewrites_its_own_entry_alone() -> None:
    rundown = parse(SCRIPT, PATH, NTSC)
    cola = dataclasses.replace(rundown.entries[1], title='Cola "60"')
    edited = dataclasses.replace(rundown, entries=(rundown.entries[0], cola, rundown.entries[2]))
    text = dump(edited, PATH, NTSC)
    assert parse(text, PATH, NTSC) == edited
    before, after = SCRIPT.splitlines(), text.splitlines()
    assert [line for line in after if line not in before] == [
        r'#retrovue kind=spot title="Cola \"60\"" break=b2 id=k3f9 sponsor="Acme & Sons"',
    ]


def test_another_part_of_an_asset_leaves_its_declared_duration_behind() -> None:
    cola = parse(SCRIPT, PATH, NTSC).entries[1]
    part = cola.between(10, 20)
    assert (part.in_frame, part.out_frame, part.id, part.directives) == (10, 20, "k3f9", ())
    assert part.line is None
    assert "duration" not in dump(Rundown((part,)), PATH, NTSC)


def test_without_a_kind_the_folder_decides() -> None:
    text = script(
        "file ../media/ads/a.mp4", "file ../media/adverts/b.mp4", "#retrovue kind=slate", "file ../media/ads/c"
    )
    kinds = [entry.kind for entry in parse(text, PATH, NTSC, [MEDIA / "ads"]).entries]
    assert kinds == ["spot", "programme", "slate"]


@pytest.mark.parametrize("text", ["", "ffconcat version 1.0\n", "# nothing yet\n\n# at all\n"])
def test_a_rundown_may_be_empty(text: str) -> None:
    rundown = parse(text, PATH, NTSC)
    assert rundown.entries == ()
    assert parse(dump(rundown, PATH, NTSC), PATH, NTSC) == rundown


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_and_a_byte_order_mark_are_read(end: str) -> None:
    text = "\ufeff" + SCRIPT.replace("\n", end)
    assert parse(text, PATH, NTSC) == parse(SCRIPT, PATH, NTSC)


def test_ids_stay_and_differ() -> None:
    text = script("file a.mp4", "file b.mp4", "file a.mp4", "file a.mp4", "inpoint 5")
    first, again = parse(text, PATH, NTSC), parse(text, PATH, NTSC)
    ids = [entry.id for entry in first.entries]
    assert ids == [entry.id for entry in again.entries]
    assert len(set(ids)) == 4
    grown = parse(script("file new.mp4") + text, PATH, NTSC)
    assert [entry.id for entry in grown.entries][1:] == ids


def test_a_written_id_may_look_like_a_derived_one() -> None:
    derived = parse(script("file a.mp4"), PATH, NTSC).entries[0].id
    rundown = parse(script(f"#retrovue id={derived}", "file b.mp4", "file a.mp4"), PATH, NTSC)
    assert rundown.entries[0].id == derived != rundown.entries[1].id
    assert parse(dump(rundown, PATH, NTSC), PATH, NTSC) == rundown


def test_an_edit_keeps_the_id_that_was_derived() -> None:
    entry = parse(script("file a.mp4"), PATH, NTSC).entries[0]
    cut = Rundown((entry.between(0, 100),))
    assert parse(dump(cut, PATH, NTSC), PATH, NTSC).entries[0].id == entry.id


def test_paths_start_at_the_script_and_stay_with_the_home() -> None:
    files = [
        "/abs/x.mp4",
        "/home/op/tv/media/y.mp4",
        "/home/op/tv/channels/z.mp4",
        "/home/op/z.mp4",
        "/home/op/tv/channels/#1: x",
    ]
    rundown = Rundown(tuple(Entry(str(index), "programme", Path(file)) for index, file in enumerate(files)))
    text = dump(rundown, PATH, NTSC)
    written = [line.removeprefix("file ") for line in text.splitlines() if line.startswith("file ")]
    assert written == ["/abs/x.mp4", "../media/y.mp4", "z.mp4", "/home/op/z.mp4", "'./#1: x'"]
    assert parse(text, PATH, NTSC) == rundown
    moved = Path("/srv/tv/channels/1.ffconcat")
    assert parse(text, moved, NTSC).entries[1].file == Path("/srv/tv/media/y.mp4")
    assert parse(dump(parse(text, PATH, NTSC), moved, NTSC), moved, NTSC).entries[1].file == Path(files[1])


def test_a_file_url_is_a_path_and_other_urls_are_refused() -> None:
    assert parse(script("file file:///a/b.mp4"), PATH, NTSC).entries[0].file == Path("/a/b.mp4")
    assert parse(script("file 'Show: Pilot.mp4'"), PATH, NTSC).entries[0].file.name == "Show: Pilot.mp4"
    assert "is a URL" in refusal("file http://example.org/a.ts").reason


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (["fiel a.mp4"], 2, ["unknown directive 'fiel'", "did you mean 'file'"]),
        (["FILE a.mp4"], 2, ["did you mean 'file'"]),
        (["file a.mp4", "in_point 5"], 3, ["did you mean 'inpoint'"]),
        (["foo bar"], 2, ["unknown directive 'foo'; write a file as: file 'media/programme.mp4', a remark as: # …"]),
        (["file"], 2, ["lacks", "write it like: file 'media/programme.mp4'"]),
        (["file ''"], 2, ["lacks"]),
        (["file 'a.mp4"], 2, ["not closed"]),
        (["file it's.mp4"], 2, ["not closed", r"'\''"]),
        (["file my show.mp4"], 2, ["'show.mp4'", "unexpected", ": file 'my show.mp4'"]),
        (['file "my show.mp4"'], 2, ["unexpected", ": file 'my show.mp4'"]),
        (["file 'it's my show.mp4'"], 2, ["unexpected", r": file 'it'\''s my show.mp4'"]),
        (["file 'my show.mp4"], 2, ["not closed; write: file 'my show.mp4'"]),
        (["../media/film.mp4"], 2, ["a path needs the word file before it; write: file ../media/film.mp4"]),
        (["'my show.mkv'"], 2, ["write: file 'my show.mkv'"]),
        (["my show.mkv"], 2, ["write: file 'my show.mkv'"]),
        (["", "# x", "inpoint 5"], 4, ["before any 'file'"]),
        (["exact_stream_id 1"], 2, ["before any 'stream'"]),
        (["stream", "exact_stream_id one"], 3, ["whole number"]),
        (["file a", "inpoint soon"], 3, ["'soon' is not a time", "00:01:10.5"]),
        (["file a", "inpoint"], 3, ["lacks a time"]),
        (["file a", "inpoint -1"], 3, ["smallest is 0"]),
        (["file a", "outpoint 5", "inpoint 5"], 4, ["at least one frame after"]),
        (["file a", "inpoint 5", "outpoint 4", "file b"], 4, ["at least one frame after"]),
        (["file a", "outpoint 0.001"], 3, ["at least one frame after"]),
        (["file a", "option key"], 3, ["lacks a text", "option key 'value'"]),
        (["ffconcat version 2.0"], 2, ["version 1.0"]),
        (["#retrovue kind=advert", "file a"], 2, ["unknown kind 'advert'", "programme, spot or slate"]),
        (["#retrovue id=x", "file a", "#retrovue id=x", "file b"], 4, ["'x' is taken by line 2"]),
        (["#retrovue id=", "file a"], 2, ["the id is empty"]),
        (["#retrovue id=x id=y", "file a"], 2, ["appears twice"]),
        (["#retrovue spot", "file a"], 2, ["expected key=value"]),
        (["file a", "#retrovue kind=spot", "inpoint 5"], 4, ["stands above the 'file'"]),
        (["file a", "#retrovue kind=spot", "# end"], 3, ["no 'file' follows"]),
        (["file a\0b"], 2, ["NUL"]),
    ],
)
def test_a_fault_is_reported_with_its_line_and_its_remedy(lines: list[str], line: int, words: list[str]) -> None:
    error = refusal(*lines)
    assert error.line == line
    assert str(error).startswith(f"{PATH}:{line}: ")
    assert "\n" not in str(error)
    for word in words:
        assert word in error.reason


def test_every_fault_of_a_script_is_found_and_none_that_follows_from_another() -> None:
    text = script(
        "fil one.mp4",
        "inpoint 5",
        "file two.mp4",
        "inpoint 1:99",
        "outpoint 9",
        "../three.mp4",
        "outpoint 3",
        "#retrovue kind=advert",
        "file four.mp4",
        "inpoint 5",
        "outpoint 4",
        "#retrovue id=x",
    )
    rundown, faults = parse_whole(text, PATH, NTSC)
    assert [fault.line for fault in faults] == [2, 5, 7, 9, 12, 13]
    assert [entry.file.name for entry in rundown.entries] == ["two.mp4", "four.mp4"]
    assert [fault.line for fault in parse_whole(text, PATH, NTSC, first_fault=True)[1]] == [2]


def test_comments_behind_a_directive_are_kept() -> None:
    text = script("file a # the pilot", "# cut", "inpoint 5 # sharp", "duration 5 # about", "file b")
    rundown = parse(text, PATH, NTSC)
    assert rundown.entries[0].comments == ("# the pilot", "# cut", "# sharp")
    assert rundown.entries[0].directives == ("duration 5 # about",)
    assert parse(dump(rundown, PATH, NTSC), PATH, NTSC) == rundown


def test_the_last_word_counts_as_in_ffmpeg() -> None:
    assert parse(script("file a", "inpoint 5", "inpoint 6"), PATH, FrameRate(25)).entries[0].in_frame == 150


ENTRY = Entry("a", "programme", MEDIA / "a.mp4")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([dataclasses.replace(ENTRY, file=MEDIA / "a\nb.mp4")], "line break"),
        ([dataclasses.replace(ENTRY, file=Path("a.mp4"))], "not an absolute path"),
        ([dataclasses.replace(ENTRY, title="a\nb")], "line break"),
        ([dataclasses.replace(ENTRY, comments=("file b",))], "not a comment"),
        ([dataclasses.replace(ENTRY, comments=("# a\nfile b",))], "line break"),
        ([dataclasses.replace(ENTRY, comments=("#retrovue id=x",))], "not a comment"),
        ([dataclasses.replace(ENTRY, directives=("file b",))], "directive"),
        ([dataclasses.replace(ENTRY, in_frame=5, out_frame=5)], "ends before it begins"),
        ([ENTRY, ENTRY], "two entries"),
    ],
)
def test_a_rundown_that_no_script_can_express_is_refused(entries: list[Entry], words: str) -> None:
    with pytest.raises(RundownError, match=words) as caught:
        dump(Rundown(tuple(entries)), PATH, NTSC)
    assert caught.value.path == PATH


plain = st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"])
names = (st.text(plain, min_size=1) | st.text(" '\"\\#?:-.a", min_size=1)).map(lambda text: text.replace("/", "_"))
names = names.filter(lambda name: name not in (".", ".."))
folders = st.sampled_from([MEDIA, MEDIA / "it's", PATH.parent, Path("/x y"), Path("/home/op")])
comments = st.text(plain).map(lambda text: "#." + text.rstrip(" \t")) | st.just("")
tags = st.dictionaries(st.from_regex(r"x[A-Za-z0-9_.-]{0,8}", fullmatch=True), st.text(plain), max_size=2)


@st.composite
def an_entry(draw: st.DrawFn) -> Entry:
    first = draw(st.integers(0, 10**7))
    return Entry(
        id=draw(st.text(plain, min_size=1, max_size=4)),
        kind=draw(st.sampled_from(KINDS)),
        file=draw(folders) / draw(names),
        in_frame=first,
        out_frame=draw(st.none() | st.integers(first + 1, first + 10**6)),
        title=draw(st.text(plain, max_size=8)),
        break_id=draw(st.none() | st.text(plain, min_size=1, max_size=3)),
        tags=tuple(draw(tags).items()),
        comments=tuple(draw(st.lists(comments, max_size=2))),
        directives=tuple(draw(st.lists(st.sampled_from(["duration 5", "option a 'b c'"]), max_size=2))),
    )


@st.composite
def a_rundown(draw: st.DrawFn) -> Rundown:
    entries = draw(st.lists(an_entry(), min_size=1, max_size=4, unique_by=lambda entry: entry.id))
    first = dataclasses.replace(entries[0], comments=tuple(line for line in entries[0].comments if line))
    header = draw(st.lists(comments | st.sampled_from(["stream", "chapter 1 0 5"]), max_size=3))
    return Rundown((first, *entries[1:]), tuple(header), tuple(draw(st.lists(comments, max_size=2))))


@given(a_rundown(), st.sampled_from(HOUSE_RATES).map(FrameRate.parse))
def test_a_rundown_reads_back(rundown: Rundown, rate: FrameRate) -> None:
    text = dump(rundown, PATH, rate)
    again = parse(text, PATH, rate, [MEDIA])
    assert again == rundown
    assert dump(again, PATH, rate) == text


@given(st.text(st.sampled_from(" '\\\n\t#=\"a1") | plain, max_size=60).map(lambda text: "file a\n" + text))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(RundownError):
        rundown = parse(text, PATH, NTSC)
        assert parse(dump(rundown, PATH, NTSC), PATH, NTSC).entries == rundown.entries


def test_ten_thousand_entries() -> None:
    text = script(
        *(
            f"#retrovue kind=spot title='Cola {n}'\nfile '../media/it is {n}.mp4'\ninpoint 12.5\noutpoint 1:10"
            for n in range(10_000)
        )
    )
    assert dump(parse(text, PATH, NTSC), PATH, NTSC) == text


def test_saving_and_loading(tmp_path: Path) -> None:
    path = tmp_path / "channels" / "1.ffconcat"
    path.parent.mkdir()
    odd = Path(os.fsdecode(b"/media/caf\xe9.mp4"))
    rundown = Rundown((Entry("a", "spot", odd, title="Café"),))
    save(rundown, path, NTSC)
    assert load(path, NTSC) == rundown


def test_a_missing_or_unreadable_rundown_is_reported(tmp_path: Path) -> None:
    with pytest.raises(RundownError, match="no such rundown"):
        load(tmp_path / "1.ffconcat", NTSC)
    with pytest.raises(RundownError, match="cannot be read: Is a directory"):
        load(tmp_path, NTSC)


def test_a_refused_rundown_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "1.ffconcat"
    path.write_text("as it was")
    with pytest.raises(RundownError):
        save(Rundown((ENTRY, ENTRY)), path, NTSC)
    assert path.read_text() == "as it was"
    assert [file.name for file in tmp_path.iterdir()] == ["1.ffconcat"]
