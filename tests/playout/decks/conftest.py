"""For the tests of the deck queue: one whose decks play no media."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrovue_tui.media.ffmpeg.locate import FFmpeg
from retrovue_tui.playout.decks import back_off, deck_loader
from retrovue_tui.playout.decks.deck_queue import DeckQueue
from tests.playout.decks.stand_in_deck import TOP, Listener, Scene, StandInDeck
from tests.playout.studio import small_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(deck_loader, "Deck", StandInDeck)
    monkeypatch.setattr(StandInDeck, "made", [])
    listener, ffmpeg = Listener(), FFmpeg(Path("/none"), "0", frozenset())
    queue = DeckQueue("1", ffmpeg=ffmpeg, house=small_house(), lists=tmp_path, watcher=listener, start=TOP)
    made = Scene(queue, listener, tmp_path)
    monkeypatch.setattr(back_off, "monotonic", lambda: made.now)
    yield made
    await queue.close()
    assert all(deck.closed for deck in made.decks if deck.start_error is None)
