"""The demo's pictures: backgrounds, layers that scroll, and flipbooks, all drawn by Pillow. Blocking.

A flipbook is one tall picture that consists of cells above one another. FFmpeg shows one cell at a time by moving a
crop window, which costs very little. Everything loops.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from retrovue_tui.media.title_cards import gradient, write

if TYPE_CHECKING:
    from collections.abc import Callable

    Colour = tuple[int, int, int]
    Size = tuple[int, int]

WHITE = (255, 255, 255)
INK = (18, 16, 34)


def flipbook(size: Size, cells: int, paint: Callable[[ImageDraw.ImageDraw, Image.Image, float], None]) -> Image.Image:
    """Return a flipbook of `cells` pictures. `paint` draws each picture for its phase, which goes from 0 to before
    1."""
    sheet = Image.new("RGB", (size[0], size[1] * cells))
    for cell in range(cells):
        picture = Image.new("RGB", size)
        paint(ImageDraw.Draw(picture), picture, cell / cells)
        sheet.paste(picture, (0, size[1] * cell))
    return sheet


def title_plate(size: Size, title: str, line: str, colour: Colour) -> Image.Image:
    """Return a lower third, mostly transparent: the title, and a line of text below it."""
    width, height = size
    plate = Image.new("RGBA", size)
    draw = ImageDraw.Draw(plate)
    top = round(height * 0.79)
    draw.rectangle((0, top, round(width * 0.52), round(height * 0.94)), fill=(*INK, 190))
    draw.rectangle((0, top, max(3, width // 80), round(height * 0.94)), fill=(*colour, 255))
    write(draw, (width * 0.04, height * 0.835), title, height / 13, WHITE, width * 0.45, "lm")
    write(draw, (width * 0.04, height * 0.9), line, height / 24, colour, width * 0.45, "lm")
    return plate


# ── programme 1: a drive into the sunset ─────────────────────────────────────────────────────────


def sunset(size: Size) -> Image.Image:
    """Return a still sky with a striped sun."""
    width, height = size
    sky = gradient(size, (24, 8, 62), (255, 96, 120))
    disc = Image.new("L", size, 0)
    draw = ImageDraw.Draw(disc)
    radius, centre = height * 0.28, (width / 2, height * 0.44)
    draw.ellipse((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), fill=255)
    for stripe in range(7):
        y = centre[1] + radius * (stripe / 7)
        draw.rectangle((0, y, width, y + height * (0.006 + 0.004 * stripe)), fill=0)
    sky.paste(gradient(size, (255, 232, 110), (255, 80, 150)), mask=disc)
    return sky


def skyline(size: Size, seed: int, colour: Colour, lit: Colour, tallest: float) -> Image.Image:
    """Return a city skyline, twice as wide as the picture. Both halves are the same, so that it can scroll for ever."""
    width, height = size
    dice = random.Random(seed)
    half = Image.new("RGBA", size)
    draw = ImageDraw.Draw(half)
    x = 0
    while x < width:
        house = min(dice.randrange(width // 24, width // 10), width - x)
        top = round(height * (0.72 - tallest * dice.random()))
        draw.rectangle((x, top, x + house - 2, height), fill=(*colour, 255))
        for window_y in range(top + 6, round(height * 0.72), 10):
            for window_x in range(x + 4, x + house - 6, 8):
                if dice.random() < 0.35:
                    draw.rectangle((window_x, window_y, window_x + 3, window_y + 4), fill=(*lit, 255))
        x += house
    both = Image.new("RGBA", (2 * width, height))
    both.paste(half, (0, 0))
    both.paste(half, (width, 0))
    return both


def road(size: Size, cells: int) -> Image.Image:
    """Return the ground as it rushes past, as a flipbook."""
    width, height = size

    def paint(draw: ImageDraw.ImageDraw, picture: Image.Image, phase: float) -> None:
        picture.paste(gradient(size, (52, 10, 84), (8, 4, 22)))
        for lane in range(-12, 13):
            draw.line((width / 2 + lane * width / 40, 0, width / 2 + lane * width / 6, height), fill=(230, 60, 200))
        for row in range(9):
            y = height * ((row + phase) / 9) ** 2.2
            draw.line((0, y, width, y), fill=(230, 60, 200), width=1 + row // 5)

    return flipbook(size, cells, paint)


# ── programme 2: test cards ──────────────────────────────────────────────────────────────────────


def test_cards(size: Size, title: str) -> Image.Image:
    """Return four test cards as a flipbook: bars, a grid with a circle, a grey staircase, a fan."""
    width, height = size
    bars = [
        (235, 235, 235),
        (235, 235, 16),
        (16, 235, 235),
        (16, 235, 16),
        (235, 16, 235),
        (235, 16, 16),
        (16, 16, 235),
    ]

    def paint(draw: ImageDraw.ImageDraw, picture: Image.Image, phase: float) -> None:
        card = round(phase * 4)
        picture.paste((70, 74, 84), (0, 0, width, height))
        _card_ground(draw, size, card)
        if card < 2:
            for index, colour in enumerate(bars):
                left, right = width * (0.15 + 0.1 * index), width * (0.25 + 0.1 * index)
                draw.rectangle((left, height * 0.14, right, height * (0.8 if card == 0 else 0.4)), fill=colour)
        radius = height * 0.42
        draw.ellipse((width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius),
                     outline=WHITE, width=3)  # fmt: skip
        draw.rectangle((width * 0.25, height * 0.44, width * 0.75, height * 0.56), fill=INK)
        write(draw, (width / 2, height / 2), title, height / 12, WHITE, width * 0.46)

    return flipbook(size, 4, paint)


def _card_ground(draw: ImageDraw.ImageDraw, size: Size, card: int) -> None:
    """Draw the part of a test card that is below the circle: a staircase, a fan, or a grid."""
    width, height = size
    if card == 2:
        for step in range(11):
            grey = round(25.5 * step)
            draw.rectangle((step * width / 11, 0, (step + 1) * width / 11, height), fill=(grey, grey, grey))
    elif card == 3:
        for ray in range(0, 360, 6):
            box = (-width / 2, -height / 2, width * 1.5, height * 1.5)
            draw.pieslice(box, ray, ray + 3, fill=(240, 240, 240))
    else:
        for column in range(0, width, width // 16):
            draw.line((column, 0, column, height), fill=WHITE)
        for row in range(0, height, width // 16):
            draw.line((0, row, width, row), fill=WHITE)


def ball(across: int, colour: Colour) -> Image.Image:
    """Return a shiny ball on a transparent ground."""
    picture = Image.new("RGBA", (across, across))
    draw = ImageDraw.Draw(picture)
    for ring in range(across // 2):
        light = 0.45 + 1.5 * ring / across
        red, green, blue = (min(255, round(channel * light)) for channel in colour)
        left, low = ring * 0.47, across - 1 - ring * 1.4 + ring * 0.09
        draw.ellipse((left * 0.6, left * 0.5, low, low), fill=(red, green, blue, 255))
    draw.ellipse((across * 0.24, across * 0.2, across * 0.38, across * 0.34), fill=(255, 255, 255, 230))
    return picture


# ── programme 3: space ───────────────────────────────────────────────────────────────────────────


def stars(size: Size, seed: int, count: int, largest: int) -> Image.Image:
    """Return stars on a transparent ground, twice as wide as the picture. Both halves are the same."""
    width, height = size
    dice = random.Random(seed)
    both = Image.new("RGBA", (2 * width, height))
    draw = ImageDraw.Draw(both)
    for _ in range(count):
        x, y, across = dice.randrange(width), dice.randrange(height), dice.randint(1, largest)
        colour = dice.choice([(255, 255, 255), (255, 220, 180), (180, 210, 255)])
        for left in (x, x + width):
            draw.ellipse((left, y, left + across, y + across), fill=(*colour, 255))
    return both


def planet(across: int) -> Image.Image:
    """Return a banded planet with a ring."""
    picture = Image.new("RGBA", (across * 2, across))
    bands = gradient((across, across), (240, 190, 120), (150, 70, 90))
    pen = ImageDraw.Draw(bands)
    for band in range(9):
        y = across * band / 9
        pen.rectangle((0, y, across, y + across / 26), fill=(222, 150 - 8 * band, 96))
    disc = Image.new("L", (across, across), 0)
    ImageDraw.Draw(disc).ellipse((across * 0.1, across * 0.1, across * 0.9, across * 0.9), fill=255)
    draw = ImageDraw.Draw(picture)
    ring = (across * 0.2, across * 0.36, across * 1.8, across * 0.64)
    draw.arc(ring, 180, 360, fill=(214, 200, 240, 255), width=max(2, across // 24))
    picture.paste(bands, (across // 2, 0), disc)
    draw.arc(ring, 0, 180, fill=(214, 200, 240, 255), width=max(2, across // 24))
    return picture


# ── spots ────────────────────────────────────────────────────────────────────────────────────────


def leader(size: Size, seconds: int, a_second: int) -> Image.Image:
    """Return a film leader that counts down, as a flipbook with `a_second` cells for each second."""
    width, height = size

    def paint(draw: ImageDraw.ImageDraw, picture: Image.Image, phase: float) -> None:
        now = phase * seconds
        picture.paste((206, 200, 182), (0, 0, width, height))
        reach = width
        draw.pieslice((width / 2 - reach, height / 2 - reach, width / 2 + reach, height / 2 + reach),
                      -90, -90 + 360 * (now % 1) + 0.01, fill=(150, 144, 128))  # fmt: skip
        draw.line((0, height / 2, width, height / 2), fill=INK, width=2)
        draw.line((width / 2, 0, width / 2, height), fill=INK, width=2)
        for radius in (height * 0.34, height * 0.41):
            draw.ellipse((width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius),
                         outline=INK, width=4)  # fmt: skip
        write(draw, (width / 2, height / 2), str(seconds - int(now)), height * 0.6, INK, width)

    return flipbook(size, seconds * a_second, paint)


def clock(size: Size, seconds: int) -> Image.Image:
    """Return a station clock whose hand moves once a second, as a flipbook with one cell for each second."""
    width, height = size

    def paint(draw: ImageDraw.ImageDraw, picture: Image.Image, phase: float) -> None:
        picture.paste(gradient(size, (16, 40, 72), (6, 14, 30)))
        centre, radius = (width / 2, height * 0.46), height * 0.36
        for mark in range(60):
            turn = math.radians(6 * mark)
            inner = radius * (0.82 if mark % 5 == 0 else 0.92)
            draw.line((centre[0] + inner * math.sin(turn), centre[1] - inner * math.cos(turn),
                       centre[0] + radius * math.sin(turn), centre[1] - radius * math.cos(turn)),
                      fill=WHITE, width=4 if mark % 5 == 0 else 2)  # fmt: skip
        for turn, length, thick, colour in (
            (math.radians(305), 0.5, 9, WHITE), (math.radians(64), 0.72, 7, WHITE),
            (2 * math.pi * (60 - seconds + phase * seconds) / 60, 0.86, 3, (255, 90, 60)),
        ):  # fmt: skip
            tip = (centre[0] + length * radius * math.sin(turn), centre[1] - length * radius * math.cos(turn))
            draw.line((*centre, *tip), fill=colour, width=thick)
        write(draw, (width / 2, height * 0.91), "The news follows - in silence", height / 16, WHITE, width * 0.9)

    return flipbook(size, seconds, paint)


def advert(
    size: Size, name: str, claim: str, colours: tuple[Colour, Colour, Colour], shape: str, cells: int = 24
) -> Image.Image:
    """Return an advert as a flipbook: a sunburst turns in the background of a hopping product, with the product's name
    and claim."""
    width, height = size
    light, dark, accent = colours
    unit = min(width, height)
    centre = (width / 2, height * 0.44)

    def paint(draw: ImageDraw.ImageDraw, picture: Image.Image, phase: float) -> None:
        picture.paste(light, (0, 0, width, height))
        reach = width + height
        for ray in range(12):
            start = 30 * (ray + phase)  # one ray further per cycle, so that the picture repeats
            draw.pieslice((centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach),
                          start, start + 15, fill=dark)  # fmt: skip
        hop = abs(math.sin(2 * math.pi * phase)) * unit * 0.08
        _product(draw, shape, (centre[0], centre[1] - hop), unit * 0.3, accent)
        draw.rectangle((0, height * 0.74, width, height * 0.95), fill=INK)
        write(draw, (width / 2, height * 0.806), name, unit / 9, WHITE, width * 0.92)
        write(draw, (width / 2, height * 0.905), claim, unit / 18, light, width * 0.92)

    return flipbook(size, cells, paint)


def _product(draw: ImageDraw.ImageDraw, shape: str, at: tuple[float, float], size: float, colour: Colour) -> None:
    x, y = at

    def box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return (x + left * size, y + top * size, x + right * size, y + bottom * size)

    def points(*pairs: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x + across * size, y + down * size) for across, down in pairs]

    match shape:
        case "bottle":
            neck = points((-0.4, -0.1), (-0.16, -0.5), (-0.14, -1), (0.14, -1), (0.16, -0.5), (0.4, -0.1))
            draw.polygon([*neck, *points((0.4, 1), (-0.4, 1))], fill=colour, outline=INK)
            draw.rectangle(box(-0.4, 0.15, 0.4, 0.6), fill=WHITE)
            draw.rectangle(box(-0.17, -1.12, 0.17, -0.96), fill=INK)
        case "fish":
            draw.polygon(points((0.5, 0), (1.05, -0.45), (1.05, 0.45)), fill=colour, outline=INK)
            draw.ellipse(box(-1, -0.5, 0.7, 0.5), fill=colour, outline=INK, width=3)
            draw.ellipse(box(-0.72, -0.2, -0.5, 0.02), fill=WHITE, outline=INK, width=2)
        case "phone":
            draw.rounded_rectangle(box(-0.5, -1, 0.5, 1), size * 0.12, fill=INK)
            draw.rectangle(box(-0.42, -0.82, 0.42, 0.75), fill=colour)
            draw.polygon(points((-0.15, -0.25), (-0.15, 0.2), (0.25, -0.02)), fill=WHITE)
        case "plane":
            draw.polygon(points((-0.05, -0.08), (0.35, -0.9), (0.55, -0.9), (0.35, 0)), fill=WHITE, outline=INK)
            draw.ellipse(box(-1.1, -0.2, 1.1, 0.2), fill=colour, outline=INK, width=3)
            draw.polygon(points((0.8, -0.05), (1.15, -0.6), (1.3, -0.6), (1.05, 0)), fill=colour, outline=INK)
            draw.polygon(points((-0.05, 0.05), (0.5, 0.75), (0.68, 0.75), (0.4, 0)), fill=WHITE, outline=INK)
        case _:  # a bar of soap with bubbles
            draw.rounded_rectangle(box(-0.9, -0.25, 0.9, 0.6), size * 0.25, fill=colour, outline=INK, width=3)
            for left, top, wide in ((-0.7, -0.75, 0.32), (-0.1, -1.0, 0.42), (0.45, -0.65, 0.26)):
                draw.ellipse(box(left, top, left + wide, top + wide), fill=WHITE, outline=INK, width=2)
