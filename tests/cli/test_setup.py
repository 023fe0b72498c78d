"""The parts of `init` that read no files: spots by folder names, the line-up, the texts of the files."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.cli.setup import questions
from retrovue_tui.cli.setup.home_files import config_text, rundown_text
from retrovue_tui.cli.setup.line_up import (
    MOST_PROGRAMMES,
    ChannelLineUp,
    in_order_of_air,
    line_up,
    most_channels,
    shortened,
    usual_channels,
)
from retrovue_tui.cli.setup.media_survey import Survey, survey
from retrovue_tui.cli.setup.plan_scope import globs_of, journal_of
from retrovue_tui.cli.setup.report import report_lines
from retrovue_tui.cli.setup.sample_probe import are_clips, are_spots, folders_of_small_files, house_for, samples
from retrovue_tui.cli.setup.spot_folders import spot_folders
from retrovue_tui.config.plan import PlanRules
from retrovue_tui.errors import MediaError, StationError
from retrovue_tui.media.asset import Asset, VideoFacts
from retrovue_tui.media.metadata.catalogue import Catalogue, Series
from retrovue_tui.media.metadata.programme_facts import ProgrammeFacts
from retrovue_tui.rundown.file_format.ffconcat import parse
from retrovue_tui.schedule.series_memory import Chooser, Programme
from retrovue_tui.timecode import FrameRate

NTSC = FrameRate(30_000, 1_001)
TOP, HOME = Path("/media"), Path("/home/me/station")


def episodes(series: str, count: int) -> Series:
    found = (ProgrammeFacts(TOP / series / f"{n}.mkv", f"Part {n}", series, 1, n) for n in range(1, count + 1))
    return Series(series, tuple(found))


def films(count: int) -> tuple[ProgrammeFacts, ...]:
    return tuple(ProgrammeFacts(TOP / f"film {n}.mkv", f"Film {n}") for n in range(1, count + 1))


def titles(plan: ChannelLineUp) -> list[str]:
    return [f"{each.series}{each.episode}" if each.series else each.title for each in plan.programmes]


# ── spots ────────────────────────────────────────────────────────────────────────────────────────


def test_spots_are_found_by_the_names_of_their_folders() -> None:
    files = [TOP / name for name in (
        "TV/Show/Season 1/1.mkv", "Commercials/80s/cola.mp4", "Commercials/soap.mp4", "Station IDs/one.mp4",
        "TV/Ads/x.mp4", "Trailers/big.mp4", "Movies/Alien (1979)/Trailers/alien.mp4", "Bumpkin/film.mp4",
    )]  # fmt: skip
    assert spot_folders(files, [TOP]) == {
        "ads": (TOP / "Commercials", TOP / "TV/Ads", TOP / "Trailers"), "bumpers": (TOP / "Station IDs",),
    }  # fmt: skip
    ads = Path("/srv/ads")
    assert spot_folders([ads / "deep" / "x.mp4"], [ads])["ads"] == (ads,)


def test_the_contents_of_the_folders() -> None:
    sizes = {TOP / name: size for name, size in (
        ("a/10.mkv", 9), ("a/9.mkv", 9), ("ads/x.mp4", 9), ("ads/empty.mp4", 0), ("a/song.mp3", 9), ("link.mkv", -2),
        ("a/Extras/making.mkv", 9), ("a/Film-trailer.mp4", 9), ("two\nlines.mkv", 9), ("VIDEO_TS/VTS_01_0.VOB", 9),
    )}  # fmt: skip
    found = survey(sizes, [TOP], {"ads": (TOP / "ads",), "bumpers": (TOP / "idents",)})
    assert found.programmes == (TOP / "a/10.mkv", TOP / "a/9.mkv")
    assert found.spots == {"ads": (TOP / "ads/x.mp4",)}
    assert found.pools == {"ads": (TOP / "ads",)}
    assert found.left_out == 3
    assert {file.name for file in found.unusable} == {"empty.mp4", "link.mkv", "two\nlines.mkv", "VTS_01_0.VOB"}
    less = found.without({TOP / "ads/x.mp4": "broken", TOP / "a/9.mkv": "broken"})
    assert (less.programmes, less.spots, less.pools) == ((TOP / "a/10.mkv",), {}, {})
    assert len(less.unusable) == 6


def asset(name: str, seconds: int, rate: str = "25", height: int = 720) -> Asset:
    video = VideoFacts(0, "h264", 1280, height, Fraction(rate), Fraction(0))
    return Asset(TOP / name, "key", 1, 1, Fraction(seconds), video)


def test_lengths_decide_what_are_spots() -> None:
    facts = {TOP / "a": asset("a", 30), TOP / "b": asset("b", 4_000), TOP / "c": asset("c", 20)}
    bad = {TOP / "d": MediaError("no")}
    assert are_spots(facts, facts)
    assert are_clips(facts, facts)
    assert not are_spots([TOP / "b"], facts)
    assert are_spots([TOP / "d"], bad), "nothing is known of them but their folder's name"
    assert not are_clips([TOP / "d"], bad)


def test_samples() -> None:
    files = [TOP / str(n) for n in range(10)]
    assert samples(files) == [files[0], files[3], files[6]]
    assert samples(files[:2]) == files[:2]
    small = {TOP / "clips" / str(n): 1_000_000 for n in range(3)}
    large = {TOP / "films" / str(n): 900_000_000 for n in range(3)}
    assert folders_of_small_files(small | large) == {TOP / "clips": sorted(small)}


def test_the_house_format_suits_most_programmes() -> None:
    assert house_for([]) == ("720p", "30000/1001")
    assert house_for([asset("a", 9, "25", 576), asset("b", 9, "25", 480), asset("c", 9, "30", 480)]) == ("480p", "25")
    assert house_for([asset("a", 9, "24000/1001", 1080)]) == ("720p", "24000/1001")
    assert house_for([asset("a", 9, "50")]) == ("720p", "25")
    assert house_for([asset("a", 9, "15")]) == ("720p", "30000/1001")


# ── the line-up ──────────────────────────────────────────────────────────────────────────────────


def test_series_take_turns_and_films_are_in_between() -> None:
    found = Catalogue((episodes("A", 4), episodes("B", 2)), films(2))
    (plan,) = line_up(found, 1)
    assert titles(plan) == ["A1", "B1", "A2", "Film 1", "B2", "A3", "A4", "Film 2"]
    assert (plan.id, plan.name) == ("1", "Channel One")


def test_few_films_among_many_episodes_and_few_episodes_among_many_films() -> None:
    (plan,) = line_up(Catalogue((episodes("A", 500),), films(2)), 1)
    assert titles(plan)[6] == "Film 1"
    assert len(plan.programmes) == MOST_PROGRAMMES
    (plan,) = line_up(Catalogue((episodes("A", 2),), films(5)), 1)
    assert titles(plan) == ["A1", "Film 1", "A2", "Film 2", "Film 3", "Film 4", "Film 5"]


def test_channels_share_the_media() -> None:
    found = Catalogue((episodes("A", 9), episodes("B", 3), episodes("C", 3)), films(4))
    one, two = line_up(found, 2)
    assert {each.series for each in one.programmes} == {"A", ""}
    assert {each.series for each in two.programmes} == {"B", "C", ""}
    assert len(one.programmes) + len(two.programmes) == 19
    assert [each.file for each in in_order_of_air([one, two])][:2] == [TOP / "A/1.mkv", TOP / "B/1.mkv"]


def test_a_rundown_ends_before_the_first_file_that_is_not_probed() -> None:
    (plan,) = line_up(Catalogue((), films(30)), 1)
    files = [each.file for each in plan.programmes]
    assert shortened(plan, files) == plan
    assert len(shortened(plan, files[:20]).programmes) == 20
    assert len(shortened(plan, [*files[:20], *files[21:]]).programmes) == 20
    assert len(shortened(plan, []).programmes) == 12


@given(st.lists(st.integers(1, 7), max_size=6), st.integers(0, 9))
def test_each_channel_has_a_programme_and_each_programme_one_channel(counts: list[int], number: int) -> None:
    found = Catalogue(tuple(episodes(f"S{n}", count) for n, count in enumerate(counts)), films(number))
    assert usual_channels(found) <= max(1, most_channels(found))
    for channels in range(1, most_channels(found) + 1):
        plans = line_up(found, channels)
        aired = [each.file for plan in plans for each in plan.programmes]
        assert all(plan.programmes for plan in plans)
        assert len(aired) == len(set(aired)) == sum(counts) + number
        for plan in plans:
            for series in {each.series for each in plan.programmes} - {""}:
                numbers = [each.episode or 0 for each in plan.programmes if each.series == series]
                assert all(one < other for one, other in pairwise(numbers))


# ── texts ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ['a "quoted" one', "it's", "back\\slash", "ünï 漢字", "\x7f", "# no comment", "x = [y]"]
)
def test_any_folder_in_the_config(name: str) -> None:
    plan = ChannelLineUp(1, "Channel One", films(1))
    text = config_text(HOME, [TOP / name], {"ads": [TOP / name / "ads"]}, [plan], ("720p", "25"), [["*"]])
    data = tomllib.loads(text)
    assert data["library"]["programmes"] == [str(TOP / name)]
    assert data["pools"] == {"ads": str(TOP / name / "ads")}
    assert data["house"] == {"profile": "720p", "rate": "25"}
    (channel,) = data["channel"]
    assert channel.pop("plan") == {
        "programmes": ["*"], "order": "series", "breaks": "natural", "break_length": "2m"
    }  # fmt: skip
    assert channel == {"id": "1", "number": 1, "name": "Channel One", "pool": "ads"}


def test_a_config_without_spots_and_with_folders_in_the_home() -> None:
    text = config_text(
        HOME, [HOME / "media/a", TOP], {}, [ChannelLineUp(1, "Channel One", films(1))], ("480p", "25"), [["a", "b"]]
    )
    data = tomllib.loads(text)
    assert data["library"]["programmes"] == ["media/a", str(TOP)]
    assert "pools" not in data
    assert "pool" not in data["channel"][0]
    assert data["channel"][0]["plan"]["programmes"] == ["a", "b"]


@pytest.mark.parametrize("pools", [("ads",), ("bumpers",), ("ads", "bumpers"), ()])
def test_bumpers_open_breaks_and_never_fill_them(pools: tuple[str, ...]) -> None:
    plan = ChannelLineUp(1, "Channel One", films(1))
    folders = {name: [TOP / name] for name in pools}
    (channel,) = tomllib.loads(config_text(HOME, [TOP], folders, [plan], ("480p", "25"), [["*"]]))["channel"]
    assert channel.get("pool") == ("ads" if "ads" in pools else None)
    assert channel["plan"].get("break_in") == ("bumpers" if "bumpers" in pools else None)


def test_a_channel_that_names_its_programmes_says_how_others_get_on_it() -> None:
    plan = ChannelLineUp(1, "Channel One", films(1))
    for globs, said in ((["*"], False), (["Shows/A"], True), (["Shows/A", "Film.mkv"], True)):
        text = config_text(HOME, [TOP], {}, [plan], ("480p", "25"), [globs])
        assert tomllib.loads(text)["channel"][0]["plan"]["programmes"] == globs
        assert ("a new series or film airs once it is named here" in text) is said


def test_the_globs_of_a_channel_name_its_programmes_and_no_others() -> None:
    found = Catalogue((episodes("A [1]", 3), episodes("B*", 3)), films(2))
    one, two = line_up(found, 2, most=None)
    programmes = [
        Programme(each.file, each.file.relative_to(TOP).parts, 1, each.title, each.series)
        for plan in (one, two) for each in plan.programmes
    ]  # fmt: skip
    chooser = Chooser(programmes, 0)
    for plan in (one, two):
        globs = globs_of(plan.programmes, [TOP])
        named = chooser.programmes(PlanRules(globs))
        assert {each.file for each in named} == {each.file for each in plan.programmes}


def test_series_go_on_after_the_first_rundown() -> None:
    (plan,) = line_up(Catalogue((episodes("A", 3),), ()), 1)
    journal = journal_of(plan, HOME / "state" / "plan" / "1.json", [TOP], {}, datetime(2026, 11, 26, tzinfo=UTC))
    assert journal.memory().last["A"][3] == 3
    assert [row.start.hour for row in journal.rows] == [0, 0, 1]


def test_a_rundown_with_breaks() -> None:
    odd = ProgrammeFacts(HOME / "media" / 'it\'s "1" #.mkv', 'A "title"')
    near = ProgrammeFacts(HOME / "media" / "near.mkv", "Near")
    plan = ChannelLineUp(1, "Channel One", (odd, near, *films(1)))
    spots = {"ads": [TOP / f"ads/cola_{n}.mp4" for n in range(4)], "bumpers": [TOP / "idents/one.mp4"]}
    text = rundown_text(HOME, plan, spots)
    rundown = parse(text, HOME / "channels" / "1.ffconcat", NTSC)
    programmes = [each for each in rundown.entries if each.kind == "programme"]
    assert [(each.file, each.title) for each in programmes] == [
        (odd.file, 'A "title"'), (near.file, "Near"), (TOP / "film 1.mkv", "Film 1"),
    ]  # fmt: skip
    breaks = [[each.file.stem for each in rundown.entries if each.break_id == f"b{n}"] for n in (1, 2, 3)]
    assert breaks == [
        ["one", "cola_0", "cola_1", "cola_2"], ["one", "cola_3", "cola_0", "cola_1"],
        ["one", "cola_2", "cola_3", "cola_0"],
    ]  # fmt: skip
    assert "file ../media/near.mkv" in text, "so that the home can be moved"
    assert "breaks" not in rundown_text(HOME, plan, {})


_LETTERS = st.characters(exclude_characters="\n\r\0/", codec="utf-8")


@given(st.text(_LETTERS, min_size=1, max_size=30).filter(lambda name: name not in (".", "..")), st.booleans())
def test_any_file_is_read_back_from_the_rundown(name: str, at_home: bool) -> None:
    file = (HOME / "media" if at_home else TOP) / name
    plan = ChannelLineUp(1, "Channel One", (ProgrammeFacts(file, "Title"),))
    rundown = parse(rundown_text(HOME, plan, {"ads": [file]}), HOME / "channels" / "1.ffconcat", NTSC)
    assert [each.file for each in rundown.entries] == [file, file]


def test_the_report() -> None:
    found = Survey(
        (TOP,), (), {"ads": (TOP / "ads",)}, {"ads": (TOP / "ads/x.mp4",)}, 1, {TOP / "e.mkv": "the file is empty"}
    )
    lines = report_lines(found, Catalogue(tuple(episodes(f"S{n:02}", 2) for n in range(40)), films(1)))
    assert lines[:2] == ["40 series with 80 episodes:", "  S00: 2 episodes"]
    assert lines[31:] == [
        "  and 10 more", "1 film", "1 spot in /media/ads", "1 file left out: sound, samples, extras of films",
        "1 file cannot be used:", "  /media/e.mkv: the file is empty",
    ]  # fmt: skip
    assert "--spots DIR" in " ".join(report_lines(replace(found, spots={}, pools={}), Catalogue((), films(1))))


# ── questions ────────────────────────────────────────────────────────────────────────────────────


def test_questions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = iter(["0", "x", "3", "", "what", "n", "", str(tmp_path / "gone"), str(tmp_path), ""])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert questions.ask_number("How many?", 1, 9) == 3
    assert questions.ask_number("How many?", 2, 9) == 2
    assert not questions.ask_yes("Well?")
    assert questions.ask_yes("Well?")
    assert questions.ask_folder("Where?", HOME) == tmp_path
    assert questions.ask_folder("Where?", HOME) is None
    out = capsys.readouterr().out
    assert out.count("Type a number from 1 to 9.") == 2
    assert "there is no such folder" in out

    def ended(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", ended)
    with pytest.raises(StationError, match="nothing was written"):
        questions.ask_yes("Well?")
