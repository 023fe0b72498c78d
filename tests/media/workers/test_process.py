"""The answers that a worker may send."""

from __future__ import annotations

import importlib
from fractions import Fraction
from pathlib import Path

import pytest

from retrovue_tui.media.asset import Asset
from retrovue_tui.media.rendering.piece_index import Piece
from retrovue_tui.media.workers.process import ALLOWED
from retrovue_tui.protocol.answers.pictures import Picture


@pytest.mark.parametrize(("module", "name"), sorted(ALLOWED))
def test_each_class_that_an_answer_may_hold_is_where_the_list_has_it(module: str, name: str) -> None:
    found = getattr(importlib.import_module(module), name)
    assert (found.__module__, found.__qualname__) == (module, name)


@pytest.mark.parametrize("kind", [Asset, Piece, Picture, Fraction, type(Path())])
def test_the_answers_of_all_tasks_are_allowed(kind: type) -> None:
    assert (kind.__module__, kind.__qualname__) in ALLOWED
