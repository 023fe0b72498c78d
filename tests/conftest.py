"""For all tests: examples take as long as the machine makes them; how fast something is, the benches tell."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
