"""One cache of pieces for all tests of a process, and a check that a stream leaves nothing."""

from __future__ import annotations

import gc
import tempfile
import threading
from typing import TYPE_CHECKING

import pytest

from tests.streaming.scene import ffmpegs, leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for all tests: media that one test has prepared, the next one plays at once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process, thread or temporary folder of a stream outlives the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    gc.collect()
    assert ffmpegs() == []
    assert [thread for thread in threading.enumerate() if thread.name.startswith("retrovue")] == []
    assert leftovers() == set()
