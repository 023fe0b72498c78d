"""Themes from files."""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from retrovue_tui.tui.rooms.timeline.model import lane_drawing
from retrovue_tui.tui.themes.loader import (
    COLOURS,
    DEFAULT_VARIABLES,
    ThemeError,
    load_themes,
    read_theme,
    themes_folder,
)
from tests.tui.conftest import open_room

if TYPE_CHECKING:
    from pathlib import Path


SHIPPED = ("broadcast", "amber", "bars", "contrast", "green", "paper", "tape")
LEAST = dict.fromkeys(SHIPPED, 4.5) | {"contrast": 7.0}
GROUNDS = ("background", "surface", "panel", "band")
TALLIES = tuple(name for name in DEFAULT_VARIABLES if name.startswith("tally-"))
TEXTS = ("foreground", "quiet", "primary", "secondary", "accent", "warning", "error", "success", *TALLIES)
DRAWN = (
    *lane_drawing.PROGRAMME, *lane_drawing.PROGRAMME_QUIET, lane_drawing.ON_AIR, lane_drawing.PAST,
    *lane_drawing.SPOT, lane_drawing.SPOT_PAST,
    lane_drawing.BREAK, lane_drawing.STAGED, lane_drawing.MISSING,
)  # fmt: skip
"""Blocks of the timeline, which bring a background of their own."""

VISIONS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""What of linear RGB reaches whom: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
Color Vision Deficiency", IEEE TVCG 15 (6), 2009, table 1, severity 1.0."""
APART = 18.0
"""CIE 1976 distance of two tallies that are told apart at a glance; 2.3 is just noticed."""


def test_the_shipped_themes_are_found_and_whole() -> None:
    loaded = load_themes()
    assert tuple(theme.name for theme in loaded.themes) == SHIPPED
    assert not loaded.problems
    assert all(set(theme.variables) == set(DEFAULT_VARIABLES) for theme in loaded.themes)
    assert all(getattr(theme, colour) for theme in loaded.themes for colour in COLOURS)


def colours_of(name: str) -> dict[str, Color]:
    theme = read_theme(themes_folder() / f"{name}.toml")
    return {key: Color.parse(value) for key, value in theme.variables.items()} | {
        key: Color.parse(str(getattr(theme, key))) for key in COLOURS
    }


def linear(colour: Color) -> tuple[float, float, float]:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized)
    return red, green, blue


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio as WCAG 2.2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: Color, vision: str) -> tuple[float, float, float]:
    """CIELAB (D65) of a colour as someone sees it."""
    seen = linear(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, seen, strict=True)))) for row in VISIONS[vision]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("name", SHIPPED)
def test_text_and_tallies_can_be_read_on_every_ground(name: str) -> None:
    colours = colours_of(name)
    found = {(text, on): contrast(colours[text], colours[on]) for text in TEXTS for on in GROUNDS}
    # What is reversed, like a chip or a button, has the ground as its text.
    found |= {(on, text): contrast(colours[on], colours[text]) for text in TALLIES for on in GROUNDS[:2]}
    assert not {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < LEAST[name]}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_blocks_of_the_timeline_can_be_read(name: str) -> None:
    colours = colours_of(name)
    found = {}
    for style, under in itertools.product(DRAWN, ("background", "surface")):
        match = re.fullmatch(r"(?:bold )?\$([\w-]+) on \$([\w-]+)(?: (\d+)%)?", style)
        assert match, style
        text, ground, share = colours[match[1]], colours[match[2]], int(match[3] or 100) / 100
        found[style, under] = contrast(text, colours[under].blend(ground, share))
    assert not {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < LEAST[name]}


@pytest.mark.parametrize("vision", VISIONS)
def test_everyone_can_distinguish_the_tallies_of_high_contrast(vision: str) -> None:
    seen = {name: lab(colour, vision) for name, colour in colours_of("contrast").items() if name in TALLIES}
    near = {
        (one, other): round(distance, 1)
        for one, other in itertools.combinations(seen, 2)
        if (distance := math.dist(seen[one], seen[other])) < APART
    }
    assert not near


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
    loaded = load_themes((tmp_path,))
    assert "good" in [theme.name for theme in loaded.themes]
    assert len(loaded.problems) == 1
    assert "bad.toml" in loaded.problems[0]


async def test_t_goes_through_the_themes_and_comes_round() -> None:
    async with open_room() as room:
        seen = []
        for _ in range(len(SHIPPED) + 1):
            seen.append(room.app.theme)
            await room.pilot.press("t")
        assert seen == [*SHIPPED, SHIPPED[0]]
        await room.shows("Theme", SHIPPED[1])
