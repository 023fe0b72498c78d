"""Makes media files of cards, each once, in a folder of the cache."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import random
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from retrovue_tui.errors import MediaError
from retrovue_tui.files.atomic_write import replacing
from retrovue_tui.media.cards.card import texts_of
from retrovue_tui.media.cards.drawing import draw_card
from retrovue_tui.media.ffmpeg.args import quiet
from retrovue_tui.media.ffmpeg.run import failure_of
from retrovue_tui.media.rendering.arguments.encoder_args import audio_encoder

if TYPE_CHECKING:
    from pathlib import Path

    from retrovue_tui.media.cards.card import Card
    from retrovue_tui.media.ffmpeg.locate import FFmpeg
    from retrovue_tui.media.house_format import HouseFormat

_log = logging.getLogger(__name__)

MOST_CARDS: Final = 1_000
"""From this number of cards in a folder on, those that were requested longest ago are removed."""
KEPT_S: Final = 15 * 86_400.0
"""A card stays for at least this long after it was requested (s). It may be planned: the longest horizon is 14 days."""
HOLD: Final = 10
"""Each picture of a card's file lasts for this number of house frames, so that encoding is quick."""
PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
MUSIC: Final = frozenset({".mp3", ".m4a", ".aac", ".flac", ".ogg", ".oga", ".opus", ".wav"})
_MOST_FILES: Final = 1_000
_RECIPE: Final = 1
_LIMIT_S: Final = 120.0
_NICE: Final = 10
_COLOURS: Final = (
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
)


async def make_card(ffmpeg: FFmpeg, house: HouseFormat, folder: Path, card: Card) -> Path:
    """Return the path of a card's media file (H.264 and AAC, at the house size, `card_frames` long). If `folder` does
    not have it yet, make it now. Raises `MediaError` and `OSError`.

    Its name depends on everything that it shows and plays. The file gets its name only when it is complete. If the
    background or the music cannot be used, the card is made without both, and the log says so.
    """
    path = folder / f"{await asyncio.to_thread(_mark, house, card)}.mp4"
    if not await asyncio.to_thread(_requested, path):
        await _make(ffmpeg, house, card, path)
        await asyncio.to_thread(_tidy, folder, path)
    return path


def with_art(card: Card, folder: Path) -> Card:
    """Return the card with a background picture and music from a folder, if it has any. Equal cards get the same files.
    Blocking."""
    try:
        with os.scandir(folder) as entries:
            files = sorted(folder / each.name for each, _ in zip(entries, range(_MOST_FILES), strict=False))
    except OSError:
        return card
    dice = random.Random(f"{card.kind} {card.channel} {card.title}")
    pictures = [file for file in files if file.suffix.lower() in PICTURES and not file.name.startswith(".")]
    music = [file for file in files if file.suffix.lower() in MUSIC and not file.name.startswith(".")]
    return replace(
        card, background=dice.choice(pictures) if pictures else None, music=dice.choice(music) if music else None
    )


def card_frames(house: HouseFormat, card: Card) -> int:
    """Return the length of a card's file in house frames: a multiple of `HOLD`."""
    return HOLD * max(1, round(house.rate.fraction * card.seconds / HOLD))


async def _make(ffmpeg: FFmpeg, house: HouseFormat, card: Card, path: Path) -> None:
    still = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.png")
    try:
        reason = await _try(ffmpeg, house, card, path, still)
        if reason and (card.background or card.music):
            _log.warning("a card is made without its background and music: %s", reason)
            reason = await _try(ffmpeg, house, replace(card, background=None, music=None), path, still)
        if reason:
            raise MediaError(f"the card could not be made: {reason}", path)
    finally:
        with contextlib.suppress(OSError):
            still.unlink(missing_ok=True)


async def _try(ffmpeg: FFmpeg, house: HouseFormat, card: Card, path: Path, still: Path) -> str:
    """Make a card. Return the reason why it could not be made; empty if it was."""
    await asyncio.to_thread(_draw, still, card, (house.width, house.height))
    try:
        with replacing(path) as part:
            command = card_command(ffmpeg, house, card, still, part)
            if reason := await failure_of(command, limit_s=_LIMIT_S, nice=_NICE):
                raise MediaError(reason)
    except MediaError as error:
        return error.message
    return ""


