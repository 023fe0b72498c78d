"""The tags in a media file: those of MP4 and of Matroska become facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.metadata.media_tags import facts_of_tags, known_tags
from retrovue_tui.media.metadata.programme_facts import MOST_PLOT, MOST_TITLE, PartialFacts


def test_tags_of_an_mp4() -> None:
    tags = known_tags({
        "title": "The Trial", "show": "Night Court", "season_number": "2", "episode_sort": "5", "date": "1984-10-25",
        "genre": "Comedy", "synopsis": "Harry judges.", "encoder": "Lavf", "major_brand": "isom",
    })  # fmt: skip
    assert "encoder" not in dict(tags)
    assert facts_of_tags(tags) == PartialFacts(
        "The Trial", "Night Court", 2, 5, 1984, "Harry judges.", ("Comedy",), film=False, date="19841025"
    )


def test_tags_of_a_matroska_file() -> None:
    tags = known_tags(
        {"COLLECTION/TITLE": "Night Court", "SEASON/PART_NUMBER": "2", "PART_NUMBER": "5/22", "TITLE": "The Trial"}
    )
    assert facts_of_tags(tags) == PartialFacts("The Trial", "Night Court", 2, 5)


def test_numbers_without_a_series_are_not_trusted() -> None:
    assert facts_of_tags(known_tags({"part_number": "3", "title": "Song"})) == PartialFacts("Song")
    assert facts_of_tags(()) == PartialFacts()


@given(st.dictionaries(st.sampled_from(["title", "show", "episode_sort", "date", "genre", "comment"]), st.text()))
def test_any_tags_are_read(metadata: dict[str, str]) -> None:
    tags = known_tags(metadata)
    assert all(0 < len(value) <= MOST_PLOT for _, value in tags)
    assert len(facts_of_tags(tags).title) <= MOST_TITLE
