"""For all tests: each is marked by what it needs, and examples take as long as the machine makes them; how fast
something is, the benches say."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

from retrovue_tui.text.redaction import SECRETS
from tests import priorities
from tests.markers import DESCRIPTIONS, markers_of
from tests.worker_shares import Kind, in_shares

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS: Final = Path(__file__).parent
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

# Containers often forbid Python to keep what it has compiled. Here every worker would compile all tests again, and each
# of the many processes that they start the whole program: a third of its CPU time until it is ready.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Control rooms come and go by the hundred, each of some 100 000 objects: with Python's own thresholds a third of the
# time of their tests is the collector's.
gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True)
def own_secrets() -> Iterator[None]:
    """Forget the secrets of a test after it: they are hidden in all texts of this process, and some are plain words."""
    before = set(SECRETS._known)
    yield
    SECRETS._known = before


def pytest_configure(config: pytest.Config) -> None:
    for name, description in DESCRIPTIONS.items():
        config.addinivalue_line("markers", f"{name}: {description}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Where nothing is compiled yet, collect all tests once. Otherwise each worker compiles them all."""
    compiled = f"test_readme.{sys.implementation.cache_tag}-pytest-{pytest.__version__}.pyc"
    if not (TESTS / "__pycache__" / compiled).exists():
        words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *config.args]
        subprocess.run(words, cwd=config.invocation_params.dir, stdout=subprocess.DEVNULL, check=False)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m quick` alone, import no other test file: to import all takes a third of that run's time."""
    if config.option.markexpr == "quick" and collection_path.suffix == ".py":
        return "quick" not in markers_of(collection_path.relative_to(TESTS)) or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test by its file (`tests/markers.py`), and order the tests for several workers."""
    for item in items:
        for name in markers_of(item.path.relative_to(TESTS), item.name.partition("[")[0]):
            item.add_marker(name)
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        files = [list(group) for _, group in groupby(items, lambda item: item.path)]
        items[:] = in_shares(files, _kind, workers)


def _kind(item: pytest.Item) -> Kind:
    markers = {mark.name for mark in item.iter_markers()}
    if "slow" in markers and markers & {"station", "terminal"}:
        return Kind.STATION
    if markers >= {"slow", "media"} and item.path.is_relative_to(TESTS / "playout"):
        return Kind.CHANNEL
    return Kind.SHORT if "quick" in markers else Kind.WORK


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Leave all objects made so far out of the collector's reach: a full collection, of which tests of what must go
    with its owner make many, takes 0.2 s with the tests of all files."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let tests in which pictures air come before the others; see `tests/priorities.py`."""
    if priorities.may_change():
        airs = item.get_closest_marker("media") or item.get_closest_marker("station")
        priorities.set_niceness(priorities.REAL_TIME if airs else priorities.OTHERS)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last what was not tested on this machine, and why: a skipped test is easily overlooked."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in reports)
    for reason, number in reasons.items():
        terminalreporter.write_line(f"NOT TESTED ({number}): {reason}", yellow=True, bold=True)
