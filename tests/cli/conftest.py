"""A home that tests of several commands need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.test_cli import home_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home_with_film(tmp_path: Path) -> Path:
    """A station of one channel with one short film."""
    return home_in(tmp_path)