def _draw(still: Path, card: Card, size: tuple[int, int]) -> None:
    still.parent.mkdir(parents=True, exist_ok=True)
    draw_card(card, size).save(still, compress_level=1)


def card_command(ffmpeg: FFmpeg, house: HouseFormat, card: Card, still: Path, part: Path) -> list[str]:
    """Return the FFmpeg command that makes the media file `part` of the picture `still`. Each picture is decoded only
    once."""
    size = f"{house.width}:{house.height}"
    inputs = ["-f", "png_pipe", "-i", f"file:{still}"]
    graph = "[0:v]null[card];"
    if card.background is not None:
        inputs += ["-protocol_whitelist", "file", "-f", "image2", "-pattern_type", "none", "-i"]
        inputs += [f"file:{card.background}"]
        graph = (
            f"[1:v]trim=end_frame=1,setpts=0,scale={size}:force_original_aspect_ratio=increase,crop={size},"
            "setsar=1,format=rgba[ground];[0:v]trim=end_frame=1,setpts=0[text];[ground][text]overlay=format=rgb[card];"
        )
    graph += f"[card]{_COLOURS},loop=loop=-1:size=1,setpts={HOLD}*N/({house.rate})/TB,setsar=1[v]"
    if card.music is None:
        graph += ";anullsrc=channel_layout=stereo:sample_rate=48000[a]"
    else:
        inputs += ["-protocol_whitelist", "file", "-stream_loop", "-1", "-i", f"file:{card.music}"]
        graph += f";[{2 if card.background else 1}:a:0]aresample=48000:async=1,aformat=channel_layouts=stereo[a]"
    pictures = card_frames(house, card) // HOLD
    rate = house.rate.fraction / HOLD
    return [
        *quiet(ffmpeg, overwrite=True), *inputs, "-filter_complex", graph, "-map", "[v]", "-map", "[a]",
        "-r", f"{rate.numerator}/{rate.denominator}", "-frames:v", str(pictures), "-t", f"{float(pictures / rate):.6f}",
        "-c:v", "libx264", "-preset", "veryfast", "-tune", "stillimage", "-crf", "16", "-g", "250", "-threads", "2",
        *audio_encoder(house), "-metadata", f"title={texts_of(card)}", "-movflags", "+faststart", f"file:{part}",
    ]  # fmt: skip


def _mark(house: HouseFormat, card: Card) -> str:
    """Return the name for a card: a hash of all that it shows and plays."""
    facts = (repr(texts_of(card)), card.palette, card.seconds, _RECIPE)
    files = [file and (str(file), _stamp(file)) for file in (card.background, card.music)]
    form = (house.width, house.height, str(house.rate), house.audio_kbps)
    return hashlib.sha256(repr((facts, files, form)).encode(errors="surrogateescape")).hexdigest()[:20]


def _stamp(file: Path) -> tuple[int, int]:
    try:
        facts = file.stat()
    except OSError:
        return 0, 0
    return facts.st_size, facts.st_mtime_ns


def _requested(path: Path) -> bool:
    """Return whether a card exists. If it does, set its access time, which `_tidy` reads. Its modification time stays,
    because prepared pieces depend on it."""
    try:
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
    except FileNotFoundError:
        return False
    except OSError:
        return path.is_file()
    return True


def _tidy(folder: Path, newest: Path) -> None:
    """Remove the cards that were requested longest ago, if there are too many, but none that may still air."""
    old = time.time_ns() - round(KEPT_S * 1e9)
    found: list[tuple[int, Path]] = []
    with contextlib.suppress(OSError):
        for file in folder.glob("[!.]*.mp4"):
            with contextlib.suppress(OSError):
                found.append((file.stat().st_atime_ns, file))
    for requested, file in sorted(found)[: max(0, len(found) - MOST_CARDS)]:
        if file != newest and requested < old:
            with contextlib.suppress(OSError):
                file.unlink()
