"""`.nfo` files of Kodi and Jellyfin are read; whatever else such a file contains does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue_tui.media.metadata.nfo import MOST_BYTES, read_nfo
from retrovue_tui.media.metadata.programme_facts import MOST_GENRES, MOST_PLOT, MOST_TITLE, PartialFacts
from retrovue_tui.media.metadata.reader import facts_of_files

if TYPE_CHECKING:
    from pathlib import Path

EPISODE = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- created by a scraper -->
<episodedetails>
  <title>The Trial &amp; the Error</title>
  <showtitle>Night Court</showtitle>
  <season>2</season><episode>5</episode>
  <aired>1984-10-25</aired>
  <plot>Harry
    judges.</plot>
  <genre>Comedy / Law</genre><genre>Comedy</genre>
</episodedetails>
"""
MOVIE = "<movie><title>Größe</title><year>1927</year><outline>A film.</outline><genre>Drama</genre></movie>"
BOMB = """<?xml version="1.0"?>
<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>
<movie><title>&c;</title></movie>"""
FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><movie><title>&f;</title></movie>'


def test_an_episode() -> None:
    wanted = PartialFacts(
        "The Trial & the Error", "Night Court", 2, 5, 1984, "Harry judges.", ("Comedy", "Law"), film=False,
        date="19841025",
    )  # fmt: skip
    assert read_nfo(EPISODE.encode()) == wanted
    assert read_nfo(EPISODE.encode() + b"https://example.org/title/1\n") == wanted
    assert read_nfo(EPISODE.encode() + EPISODE.replace(">5<", ">6<").encode()) == wanted, "the first of two episodes"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_film_in_any_usual_encoding(encoding: str) -> None:
    head = "" if "utf" in encoding else f'<?xml version="1.0" encoding="{encoding}"?>'
    assert read_nfo((head + MOVIE).encode(encoding)) == PartialFacts(
        "Größe", year=1927, plot="A film.", genres=("Drama",), film=True
    )


def test_a_series() -> None:
    facts = read_nfo(b"<tvshow><title>Night Court</title><plot>All of it</plot><genre>Comedy</genre></tvshow>")
    assert facts == PartialFacts(series="Night Court", genres=("Comedy",))


@pytest.mark.parametrize("text", [
    "", "https://www.example.org/title/tt0088847/\n", "<html></html>", "<movie>", "<movie><title></movie>", "<movie",
    BOMB, FILE, "<movie><title>&unknown;</title></movie>", "<tvshow></tvshow>", f"<movie>{'x' * MOST_BYTES}</movie>",
    '<?xml version="1.0" encoding="punycode"?>plain', "\x00<movie>\x00</movie>",
])  # fmt: skip
def test_other_files_are_ignored(text: str) -> None:
    assert read_nfo(text.encode()) is None


def test_deep_nesting_does_no_harm() -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    facts = read_nfo(f"<movie>{deep}<title>Deep</title></movie>".encode())
    assert facts is None or facts.title == "Deep"


def test_texts_and_numbers_are_limited() -> None:
    facts = read_nfo(
        f"<episodedetails><title>{'T' * 5000}\u202e</title><season>{'9' * 40}</season><episode>-1</episode>"
        f"<year>20</year><plot>{'p ' * 40_000}</plot>{'<genre>g%d</genre>' * 3}"
        f"{''.join(f'<genre>{n}</genre>' for n in range(500))}</episodedetails>".encode()
    )
    assert facts is not None
    assert len(facts.title) == MOST_TITLE
    assert len(facts.plot) <= MOST_PLOT
    assert len(facts.genres) <= MOST_GENRES
    assert (facts.season, facts.episode, facts.year) == (None, None, None)


_PIECES = st.sampled_from(
    ["<movie>", "</movie>", "<title>", "</title>", "<genre>", "&amp;", "&x;", "<!DOCTYPE", "]]>", "<![CDATA["]
)


@given(st.one_of(st.binary(max_size=300), st.lists(st.one_of(_PIECES, st.text(max_size=9)), max_size=20).map(
    lambda parts: "".join(["<movie>", *parts, "</movie>"]).encode(errors="surrogatepass")
)))  # fmt: skip
def test_any_bytes_are_read(data: bytes) -> None:
    facts = read_nfo(data)
    assert facts is None or len(facts.title) <= MOST_TITLE


@pytest.mark.parametrize(
    ("inside", "rating", "stars"),
    [
        ("<mpaa>TV-PG</mpaa><rating>7.84</rating>", "TV-PG", "7.8"),
        ("<mpaa>Rated PG-13 for violence</mpaa><userrating>8</userrating>", "PG-13", "8"),
        ("<mpaa>DE:FSK 12 / DE:12</mpaa><rating>0</rating>", "DE:FSK 12", ""),
        ("<certification>TV-MA</certification><rating>eleven</rating>", "TV-MA", ""),
        ("<rating>11</rating><userrating>3,5</userrating>", "", "3.5"),
        (
            '<ratings><rating name="a" max="10"><value>1</value></rating>'
            '<rating name="b" max="5" default="true"><value>4.1</value></rating></ratings>', "", "8.2",
        ),
        ('<ratings><rating max="0"><value>0</value></rating><rating max="x"><value>4</value></rating></ratings>',
         "", ""),
        ("<mpaa></mpaa><ratings/>", "", ""),
    ],
)  # fmt: skip
def test_the_rating_and_the_stars(inside: str, rating: str, stars: str) -> None:
    facts = read_nfo(f"<movie><title>A</title>{inside}</movie>".encode())
    assert facts is not None
    assert (facts.rating, facts.stars) == (rating, stars)


@pytest.mark.parametrize(
    ("inside", "day", "year"),
    [
        ("<premiered>1994-09-22</premiered>", "19940922", 1994),
        ("<year>1993</year><aired>1994-09-22</aired>", "19940922", 1993),
        ("<aired>1994</aired>", "", 1994),
        ("<aired>1994-13-40</aired><premiered>1995-01-02 20:00</premiered>", "19950102", 1995),
        ("<aired>0001-01-01</aired>", "", None),
    ],
)
def test_the_day_of_the_first_showing(inside: str, day: str, year: int | None) -> None:
    facts = read_nfo(f"<movie><title>A</title>{inside}</movie>".encode())
    assert facts is not None
    assert facts.date == day
    assert year is None or facts.year in (year, 1994)


def test_episodes_have_the_rating_of_their_series(tmp_path: Path) -> None:
    (tmp_path / "tvshow.nfo").write_text("<tvshow><title>Show</title><mpaa>TV-G</mpaa></tvshow>")
    (tmp_path / "b.nfo").write_text("<episodedetails><title>B</title><mpaa>TV-14</mpaa></episodedetails>")
    found = facts_of_files([tmp_path], [(tmp_path / "a.mkv", ()), (tmp_path / "b.mkv", (("date", "1994-09-22"),))])
    assert [(each.rating, each.date) for each in found] == [("TV-G", ""), ("TV-14", "19940922")]
