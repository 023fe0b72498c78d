"""Themes from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from retrovue_tui.tui.theming import DEFAULT_VARIABLES, ThemeError, load_themes, read_theme, themes_folder
from tests.tui.conftest import open_room

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_themes_are_found_and_whole() -> None:
    shelf = load_themes()
    assert [theme.name for theme in shelf.themes] == ["night", "contrast", "daylight"]
    assert not shelf.problems
    assert all(set(theme.variables) == set(DEFAULT_VARIABLES) for theme in shelf.themes)


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("name", "least"), [("night", 4.5), ("daylight", 4.5), ("contrast", 7.0)])
def test_every_text_colour_can_be_read_on_its_background(name: str, least: float) -> None:
    theme = read_theme(themes_folder() / f"{name}.toml")
    background = Color.parse(str(theme.background))
    texts = {key: value for key, value in theme.variables.items() if key not in ("line", "band")}
    texts |= {"foreground": str(theme.foreground), "primary": theme.primary, "secondary": str(theme.secondary)}
    for key, value in texts.items():
        lighter, darker = sorted((luminance(background), luminance(Color.parse(value))), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= least, key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("primary = ", "TOML"),
        ('primary = "blueish"', "not a colour"),
        ('primry = "#fff"', "unknown key 'primry'"),
        ('primary = "#fff"\n[variables]\ntally-onair = "#fff"', "unknown key 'tally-onair'"),
        ('accent = "#fff"', "primary is missing"),
        ('primary = "#fff"\ndark = "yes"', "true or false"),
    ],
)
def test_a_bad_theme_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ThemeError, match=said) as caught:
        read_theme(path)
    assert str(path) in caught.value.message


def test_bad_files_are_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('primary = "#abcdef"')
    (tmp_path / "bad.toml").write_text("primary = 3")
    shelf = load_themes((tmp_path,))
    assert "good" in [theme.name for theme in shelf.themes]
    assert len(shelf.problems) == 1
    assert "bad.toml" in shelf.problems[0]


async def test_t_goes_through_the_themes_and_comes_round() -> None:
    async with open_room() as room:
        seen = []
        for _ in range(4):
            seen.append(room.app.theme)
            await room.pilot.press("t")
        assert seen == ["night", "contrast", "daylight", "night"]
        await room.shows("Theme", "contrast")
