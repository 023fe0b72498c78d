"""The places for files of the bin, and the edits that insert them there."""

from __future__ import annotations

from retrovue_tui.tui.rooms.bin.placement import BinClip, EntryFrame, Trim, places
from tests.tui.media_rows import entry, media, rundown, spot

SPOT = (BinClip(spot("Cola")),)
FILM = (BinClip(media("Matinee")),)


def names(*rows: object, clips: tuple[BinClip, ...] = SPOT, cursor: EntryFrame | None = None) -> list[str]:
    return [place.name for place in places(rundown(*rows), clips, cursor)]  # type: ignore[arg-type]


def test_an_empty_rundown_has_an_end() -> None:
    (place,) = places(rundown(), FILM)
    assert place.command(FILM).arguments == {
        "edits": ({"command": "insert", "file": "/media/Matinee.mkv", "kind": "programme"},)
    }


def test_a_spot_behind_the_programme_on_air_joins_the_break_that_follows() -> None:
    first, *_ = places(rundown(entry("e1", "on_air"), entry("s1", kind="spot", break_id="b4"), entry("e2")), SPOT)
    assert (first.before, first.break_id) == ("s1", "b4")
    assert "before the spots of break b4" in first.name
    first, *_ = places(rundown(entry("e1", "on_air"), entry("s1", kind="spot", break_id="b4"), entry("e2")), FILM)
    assert (first.before, first.break_id) == ("s1", "b5")


def test_nothing_goes_into_the_middle_of_the_break_on_air() -> None:
    rows = (entry("s1", "on_air", break_id="b2"), entry("s2", break_id="b2"), entry("e2"))
    first, *_ = places(rundown(*rows), FILM)
    assert (first.before, first.break_id) == ("e2", "b2")
    assert names(*rows)[0] == "at the end of break b2, which is on air"


def test_spots_are_offered_the_coming_breaks_and_those_that_come_round_again() -> None:
    rows = (
        entry("s0", "aired", break_id="b1"), entry("e1", "on_air"), entry("e2"),
        entry("s1", break_id="b2", start_at=None), entry("s2", break_id="b2", start_at=None), entry("e3"),
    )  # fmt: skip
    assert names(*rows) == [
        "after Title of e1, on air", "at the end of break b2", "at the end of break b1, which has aired",
        "at the end of the rundown",
    ]  # fmt: skip
    into = places(rundown(*rows), SPOT)[1]
    assert (into.before, into.break_id) == ("e3", "b2")
    assert names(*rows, clips=FILM) == ["after Title of e1, on air", "at the end of the rundown"]


def test_the_same_place_is_offered_once() -> None:
    assert names(entry("e1", "on_air")) == ["after Title of e1, on air, at the end of the rundown"]


def test_at_the_cursor_spots_cut_the_programme() -> None:
    rows = rundown(entry("e1", "on_air"), entry("e2", in_frame=100, out_frame=900))
    place = places(rows, SPOT, EntryFrame("e2", 500))[0]
    command = place.command(SPOT)
    assert command.name == "insert_break"
    assert command.arguments == {"entry": "e2", "at_frame": 500, "spots": ("/media/Cola.mkv",)}
    for clips, frame in ((FILM, 500), (SPOT, 100), (SPOT, 900), ((BinClip(spot("Cola"), Trim(10, 20)),), 500)):
        behind = places(rows, clips, EntryFrame("e2", frame))[0]
        assert (behind.within, behind.before, behind.command(clips).name) == (None, None, "apply")
    assert places(rows, FILM, EntryFrame("gone", 5))[0].name == "after Title of e1, on air"


def test_trims_go_along() -> None:
    clips = (BinClip(media("Matinee"), Trim(300, 600)), BinClip(spot("Cola"), Trim(None, 30)))
    (place,) = places(rundown(), clips)
    assert place.command(clips).arguments["edits"] == (
        {"command": "insert", "file": "/media/Matinee.mkv", "kind": "programme", "in_frame": 300, "out_frame": 600},
        {"command": "insert", "file": "/media/Cola.mkv", "kind": "spot", "out_frame": 30, "break": "b1"},
    )
    assert round(clips[0].duration_s, 2) == 10.01


def test_a_break_that_has_no_number_of_ours_takes_none_away() -> None:
    (place, *_) = places(rundown(entry("s1", break_id="b07"), entry("s2", break_id="late")), FILM)
    assert place.break_id == "b8"
